using System.Net;
using System.Net.Sockets;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Export;
using ResearchKit.Tests.Checkpoints;
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
