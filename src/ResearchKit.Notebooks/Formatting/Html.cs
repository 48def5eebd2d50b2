using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Data.Analysis;
using ResearchKit.Notebooks.Tables;

namespace ResearchKit.Notebooks.Formatting;

/// <summary>The kit's values as HTML. Colours follow the page, so that it reads on light and dark.</summary>
internal static class Html
{
    private const int ShownRows = 30;

    private const string Css = """
        <style>.rk{border-collapse:collapse;font-size:14px;line-height:1.4}.rk th,.rk td{padding:4px 12px;text-align:left;border:0;border-bottom:1px solid rgba(128,128,128,.25);vertical-align:top}
        .rk th{border-bottom:2px solid rgba(128,128,128,.5);font-weight:600}.rk .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .rk .best{font-weight:700;background:rgba(0,114,178,.14)}.rk-note{font-size:13px;opacity:.75;margin:4px 0}</style>
        """;

    public static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>Names and values, one pair a row.</summary>
    public static string Pairs(string title, IEnumerable<(string Name, string Value)> pairs)
    {
        var html = new StringBuilder($"{Css}<table class=\"rk\"><thead><tr><th colspan=\"2\">{Encode(title)}</th></tr></thead><tbody>");
        foreach (var (name, value) in pairs) html.Append($"<tr><td>{Encode(name)}</td><td class=\"n\">{Encode(value)}</td></tr>");
        return html.Append("</tbody></table>").ToString();
    }

    public static string Text(string text) => $"<pre style=\"margin:0\">{Encode(text)}</pre>";

    /// <summary>A frame with numbers to the right; the best of a column stands out.</summary>
    public static string Table(DataFrame frame)
    {
        var html = new StringBuilder($"{Css}<table class=\"rk\"><thead><tr>");
        foreach (var column in frame.Columns) html.Append($"<th{Class(column, best: false)}>{Encode(column.Name)}</th>");
        html.Append("</tr></thead><tbody>");
        var best = frame.Columns.ToDictionary(c => c.Name, c => BestOf(frame, c));
        for (long row = 0; row < Math.Min(frame.Rows.Count, ShownRows); row++)
        {
            html.Append("<tr>");
            foreach (var column in frame.Columns)
                html.Append($"<td{Class(column, column[row] is double value && value == best[column.Name])}>{Encode(Cell(frame, column, row))}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        if (frame.Rows.Count > ShownRows) html.Append($"<p class=\"rk-note\">the first {ShownRows} of {frame.Rows.Count} rows</p>");
        return html.ToString();
    }

    /// <summary>A frame in aligned columns of text.</summary>
    public static string Plain(DataFrame frame)
    {
        long rows = Math.Min(frame.Rows.Count, ShownRows);
        var cells = frame.Columns.Select(c => (string[])[c.Name, .. Enumerable.Range(0, (int)rows).Select(row => Cell(frame, c, row))]).ToList();
        var lines = Enumerable.Range(0, (int)rows + 1).Select(line => string.Join("  ", cells.Zip(frame.Columns, (column, c) =>
        {
            int width = column.Max(cell => cell.Length);
            return c.IsNumericColumn() ? column[line].PadLeft(width) : column[line].PadRight(width);
        })).TrimEnd());
        return string.Join('\n', lines) + (frame.Rows.Count > rows ? $"\n(the first {rows} of {frame.Rows.Count} rows)" : "");
    }

    private static double? BestOf(DataFrame frame, DataFrameColumn column)
    {
        var style = Tables.Table.StyleOf(frame, column.Name);
        if (style is null or { Best: Best.None } || frame.Rows.Count < 2) return null;
        var values = Enumerable.Range(0, (int)column.Length).Select(i => column[i]).OfType<double>().Where(double.IsFinite).ToList();
        return values.Count < 2 ? null : style.Best is Best.Highest ? values.Max() : values.Min();
    }

    private static string Cell(DataFrame frame, DataFrameColumn column, long row) => column[row] switch
    {
        null => "",
        double v when Tables.Table.StyleOf(frame, column.Name) is { } style => v.ToString(style.Format, CultureInfo.InvariantCulture),
        double v => v.ToString("G5", CultureInfo.InvariantCulture),
        float v => v.ToString("G5", CultureInfo.InvariantCulture),
        long v => v.ToString("N0", CultureInfo.InvariantCulture),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Class(DataFrameColumn column, bool best) =>
        column.IsNumericColumn() ? $" class=\"n{(best ? " best" : "")}\"" : "";
}
