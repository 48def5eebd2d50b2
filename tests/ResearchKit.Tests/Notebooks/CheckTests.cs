using ResearchKit.Cli;
using ResearchKit.Notebooks.Checking;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Tests.Cli;

namespace ResearchKit.Tests.Notebooks;

/// <summary>Outputs compared number by number, and the commands that run and check.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly Book _book = new();

    public void Dispose() => _book.Dispose();

    [Theory]
    [InlineData("loss 0.1234 at 10", "loss 0.12341 at 10", null)]
    [InlineData("loss 0.1234 at 10", "loss 0.1244 at 10", "'loss 0.1234 at' became 'loss 0.1244 at'")]
    [InlineData("1e-3", "0.001", null)]
    [InlineData("a 1", "b 1", "'a 1' became 'b 1'")]
    [InlineData("1 2", "1", "'1 2' became '(nothing)'")]
    [InlineData("v2 x10", "v3 x10", "'v2 x10' became 'v3 x10'")]
    [InlineData("-5", "5", "'-5' became '5'")]
    public void TextsAreComparedNumberByNumber(string was, string now, string? difference) => Assert.Equal(difference, NumberText.Difference(was, now, 1e-3));

    [Fact]
    public void MarkupDoesNotCount() =>
        Assert.Null(NumberText.Difference(NumberText.WithoutMarkup("<div id='a1'><style>x{1}</style><td>3</td></div>"), NumberText.WithoutMarkup("<div id='b2'><script>9</script><td>3</td></div>"), 0));

    [Fact]
    public void ARunIsWrittenBackAndCheckedAndAFailureLeavesTheFileAlone()
    {
        _book.Write(Book.Code("double x = 1.0 / 3;\nConsole.WriteLine(x);\n$\"{{\\\"data\\\":[{x}]}}\".DisplayAs(\"application/vnd.plotly.v1+json\");"), Book.Code("DateTime.UtcNow.Ticks", "varies"));
        var run = Spoken.By("notebook", "run", _book.Path);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("cell 1 of 2", run.Output);
        var written = File.ReadAllText(_book.Path);
        Assert.Contains("0.3333333333333333", written);
        Assert.Contains("iopub.execute_input", written);

        var check = Spoken.By("notebook", "check", _book.Path);
        Assert.True(check.Code == 0, check.Output + check.Error);
        Assert.Equal(written, File.ReadAllText(_book.Path));

        var changed = Notebook.Load(_book.Path);
        changed.Cells[0].Source = changed.Cells[0].Source.Replace("1.0", "1.1");
        changed.Save(_book.Path);
        check = Spoken.By("notebook", "run", _book.Path, "--check");
        Assert.Equal(ExitCode.Differs, check.Code);
        Assert.Contains("cell 1, output 1: '0.3333333333333333' became '0.3666666666666667'", check.Output);
        Assert.Contains("cell 1, output 2: .data[0] was 0.333", check.Output);
        Assert.Equal(0, Spoken.By("notebook", "check", _book.Path, "--tolerance", "0.2").Code);

        changed.Cells[0].Source = "throw new Exception(\"no\");";
        changed.Save(_book.Path);
        var before = File.ReadAllText(_book.Path);
        run = Spoken.By("notebook", "run", _book.Path);
        Assert.Equal(ExitCode.Refused, run.Code);
        Assert.Contains("cell 1, line 1: no", run.Error);
        Assert.Equal(before, File.ReadAllText(_book.Path));
        Assert.Contains("no", Book.Told(Notebook.Load(_book.At("book.failed.ipynb")).Cells[0])[0]);
    }

    [Fact]
    public void WhatCannotBeRunIsRefusedInOneLine()
    {
        File.WriteAllText(_book.Path, "{");
        foreach (var arguments in new string[][] { ["run", _book.Path], ["check", _book.At("absent.ipynb")], ["run", _book.Path, "--timeout", "0"], ["kernel", _book.At("absent.json")] })
        {
            var spoken = Spoken.By(["notebook", .. arguments]);
            Assert.Equal(ExitCode.Refused, spoken.Code);
            Assert.Single(spoken.Error.TrimEnd().Split('\n'));
        }
        Assert.Equal("{", File.ReadAllText(_book.Path));
    }
}
