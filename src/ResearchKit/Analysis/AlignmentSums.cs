using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>What <see cref="LayerAlignment"/> sums over batches beside CKA, in double precision and where the models are.</summary>
internal sealed class AlignmentSums(IReadOnlyList<LayerPair> pairs) : IDisposable
{
    // Of the embedding there are neither heads nor maps.
    private readonly LayerPair[] _layers = [.. pairs.Where(p => p.Student > 0 && p.Teacher > 0)];
    private readonly Dictionary<string, Tensor> _matrices = [];   // [layers, 3]
    private Tensor? _hidden;                                      // [pairs, 3]
    private Tensor? _heads;                                       // [layers, H_S, H_T]
    private List<string>? _names;

    /// <summary>Real tokens so far.</summary>
    public long Tokens { get; private set; }

    public void Add(ModelOutput student, ModelOutput teacher, RealTokens real)
    {
        using var scope = NewDisposeScope();
        Tokens += real.Count;
        if (student.Hidden[0].shape[^1] == teacher.Hidden[0].shape[^1])
            _hidden = Sum(_hidden, [.. pairs.Select(p => Distance(real.Of(student.Hidden[p.Student]), real.Of(teacher.Hidden[p.Teacher])))]);
        if (_layers.Length == 0) return;
        _heads = Sum(_heads, [.. _layers.Select(p => Heads(student.Attention[p.Student - 1], teacher.Attention[p.Teacher - 1], real))]);
        IReadOnlyDictionary<string, Tensor> Ours(LayerPair p) => student.Matrices[p.Student - 1];
        IReadOnlyDictionary<string, Tensor> Theirs(LayerPair p) => teacher.Matrices[p.Teacher - 1];
        _names ??= [.. Ours(_layers[0]).Keys.Where(name => _layers.All(p => Theirs(p).TryGetValue(name, out var y) && y.shape[^1] == Ours(p)[name].shape[^1]))];
        foreach (var name in _names)
            _matrices[name] = Sum(_matrices.GetValueOrDefault(name), [.. _layers.Select(p => Distance(real.Of(Ours(p)[name]), real.Of(Theirs(p)[name])))]);
    }

    public IReadOnlyList<HiddenDistance> Hidden()
    {
        var values = Values(_hidden);
        return [.. pairs.Select((p, i) => values is null ? new HiddenDistance(p, null, null) : new(p, values[i * 3] / values[i * 3 + 1], values[i * 3 + 2] / Tokens))];
    }

    public IReadOnlyList<HeadDistances> Attention()
    {
        if (_heads is null) return [];
        int rows = (int)_heads.shape[1], columns = (int)_heads.shape[2];
        var values = Values(_heads)!;
        // A sum of differences may end a rounding below nothing.
        return [.. _layers.Select((p, i) => new HeadDistances(p, [.. Enumerable.Range(0, rows).Select(h =>
            Enumerable.Range(0, columns).Select(k => Math.Max(0, values[(i * rows + h) * columns + k] / Tokens)).ToArray())]))];
    }

    public IReadOnlyList<MatrixError> Matrices() => [.. (_names ?? []).Select(name =>
    {
        var values = Values(_matrices[name])!;
        return new MatrixError(name, [.. Enumerable.Range(0, _layers.Length).Select(i => values[i * 3] / values[i * 3 + 1])]);
    })];

    public void Dispose()
    {
        _hidden?.Dispose();
        _heads?.Dispose();
        foreach (var sum in _matrices.Values) sum.Dispose();
    }

    private static double[]? Values(Tensor? sum)
    {
        using var scope = NewDisposeScope();
        return sum?.cpu().data<double>().ToArray();
    }

    private static Tensor Sum(Tensor? sum, Tensor[] parts)
    {
        var batch = stack(parts);
        if (sum is null) return batch.DetachFromDisposeScope();
        sum.add_(batch);
        return sum;
    }

    // [3] of [N, D] each: squared difference, the teacher's square, cosines.
    private static Tensor Distance(Tensor ours, Tensor theirs)
    {
        using var scope = NewDisposeScope();
        Tensor a = ours.square().sum(1), b = theirs.square().sum(1);
        var cosines = (ours * theirs).sum(1) / (a.sqrt() * b.sqrt()).clamp_min(1e-300);
        return stack([(ours - theirs).square().sum(), b.sum(), cosines.sum()]).MoveToOuterDisposeScope();
    }

    // [H_S, H_T] of [B, H_S, T, S] and [B, H_T, T, S]: KL(A_T ‖ A_S) summed over real queries, of every head with every head.
    private static Tensor Heads(Tensor ours, Tensor theirs, RealTokens real)
    {
        if (ours.shape[3] != theirs.shape[3])
            throw new KitException($"The student's attention is over {ours.shape[3]} places, the teacher's over {theirs.shape[3]}: one of the two reads an adapter with places before the text. "
                + "Compare the models without it, or both with it.");
        using var scope = NewDisposeScope();
        double least = Least(ours.dtype);
        Tensor p = Rows(theirs), q = Rows(ours);
        return ((p * p.clamp_min(least).log()).sum(1).unsqueeze(0) - q.clamp_min(least).log().matmul(p.transpose(0, 1))).MoveToOuterDisposeScope();

        Tensor Rows(Tensor attention) => real.Of(attention.transpose(1, 2)).transpose(0, 1).flatten(1);   // [H, N·S]
    }

    // The least that a probability of this type can be without being 0 (or nearly, where the machine sets what is below a normal number to 0).
    private static double Least(ScalarType type) => type switch
    {
        ScalarType.Float64 => 2.3e-308,
        ScalarType.Float16 => 5.97e-8,
        _ => 1.18e-38,
    };
}
