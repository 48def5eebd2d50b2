using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Analysis;

/// <summary>Numbers that NumPy computed by another road: Fixtures/alignment/make.py.</summary>
internal static class AlignmentFixture
{
    public static JsonNode Json { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "alignment", "alignment.json")))!;

    public static double[] Row(JsonNode? node) => [.. node!.AsArray().Select(v => v!.GetValue<double>())];

    public static double[][] Rows(JsonNode? node) => [.. node!.AsArray().Select(Row)];

    /// <summary>An array of any depth as a tensor of doubles.</summary>
    public static Tensor Values(JsonNode? node)
    {
        List<long> shape = [];
        for (var at = node; at is JsonArray array; at = array[0]) shape.Add(array.Count);
        IEnumerable<double> Flat(JsonNode n) => n is JsonArray array ? array.SelectMany(v => Flat(v!)) : [n.GetValue<double>()];
        return tensor([.. Flat(node!)], [.. shape]);
    }

    public static void Same(IEnumerable<IReadOnlyList<double>> wanted, IEnumerable<IReadOnlyList<double>> actual, double within)
    {
        Assert.Equal(wanted.Select(r => r.Count), actual.Select(r => r.Count));
        foreach (var (a, b) in wanted.SelectMany(r => r).Zip(actual.SelectMany(r => r))) Assert.Equal(a, b, within);
    }
}
