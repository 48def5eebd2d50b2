using System.Net;
using System.Text;

namespace ResearchKit.Runs.Report;

/// <summary>One self-contained HTML page: no script, no font, no picture from anywhere else; light and dark; prints well.</summary>
public sealed class Page(string title)
{
    private readonly StringBuilder _body = new();

    /// <summary>A section heading.</summary>
    public Page Heading(string text) => Raw($"<h2>{Encode(text)}</h2>");

    /// <summary>A paragraph of plain text.</summary>
    public Page Text(string text) => Raw($"<p>{Encode(text)}</p>");

    /// <summary>A line of text as typed, e.g. a command.</summary>
    public Page Code(string text) => Raw($"<pre>{Encode(text)}</pre>");

    /// <summary>A figure with its caption.</summary>
    public Page Figure(string svg, string caption) => Raw($"<figure>{svg}<figcaption>{Encode(caption)}</figcaption></figure>");

    /// <summary>A table; cells are plain text. Every column but the first is set to the right when it holds numbers.</summary>
    /// <param name="header">Column names.</param>
    /// <param name="rows">Rows of as many cells.</param>
    /// <param name="strong">Index of a row to set in bold, or -1.</param>
    public Page Table(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows, int strong = -1)
    {
        var numeric = Enumerable.Range(0, header.Count).Select(c => c > 0 && rows.All(r => r[c].Length == 0 || char.IsAsciiDigit(r[c].TrimStart('+', '-', '−', '–', ' ').FirstOrDefault('0')))).ToArray();
        string Cells(IReadOnlyList<string> cells, string tag) =>
            string.Concat(cells.Select((cell, c) => $"<{tag}{(numeric[c] ? " class=\"n\"" : "")}>{Encode(cell)}</{tag}>"));
        _body.Append("<div class=\"scroll\"><table><thead><tr>").Append(Cells(header, "th")).Append("</tr></thead><tbody>");
        for (int r = 0; r < rows.Count; r++) _body.Append(r == strong ? "<tr class=\"strong\">" : "<tr>").Append(Cells(rows[r], "td")).Append("</tr>");
        return Raw("</tbody></table></div>");
    }

    /// <summary>Writes the page, beside and renamed.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, ToString());

    /// <inheritdoc/>
    public override string ToString() => $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{Encode(title)}}</title>
        <style>
        :root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9dce1; --ground: #ffffff; --tint: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --ink: #eceef0; --soft: #a0a6ae; --line: #3a3f45; --ground: #16181a; --tint: #202427; } }
        body { font: 16px/1.55 system-ui, "Segoe UI", "Liberation Sans", sans-serif; color: var(--ink); background: var(--ground); max-width: 56rem; margin: 2.5rem auto; padding: 0 1.25rem; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin-bottom: .3rem; } h2 { font-size: 1.25rem; margin-top: 2.4rem; }
        p, figcaption { max-width: 44rem; } figcaption, .legend { color: var(--soft); font-size: .9rem; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .94rem; }
        th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { color: var(--soft); font-weight: 600; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .strong td { font-weight: 650; background: var(--tint); }
        figure { margin: 1.2rem 0; } svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--soft); } svg .grid { stroke: var(--line); }
        .legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .2rem 0; } .legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; }
        pre { background: var(--tint); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; font-size: .88rem; }
        </style>
        </head>
        <body>
        <h1>{{Encode(title)}}</h1>
        {{_body}}
        </body>
        </html>

        """;

    private Page Raw(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
