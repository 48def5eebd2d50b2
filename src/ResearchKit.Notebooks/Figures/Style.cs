using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using Color = Plotly.NET.Color;
using ColorBar = Plotly.NET.ColorBar;
using Core = Plotly.NET.GenericChartExtensions;
using Font = Plotly.NET.Font;
using GenericChart = Plotly.NET.GenericChart;
using Padding = Plotly.NET.Padding;
using StyleParam = Plotly.NET.StyleParam;
using Title = Plotly.NET.Title;

namespace ResearchKit.Notebooks.Figures;

/// <summary>What an axis says.</summary>
/// <param name="Title">What is measured, with its unit.</param>
/// <param name="Format">Of its numbers, as d3 writes it: <c>~%</c>, <c>~s</c>; null for plotly's choice.</param>
/// <param name="Log">Whether equal distances are equal ratios.</param>
/// <param name="FromZero">Whether it begins at 0.</param>
/// <param name="Range">Its ends, in its own units; null for what the data need. The first may be the larger: the axis then runs the other way.</param>
/// <param name="Ticks">Names at places of it, instead of numbers.</param>
public sealed record Axis(string Title, string? Format = null, bool Log = false, bool FromZero = false, (double From, double To)? Range = null,
    IReadOnlyList<(double At, string Name)>? Ticks = null)
{
    /// <summary>A share, shown in percent with as many digits as tell neighbouring ticks apart.</summary>
    public static Axis Share(string title) => new($"{title} (%)", "~%");
}

/// <summary>
/// The one look of the kit's figures: white page, title and a caption that says what to see, axes with units, letters that can be
/// read when the figure is shown at half its size.
/// </summary>
public static class Style
{
    /// <summary>Width of a figure, in pixels.</summary>
    public const int Width = 800;

    private const string Ink = "#1F2937", Soft = "#4B5563", Line = "#6B7280", Grid = "#E5E7EB";

    private const int TickSize = 15, AxisSize = 17, TitleSize = 21, CaptionSize = 15, CaptionWidth = 108, Foot = 68;

