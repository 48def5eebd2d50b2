using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

/// <summary>The metrics beside scikit-learn's and scipy's (Fixtures/evaluation/make.py).</summary>
public class MetricReferenceTests
{
    private static readonly JsonNode Reference = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "evaluation", "metrics.json")))!;

    [Fact]
    public void Two_classes_are_scored_as_scikit_learn_scores_them()
    {
        foreach (var node in Reference["binary"]!.AsArray())
        {
            int[] predicted = node!["predicted"].Deserialize<int[]>()!, labels = node["labels"].Deserialize<int[]>()!;
            var scores = BinaryScores.Of(predicted, labels);
            Assert.Equal(Number(node, "accuracy"), Agreement.Accuracy(predicted, labels), 1e-12);
            Assert.Equal(Number(node, "f1"), scores.F1, 1e-12);
            Assert.Equal(Number(node, "matthews"), scores.Matthews, 1e-12);
        }
    }

    [Fact]
    public void Correlations_are_scipys()
    {
        Assert.Contains(Reference["pairs"]!.AsArray(), node => node!["x"].Deserialize<double[]>()!.Distinct().Count() < 8 && node["x"]!.AsArray().Count == 100);
        foreach (var node in Reference["pairs"]!.AsArray())
        {
            double[] x = node!["x"].Deserialize<double[]>()!, y = node["y"].Deserialize<double[]>()!;
            Assert.Equal(Number(node, "pearson"), Correlation.Pearson(x, y), 1e-12);
            Assert.Equal(Number(node, "spearman"), Correlation.Spearman(x, y), 1e-12);
        }
    }

    [Fact]
    public void Loyalties_are_scipys_in_both_logarithms()
    {
        foreach (var node in Reference["loyalties"]!.AsArray())
        {
            Predictions student = new(node!["student"].Deserialize<float[][]>()!), teacher = new(node["teacher"].Deserialize<float[][]>()!);
            Assert.Equal(Number(node, "label"), Agreement.LabelLoyalty(student, teacher), 1e-12);
            Assert.Equal(Number(node, "natural"), Agreement.ProbabilityLoyalty(student, teacher), 1e-6);
            Assert.Equal(Number(node, "base 2"), Agreement.ProbabilityLoyalty(student, teacher, logarithm: 2), 1e-6);
        }
    }

    private static double Number(JsonNode node, string name) => node[name]!.GetValue<double>();
}
