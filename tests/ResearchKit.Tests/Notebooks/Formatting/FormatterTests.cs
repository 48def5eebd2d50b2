using Microsoft.Data.Analysis;
using Microsoft.DotNet.Interactive.Formatting;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Notebooks.Formatting;
using ResearchKit.Runs;
using ResearchKit.Tests.Notebooks.Figures;
using TorchSharp;
using static TorchSharp.torch;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Tests.Notebooks.Formatting;

/// <summary>What a cell shows of the kit's values, on a page and in a terminal.</summary>
public sealed class FormatterTests
{
    public FormatterTests() => Formatters.Register();

    [Fact]
    public void ATensorTellsWhatItIsAndItsCorner()
    {
        using var tensor = arange(24, dtype: ScalarType.Float32).reshape(2, 3, 4);
        Assert.Equal("""
            Tensor [2, 3, 4]  Float32  cpu
            min 0  mean 11.5  max 23
            [0, …] = 
            [        0,         1,         2,         3]
            [        4,         5,         6,         7]
            [        8,         9,        10,        11]
            """, tensor.ToDisplayString());
        Assert.StartsWith("<pre", tensor.ToDisplayString("text/html"));
    }

    [Fact]
    public void OddTensorsAreShownToo()
    {
        using var empty = zeros([0, 3]);
        using var truth = tensor(new[] { true, false });
        using var one = tensor(2.5);
        Assert.Equal("Tensor [0, 3]  Float32  cpu", empty.ToDisplayString());
        Assert.Contains("[        1,         0]", truth.ToDisplayString());
        Assert.EndsWith("\n2.5", one.ToDisplayString());
        var gone = zeros([1]);
        gone.Dispose();
        Assert.Equal("Tensor (disposed)", gone.ToDisplayString());
    }

    [Fact]
    public void FormattingLeavesNoTensorBehind()
    {
        using var big = zeros([300, 400], requires_grad: true);
        using var module = nn.Linear(3, 4);
        _ = big.ToDisplayString();
        _ = module.ToDisplayString();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        _ = big.ToDisplayString("text/html");
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void AModuleIsATreeWithItsParameters()
    {
        using var module = nn.Sequential(("first", nn.Linear(3, 4)), ("second", nn.Linear(4, 2, hasBias: false)));
        foreach (var p in module.parameters().Take(1)) p.requires_grad = false;
        Assert.Equal("""
            Sequential: Sequential, 24 parameters, 12 of them trained
              first: Linear, 16 parameters, 4 of them trained
              second: Linear, 8 parameters
            """, module.ToDisplayString());
        Assert.StartsWith("<pre", module.ToDisplayString("text/html"));
    }

    [Fact]
    public void AChartIsAPageAndAFigureForFrontEndsThatDraw()
    {
        var chart = Figure.Bars([new Bar("</script>", Palette.Of("kd"), [1])], "A <title>", "what to see", new Axis("x"));
        Assert.Equal(["text/html", "application/vnd.plotly.v1+json"], Formatter.GetPreferredMimeTypesFor(chart.GetType()));
        Assert.Equal("chart: A <title> (1 traces)", chart.ToDisplayString());
        var html = chart.ToDisplayString("text/html");
        Assert.Contains("plotly-2.27.1.min", html);
        Assert.Contains("Plotly.newPlot(", html);
        Assert.Equal(html.IndexOf("</script>"), html.LastIndexOf("</script>"));
        var json = System.Text.Json.Nodes.JsonNode.Parse(chart.ToDisplayString("application/vnd.plotly.v1+json"))!;
        Assert.Equal("bar", (string?)json["data"]![0]!["type"]);
        Assert.Equal(["data", "layout"], json.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void ADataFrameAlignsItsNumbersAndEscapesItsTexts()
    {
        var frame = new DataFrame(new StringDataFrameColumn("na<me", ["<b>a</b>", "bb"]), new DoubleDataFrameColumn("v", [1.5, null]));
        var html = frame.ToDisplayString("text/html");
        Assert.Contains("<th>na&lt;me</th><th class=\"n\">v</th>", html);
        Assert.Contains("<td>&lt;b&gt;a&lt;/b&gt;</td><td class=\"n\">1.5</td>", html);
        Assert.Equal("na<me       v\n<b>a</b>  1.5\nbb", frame.ToDisplayString());
    }

    [Fact]
    public void RunsAndComparisonsAreTables()
    {
        using var runs = new SampleRuns();
        var comparison = Comparison.Of(runs.All);
        Assert.Contains("<td class=\"n best\">91.0 %</td>", comparison.ToDisplayString("text/html"));
        Assert.Contains("distilled", comparison.ToDisplayString());
        foreach (object value in (object[])[runs.Teacher, runs.Teacher.Results(), runs.Teacher.Recipe(), SampleRuns.Says("x", [0, 1], [0, 0])])
        {
            Assert.DoesNotContain("SettingsBinder", value.ToDisplayString());
            Assert.StartsWith("<", value.ToDisplayString("text/html").Trim());
        }
        Assert.Contains("accuracy: 0.91", runs.Teacher.ToDisplayString());
        Assert.Contains("accuracy: 0.5", SampleRuns.Says("x", [0, 1], [0, 0]).ToDisplayString());
    }
}
