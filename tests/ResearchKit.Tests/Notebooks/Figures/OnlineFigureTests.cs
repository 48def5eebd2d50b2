using System.Text.Json.Nodes;
using ResearchKit.Analysis;
using ResearchKit.Notebooks.Figures;

namespace ResearchKit.Tests.Notebooks.Figures;

/// <summary>The figures of online distillation have the traces, axes and numbers that they promise.</summary>
public sealed class OnlineFigureTests
{
    private static JsonNode[] Traces(JsonNode figure) => [.. figure["data"]!.AsArray().Select(t => t!)];

    private static JsonNode[] Named(JsonNode figure, string name) => [.. Traces(figure).Where(t => (string?)t["name"] == name)];

    private static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(v => Math.Round(v!.GetValue<double>(), 9))];

    private static IReadOnlyList<string?> Titles(JsonNode figure) => [.. figure["layout"]!["annotations"]!.AsArray().Select(a => (string?)a!["text"])];

    private static TransferReport Report(double by, double entropy = 1) => new(400, 1.5, entropy, by, 2 * by, 0.8, 0.5 + by, 0.75, 0.05, 0.05 + by, 0.02, 0.9, [],
        [new(0.1, 0.4, 0.25, by, 2 * by), new(0.5, 1, 0.75, by / 2, double.PositiveInfinity)]);

    [Fact]
    public void FitsStandOnTheTeachersPoints()
    {
        Principles principles = new([0, 1, 2], [0.5, 0.2, 0.3]);
        FamilyFit Fit(FitObjective objective, double t, double mean) => new(objective, t, mean, 1, [0.1, 0.6, 0.3], 0.5, 0);
        var figure = SampleRuns.Json(Figure.Fits(principles, Fit(FitObjective.ForwardKl, 1, 1), Fit(FitObjective.ReverseKl, 1, -0.03), Fit(FitObjective.ReverseKl, 1, 2), Fit(FitObjective.ReverseKl, 4, 0.7)));
        Assert.Equal(["teacher", "forward KL", "reverse KL, at 0", "reverse KL, at 2", "reverse KL, T = 4"], Traces(figure).Select(t => (string?)t["name"]));
        Assert.Equal([0.5, 0.2, 0.3], Numbers(Traces(figure)[0]["y"]));
        Assert.Equal([0.1, 0.6, 0.3], Numbers(Traces(figure)[4]["y"]));
        Assert.Equal(3, Traces(figure).Skip(2).Select(t => (string?)t["line"]!["dash"]).Distinct().Count());   // one colour, three lines
        Assert.Contains("there are no fits", Assert.Throws<KitException>(() => Figure.Fits(principles)).Message);
    }

    [Fact]
    public void TransferHasAPanelForModesEntropyAndTailWithTheTeachersOwn()
    {
        var figure = SampleRuns.Json(Figure.Transfer(new TransferOf("fkl", "fkl", Report(0.1, 1.7), Report(0.3, 1.9)), new TransferOf("rkl", "rkl", Report(0.2, 0.8))));
        Assert.Equal(4, Titles(figure).Count);
        var bars = Traces(figure).Where(t => (string?)t["type"] == "bar").ToArray();
        Assert.Equal([0.7, 0.7], Numbers(bars[0]["x"]));   // the mean of 0.6 and 0.8, and 0.7
        Assert.Equal([1.5, 1.8, 0.8], Numbers(bars[2]["x"]));
        Assert.Equal(["teacher: 1.50", "fkl: 1.80", "rkl: 0.80"], bars[2]["y"]!.AsArray().Select(v => (string?)v));
        Assert.Equal([0.05, 0.25, 0.25], Numbers(bars[3]["x"]));
        Assert.Contains("400 positions, with the deviation over 2 seeds", (string?)figure["layout"]!["title"]!["text"]);
        Assert.Contains("nothing has been measured", Assert.Throws<KitException>(() => Figure.Transfer(new TransferOf("fkl", "fkl"))).Message);
    }

    [Fact]
    public void DecilesAreGroupsOfBarsForBothDivergences()
    {
        var figure = SampleRuns.Json(Figure.Deciles(new TransferOf("fkl", "fkl", Report(0.1), Report(0.3)), new TransferOf("rkl", "rkl", Report(0.2))));
        Assert.Equal("group", (string?)figure["layout"]!["barmode"]);
        Assert.Equal(["KL(teacher ‖ student)", "KL(student ‖ teacher)"], Titles(figure));
        var fkl = Named(figure, "fkl");
        Assert.Equal(["1: 0.25", "2: 0.75"], fkl[0]["x"]!.AsArray().Select(v => (string?)v));
        Assert.Equal([0.2, 0.1], Numbers(fkl[0]["y"]));
        Assert.Equal(Math.Round(Math.Sqrt(0.02), 9), Numbers(fkl[0]["error_y"]!["array"])[0]);
        Assert.Equal("NaN", (string?)fkl[1]["y"]![1]);   // what is infinite is left out
        Assert.Null(Named(figure, "rkl")[0]["error_y"]);
        Assert.Equal(["fkl", "rkl"], Traces(figure).Where(t => (bool?)t["showlegend"] == true).Select(t => (string?)t["name"]));
        Assert.Contains("different numbers of parts", Assert.Throws<KitException>(() => Figure.Deciles(new TransferOf("a", "fkl", Report(0.1)), new TransferOf("b", "rkl", Report(0.1) with { Deciles = [] }))).Message);
        Assert.Contains("2 values for 1 groups", Assert.Throws<KitException>(() => Figure.Columns([new("", ["g"], [new("a", Palette.Of("fkl"), [1, 2])], new("x"), new("y"))], "t", "c")).Message);
    }

    [Fact]
    public void DriftHasAPanelForEachDistanceAndABandOverSeeds()
    {
        static IReadOnlyList<DriftPoint> Course(double by) => [new(0, new(0, 1, 1, 1, 2, 2, 3, 4, 4, 5)), new(10, new(by, 0.5, 1, 0.7, 2, 1.5, 3, 4, 4, 5))];
        var figure = SampleRuns.Json(Figure.TeacherDrift(new DriftCourse("okd", "okd", Course(0.1), Course(0.2), Course(0.3)), new DriftCourse("fkl", "fkl", Course(0))));
        Assert.Equal(["KL(base ‖ online)", "KL(online ‖ student)", "KL(base ‖ student)", "entropy of the online teacher"], Titles(figure));
        Assert.Equal([0, 0.2], Numbers(Named(figure, "okd")[0]["y"]));
        Assert.Equal([2, 1.5], Numbers(Named(figure, "fkl")[3]["y"]));
        Assert.Contains(Traces(figure), t => (string?)t["name"] == "okd, mean + sd");
        Assert.DoesNotContain(Traces(figure), t => (string?)t["name"] == "fkl, mean + sd");
        Assert.Contains("nothing has been measured", Assert.Throws<KitException>(() => Figure.TeacherDrift(new DriftCourse("okd", "okd"))).Message);
    }

    [Fact]
    public void ExposureBiasIsByTheNumberOfTokens()
    {
        var figure = SampleRuns.Json(Figure.ExposureBias(new MethodCurve("fkl", "fkl", [0.1, 0.4], [0.3, 0.6]), new MethodCurve("okd", "okd", [double.PositiveInfinity, -0.05])));
        Assert.Equal([1, 2], Numbers(Named(figure, "fkl")[0]["x"]));
        Assert.Equal([0.2, 0.5], Numbers(Named(figure, "fkl")[0]["y"]));
        Assert.Equal("NaN", (string?)Named(figure, "okd")[0]["y"]![0]);
        Assert.Equal("ExAccErr (%)", (string?)figure["layout"]!["yaxis"]!["title"]!["text"]);
    }

    [Fact]
    public void TrainingTimeIsInMultiplesOnBothSides()
    {
        var figure = SampleRuns.Json(Figure.TrainingTime([new("okd", "okd", 40, 60), new("MiniLLM", "minillm", 150)], [new("OKD", "okd", 4.2), new("MiniLLM", "minillm", 16.4)]));
        Assert.Equal(["ours", "the paper"], Titles(figure));
        var bars = Traces(figure).Where(t => (string?)t["type"] == "bar").ToArray();
        Assert.Equal(["okd: 50, 1.0 × okd", "MiniLLM: 150, 3.0 × okd"], bars[0]["y"]!.AsArray().Select(v => (string?)v));
        Assert.Equal(["OKD: 4.2, 1.0 × okd", "MiniLLM: 16.4, 3.9 × okd"], bars[1]["y"]!.AsArray().Select(v => (string?)v));
        Assert.Equal([50, 150], Numbers(bars[0]["x"]));
        Assert.Contains("nothing is there to compare with", Assert.Throws<KitException>(() => Figure.TrainingTime([new("okd", "okd", 1)], [])).Message);
    }

    [Fact]
    public void TopLogitsSayTheirDeviation()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var logits = TopLogits.Of(TorchSharp.torch.tensor(new[] { 1f, 5f, 3f, -9f }), 3);
        Assert.Equal([5, 3, 1], logits.Values);
        Assert.Equal(Math.Sqrt(8.0 / 3), logits.Deviation, 9);
        Assert.Equal(4, TopLogits.Of(TorchSharp.torch.zeros(4)).Values.Count);
        Assert.Throws<ArgumentException>(() => TopLogits.Of(TorchSharp.torch.zeros(2, 4)));
        var figure = SampleRuns.Json(Figure.TopLogits("Masters", ("teacher", "sft", true, logits), ("okd", "okd", false, new([2, 1], 0.5))));
        Assert.Equal(["teacher, sd 1.63", "okd, sd 0.50"], Traces(figure).Select(t => (string?)t["name"]));
        Assert.Equal([1, 2, 3], Numbers(Traces(figure)[0]["x"]));
    }

    [Fact]
    public void TheBaselinesDifferFromEachOtherAndFromTheMethod()
    {
        var looks = ((string[])["sft", "fkl", "rkl", "jsd", "seqkd", "imitkd", "onpolicy-kd", "minillm", "distillm", "okd"]).Select(Palette.Of).ToList();
        Assert.Equal(looks.Count, looks.Select(l => l.Colour).Distinct().Count());
        Assert.Equal(looks.Count, looks.Select(l => (l.Marker.ToString(), l.Dash.ToString())).Distinct().Count());
    }
}
