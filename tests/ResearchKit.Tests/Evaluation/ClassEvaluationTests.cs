using ResearchKit.Data;
using ResearchKit.Evaluation;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Evaluation;

public class ClassEvaluationTests
{
    private static readonly float[][] Said = [[2, 1], [0, 3], [5, -5], [1, 4]], Taught = [[2, 1], [4, 3], [5, -5], [0, 1]];
    private static readonly int[] Labels = [0, 0, 1, 1];
    private static readonly Collator Collator = new(0, CPU);

    private static IReadOnlyDictionary<string, double> Measure(float[][] said, Func<int, Sample> row, float[][]? taught = null, params string[] metrics)
    {
        using var model = TellingModel.Of(said);
        using var reference = taught is null ? null : TellingModel.Of(taught);
        return new ClassEvaluation(TellingModel.Rows(said.Length, row), Collator, 3, reference, new() { Metrics = metrics.Length > 0 ? metrics : ["accuracy"] }).Measure(model);
    }

    [Fact]
    public void What_the_task_names_is_measured()
    {
        var measured = Measure(Said, i => new([], Labels[i]), null, "matthews", "accuracy", "f1");
        Assert.Equal(["matthews", "accuracy", "f1", "loss"], measured.Keys);
        int[] classes = [0, 1, 0, 1];
        Assert.Equal(0.5, measured["accuracy"]);
        Assert.Equal(BinaryScores.Of(classes, Labels).F1, measured["f1"]);
        Assert.Equal(BinaryScores.Of(classes, Labels).Matthews, measured["matthews"]);
        Assert.Equal(Said.Zip(Labels, (z, y) => Math.Log(z.Sum(v => Math.Exp(v))) - z[y]).Average(), measured["loss"], 1e-6);
        Assert.Contains("no metric 'pearson' of classes", Assert.Throws<KitException>(() => Measure(Said, i => new([], Labels[i]), null, "pearson")).Message);
    }

    [Fact]
    public void Loyalty_is_measured_in_both_logarithms()
    {
        var measured = Measure(Said, i => new([], Labels[i]), Taught);
        Assert.Equal(["accuracy", "loss", "label loyalty", "probability loyalty", "probability loyalty base 2"], measured.Keys);
        Assert.Equal(0.75, measured["label loyalty"]);
        Assert.Equal(Agreement.ProbabilityLoyalty(new(Said), new(Taught)), measured["probability loyalty"], 1e-7);
        // 1 − PL is a mean of roots: base 2 divides each by √ln 2.
        Assert.Equal((1 - measured["probability loyalty"]) / Math.Sqrt(Math.Log(2)), 1 - measured["probability loyalty base 2"], 1e-12);
    }

    [Fact]
    public void Of_rows_without_labels_only_loyalty_is_measured()
    {
        var measured = Measure(Said, _ => new([]), Taught);
        Assert.Equal(["label loyalty", "probability loyalty", "probability loyalty base 2"], measured.Keys);
        Assert.Equal(Measure(Said, i => new([], Labels[i]), Taught)["probability loyalty"], measured["probability loyalty"]);
        Assert.Contains("no labels", Assert.Throws<KitException>(() => Measure(Said, _ => new([]))).Message);
    }

    [Fact]
    public void Numbers_are_correlated_with_their_scores()
    {
        float[] told = [0.5f, 2, 7, -1], right = [1, 2, 5, 0];
        var measured = Measure([.. told.Select(z => (float[])[z])], i => new([]) { Score = right[i] }, [.. right.Select(z => (float[])[z])], "pearson", "spearman");
        Assert.Equal(["pearson", "spearman", "squared error"], measured.Keys);
        double[] x = [.. told.Select(z => (double)z)], y = [.. right.Select(z => (double)z)];
        Assert.Equal(Correlation.Pearson(x, y), measured["pearson"], 1e-7);
        Assert.Equal(1, measured["spearman"], 1e-12);
        Assert.Equal((0.25 + 0 + 4 + 1) / 4, measured["squared error"], 1e-7);
        Assert.Contains("no metric 'accuracy' of a regression", Assert.Throws<KitException>(() => Measure([[1f], [2f]], _ => new([]) { Score = 1 })).Message);
    }

    [Fact]
    public void A_model_that_always_says_the_same_correlates_with_nothing()
    {
        var measured = Measure([[0.1f], [0.1f], [0.1f]], i => new([]) { Score = i }, null, "pearson", "spearman");
        Assert.Equal((0, 0), (measured["pearson"], measured["spearman"]));
        Assert.Equal(0, Measure([[1, 0], [1, 0], [1, 0]], i => new([], i % 2), null, "matthews")["matthews"]);
    }

    [Fact]
    public void Rows_are_judged_in_whatever_batches_they_come()
    {
        using var model = TellingModel.Of(Said);
        var rows = TellingModel.Rows(4, i => new([], Labels[i]));
        Assert.Equal(new ClassEvaluation(rows, Collator, 1).Measure(model), new ClassEvaluation(rows, Collator, 4).Measure(model));
    }
}
