using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Export;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>The page in a browser that has no network.</summary>
[Collection(EaselTests.Name)]
public class StandalonePageTests(Easel easel)
{
    [SkippableFact]
    public void EveryFigureIsDrawnAndTheConsoleIsSilent()
    {
        var browser = easel.Renderer.Page;
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Parse(SampleNotebook.Make().ToJsonString(), "sample.ipynb");
        File.WriteAllText(folder["page.html"], StandalonePage.Of(notebook, folder["sample.ipynb"], NotebookFigure.In(notebook, "sample.ipynb")));
        try
        {
            browser.Errors();
            browser.Open(folder["page.html"]);
            var seen = browser.Run<Seen>("""
                await figures;
                const all = selector => [...document.querySelectorAll(selector)];
                return {
                  title: document.title,
                  drawn: all('.js-plotly-plot').filter(plot => plot.querySelectorAll('svg.main-svg .trace').length > 0 && plot.getBoundingClientRect().height > 100).length,
                  equations: all('.katex').length, standing: all('.katex-display').length, failed: all('.katex-error').length,
                  fonts: all('.katex').length > 0 && document.fonts.check('16px KaTeX_Main'),
                  text: document.body.innerText, keywords: all('.code .k').length, scripts: all('.output script:not([data-for])').length,
                };
                """);
            Assert.Empty(browser.Errors());
            Assert.Equal("The title", seen.Title);
            Assert.Equal(SampleNotebook.Figures, seen.Drawn);
            Assert.Equal((3, 2, 0, true), (seen.Equations, seen.Standing, seen.Failed, seen.Fonts));
            Assert.True(seen.Keywords > 0);
            Assert.Equal(0, seen.Scripts);
            foreach (var text in new[] { "<second>", "cell", "What to see.", "E: went wrong", "https://example.org/a.png" }) Assert.Contains(text, seen.Text);
        }
        finally
        {
            easel.Renderer.Open();
        }
    }

    [SkippableFact]
    public void TheCommittedNotebooksShowTheirFiguresWithAndWithoutScripts()
    {
        var browser = easel.Renderer.Page;
        var folder = Path.Combine(Repository.Root, "notebooks");
        Skip.IfNot(Directory.Exists(folder), "there are no notebooks in this clone");
        using var pages = new TemporaryFolder();
        try
        {
            foreach (var path in Directory.GetFiles(folder, "*.ipynb"))
            {
                var notebook = Notebook.Load(path);
                var figures = NotebookFigure.In(notebook, path);
                foreach (var figure in figures)
                {
                    var data = (JsonObject)figure.Output["data"]!;
                    Assert.True(data.ContainsKey("image/png") && !data.ContainsKey("text/html"),
                        $"{path}, cell {figure.Cell}: the figure has no picture. To put them in: ./kit notebook export {Path.GetRelativePath(Repository.Root, path)} --embed");
                }
                File.WriteAllText(pages["page.html"], StandalonePage.Of(notebook, path, figures));
                browser.Errors();
                browser.Open(pages["page.html"]);
                Assert.Equal(figures.Count, browser.Run<int>(figures.Count == 0 ? "return 0;" : "await figures; return [...document.querySelectorAll('.js-plotly-plot')].filter(plot => plot.querySelector('svg.main-svg .trace, svg.main-svg .hm')).length;"));
                Assert.Empty(browser.Errors());
            }
        }
        finally
        {
            easel.Renderer.Open();
        }
    }

    [SkippableFact]
    public void TheBrowserReallyHasNoNetwork()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Throws<ScriptException>(() => easel.Renderer.Page.Run<string>("return (await fetch(args[0], { mode: 'no-cors' })).type", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        Assert.False(listener.Pending());
        easel.Renderer.Page.Errors();   // that one is meant
    }

    private sealed record Seen(string Title, int Drawn, int Equations, int Standing, int Failed, bool Fonts, string Text, int Keywords, int Scripts);
}
