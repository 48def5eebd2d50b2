using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ResearchKit.Notebooks.Export;
using ResearchKit.Tests.Checkpoints;
using Xunit;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>What stands on the page is what stood in the notebook, and nothing of it reaches out.</summary>
public sealed class StaticHtmlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PicturesOfTheCellAndBesideTheNotebookAreTakenIn()
    {
        File.WriteAllBytes(_folder["near by.png"], [1, 2, 3]);
        var page = new StaticHtml(_folder["."]);
        Assert.Contains("src=\"data:image/png;base64,AQID\"", page.OfMarkdown("![a](<near by.png>)"));
        var attachments = new JsonObject { ["own.png"] = new JsonObject { ["image/png"] = "BAUG\n" } };
        Assert.Contains("src=\"data:image/png;base64,BAUG\"", page.OfMarkdown("![a](attachment:own.png)", attachments));
        Assert.Contains("<a href=\"https://example.org/x.png\">far</a>", page.OfMarkdown("![far](https://example.org/x.png)"));
        Assert.DoesNotContain("<img", page.OfMarkdown("![gone](gone.png)"));
    }

    [Fact]
    public void ScriptsAndFramesAreTakenOut()
    {
        Assert.Equal("<b>a</b>c", StaticHtml.WithoutScripts("<b>a</b><SCRIPT src=x>b</SCRIPT ><link rel=stylesheet href=y><iframe src=z></iframe>c"));
        Assert.False(StaticHtml.Shows("<style>p { color: red }</style><div>\n&nbsp;<!-- no --></div>"));
        Assert.True(StaticHtml.Shows("<img src='data:,'>"));
    }

    [Fact]
    public void EquationsKeepTheirTex()
    {
        var html = new StaticHtml(_folder["."]).OfMarkdown("If $a_1 < *b*$ then $$c$$.\n\n$$\n\\frac{1}{2}\n$$\n");
        Assert.Contains("<span class=\"math\">a_1 &lt; *b*</span>", html);
        Assert.Contains("<span class=\"math display\">c</span>", html);
        Assert.Matches("<div class=\"math display\">\\s*\\\\frac\\{1\\}\\{2\\}\\s*</div>", html);
        Assert.False(StaticHtml.HasMath(new StaticHtml(_folder["."]).OfMarkdown("It costs 5 $.")));
    }

    [Theory]
    [InlineData("var x = 1; // <b>\nawait Task.Delay(x);")]
    [InlineData("#!csharp\n#r \"a.dll\"\nusing System;\n\n$\"\"\"\n  {x:F2} \"q\"\n  \"\"\"")]
    [InlineData("#!markdown\n# not # code 'at all \"")]
    [InlineData("if (a < b && c) { \"unfinished")]
    [InlineData("#if DEBUG\r\n\tx @ \u00e9 \\\r\n#endif   ")]
    public void CodeIsMarkedAndNotChanged(string code)
    {
        var html = CodeHtml.Of(code);
        Assert.Equal(code, WebUtility.HtmlDecode(Regex.Replace(html, "</?span[^>]*>", "")));
    }

    [Fact]
    public void KeywordsTextsNumbersAndCommentsAreMarked() =>
        Assert.Equal("<span class=\"k\">var</span> x = <span class=\"s\">&quot;a&quot;</span> + <span class=\"n\">1</span>; <span class=\"c\">// why</span>",
            CodeHtml.Of("var x = \"a\" + 1; // why"));
}
