using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>The indices of a teacher's units that a narrower student keeps, per kind and (inside layers) per layer.</summary>
internal sealed class KeptUnits(
    ParameterLayout layout, ModelConfig teacher, ModelConfig student, Narrowing rule, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>[n] int64, ascending within each group, on the weights' device. In the current dispose scope.</summary>
    /// <param name="axis">What is counted.</param>
    /// <param name="layer">The teacher's layer; null for what stands outside the layers.</param>
    public Tensor Of(Axis axis, int? layer) => tensor(Indices(axis, layer), device: weights.Values.First().device);

    private long[] Indices(Axis axis, int? layer) => axis switch
    {
        Axis.Positions => Leading(Rows(student)),
        // One choice for the whole stream, because every layer reads what the others wrote.
        Axis.Width => Best(student.Width, () => Norms(Axis.Width, layer: null)),
        Axis.Words => Best(((OptConfig)student).WordWidth, () => Norms(Axis.Words, layer: null)),
        Axis.Inner => Best(student.FeedForward, () => Norms(Axis.Inner, layer)),
        Axis.Heads => Units(Heads(layer).Queries),
        Axis.SharedHeads => Units(Heads(layer).Shared),
        Axis.ThreeHeads => Thrice(Units(Heads(layer).Queries), (long)teacher.Heads * teacher.HeadWidth),
        _ => throw new InvalidOperationException($"{axis} cannot be cut."),
    };

    private static long[] Thrice(long[] units, long apart) => [.. Enumerable.Range(0, 3).SelectMany(part => units.Select(unit => part * apart + unit))];

    private static long[] Leading(int n) => [.. Enumerable.Range(0, n).Select(i => (long)i)];

    // Of the position table.
    private static int Rows(ModelConfig config) => config.MaxLength + config switch
    {
        BertConfig bert => bert.FirstPosition,
        OptConfig => Opt.FirstPosition,
        _ => 0,
    };

    // Keys that are kept, and the queries that go with them: as many of each key's as the student has to a key.
    private (long[] Queries, long[] Shared) Heads(int? layer)
    {
        int share = teacher.Heads / teacher.KeyValueHeads, keep = student.Heads / student.KeyValueHeads;
        double[]? queries = rule == Narrowing.Norm ? Sums(Merge(Norms(Axis.Heads, layer), Thirds(Norms(Axis.ThreeHeads, layer))), teacher.HeadWidth) : null;
        double[]? keys = queries is null ? null : Merge(Sums(queries, share), Sums(Norms(Axis.SharedHeads, layer), teacher.HeadWidth));
        var shared = Best(student.KeyValueHeads, () => keys!);
        return ([.. shared.SelectMany(key => Best(keep, () => queries!.AsSpan((int)key * share, share).ToArray()).Select(q => key * share + q))], shared);
    }

    // Of each head its first units.
    private long[] Units(long[] heads) => [.. heads.SelectMany(h => Enumerable.Range(0, student.HeadWidth).Select(u => h * teacher.HeadWidth + u))];

    private long[] Best(int n, Func<double[]> norms) => rule == Narrowing.First ? Leading(n)
        : [.. norms().Select((norm, i) => (norm, i)).OrderByDescending(u => u.norm).Take(n).Select(u => (long)u.i).Order()];

    // The squared norm of every unit of a kind, over the parameters of one layer, or (null) of the whole model.
    private double[] Norms(Axis axis, int? layer)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var (name, value) in weights)
        {
            if (layer is not null && layout.LayerOf(name)?.Index != layer) continue;
            var axes = layout.Of(name);
            for (int i = 0; i < axes.Length; i++)
            {
                if (axes[i] != axis) continue;
                var squares = value.to(ScalarType.Float64).pow(2);
                if (axes.Length == 2) squares = squares.sum([1 - i]);
                sum = sum is null ? squares : sum + squares;
            }
        }
        return sum is null ? [] : sum.cpu().data<double>().ToArray();
    }

    private static double[] Sums(double[] values, int size) => [.. values.Chunk(size).Select(c => c.Sum())];

    private static double[] Thirds(double[] values) => values.Length == 0 ? values
        : [.. Enumerable.Range(0, values.Length / 3).Select(i => values[i] + values[i + values.Length / 3] + values[i + 2 * values.Length / 3])];

    private static double[] Merge(double[] a, double[] b) => a.Length == 0 ? b : b.Length == 0 ? a : [.. a.Zip(b, (x, y) => x + y)];
}
