using System.Text.Json.Nodes;
using ResearchKit.Analysis;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Papers.GradientDistillation;
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
    public void ASentenceIsBrokenIntoLinesAndEveryWordKeepsItsCells()
    {
        string[] words = ["the", "cat", "of", "the", "neighbourhood", "likes", "the", "extraordinarily", "comfortable", "armchair", "of", "the", "philharmonic", "orchestra"];
        var figure = SampleRuns.Json(Figure.Saliency(words, new WordRow("teacher", [.. words.Select((_, i) => i - 4.0)]), new WordRow("kd", [.. words.Select((_, i) => i == 2 ? double.NaN : 8.0 - 2 * i)])));
        var maps = Traces(figure).Where(t => (string?)t["type"] == "heatmap").ToList();
        Assert.True(maps.Count > 1);
        Assert.Equal(words.Length, maps.Sum(m => m["z"]![0]!.AsArray().Count));
        Assert.All(maps, m => Assert.Equal(m["z"]![0]!.AsArray().Count + 1, m["x"]!.AsArray().Count));   // edges
        Assert.All(maps, m => Assert.True(Numbers(m["x"])[^1] <= 600));
        var texts = Traces(figure).Single(t => (string?)t["mode"] == "text")["text"]!.AsArray().Select(t => (string?)t).ToList();
        Assert.Equal(3 * words.Length - 1, texts.Count);   // words, two rows, less the one that is no number
        Assert.Equal(words.Order(StringComparer.Ordinal), texts.Where(t => words.Contains(t)).Order(StringComparer.Ordinal));
        Assert.Contains("−44", texts);   // −4 of the teacher's largest, 9
        Assert.Contains("100", texts);
        var names = figure["layout"]!["yaxis"]!["ticktext"]!.AsArray().Select(t => (string?)t).Distinct();
        Assert.Equal(["teacher", "kd, r = −1.00"], names);
    }

    [Fact]
    public void AColourOfASentenceMeansTheSameOnEveryLine()
    {
        var figure = SampleRuns.Json(Figure.TokenConsistency(["[CLS]", "cat", "[SEP]"], new WordRow("E", [0.5, -0.5, -0.001]), new WordRow("h1", [double.NaN, double.NaN, 0.25])));
        var scale = Traces(figure)[0]["colorscale"]!.AsArray();
        string Of(int stop) => (string)scale[stop]![1]!;
        Assert.Equal(("#F9CFAE", "#B0D2EC"), (Of(0), Of(scale.Count - 1)));   // −0.5 and 0.5 on a scale from −1 to 1
        Assert.Contains(scale, stop => (string?)stop![1] == "#FFFFFF" && Math.Abs(stop[0]!.GetValue<double>() - 0.5) < 1e-9);
        Assert.Equal(["[CLS]", "cat", "[SEP]", "50", "−50", "0", "25"], Traces(figure)[1]["text"]!.AsArray().Select(t => (string?)t));
    }

    [Fact]
    public void ConsistencyHasAPanelForEachPlaceAndABandOverSeeds()
    {
        var figure = SampleRuns.Json(Figure.GradientConsistency(
            new ConsistencyCourse("gradkd", "gradkd", Course(0.1), Course(0.2), Course(0.3)), new ConsistencyCourse("kd", "kd", Course(0))));
        Assert.Equal(["embedding, all tokens", "h1, first token"], figure["layout"]!["annotations"]!.AsArray().Select(a => (string?)a!["text"]));
        Assert.Equal([0.2, 0.7], Numbers(Named(figure, "gradkd")["y"]).Select(v => Math.Round(v, 9)));   // over tokens at E
        var below = Traces(figure).Single(t => (string?)t["name"] == "kd" && (string?)t["xaxis"] == "x2");
        Assert.Equal([0.9, 0.9], Numbers(below["y"]));   // at the first token at h1
        Assert.Contains(Traces(figure), t => (string?)t["name"] == "gradkd, mean + sd");
        Assert.DoesNotContain(Traces(figure), t => (string?)t["name"] == "kd, mean + sd");

        static IReadOnlyList<ConsistencyMeans> Course(double by) => [new(0, [new("E", by, 0), new("h1", 0, 0.9)]), new(10, [new("E", by + 0.5, 0), new("h1", 0, 0.9)])];
    }

    [Fact]
    public void LoyaltyHasWhiskersBothWaysAndTheTeachersAccuracy()
    {
        var runs = Enumerable.Range(1, 3).Select(seed => Result("kd", "kd", seed, 0.8 + 0.01 * seed, 0.3 + 0.1 * seed)).Append(Result("teacher", "fine-tune", 1, 0.9, null));
        var figure = SampleRuns.Json(Figure.Loyalty(Comparison.OfResults(runs)));
        var kd = Named(figure, "kd");
        Assert.Equal((0.82, 0.5), (Math.Round(Numbers(kd["x"])[0], 9), Math.Round(Numbers(kd["y"])[0], 9)));
        Assert.Equal((0.01, 0.1), (Math.Round(Numbers(kd["error_x"]!["array"])[0], 9), Math.Round(Numbers(kd["error_y"]!["array"])[0], 9)));
        Assert.Equal([0.9, 0.9], Numbers(Named(figure, "the teacher's accuracy")["x"]));
        Assert.Equal("saliency loyalty (%)", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
        Assert.Contains("no run has a finite 'saliency loyalty'", Assert.Throws<KitException>(() => Figure.Loyalty(Comparison.OfResults([Result("kd", "kd", 1, 0.8, null)]))).Message);

        static RunResults Result(string name, string method, int seed, double accuracy, double? loyalty)
        {
            var metrics = new Dictionary<string, double> { ["accuracy"] = accuracy };
            if (loyalty is { } value) metrics["saliency loyalty"] = value;
            return new()
            {
                Name = name, Method = method, Task = "t", Split = "test", Metrics = metrics, Parameters = loyalty is null ? 10 : 5, TeacherParameters = loyalty is null ? null : 10, Seed = seed,
                TrainingRows = 1, Steps = 1, TrainingSeconds = 1, TokensPerSecond = 1, Device = "cpu", Command = "./kit train",
            };
        }
    }

    [Fact]
    public void DropoutBiasStandsBesideThePapers()
    {
        var report = new DropoutBiasReport(new(), 200, [new("E", 0, 0.8, 0.1, 0.85, 100), new("h1", 1, 0.9, 0.1, 0.95, 10)], new("E", 0, 0.7, 0.1, 0.75, 10));
        var figure = SampleRuns.Json(Figure.DropoutBias(new BiasCurve("gradkd-cls", "gradkd-cls", report)));
        Assert.Equal(["the paper, 6 layers", "gradkd-cls, 2 layers", "gradkd-cls, without noise"], Traces(figure).Select(t => (string?)t["name"]));
        Assert.Equal([0.84, 0.89, 0.90, 0.91, 0.91, 0.91], Numbers(Traces(figure)[0]["y"]));
        Assert.Equal([0, 0.5], Numbers(Traces(figure)[1]["x"]));
        Assert.Equal([0.85, 0.95], Numbers(Traces(figure)[2]["y"]));
        Assert.Equal(["E", "1/6", "2/6", "3/6 = 1/2", "4/6", "5/6"], figure["layout"]!["xaxis"]!["ticktext"]!.AsArray().Select(t => (string?)t));
        Assert.Contains("200 samples, 100 passes", (string?)figure["layout"]!["title"]!["text"]);
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
        Assert.Contains("'kd' has 1 values for 2 words", Assert.Throws<KitException>(() => Figure.Saliency(["a", "b"], new WordRow("teacher", [1, 2]), new WordRow("kd", [1]))).Message);
        Assert.Contains("no value is finite", Assert.Throws<KitException>(() => Figure.TokenConsistency(["a"], new WordRow("E", [double.NaN]))).Message);
        Assert.Contains("nothing has been measured", Assert.Throws<KitException>(() => Figure.GradientConsistency(new ConsistencyCourse("kd", "kd"))).Message);
        Assert.Contains("agree on all 1 rows", Assert.Throws<KitException>(() => Figure.Disagreement(SampleRuns.Says("a", [0], [0]), SampleRuns.Says("b", [0], [0]))).Message);
    }
}
