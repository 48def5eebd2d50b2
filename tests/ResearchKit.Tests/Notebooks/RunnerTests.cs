using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Tests.Notebooks;

/// <summary>What cells do: the semantics of the C# kernel, errors with their place, stopping.</summary>
public sealed class RunnerTests : IDisposable
{
    private static readonly string Kit = typeof(KitException).Assembly.Location;

    /// <summary>Never looks up; ends at last, so that it does not disturb other tests for long.</summary>
    private const string Busy = "var until = Environment.TickCount64 + 10000; while (Environment.TickCount64 < until) ;";

    private readonly Book _book = new();

    public void Dispose() => _book.Dispose();

    [Fact]
    public void StateGoesFromCellToCellAndTheLastExpressionIsTheValue()
    {
        Assert.Equal(["execute_result: text/plain=7 P { A = 4 }"], _book.Outputs(
            "using System.Numerics;\nint Twice(int v) => v * 2;\nrecord P(int A);\nvar x = 3;",
            "var p = new P(await Task.FromResult(4));",
            "$\"{Twice(x) + (int)Vector2.One.X} {p}\""));
        Assert.Empty(_book.Outputs("1", "var y = 1;"));
        Assert.Empty(_book.Outputs("// only a comment"));
        Assert.Contains("&lt;null&gt;", Assert.Single(_book.Outputs("(string)null")));
    }

    [Fact]
    public void PrintedAndShownStandInOrderAndUpdatesReplace()
    {
        var outputs = _book.Outputs("using Microsoft.DotNet.Interactive.Formatting;\nvar d = display(HTML(\"<i>one</i>\"));", """
            Console.Write("a"); Console.WriteLine("b");
            "text".Display();
            Console.Error.WriteLine("e");
            new[] { 1 }.Display("text/plain", "application/json");
            for (int i = 0; i <= 3; i++) Console.Write($"\rstep {i}");
            "*s*".DisplayAs("text/markdown");
            """);
        Assert.Equal(["stdout: ab\n", "display_data: text/plain=text", "stderr: e\n", "display_data: text/plain=[ 1 ] application/json=[1]", "stdout: step 3", "display_data: text/markdown=*s*"], outputs);

        var (notebook, result) = _book.Run([], Book.Code("var d = display(HTML(\"<i>one</i>\"));"), Book.Code("d.Update(HTML(\"<i>two</i>\"));"));
        Assert.Null(result.Failure);
        Assert.Equal(["display_data: text/html=<i>two</i>"], Book.Told(notebook.Cells[0]));
        Assert.Empty(notebook.Cells[1].Outputs);
    }

    [Fact]
    public void AReferenceToTheKitIsTheProgramsOwnCopy()
    {
        var copy = _book.At("ResearchKit.dll");
        File.Copy(Kit, copy);
        Assert.Equal(["stdout: True\n"], _book.Outputs("#r \"ResearchKit.dll\"", $"Console.WriteLine(typeof(ResearchKit.KitException).Assembly.Location == @\"{Kit}\");"));
    }

    [Theory]
    [InlineData("int a = 1;\nint b = \"x\";", "cell 1, line 2: (2,9): error CS0029: Cannot implicitly convert type 'string' to 'int'")]
    [InlineData("1 + 1;", "cell 1, line 1: (1,1): error CS0201")]
    [InlineData("namespace N { class C; }", "cell 1, line 1: (1,1): error CS7021")]
    [InlineData("int F() => throw new InvalidOperationException(\"boom\");\n\nF()", "cell 1, line 1: boom")]
    [InlineData("await Task.Yield();\nthrow new Exception(\"later\");", "cell 1, line 2: later")]
    [InlineData("\n#!nope", "cell 1, line 2: Unknown magic command '#!nope'")]
    [InlineData("#!import \"absent.ipynb\"", "cell 1, line 1: #!import: there is no file absent.ipynb")]
    [InlineData("// a comment\n#r \"absent.dll\"", "cell 1, line 2: #r \"absent.dll\": there is no such file")]
    [InlineData("#r \"nuget: TorchSharp\"", "cell 1, line 1: #r \"nuget: TorchSharp\": this kernel restores no packages")]
    public void AnErrorNamesItsCellAndLine(string code, string complaint)
    {
        var (notebook, result) = _book.Run([], Book.Code(code), Book.Code("1"));
        Assert.StartsWith(complaint, result.Failure);
        Assert.StartsWith("error: ", Book.Told(notebook.Cells[0])[^1]);
        Assert.Empty(notebook.Cells[1].Outputs);
    }

    [Fact]
    public void AnotherBuildOfTheKitIsRefused()
    {
        var bytes = File.ReadAllBytes(typeof(RunnerTests).Assembly.Location);
        File.WriteAllBytes(_book.At("ResearchKit.Tests.dll"), bytes);
        Assert.Equal(["stdout: ok\n"], _book.Outputs("#r \"ResearchKit.Tests.dll\"\nConsole.WriteLine(\"ok\");"));
        File.WriteAllText(_book.At("Broken.dll"), "no assembly");
        var (_, result) = _book.Run([], Book.Code("#r \"Broken.dll\""));
        Assert.Contains("is no .NET assembly", result.Failure);
    }

