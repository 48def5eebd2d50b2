using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>Styling as functions to be invoked on a chart.</summary>
public class Chart
{
    private Chart() { }

    public static FSharpFunc<GenericChart, GenericChart> WithConfigStyle(FSharpOption<bool> StaticPlot = null, FSharpOption<bool> Editable = null,
        FSharpOption<bool> Autosizable = null, FSharpOption<bool> Responsive = null, FSharpOption<bool> DisplayModeBar = null,
        FSharpOption<bool> Displaylogo = null, FSharpOption<string> Locale = null) => Change(chart =>
    {
        chart.Config.Merge(Config.init(StaticPlot: StaticPlot, Editable: Editable, Autosizable: Autosizable, Responsive: Responsive,
            DisplayModeBar: DisplayModeBar, Displaylogo: Displaylogo, Locale: Locale));
        return chart.Arrange(_ => { });
    });

    public static FSharpFunc<GenericChart, GenericChart> WithColorbarStyle<a5, a6>(FSharpOption<string> TitleText = null, FSharpOption<double> Len = null,
        FSharpOption<double> Thickness = null, FSharpOption<string> TickFormat = null)
        where a5 : IConvertible where a6 : IConvertible => Change(chart => chart.Each(trace =>
    {
        var bar = trace.Part<ColorBar>("colorbar").With("len", Len).With("thickness", Thickness).With("tickformat", TickFormat);
        if (TitleText is not null) bar.Part<Title>("title").With("text", TitleText);
    }));

    public static FSharpFunc<GenericChart, GenericChart> WithTemplate(Template template) => Change(chart => chart.WithTemplate(template));

    /// <summary>Charts in cells, row by row; what exceeds the cells is dropped.</summary>
    internal static GenericChart Gridded(IEnumerable<GenericChart> charts, int rows, int columns, LayoutGrid grid, string[] titles,
        FSharpOption<Font> titleFont, double titleOffset, bool coupled, double xGap, double yGap, bool upwards)
    {
        var cells = charts.Take(rows * columns).Select((chart, i) => Placed(chart, i, coupled ? i % columns + 1 : i + 1, coupled ? i / columns + 1 : i + 1));
        var whole = GenericChart.combine(cells);
        var annotations = (titles ?? []).Take(rows * columns).Select((text, i) =>
        {
            int row = i / columns;
            var (start, end) = Cell(i % columns, columns, xGap);
            var (_, top) = Cell(upwards ? row : rows - 1 - row, rows, yGap);
            return Annotation.init<double, double, int, string, int, string, int, string, int, string>(X: (start + end) / 2, Y: top + titleOffset,
                XRef: "paper", YRef: "paper", XAnchor: StyleParam.XAnchorPosition.Center, YAnchor: StyleParam.YAnchorPosition.Bottom,
                Text: text, ShowArrow: false, Font: titleFont);
        }).ToArray();
        return whole.WithAnnotations(annotations).Arrange(layout => layout.Put("grid", grid));
    }

    // One pair of axes a cell, under the cell's number; the anchors may point to shared ones.
    private static GenericChart Placed(GenericChart chart, int cell, int x, int y)
    {
        var layout = chart.Layout;
        var (xAxis, yAxis) = (layout.Part<LinearAxis>("xaxis"), layout.Part<LinearAxis>("yaxis"));
        foreach (var key in layout.Entries.Where(e => e.Value is LinearAxis).Select(e => e.Key).ToList()) layout.Remove(key);
        return chart.WithAxisAnchor(x, y)
            .WithXAxis(xAxis, StyleParam.SubPlotId.NewXAxis(cell + 1)).WithYAxis(yAxis, StyleParam.SubPlotId.NewYAxis(cell + 1));
    }

    // Where a cell begins and ends, in fractions: plotly.js leaves `gap` of each cell free, save the last.
    private static (double Start, double End) Cell(int index, int count, double gap)
    {
        double step = 1 / (count - gap);
        return (step * index, step * index + step * (1 - gap));
    }

    private static FSharpFunc<GenericChart, GenericChart> Change(Func<GenericChart, GenericChart> change) => new Changing(change);

    private sealed class Changing(Func<GenericChart, GenericChart> change) : FSharpFunc<GenericChart, GenericChart>
    {
        public override GenericChart Invoke(GenericChart chart) => change(chart);
    }
}
