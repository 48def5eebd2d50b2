using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Export;

/// <summary>Markdown and the HTML of outputs, for a page that asks nothing of anyone: pictures are in it, scripts are not.</summary>
/// <param name="folder">Where the notebook stands, which is what its pictures' paths start from.</param>
internal sealed partial class StaticHtml(string folder)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseAdvancedExtensions().Build();

    /// <summary>True when HTML of <see cref="OfMarkdown"/> has an equation in it.</summary>
    public static bool HasMath(string html) => html.Contains("class=\"math");

    /// <summary>Markdown with tables, footnotes and equations, the latter in elements of class <c>math</c>, also of class <c>display</c> where they stand alone.</summary>
    /// <param name="text">The Markdown.</param>
    /// <param name="attachments">The cell's own pictures by name, as a notebook keeps them.</param>
    public string OfMarkdown(string text, JsonObject? attachments = null) => OfHtml(Html(text), attachments);

    private static string Html(string text)
    {
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathInlineRenderer>(new Equation());
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathBlockRenderer>(new EquationBlock());
        renderer.Render(Markdown.Parse(text, Pipeline));
        return writer.ToString();
    }

    /// <summary>HTML without what would run or be fetched.</summary>
    public string OfHtml(string html, JsonObject? attachments = null) => ImageTag().Replace(WithoutScripts(html), tag =>
    {
        var source = WebUtility.HtmlDecode(tag.Groups["source"].Value);
        if (source.StartsWith("data:")) return tag.Value;
        if (DataUri(source, attachments) is { } uri) return tag.Value.Replace(tag.Groups["source"].Value, uri);
        var alternative = AltText().Match(tag.Value) is { Success: true } alt ? alt.Groups[1].Value : "";
        return $"<a href=\"{WebUtility.HtmlEncode(source)}\">{(alternative.Length > 0 ? alternative : WebUtility.HtmlEncode(source))}</a>";
    });

    /// <summary>HTML without its scripts, frames and links to styles.</summary>
    public static string WithoutScripts(string html) => ActiveElement().Replace(html, "");

    /// <summary>True when someone would see something of it.</summary>
    public static bool Shows(string html) => WebUtility.HtmlDecode(AnyTag().Replace(StyleElement().Replace(html, ""), "")).Trim().Length > 0 || ImageTag().IsMatch(html);

    // A picture of the cell itself or of a file beside the notebook; null when it is neither, e.g. somewhere on the web.
    private string? DataUri(string source, JsonObject? attachments)
    {
        if (source.StartsWith("attachment:"))
            return attachments?[Uri.UnescapeDataString(source["attachment:".Length..])] is JsonObject { Count: > 0 } kinds
                ? $"data:{kinds.First().Key};base64,{Lines.Join(kinds.First().Value)?.ReplaceLineEndings("")}" : null;
        if (source.Contains("://") || source.StartsWith("//")) return null;
        var path = Path.Combine(folder, Uri.UnescapeDataString(source));
        var type = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".gif" => "image/gif",
            ".webp" => "image/webp",
            ".svg" => "image/svg+xml",
            _ => null,
        };
        return type is not null && File.Exists(path) ? $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}" : null;
    }

    // Jupyter sets $$…$$ alone wherever it stands, and so it is here; Markdig would set it in the line when it is not a block.
    private sealed class Equation : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline math) =>
            renderer.Write(math.DelimiterCount > 1 ? "<span class=\"math display\">" : "<span class=\"math\">").WriteEscape(math.Content.ToString()).Write("</span>");
    }

    private sealed class EquationBlock : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock math)
        {
            renderer.Write("<div class=\"math display\">");
            renderer.WriteLeafRawLines(math, true, true);
            renderer.WriteLine("</div>");
        }
    }

    [GeneratedRegex(@"<(script|iframe|object)\b.*?</\1\s*>|<link\b[^>]*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex ActiveElement();

    [GeneratedRegex(@"<style\b.*?</style\s*>|<!--.*?-->", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex StyleElement();

    [GeneratedRegex(@"<img\b[^>]*?\bsrc\s*=\s*[""'](?<source>[^""']*)[""'][^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex ImageTag();

    [GeneratedRegex(@"\balt\s*=\s*""([^""]*)""", RegexOptions.IgnoreCase)]
    private static partial Regex AltText();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex AnyTag();
}