    [Fact]
    public void WhatAFailedCellHadSetStays()
    {
        using var session = new ScriptSession(_book.Folder);
        Assert.Null(Run(session, "int x = 1;"));
        Assert.Equal("System.Exception", Run(session, "x = 2; throw new Exception(\"e\");")!.Name);
        Assert.Null(Run(session, "x = x * 10;"));
        Assert.Equal(20, session.Variable("x")!.Value);
    }

    [Theory]
    [InlineData(Busy)]
    [InlineData("System.Threading.Thread.Sleep(60000);")]
    [InlineData("await Task.Delay(60000);")]
    public async Task ACellIsStoppedWhereverItIsAndTheSessionGoesOn(string code)
    {
        using var session = new ScriptSession(_book.Folder);
        Assert.Null(Run(session, "int x = 5;"));
        var running = session.Run(code, "cell 2", new OutputList());
        Assert.NotSame(running, await Task.WhenAny(running, Task.Delay(500)));
        session.Interrupt();
        Assert.Equal("Interrupted", (await running.WaitAsync(TimeSpan.FromSeconds(30)))!.Name);
        Assert.Null(Run(session, "x++;"));
        Assert.Equal(6, session.Variable("x")!.Value);
    }

    [Fact]
    public void ACellThatTakesTooLongEndsTheRun()
    {
        var notebook = Notebook.Load(_book.Write(Book.Code(Busy)));
        var result = NotebookRunner.Run(notebook, _book.Path, new([], TimeSpan.FromSeconds(1)));
        Assert.Contains("cell 1: it ran longer than the 1 s that a cell may take", result.Failure);
        Assert.False(result.Interrupted);
    }

    [Fact]
    public void PiecesInOtherLanguagesAndOtherFilesStandWhereTheyAreWritten()
    {
        File.WriteAllText(_book.At("more.csx"), "var imported = 41;\nConsole.WriteLine(\"from the file\");");
        Assert.Equal(["display_data: text/markdown=# Title", "stdout: from the file\n", "execute_result: text/plain=42", "display_data: text/html=<hr>"],
            _book.Outputs("#!markdown\n# Title\n#!csharp\n#!import \"more.csx\"\n$\"{imported + 1}\"\n#!html\n<hr>"));
    }

    [Fact]
    public void CellsRunInTheNotebooksFolderAndThereAlone()
    {
        File.WriteAllText(_book.At("data.txt"), "found");
        var before = Directory.GetCurrentDirectory();
        Assert.Equal(["execute_result: text/plain=found"], _book.Outputs("System.IO.File.ReadAllText(\"data.txt\")"));
        Assert.Equal(before, Directory.GetCurrentDirectory());
    }

    [Fact]
    public void ParametersAreSetInACellOfTheirOwn()
    {
        JsonObject[] Cells() => [Book.Code("int steps = 100; double rate = 0.5; string name = \"n\"; bool quick = true; DayOfWeek? day = null; var tags = new[] { 1 }; const int Fixed = 1;", "parameters"),
            Book.Code("$\"{steps} {rate} {name} {quick} {day} {Fixed}\"")];
        var (notebook, result) = _book.Run(["steps=7", "rate=1e-3", "name=a \"b\"=c", "quick=False", "day=friday"], Cells());
        Assert.Null(result.Failure);
        Assert.Equal(["injected-parameters"], notebook.Cells[1].Tags);
        Assert.Equal(["execute_result: text/plain=7 0.001 a \"b\"=c False Friday 1"], Book.Told(notebook.Cells[2]));

        notebook.Save(_book.Path);
        var again = Notebook.Load(_book.Path);
        Assert.Null(NotebookRunner.Run(again, _book.Path, new(["steps=8"])).Failure);
        Assert.Equal(3, again.Cells.Count);
        Assert.Equal(["execute_result: text/plain=8 0.5 n True  1"], Book.Told(again.Cells[2]));

        Assert.Contains("no parameter 'stesp'. Did you mean 'steps'? It has steps, rate, name, quick, day, tags.", Refusal("stesp=1", Cells()));
        Assert.Contains("no parameter 'Fixed'", Refusal("Fixed=2", Cells()));
        Assert.Contains("'many' is not a Int32, which 'steps' was declared as", Refusal("steps=many", Cells()));
        Assert.Contains("'1.5' is not a Int32", Refusal("steps=1.5", Cells()));
        Assert.Contains("cannot be written on a command line", Refusal("tags=1", Cells()));
        Assert.Contains("expected NAME=VALUE", Refusal("steps", Cells()));
        Assert.Contains("no cell with the tag 'parameters'", Refusal("steps=1", Book.Code("int steps = 1;")));
    }

    private string Refusal(string set, params JsonObject[] cells) => Assert.Throws<KitException>(() => _book.Run([set], cells)).Message;

    private static CellError? Run(ScriptSession session, string code) => session.Run(code, "cell", new OutputList()).GetAwaiter().GetResult();
}
