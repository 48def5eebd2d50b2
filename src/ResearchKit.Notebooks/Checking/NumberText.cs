using System.Globalization;
using System.Text.RegularExpressions;

namespace ResearchKit.Notebooks.Checking;

/// <summary>Texts with numbers in them, compared number by number.</summary>
internal static partial class NumberText
{
    /// <summary>The first difference between two texts, or null where the words are the same and the numbers close.</summary>
    public static string? Difference(string was, string now, double tolerance)
    {
        var (a, b) = (Tokens(was), Tokens(now));
        for (int i = 0; i < Math.Max(a.Count, b.Count); i++)
        {
            var (left, right) = (i < a.Count ? a[i] : "(nothing)", i < b.Count ? b[i] : "(nothing)");
            if (left == right) continue;
            if (double.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
                && double.TryParse(right, NumberStyles.Float, CultureInfo.InvariantCulture, out double y) && Close(x, y, tolerance)) continue;
            return $"'{Around(a, i)}' became '{Around(b, i)}'";
        }
        return null;
    }

    /// <summary>True when two numbers differ by no more than the tolerance, relative to the larger one.</summary>
    public static bool Close(double x, double y, double tolerance) =>
        x.Equals(y) || Math.Abs(x - y) <= tolerance * Math.Max(Math.Abs(x), Math.Abs(y)) + 1e-12;

    /// <summary>The text of a page without its markup: what stands in scripts, styles and attributes (ids that are new each time) does not count.</summary>
    public static string WithoutMarkup(string html) => System.Net.WebUtility.HtmlDecode(Tag().Replace(Hidden().Replace(html, " "), " "));

    private static List<string> Tokens(string text) => [.. Token().Matches(text).Select(match => match.Value)];

    private static string Around(List<string> tokens, int place) =>
        place >= tokens.Count ? "(nothing)" : string.Join(' ', tokens[Math.Max(0, place - 3)..Math.Min(tokens.Count, place + 2)]);

    [GeneratedRegex(@"(?<![\w.])[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|\w+|[^\w\s]")]
    private static partial Regex Token();

    [GeneratedRegex(@"<(script|style)\b.*?</\1>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Hidden();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