    /// <summary>Text that others wrote, so that nothing in it is taken for markup, by plotly or by a page around it.</summary>
    public static string Plain(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    /// <summary>A symbol of a paper with its index set low: <c>L_CE</c>.</summary>
    public static string Symbol(string name)
    {
        int low = name.IndexOf('_');
        return low <= 0 || low == name.Length - 1 ? Plain(name) : $"{Plain(name[..low])}<sub>{Plain(name[(low + 1)..])}</sub>";
    }

    internal static Color Tint(string colour, double opacity)
    {
        int rgb = Convert.ToInt32(colour[1..], 16);
        return Color.fromARGB((int)Math.Round(255 * opacity), rgb >> 16, (rgb >> 8) & 255, rgb & 255);
    }

    internal static StyleParam.Colorscale Scale(IReadOnlyList<(double At, string Colour)> stops) =>
        StyleParam.Colorscale.NewCustom([.. stops.Select(s => Tuple.Create(s.At, Color.fromString(s.Colour)))]);

    /// <summary>Puts title, caption, margins and letters around what is drawn.</summary>
    /// <param name="chart">What is drawn, with its axes.</param>
    /// <param name="title">What it shows, in a few words.</param>
    /// <param name="caption">What to see in it, and how it was measured.</param>
    /// <param name="legend">Names in the legend; empty for none.</param>
    /// <param name="height">Of what is drawn with its horizontal axis, in pixels.</param>
    /// <param name="panels">Whether it is several panels, with their titles above them.</param>
    /// <param name="width">Of the whole figure.</param>
    /// <param name="grouped">Whether each name in the legend is a group, which plotly lays out as text flows, instead of in columns.</param>
    /// <param name="foot">Room below what is drawn, for the axis, in pixels; a part of the height.</param>
    internal static GenericChart Framed(GenericChart chart, string title, string caption, IReadOnlyCollection<string> legend, int height = 400,
        bool panels = false, int width = Width, bool grouped = false, int foot = Foot)
    {
        int above = panels ? AxisSize + 14 : 0;
        var lines = Wrapped(caption).ToList();
        int head = 30 + lines.Count * 20 + 16 + LegendHeight(legend, grouped) + above;
        var text = $"<span style=\"font-size:{TitleSize}px\"><b>{Plain(title)}</b></span>"
            + string.Concat(lines.Select(line => $"<br><span style=\"color:{Soft}\">{line}</span>"));
        chart = Core.WithLayoutStyle<string>(chart,
            Title: Title.init(Text: text, Font: Letters(CaptionSize), X: 0.0, XAnchor: StyleParam.XAnchorPosition.Left, XRef: "container",
                Y: 1 - 30.0 / (height + head), YAnchor: StyleParam.YAnchorPosition.Top, YRef: "container", Pad: Padding.init(L: 16)),
            Width: width, Height: height + head, ShowLegend: legend.Count > 0,
            Margin: Margin.init<int, int, int, int, int, bool>(Left: 84, Right: 28, Top: head, Bottom: foot),
            Font: Letters(TickSize), PaperBGColor: Color.fromString("#FFFFFF"), PlotBGColor: Color.fromString("#FFFFFF"),
            HoverMode: StyleParam.HoverMode.Closest);
        if (legend.Count == 0) return chart;
        return Core.WithLegend(chart, Legend.init(Orientation: StyleParam.Orientation.Horizontal, X: 0.0, XAnchor: StyleParam.XAnchorPosition.Left,
            Y: 1 + (double)above / (height - foot), YAnchor: StyleParam.YAnchorPosition.Bottom, Font: Letters(TickSize)));
    }

    /// <summary>An axis in the kit's look.</summary>
    /// <param name="axis">What it says.</param>
    /// <param name="categories">Whether it names things instead of measuring.</param>
    /// <param name="reversed">Whether it runs downwards, so that the first of its names stands on top.</param>
    internal static LinearAxis Drawn(Axis axis, bool categories = false, bool reversed = false) =>
        LinearAxis.init<double, double, double, string, double, string, string, string>(
            Title: Title.init(Text: axis.Title, Font: Letters(AxisSize), Standoff: 12), TickFont: Letters(categories ? TickSize - 1 : TickSize),
            AxisType: categories ? StyleParam.AxisType.Category : axis.Log ? StyleParam.AxisType.Log : StyleParam.AxisType.Linear,
            RangeMode: Given(axis.FromZero ? StyleParam.RangeMode.ToZero : null), Range: Range(axis), TickFormat: Given(axis.Format),
            DTick: Given(axis.Log && axis.Ticks is null ? "D2" : null),
            TickVals: axis.Ticks is null ? null : FSharpOption<IEnumerable<double>>.Some([.. axis.Ticks.Select(t => t.At)]),
            TickText: axis.Ticks is null ? null : FSharpOption<IEnumerable<string>>.Some([.. axis.Ticks.Select(t => Plain(t.Name))]),
            AutoRange: axis.Range is not null ? null : FSharpOption<StyleParam.AutoRange>.Some(reversed ? StyleParam.AutoRange.Reversed : StyleParam.AutoRange.True),
            Ticks: StyleParam.TickOptions.Outside, TickColor: Color.fromString(Line), AutoMargin: StyleParam.TickAutoMargin.All,
            ShowLine: true, LineColor: Color.fromString(Line), ShowGrid: !categories, GridColor: Given(categories ? null : Color.fromString(Grid)), ZeroLine: false);

    /// <summary>An axis that only places things: without a line or a grid, and with names where it has some.</summary>
    internal static LinearAxis Unseen(Axis axis) => axis.Ticks is null
        ? LinearAxis.init<double, double, double, string, double, string, string, string>(Visible: false, Range: Range(axis))
        : LinearAxis.init<double, double, double, string, double, string, string, string>(Range: Range(axis), TickFont: Letters(TickSize - 1),
            TickVals: FSharpOption<IEnumerable<double>>.Some([.. axis.Ticks.Select(t => t.At)]), TickText: FSharpOption<IEnumerable<string>>.Some([.. axis.Ticks.Select(t => Plain(t.Name))]),
            Ticks: StyleParam.TickOptions.Outside, TickColor: Color.fromString("#FFFFFF"), AutoMargin: StyleParam.TickAutoMargin.All, ShowLine: false, ShowGrid: false, ZeroLine: false);

    /// <summary>A bar of colours with what they measure.</summary>
    /// <param name="unit">That, with its unit.</param>
    /// <param name="ticks">Names at places of it, instead of numbers; null for plotly's choice.</param>
    internal static ColorBar Bar(string unit, IReadOnlyList<(double At, string Name)>? ticks = null) => ColorBar.init<string, double>(
        Title: Title.init(Text: unit, Font: Letters(TickSize), Side: StyleParam.Side.Right), TickFont: Letters(TickSize - 1), Thickness: 16.0, OutlineWidth: 0.0,
        TickVals: ticks is null ? null : FSharpOption<IEnumerable<double>>.Some([.. ticks.Select(t => t.At)]),
        TickText: ticks is null ? null : FSharpOption<IEnumerable<string>>.Some([.. ticks.Select(t => t.Name)]));

    /// <summary>Ticks of a scale of ratios, with whole numbers beside them: powers of ten, and their doubles and fivefolds where those are few.</summary>
    internal static IReadOnlyList<(double At, string Name)> Decades(double from, double to)
    {
        int[] steps = to / from > 200 ? [1] : [1, 2, 5];
        return [.. Enumerable.Range((int)Math.Floor(Math.Log10(from)), (int)Math.Ceiling(Math.Log10(to / from)) + 2).SelectMany(power => steps.Select(step => (At: step * Math.Pow(10, power), Step: step, Power: power)))
            .Where(t => t.At >= from * (1 - 1e-9) && t.At <= to * (1 + 1e-9)).Select(t => (t.At, Name(t.Step, t.Power)))];

        static string Name(int step, int power) => power is >= -4 and <= 4 ? (step * (decimal)Math.Pow(10, power)).ToString("0.####", System.Globalization.CultureInfo.InvariantCulture)
            : (step == 1 ? "" : $"{step}·") + $"10<sup>{power}</sup>".Replace("-", "−");
    }

    /// <summary>The title of one panel among several.</summary>
    internal static Font PanelFont => Letters(AxisSize);

    /// <summary>An option of F#: none for null.</summary>
    internal static FSharpOption<T>? Given<T>(T? value) where T : class => value is null ? null : FSharpOption<T>.Some(value);

    private static Font Letters(int size) =>
        Font.init(Family: StyleParam.FontFamily.NewCustom("Arial, Helvetica, Liberation Sans, sans-serif"), Size: (double)size, Color: Color.fromString(Ink));

    // A log axis takes its ends as powers of ten.
    private static FSharpOption<StyleParam.Range>? Range(Axis axis)
    {
        if (axis.Range is not var (from, to)) return null;
        return FSharpOption<StyleParam.Range>.Some(axis.Log
            ? StyleParam.Range.NewMinMax(Math.Log10(from), Math.Log10(to)) : StyleParam.Range.NewMinMax(from, to));
    }

    // Plotly breaks no lines by itself.
    private static IEnumerable<string> Wrapped(string caption)
    {
        var line = "";
        foreach (var word in caption.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > CaptionWidth)
            {
                yield return Plain(line);
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        if (line.Length > 0) yield return Plain(line);
    }

    // As plotly lays them out when they do not fit side by side: groups one after the other, others in equal columns.
    private static int LegendHeight(IReadOnlyCollection<string> names, bool grouped)
    {
        const int row = 27, groupedRow = 34;
        if (names.Count == 0) return 0;
        var widths = names.Select(name => 56 + 8 * name.Length).ToList();
        int room = Width - 120;
        if (widths.Sum() <= room) return row;
        if (!grouped)
        {
            // A column is as wide as its longest name, whose letters are 7 pixels on average; the margins are all that is not room.
            int columns = Math.Max(1, (Width - 112) / names.Max(name => 52 + 7 * name.Length));
            return (names.Count + columns - 1) / columns * row;
        }
        int rows = 1, taken = 0;
        foreach (int width in widths)
        {
            if (taken > 0 && taken + width > room) (rows, taken) = (rows + 1, 0);
            taken += width;
        }
        return rows * groupedRow;
    }
}
