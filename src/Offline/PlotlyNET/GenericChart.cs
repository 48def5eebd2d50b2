using Microsoft.FSharp.Collections;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>A chart of one trace or of several, with its layout and settings. Traces and layouts are shared between charts, as in the real package.</summary>
public abstract class GenericChart
{
    private GenericChart(Layout layout, Config config, DisplayOptions options) => (Layout, Config, Options) = (layout, config, options);

    internal Layout Layout { get; }

    internal Config Config { get; }

    internal DisplayOptions Options { get; }

    internal abstract IReadOnlyList<Trace> Traces { get; }

    public sealed class Chart : GenericChart
    {
        internal Chart(Trace data, Layout layout, Config config, DisplayOptions options) : base(layout, config, options) => this.data = data;

        public Trace data { get; }

        public Layout layout => Layout;

        public Config config => Config;

        public DisplayOptions displayOpts => Options;

        internal override IReadOnlyList<Trace> Traces => [data];
    }

    public sealed class MultiChart : GenericChart
    {
        internal MultiChart(IEnumerable<Trace> data, Layout layout, Config config, DisplayOptions options) : base(layout, config, options) =>
            this.data = ListModule.OfSeq(data);

        public FSharpList<Trace> data { get; }

        public Layout layout => Layout;

        public Config config => Config;

        public DisplayOptions displayOpts => Options;

        internal override IReadOnlyList<Trace> Traces => data;
    }

    public static GenericChart NewChart(Trace _data, Layout _layout, Config _config, DisplayOptions _displayOpts) =>
        new Chart(_data, _layout, _config, _displayOpts);

    public static GenericChart NewMultiChart(FSharpList<Trace> _data, Layout _layout, Config _config, DisplayOptions _displayOpts) =>
        new MultiChart(_data, _layout, _config, _displayOpts);

    public static FSharpList<Trace> getTraces(GenericChart gChart) => ListModule.OfSeq(gChart.Traces);

    public static Layout getLayout(GenericChart gChart) => gChart.Layout;

    public static Config getConfig(GenericChart gChart) => gChart.Config;

    public static DisplayOptions getDisplayOptions(GenericChart gChart) => gChart.Options;

    public static GenericChart setLayout(Layout layout, GenericChart gChart) => gChart.Copy(layout, gChart.Config, gChart.Options);

    public static GenericChart setConfig(Config config, GenericChart gChart) => gChart.Copy(gChart.Layout, config, gChart.Options);

    public static GenericChart setDisplayOptions(DisplayOptions displayOpts, GenericChart gChart) => gChart.Copy(gChart.Layout, gChart.Config, displayOpts);

    public static int countTrace(GenericChart gChart) => gChart.Traces.Count;

    public static GenericChart combine(IEnumerable<GenericChart> gCharts)
    {
        var charts = gCharts.ToList();
        if (charts.Count == 0) throw new ArgumentException("There are no charts to combine.", nameof(gCharts));
        return charts.Aggregate((first, second) =>
        {
            var layout = Layout.Combined(first.Layout, second.Layout);
            first.Config.Merge(second.Config);
            return new MultiChart([.. first.Traces, .. second.Traces], layout, first.Config, second.Options);
        });
    }

    public static string toFigureJson(GenericChart gChart) =>
        $$"""{"data":{{JsonText.Of(gChart.Traces)}},"layout":{{JsonText.Of(gChart.Layout)}},"frames":[]}""";

    public static string toJson(GenericChart gChart) =>
        $$"""{"data":{{JsonText.Of(gChart.Traces)}},"layout":{{JsonText.Of(gChart.Layout)}},"config":{{JsonText.Of(gChart.Config)}}}""";

    public static string toChartHTML(GenericChart gChart) => $"<div>{Html.Chart(gChart)}</div>";

    public static string toEmbeddedHTML(GenericChart gChart) => Html.Page(gChart);

    internal static GenericChart Of(Trace trace, bool useDefaults) => useDefaults
        ? new Chart(trace, Defaults.NewLayout(), Defaults.NewConfig(), Defaults.DefaultDisplayOptions)
        : new Chart(trace, new Layout(), new Config(), DisplayOptions.initCDNOnly());

    /// <summary>Changes every trace, in place.</summary>
    internal GenericChart Each(Action<Trace> change) => Each((trace, _) => change(trace));

    internal GenericChart Each(Action<Trace, int> change)
    {
        for (int i = 0; i < Traces.Count; i++) change(Traces[i], i);
        return Copy(Layout, Config, Options);
    }

    /// <summary>Changes the layout, in place.</summary>
    internal GenericChart Arrange(Action<Layout> change)
    {
        change(Layout);
        return Copy(Layout, Config, Options);
    }

    private GenericChart Copy(Layout layout, Config config, DisplayOptions options) => this is Chart one
        ? new Chart(one.data, layout, config, options)
        : new MultiChart(Traces, layout, config, options);
}
