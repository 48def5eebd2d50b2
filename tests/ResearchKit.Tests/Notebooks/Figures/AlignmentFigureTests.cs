using System.Text.Json.Nodes;
using ResearchKit.Analysis;
using ResearchKit.Notebooks.Figures;
using ResearchKit.Notebooks.Tables;
using ResearchKit.Runs;

namespace ResearchKit.Tests.Notebooks.Figures;

/// <summary>The figures and the table of layer alignment have the cells, bars, lines and numbers that they promise.</summary>
public sealed class AlignmentFigureTests
{
    private static readonly AlignmentReport s_report = new(1234, [0, 1, 2], [0, 1], [[1, 0.5], [0.4, 0.9], [0.3, 0.8]], [[1, 0.4], [0.3, 0.8], [0.1, 0.7]],
        [new(new(0, 0), 0, 1), new(new(1, 2), 0.25, 0.9)], [new(new(1, 2), [[0.5, 0.1], [0.2, 0.3]])], [new("query", [0.125]), new("up", [0.5])]);

    private static JsonNode[] Traces(JsonNode figure) => [.. figure["data"]!.AsArray().Select(t => t!)];

    private static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(v => Math.Round(v!.GetValue<double>(), 9))];

    private static double[] Powers(JsonNode? array) => [.. array!.AsArray().Select(v => Math.Round(Math.Pow(10, v!.GetValue<double>()), 9))];

    private static IEnumerable<string?> Names(JsonNode? array) => array!.AsArray().Select(v => (string?)v);

    [Fact]
    public void SimilarityHasARowForEachOfTheTeachersPlaces()
    {
        var figure = SampleRuns.Json(Figure.LayerSimilarity(s_report));
        var cells = Traces(figure)[0];
        Assert.Equal(["E", "h1", "h2"], Names(cells["y"]));
        Assert.Equal(["E", "h1"], Names(cells["x"]));
        Assert.Equal([0.3, 0.8], Numbers(cells["z"]![1]));
        Assert.Equal([0.4, 0.9], Numbers(Traces(SampleRuns.Json(Figure.LayerSimilarity(s_report, debiased: false)))[0]["z"]![1]));
        Assert.Contains("1,234 tokens", (string?)figure["layout"]!["title"]!["text"]);
        Assert.Contains("no cell is finite", Assert.Throws<KitException>(() => Figure.LayerSimilarity(s_report with { Cka = [], DebiasedCka = [] })).Message);
    }

    [Fact]
    public void HeadsAreThoseOfTheSameNumberOrTheNearest()
    {
        var figure = SampleRuns.Json(Figure.AttentionDivergence(s_report));
        Assert.Equal([0.5, 0.3], Numbers(Traces(figure)[0]["z"]![0]));
        Assert.Equal(["1 (teacher's 2)"], Names(Traces(figure)[0]["y"]));
        Assert.Equal([0.1, 0.2], Numbers(Traces(SampleRuns.Json(Figure.AttentionDivergence(s_report, nearest: true)))[0]["z"]![0]));
        var uneven = s_report with { Attention = [new(new(1, 2), [[0.5, 0.1, 0.7], [0.2, 0.3, 0.05]])] };
        Assert.Contains("only nearest heads", Assert.Throws<KitException>(() => Figure.AttentionDivergence(uneven)).Message);
        Assert.Equal([0.1, 0.05], Numbers(Traces(SampleRuns.Json(Figure.AttentionDivergence(uneven, nearest: true)))[0]["z"]![0]));
        Assert.Contains("no layers", Assert.Throws<KitException>(() => Figure.AttentionDivergence(s_report with { Attention = [] })).Message);
    }

    [Fact]
    public void MatrixErrorsHaveABarForEachStateInEachGroup()
    {
        var figure = SampleRuns.Json(Figure.MatrixErrors(true, new MatrixState("before", [new("query", [0.4, 0.6]), new("up", [0.2, 0.2])]), new MatrixState("after", [new("query", [0.1, 0.3])])));
        var bars = Traces(figure);
        Assert.Equal(["before", "after"], bars.Select(b => (string?)b["name"]));
        Assert.Equal(["query", "up"], Names(bars[0]["x"]));
        Assert.Equal([0.5, 0.2], Numbers(bars[0]["y"]));
        Assert.Equal(0.2, Numbers(new JsonArray((double)bars[1]["y"]![0]!))[0]);
        Assert.Equal(Math.Round(Math.Sqrt(0.02), 9), Numbers(new JsonArray((double)bars[0]["error_y"]!["array"]![0]!))[0]);
        Assert.Equal("‖W − Ŵ‖ / ‖W‖", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
        Assert.Contains("over 2 layers", (string?)figure["layout"]!["title"]!["text"]);
        Assert.Contains("nothing has been measured", Assert.Throws<KitException>(() => Figure.MatrixErrors(false)).Message);
    }

    [Fact]
    public void SpectraAreMeansOverLayersWithTheRankMarked()
    {
        var figure = SampleRuns.Json(Figure.SingularValues([new(1, "query", [4, 2, 0]), new(2, "query", [2, 2, 0]), new(1, "up", [3, 1, 1])], rank: 2));
        var lines = Traces(figure);
        Assert.Equal(["query", "up", "rank 2", "query", "up", "rank 2"], lines.Select(l => (string?)l["name"]));
        Assert.Equal([3, 2], lines[0]["y"]!.AsArray().Take(2).Select(v => v!.GetValue<double>()));
        Assert.Equal("NaN", (string?)lines[0]["y"]![2]);   // 0 has no place among ratios
        Assert.Equal([0.65, 1, 1], Numbers(lines[3]["y"]));   // of 16/20 and 4/8
        Assert.Equal([2], Numbers(lines[5]["x"]).Distinct());
        Assert.Equal("log", (string?)figure["layout"]!["yaxis"]!["type"]);
        Assert.Contains("no singular values", Assert.Throws<KitException>(() => Figure.SingularValues([])).Message);
    }

    [Fact]
    public void SensitivityIsByRankOrByLayer()
    {
        MapSensitivity Map(int layer, string matrix, double a, double b) => new(layer, matrix, [new(a, null, null), new(b, null, null)]);
        SensitivityReport report = new([4, 8], [Map(1, "query", 0.2, 0.1), Map(1, "up", 0.5, 0.24), Map(2, "query", 0.4, 0.3), Map(2, "up", 0.7, 0)], 10, null, null);
        var figure = SampleRuns.Json(Figure.RankSensitivity(report));
        var cells = Traces(figure)[0];
        Assert.Equal(["query", "up"], Names(cells["y"]));
        Assert.Equal(["4", "8"], Names(cells["x"]));
        Assert.Equal([0.3, 0.2], Powers(cells["z"]![0]));
        Assert.Equal([0.6, 0.12], Powers(cells["z"]![1]));   // colours are of logarithms, numbers are written as they are
        Assert.Equal(["0.3", "0.2", "0.6", "0.12"], Names(Traces(figure)[1]["text"]));
        Assert.Equal(["0.2", "0.5"], Names(cells["colorbar"]!["ticktext"]));
        cells = Traces(SampleRuns.Json(Figure.RankSensitivity(report, rank: 8)))[0];
        Assert.Equal(["1", "2"], Names(cells["y"]));
        Assert.Equal(["query", "up"], Names(cells["x"]));
        Assert.Equal([0.3, 0.3e-4], Powers(cells["z"]![1]));   // of 0 a ten-thousandth of the largest
        Assert.Contains("rank 5 was not measured; there are 4, 8", Assert.Throws<KitException>(() => Figure.RankSensitivity(report, rank: 5)).Message);
    }

    [Fact]
    public void BudgetsHaveALineForEachMethod()
    {
        RunResults Run(string name, string method, long parameters, double accuracy, long? teacher = 1000, int seed = 1) => new()
        {
            Name = name, Method = method, Task = "wordnet-topic", Split = "test", Metrics = new() { ["accuracy"] = accuracy }, Parameters = parameters, TeacherParameters = teacher, Seed = seed,
            TrainingRows = 1, Steps = 1, TrainingSeconds = 1, TokensPerSecond = 1, Device = "cpu", Command = "./kit train",
        };
        var figure = SampleRuns.Json(Figure.Budget(Comparison.OfResults([Run("teacher", "fine-tune", 1000, 0.9, null), Run("makd-large", "makd", 500, 0.8), Run("makd-small", "makd", 100, 0.6), Run("makd-small", "makd", 100, 0.7, seed: 2),
            Run("kd", "kd", 500, 0.7), Run("kd-frozen", "kd", 500, 0.65)])));
        Assert.Equal(["makd", "kd", "teacher"], Traces(figure).Select(t => (string?)t["name"]));
        Assert.Contains("The teacher has 1,000 parameters.", (string?)figure["layout"]!["title"]!["text"]);
        Assert.Equal([100, 500], Numbers(Traces(figure)[0]["x"]));
        Assert.Equal([0.65, 0.8], Numbers(Traces(figure)[0]["y"]));
        Assert.Equal([2, 0], Traces(figure).Take(2).Select(t => t["line"]!["width"]!.GetValue<double>()));   // two recipes of one size are not joined
        Assert.Equal([0.9, 0.9], Numbers(Traces(figure)[2]["y"]));
        Assert.Contains("no student", Assert.Throws<KitException>(() => Figure.Budget(Comparison.OfResults([Run("teacher", "fine-tune", 1000, 0.9, null), Run("a", "kd", 10, double.NaN)]))).Message);
    }

    [Fact]
    public void TheBaselinesOfMultiAspectDistillationDifferInColourAndInGrey()
    {
        var looks = ((string[])["fine-tune", "kd", "pkd", "distilbert", "tinybert", "minilm", "minilmv2", "makd"]).Select(Palette.Of).ToList();
        Assert.Equal(looks.Count, looks.Select(l => l.Colour).Distinct().Count());
        Assert.Equal(looks.Count, looks.Select(l => (l.Marker.ToString(), l.Dash.ToString())).Distinct().Count());
    }

    [Fact]
    public void TheTableHasARowForEachPairOfPlaces()
    {
        var frame = Table.Alignment(s_report);
        Assert.Equal(["student", "teacher", "CKA", "CKA, debiased", "hidden error", "hidden cosine", "attention KL", "query error", "up error"], frame.Columns.Select(c => c.Name));
        Assert.Equal(["E", "h1"], frame["student"].Cast<string>());
        Assert.Equal(["E", "h2"], frame["teacher"].Cast<string>());
        Assert.Equal([1.0, 0.8], frame["CKA"].Cast<double>());
        Assert.Equal([1.0, 0.7], frame["CKA, debiased"].Cast<double>());
        Assert.Null(frame["attention KL"][0]);
        Assert.Equal(0.4, (double)frame["attention KL"][1], 12);
        Assert.Equal(0.125, frame["query error"][1]);

        var uneven = Table.Alignment(s_report with { Cka = [], Hidden = [.. s_report.Hidden.Select(h => h with { Error = null, Cosine = null })], Attention = [new(new(1, 2), [[0.5, 0.1, 0.7], [0.2, 0.3, 0.05]])] });
        Assert.Equal(["student", "teacher", "attention KL, nearest head", "query error", "up error"], uneven.Columns.Select(c => c.Name));
        Assert.Equal(0.075, (double)uneven["attention KL, nearest head"][1], 12);
    }

    [Fact]
    public void AScoreboardColoursEachColumnFromItsWorstToItsBest()
    {
        var figure = SampleRuns.Json(Figure.Scoreboard(["a", "b", "c"], new Score("share", "0.0", true, [0.5, 1, double.NaN]), new Score("seconds", "0", false, [10, 30, 15]), new Score("same", "0", false, [7, 7, 7])));
        var cells = Traces(figure)[0]["z"]!.AsArray();
        Assert.Equal([0, 1, 1], Numbers(cells[0]));
        Assert.Equal([1, 0, 1], Numbers(cells[1]));
        Assert.Equal("NaN", (string?)cells[2]![0]);
        Assert.Equal([0.75, 1], cells[2]!.AsArray().Skip(1).Select(v => v!.GetValue<double>()));
        Assert.Equal(["0.5", "10", "7", "1.0", "30", "7", "15", "7"], Names(Traces(figure)[1]["text"]));   // what is not there is not written
        Assert.Contains("2 values for 1 rows", Assert.Throws<KitException>(() => Figure.Scoreboard(["a"], new Score("x", "0", true, [1, 2]))).Message);
        Assert.Contains("'x' has no finite value", Assert.Throws<KitException>(() => Figure.Scoreboard(["a"], new Score("x", "0", true, [double.NaN]))).Message);
    }
}
