using System.Globalization;
using System.Net;
using System.Text;

namespace ResearchKit.Runs.Report;

/// <summary>One line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Color">CSS colour.</param>
/// <param name="Points">In the order of x; not-a-number values break the line.</param>
public sealed record Series(string Name, string Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as SVG text: for pages that must open anywhere, without a script or a network.</summary>
public static class SvgChart
{
    private const double Width = 640, Height = 320, Left = 62, Right = 16, Top = 16, Bottom = 50;

    /// <summary>Colours that people with any kind of colour vision can tell apart (Okabe and Ito, 2008).</summary>
    public static IReadOnlyList<string> Palette { get; } = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    /// <summary>Draws lines over common axes.</summary>
    /// <param name="series">At least one line with at least one finite point.</param>
    /// <param name="xTitle">Horizontal axis, with its unit.</param>
    /// <param name="yTitle">Vertical axis, with its unit.</param>
    /// <param name="yFormat">A .NET number format for the vertical ticks, e.g. <c>P0</c>.</param>
    /// <exception cref="ArgumentException">There is nothing to draw.</exception>
    public static string Lines(IReadOnlyList<Series> series, string xTitle, string yTitle, string yFormat = "G3")
    {
        var points = series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToList();
        if (points.Count == 0) throw new ArgumentException("A chart needs at least one finite point.", nameof(series));
        var xs = Ticks(points.Min(p => p.X), points.Max(p => p.X));
        var ys = Ticks(points.Min(p => p.Y), points.Max(p => p.Y));
        double X(double x) => Left + (x - xs[0]) / (xs[^1] - xs[0]) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (y - ys[0]) / (ys[^1] - ys[0]) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encode(yTitle)} over {Encode(xTitle)}\">"));
        foreach (var y in ys)
            svg.Append(Invariant($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\"/>"))
                .Append(Invariant($"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">"))
                .Append(y.ToString(yFormat, CultureInfo.InvariantCulture)).Append("</text>");
        foreach (var x in xs)
            svg.Append(Invariant($"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:G4}</text>"));
        svg.Append(Invariant($"<text x=\"{(Left + Width - Right) / 2:F1}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Encode(xTitle)}</text>"))
            .Append(Invariant($"<text transform=\"translate(14 {(Top + Height - Bottom) / 2:F1}) rotate(-90)\" text-anchor=\"middle\">{Encode(yTitle)}</text>"));
        foreach (var line in series) svg.Append(Path(line, X, Y));
        svg.Append("</svg><p class=\"legend\">");
        foreach (var line in series) svg.Append($"<span><i style=\"background:{line.Color}\"></i>{Encode(line.Name)}</span>");
        return svg.Append("</p>").ToString();
    }

    private static string Path(Series line, Func<double, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        bool pen = false;
        foreach (var (px, py) in line.Points)
        {
            if (!double.IsFinite(px) || !double.IsFinite(py)) { pen = false; continue; }
            path.Append(Invariant($"{(pen ? 'L' : 'M')}{x(px):F1} {y(py):F1}"));
            pen = true;
        }
        var drawn = Invariant($"<path d=\"{path}\" stroke=\"{line.Color}\" fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\"/>");
        if (line.Points.Count > 12) return drawn;
        foreach (var (px, py) in line.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)))
            drawn += Invariant($"<circle cx=\"{x(px):F1}\" cy=\"{y(py):F1}\" r=\"3.5\" fill=\"{line.Color}\"/>");
        return drawn;
    }

    /// <summary>Round numbers that enclose a range: steps of 1, 2 or 5 times a power of ten, five or so of them.</summary>
    internal static double[] Ticks(double low, double high)
    {
        if (high <= low) (low, high) = low == 0 ? (0, 1) : (low - Math.Abs(low) / 2, low + Math.Abs(low) / 2);
        double rough = (high - low) / 5, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.000001 => 1, < 2.000001 => 2, < 5.000001 => 5, _ => 10 });
        double first = Math.Floor(low / step + 1e-9), last = Math.Ceiling(high / step - 1e-9);
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
