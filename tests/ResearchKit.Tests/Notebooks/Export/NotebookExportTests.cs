using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Export;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>The export as its users see it: files, or one sentence and nothing written.</summary>
[Collection(EaselTests.Name)]
public sealed class NotebookExportTests(Easel easel) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void PicturesAndPageAreNamedByWhatTheyShow()
    {
        _ = easel.Renderer;
        var path = Save(SampleNotebook.Make());
        var spoken = Spoken.By("notebook", "export", path, "--out", _folder["out"]);
        Assert.Equal((ExitCode.Success, ""), (spoken.Code, spoken.Error));
        string[] expected = ["01-learning-curves.png", "02-accuracy-in-var-layout.png", "03-accuracy-in-var-layout.png", "sample.html"];
        Assert.Equal(expected, Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order());
        Assert.Equal(expected.Select(name => Path.Combine(_folder["out"], name)), spoken.Output.TrimEnd().Split('\n'));
    }

    [SkippableFact]
    public void EmbeddedPicturesStandBesideTheFiguresAndNothingElseChanges()
    {
        _ = easel.Renderer;
        var path = Save(SampleNotebook.Make());
        var figures = NotebookFigure.In(Notebook.Load(path), path).Select(f => f.Figure.ToJsonString()).ToArray();
        Assert.Equal(0, Spoken.By("notebook", "export", path, "--embed").Code);

        var embedded = JsonNode.Parse(File.ReadAllText(path))!;
        var now = NotebookFigure.In(Notebook.Load(path), path);
        Assert.Equal(figures, now.Select(f => f.Figure.ToJsonString()));
        foreach (var figure in now)
        {
            Assert.StartsWith("iVBORw0KGgo", figure.Output["data"]!["image/png"]!.ToString());
            Assert.False(((JsonObject)figure.Output["data"]!).ContainsKey("text/html"));   // it would hide the picture
        }
        Assert.Equal(700, (int)now[0].Output["metadata"]!["image/png"]!["width"]!);
        var captioned = embedded["cells"]![4]!["outputs"]!.AsArray();
        Assert.Equal("display_data", captioned[1]!["output_type"]!.ToString());
        Assert.Contains("<p>What to see.</p>", captioned[1]!["data"]!["text/html"]!.ToString());

        var before = SampleNotebook.Make();
        foreach (int cell in new[] { 0, 1, 5 }) Assert.True(JsonNode.DeepEquals(before["cells"]![cell], embedded["cells"]![cell]));
        Assert.True(JsonNode.DeepEquals(before["metadata"], embedded["metadata"]));

        var bytes = File.ReadAllBytes(path);
        Assert.Equal(0, Spoken.By("notebook", "export", path, "--embed").Code);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [SkippableFact]
    public void APageNeedsNoBrowserAndPicturesSaySoWithoutOne()
    {
        Skip.If(Easel.MissingLibrary() is { }, Easel.MissingLibrary());
        var path = Save(SampleNotebook.Make());
        using var _ = new Variable("KIT_BROWSER", "/nowhere/chromium");
        var page = Spoken.By("notebook", "export", path, "--html", "--out", _folder["page"]);
        Assert.Equal((0, ""), (page.Code, page.Error));
        Assert.True(File.Exists(Path.Combine(_folder["page"], "sample.html")));
        Refused(path, "KIT_BROWSER is '/nowhere/chromium'");
    }

    [SkippableFact]
    public void WhatIsNoBrowserIsNamed()
    {
        Skip.If(Easel.MissingLibrary() is { } || !OperatingSystem.IsLinux(), "needs plotly.js, and a program that is no browser");
        using var _ = new Variable("KIT_BROWSER", "/bin/false");
        Refused(Save(SampleNotebook.Make()), "/bin/false did not start");
    }

    [Theory]
    [InlineData("{", "is no valid JSON")]
    [InlineData("[]", "is JSON but no notebook")]
    [InlineData("""{"nbformat":3,"worksheets":[]}""", "has nbformat 3, expected 4")]
    [InlineData("""{"cells":[],"nbformat":4}""", "has no figure among its outputs; run it first")]
    [InlineData("""{"cells":[{"cell_type":"code","source":"","outputs":[{"data":{"application/vnd.plotly.v1+json":"cut"}}]}],"nbformat":4}""", "cell 1: its output")]
    [InlineData("""{"cells":[{"cell_type":"code","source":"","outputs":[{"data":{"text/html":"var data = [{]; Plotly.newPlot("}}]}],"nbformat":4}""", "cell 1: the data of the figure")]
    public void WhatCannotBeExportedIsRefusedAndLeftAlone(string content, string complaint)
    {
        File.WriteAllText(_folder["sample.ipynb"], content);
        Refused(_folder["sample.ipynb"], complaint, "--embed", "--png");
        Assert.Equal(content, File.ReadAllText(_folder["sample.ipynb"]));
    }

    [Fact]
    public void AMissingNotebookIsNamed() => Refused(_folder["none.ipynb"], "none.ipynb");

    [SkippableTheory]
    [InlineData("""{"data":"none"}""", "cell 7: this is no plotly figure: 'data' is not a list of traces")]
    [InlineData("""{"data":[null]}""", "cell 7: plotly.js 2.27.1 cannot draw this figure: ")]
    public void AFigureThatCannotBeDrawnNamesItsCellAndNothingIsWritten(string figure, string complaint)
    {
        _ = easel.Renderer;
        var notebook = SampleNotebook.Make();
        notebook["cells"]!.AsArray().Add(SampleNotebook.Code("Broken()", 6, SampleNotebook.Shown("display_data", new() { [SampleNotebook.PlotlyMime] = JsonNode.Parse(figure) })));
        Refused(Save(notebook), complaint);
    }

    [SkippableFact]
    public void InterruptedNothingIsWritten()
    {
        _ = easel.Renderer;
        var path = Save(SampleNotebook.Make());
        var before = File.ReadAllBytes(path);
        Assert.Throws<OperationCanceledException>(() => NotebookExport.Run(path, new() { Folder = _folder["out"], Html = true, Pictures = true, Embed = true }, new(canceled: true)));
        Assert.False(Directory.Exists(_folder["out"]));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    private void Refused(string path, string complaint, params string[] options)
    {
        var spoken = Spoken.By(["notebook", "export", path, "--out", _folder["refused"], .. options]);
        Assert.Equal((ExitCode.Refused, ""), (spoken.Code, spoken.Output));
        Assert.Contains(complaint, spoken.Error);
        Assert.Single(spoken.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(_folder["refused"]));
    }

    private string Save(JsonObject notebook)
    {
        Notebook.Parse(notebook.ToJsonString(), "sample").Save(_folder["sample.ipynb"]);
        return _folder["sample.ipynb"];
    }
}
