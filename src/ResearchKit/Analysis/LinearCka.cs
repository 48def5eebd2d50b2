using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// Linear centred kernel alignment (Kornblith et al., arXiv 1905.00414) between every representation of one list and every one of another, of the
/// same samples: how far their samples lie alike, 0 to 1, whatever the widths, rotations and scales.
/// <code>
/// CKA(X, Y) = ‖Yᵀ X‖²_F / (‖Xᵀ X‖_F ‖Yᵀ Y‖_F),  columns of X and Y centred
/// </code>
/// Samples come in batches and are summed in double precision: the result is the whole sample's, not a mean of batches' (as minibatch CKA's is).
/// With few samples beside the width the plain estimate is near 1 for anything; the debiased one (Nguyen et al., arXiv 2010.15327: HSIC as Song et
/// al. estimate it without bias) is around 0 for what is independent, and may be a little below.
/// </summary>
/// <remarks>It keeps D·D' numbers for each pair, and D² for each representation. A representation that is the same for all samples has no
/// alignment: not a number. The sums are freed with <see cref="Dispose"/>.</remarks>
public sealed class LinearCka : IDisposable
{
    private Side? _x, _y;
    private CrossMoments[][] _pairs = [];

    /// <summary>Samples added so far.</summary>
    public long Samples { get; private set; }

    /// <summary>CKA of two representations.</summary>
    /// <param name="x">[..., D], any floating type.</param>
    /// <param name="y">[..., D'] of the same samples.</param>
    /// <param name="debiased">Whether to estimate without bias, which takes 4 samples.</param>
    /// <exception cref="ArgumentException">The samples differ in number.</exception>
    public static double Between(Tensor x, Tensor y, bool debiased = false)
    {
        using var cka = new LinearCka();
        cka.Add([x], [y]);
        return cka.Values(debiased)[0][0];
    }

    /// <summary>Adds samples.</summary>
    /// <param name="x">Representations, each [..., D] with a width of its own, any floating type.</param>
    /// <param name="y">Representations of the same samples, likewise.</param>
    /// <exception cref="ArgumentException">The samples differ in number, or widths or the number of representations from before.</exception>
    public void Add(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y)
    {
        var counts = x.Concat(y).Select(r => r.dim() < 2 ? 0 : r.numel() / Math.Max(1, r.shape[^1])).Distinct().ToList();
        if (x.Count == 0 || y.Count == 0 || counts.Count != 1 || counts[0] == 0)
            throw new ArgumentException($"CKA compares representations [N, D] of the same samples, at least one of each side and N above 0; got {Shapes(x)} and {Shapes(y)}.");
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _x ??= new(x);
        _y ??= new(y);
        var theirs = _x.Add(x);
        var ours = _y.Add(y);
        if (_pairs.Length == 0)
            _pairs = [.. theirs.Select(a => ours.Select(b => new CrossMoments(a.Values.shape[1], b.Values.shape[1], a.Values.device)).ToArray())];
        for (int i = 0; i < theirs.Count; i++)
            for (int j = 0; j < ours.Count; j++) _pairs[i][j].Add(theirs[i].Values, theirs[i].Norms, ours[j].Values, ours[j].Norms);
        Samples += counts[0];
    }

    /// <summary>The alignment of each x (rows) with each y (columns).</summary>
    /// <param name="debiased">Whether to estimate without bias; not a number below 4 samples.</param>
    /// <exception cref="KitException">No samples have been added.</exception>
    public double[][] Values(bool debiased = false)
    {
        if (_x is null || _y is null) throw new KitException("There are no samples to compare representations of.");
        double Of(CrossMoments sums) => debiased ? sums.Unbiased() : sums.Biased();
        double[] x = [.. _x.Own.Select(Of)], y = [.. _y.Own.Select(Of)];
        return [.. _pairs.Select((row, i) => row.Select((pair, j) => Of(pair) / Math.Sqrt(x[i] * y[j])).ToArray())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _x?.Dispose();
        _y?.Dispose();
        foreach (var pair in _pairs.SelectMany(row => row)) pair.Dispose();
    }

    private static string Shapes(IReadOnlyList<Tensor> tensors) => $"[{string.Join("], [", tensors.Select(t => string.Join(", ", t.shape)).Distinct())}]";

    private sealed record Features(Tensor Values, Tensor Norms);

    // One list's own sums, and where each of its representations is moved to before any is made: by the first batch's mean.
    private sealed class Side(IReadOnlyList<Tensor> first) : IDisposable
    {
        private readonly Tensor[] _shifts = [.. first.Select(r => Flat(r).mean([0]).DetachFromDisposeScope())];

        public CrossMoments[] Own { get; } = [.. first.Select(r => new CrossMoments(r.shape[^1], r.shape[^1], r.device))];

        public IReadOnlyList<Features> Add(IReadOnlyList<Tensor> batch)
        {
            if (!batch.Select(r => r.shape[^1]).SequenceEqual(_shifts.Select(s => s.shape[0])))
                throw new ArgumentException($"CKA has been given {_shifts.Length} representations of widths {string.Join(", ", _shifts.Select(s => s.shape[0]).Distinct())}, and now {Shapes(batch)}.");
            var features = batch.Select((r, i) =>
            {
                var values = Flat(r) - _shifts[i];
                return new Features(values, values.square().sum(1));
            }).ToList();
            for (int i = 0; i < features.Count; i++) Own[i].Add(features[i].Values, features[i].Norms, features[i].Values, features[i].Norms);
            return features;
        }

        public void Dispose()
        {
            foreach (var shift in _shifts) shift.Dispose();
            foreach (var own in Own) own.Dispose();
        }

        private static Tensor Flat(Tensor r) => r.detach().reshape(-1, r.shape[^1]).to(ScalarType.Float64);
    }
}
