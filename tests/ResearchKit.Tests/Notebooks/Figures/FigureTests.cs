using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Runs;

namespace ResearchKit.Tests.Notebooks.Figures;

/// <summary>Every figure's JSON has the traces, axes and colours that it promises.</summary>
public sealed class FigureTests : IDisposable
{
    private readonly SampleRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    private static JsonNode[] Traces(JsonNode figure) => [.. figure["data"]!.AsArray().Select(t => t!)];

    private static JsonNode Named(JsonNode figure, string name) => Traces(figure).First(t => (string?)t["name"] == name && t["fill"] is null && t["showlegend"] is not null);

    private static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(v => v!.GetValue<double>())];

    private static string Colour(string hex)
    {
        int rgb = Convert.ToInt32(hex[1..], 16);
        return $"rgba({rgb >> 16}, {(rgb >> 8) & 255}, {rgb & 255}, 1.0)";
    }

    [Fact]
    public void LearningCurvesHaveAPanelForEachTermUnderItsSymbol()
    {
        var figure = SampleRuns.Json(Figure.LearningCurves(_runs.All));
        var titles = figure["layout"]!["annotations"]!.AsArray().Select(a => (string?)a!["text"]);
        Assert.Equal(["L<sub>CE</sub>", "L<sub>Soft-CE</sub>"], titles);
        Assert.Equal("optimizer step", (string?)figure["layout"]!["xaxis"]!["title"]!["text"]);
        Assert.Equal("L<sub>Soft-CE</sub>, unweighted", (string?)figure["layout"]!["yaxis2"]!["title"]!["text"]);
        Assert.DoesNotContain(Traces(figure), t => (string?)t["name"] == "alone" && (string?)t["xaxis"] == "x2");   // it has no such term
    }

    [Fact]
    public void ThreeSeedsAreOneLineWithABandOfOneDeviation()
    {
        var figure = SampleRuns.Json(Figure.LearningCurves(_runs.All));
        var mean = Numbers(Named(figure, "distilled")["y"]);
        var upper = Numbers(Traces(figure).First(t => ((string?)t["name"])!.StartsWith("distilled, mean +") && (string?)t["xaxis"] == "x")["y"]);
        Assert.Equal(20, mean.Length);
        Assert.Equal(1.0 / 4 + 0.2, mean[3], 9);
        Assert.Equal(mean[3] + 0.1, upper[3], 9);   // seeds 1, 2, 3 add 0.1, 0.2, 0.3
        Assert.Contains("standard deviation over the seeds", (string?)figure["layout"]!["title"]!["text"]);
        Assert.DoesNotContain(Traces(figure), t => ((string?)t["name"])!.StartsWith("teacher, mean"));   // one seed has no band
    }

    [Fact]
    public void ALegendNamesEachRunOnce()
    {
        var shown = Traces(SampleRuns.Json(Figure.LearningCurves(_runs.All))).Where(t => (bool?)t["showlegend"] == true).Select(t => (string?)t["name"]).ToList();
        Assert.Equal(["teacher", "alone", "distilled"], shown);
    }

    [Fact]
    public void AMethodHasItsColourInEveryFigure()
    {
        var comparison = Comparison.Of(_runs.All);
        var colours = (string?[])
        [
            (string?)Named(SampleRuns.Json(Figure.LearningCurves(_runs.All)), "distilled")["line"]!["color"],
            (string?)Named(SampleRuns.Json(Figure.ValidationCurves("accuracy", _runs.All)), "distilled")["line"]!["color"],
            (string?)Named(SampleRuns.Json(Figure.Tradeoff(comparison)), "distilled")["marker"]!["color"],
        ];
        Assert.All(colours.Select(c => c?.StartsWith('#') == true ? Colour(c) : c), c => Assert.Equal(Colour("#0072B2"), c));
    }

    [Fact]
    public void TheTeacherIsBlackThoughItsMethodIsTheStudentsToo()
    {
        foreach (var figure in new[] { Figure.LearningCurves(_runs.All), Figure.ValidationCurves("accuracy", _runs.All) })
        {
            var json = SampleRuns.Json(figure);
            Assert.Equal("#000000", (string?)Named(json, "teacher")["line"]!["color"]);
            Assert.NotEqual("#000000", (string?)Named(json, "alone")["line"]!["color"]);
        }
    }

    [Fact]
    public void TheTradeoffPutsMeansOverParametersWithWhiskers()
    {
        var figure = SampleRuns.Json(Figure.Tradeoff(Comparison.Of(_runs.All)));
        var distilled = Named(figure, "distilled");
        Assert.Equal([250], Numbers(distilled["x"]));
        Assert.Equal(0.82, Numbers(distilled["y"])[0], 9);
        Assert.Equal(0.01, Numbers(distilled["error_y"]!["array"])[0], 9);
        Assert.Null(Named(figure, "teacher")["error_y"]);
        Assert.Equal("parameters", (string?)figure["layout"]!["xaxis"]!["title"]!["text"]);
        Assert.Equal("log", (string?)figure["layout"]!["xaxis"]!["type"]);
        Assert.Equal("accuracy (%)", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
        Assert.Equal([250, 1000], Numbers(Named(figure, "best for the size")["x"]));
    }

    [Fact]
    public void BarsSayTheirNumbersAndShowEachSeed()
    {
        var figure = SampleRuns.Json(Figure.Methods(Comparison.Of(_runs.All)));
        var bars = Traces(figure).Single(t => (string?)t["type"] == "bar");
        Assert.Equal(["teacher<br>91.0 %", "alone<br>72.0 ± 1.0 %", "distilled<br>82.0 ± 1.0 %"], bars["y"]!.AsArray().Select(v => (string?)v));
        Assert.Equal(7, Traces(figure).Single(t => (string?)t["name"] == "seeds")["x"]!.AsArray().Count);
        Assert.Equal("reversed", (string?)figure["layout"]!["yaxis"]!["autorange"]);
    }

    [Fact]
    public void CostHasAPanelForTimeSpeedAndWeights()
    {
        var figure = SampleRuns.Json(Figure.Cost(Comparison.Of(_runs.All)));
        Assert.Equal(["training", "speed", "weights"], figure["layout"]!["annotations"]!.AsArray().Select(a => (string?)a!["text"]));
        Assert.Equal("MB in float32", (string?)figure["layout"]!["xaxis3"]!["title"]!["text"]);
    }

    [Fact]
    public void DisagreementCountsRowsOffTheDiagonal()
    {
        var teacher = SampleRuns.Says("teacher", [0, 0, 1, 2], [0, 0, 1, 2], teacher: true);
        var student = SampleRuns.Says("student", [0, 1, 1, 1], [0, 0, 1, 2]);
        var figure = SampleRuns.Json(Figure.Disagreement(teacher, student));
        var map = Traces(figure).Single(t => (string?)t["type"] == "heatmap");
        Assert.Equal(["animal", "food", "act"], map["y"]!.AsArray().Select(v => (string?)v));
        Assert.Equal("""[["NaN",1.0,0.0],[0.0,"NaN",0.0],[0.0,1.0,"NaN"]]""", map["z"]!.ToJsonString());   // teacher animal, student food; teacher act, student food
        Assert.Contains("50.0 % of 4 rows", (string?)figure["layout"]!["title"]!["text"]);
        Assert.Equal("teacher says", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
    }

    [Fact]
    public void ConfusionRowsAddUpToAHundred()
    {
        var map = Traces(SampleRuns.Json(Figure.Confusion(SampleRuns.Says("student", [0, 1, 1, 2], [0, 0, 1, 2])))).Single(t => (string?)t["type"] == "heatmap");
        Assert.Equal("[[50.0,50.0,0.0],[0.0,100.0,0.0],[0.0,0.0,100.0]]", map["z"]!.ToJsonString());
    }

    [Fact]
    public void AHistogramsSharesAddUpToOne()
    {
        var figure = SampleRuns.Json(Figure.Histogram([new("a", Palette.Of("kd"), [0, 0.1, 0.9, double.NaN]), new("b", Palette.Of("okd"), [0.5])], "t", "c", new Axis("p", Range: (0, 1)), bins: 10));
        Assert.All(Traces(figure), t => Assert.Equal(1, Numbers(t["y"]).Sum(), 9));
        Assert.Equal("share in a bin of 0.1 (%)", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
    }

    [Fact]
    public void AHeatmapsScaleKeepsZeroWhite()
    {
        var figure = SampleRuns.Json(Figure.Heatmap([[-0.5, 1.0]], ["r"], ["a", "b"], "t", "c", "rows", "columns", "cosine", "0.00", diverging: true));
        var scale = Traces(figure)[0]["colorscale"]!.AsArray();
        Assert.Contains(scale, stop => (string?)stop![1] == "#FFFFFF" && Math.Abs(stop[0]!.GetValue<double>() - 1.0 / 3) < 1e-9);   // 0 lies a third up from −0.5 to 1
        Assert.Equal(["-0.50", "1.00"], Traces(figure)[1]["text"]!.AsArray().Select(v => (string?)v));
    }

    [Fact]
    public void OthersTextIsNeverMarkup()
    {
        const string evil = "</script><b>x</b> & y";
        using var runs = new SampleRuns();
        runs.Make(evil, "okd", 1, 100, 1000);
        var json = Plotly.NET.GenericChart.toFigureJson(Figure.Bars([new Bar(evil, Palette.Of("okd"), [1])], evil, evil, new Axis("x")));
        Assert.DoesNotContain("</script>", json);
        Assert.DoesNotContain("<b>x", json);
        Assert.Contains("&lt;/script&gt;&lt;b&gt;x", json);
    }

    [Fact]
    public void NothingToDrawIsSaid()
    {
        var empty = _runs.Make("empty", "kd", 1, 1, 1000, steps: 0);
        Assert.Contains("no step has been logged yet", Assert.Throws<KitException>(() => Figure.LearningCurves(empty)).Message);
        Assert.Contains("no run has measured 'f1'; measured are accuracy", Assert.Throws<KitException>(() => Figure.ValidationCurves("f1", _runs.All)).Message);
        Assert.Contains("there are accuracy, loss", Assert.Throws<KitException>(() => Figure.Tradeoff(Comparison.Of(_runs.All), "f1")).Message);
        Assert.Contains("no cell is finite", Assert.Throws<KitException>(() => Figure.Heatmap([[double.NaN]], ["r"], ["c"], "t", "c", "r", "c", "u")).Message);
        Assert.Contains("different rows", Assert.Throws<KitException>(() => Figure.Disagreement(SampleRuns.Says("a", [0], [0]), SampleRuns.Says("b", [0, 1], [0, 1]))).Message);
        Assert.Contains("agree on all 1 rows", Assert.Throws<KitException>(() => Figure.Disagreement(SampleRuns.Says("a", [0], [0]), SampleRuns.Says("b", [0], [0]))).Message);
    }
}
