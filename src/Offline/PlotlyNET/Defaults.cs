using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>What a chart is where nothing else is said.</summary>
public static class Defaults
{
    internal const string PlotlyJs = "https://cdn.plot.ly/plotly-2.27.1.min.js";

    static Defaults() => reset();

    public static int DefaultWidth { get; set; }

    public static int DefaultHeight { get; set; }

    public static Config DefaultConfig { get; set; }

    public static Template DefaultTemplate { get; set; }

    public static DisplayOptions DefaultDisplayOptions { get; set; }

    public static void reset()
    {
        DefaultWidth = DefaultHeight = 600;
        DefaultConfig = Config.init(Responsive: true);
        DefaultTemplate = ChartTemplates.plotly;
        DefaultDisplayOptions = DisplayOptions.initCDNOnly();
    }

    internal static Layout NewLayout()
    {
        var layout = Layout.init<string>(Width: DefaultWidth, Height: DefaultHeight);
        layout.Put("template", DefaultTemplate);
        return layout;
    }

    internal static Config NewConfig()
    {
        var config = new Config();
        config.Merge(DefaultConfig);
        return config;
    }
}
