using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>
/// Sums over samples of two representations, x [D] and y [D'] of each, from which the Hilbert–Schmidt independence criterion of linear kernels
/// follows exactly, however the samples came in batches: nothing of a sample is kept, and no N×N kernel matrix is ever made.
/// </summary>
/// <remarks>HSIC does not change when either side is moved by a constant, so whoever adds may subtract anything near the mean, which keeps digits.</remarks>
internal sealed class CrossMoments : IDisposable
{
    private readonly Tensor _product, _x, _y, _weightedX, _weightedY, _norms;
    private long _count;

    public CrossMoments(long widthX, long widthY, Device device)
    {
        Tensor Zero(params long[] shape) => zeros(shape, dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
        _product = Zero(widthX, widthY);                                  // Σ x yᵀ
        (_x, _y) = (Zero(widthX), Zero(widthY));                          // Σ x, Σ y
        (_weightedX, _weightedY) = (Zero(widthX), Zero(widthY));          // Σ |y|² x, Σ |x|² y
        _norms = Zero(3);                                                 // Σ |x|², Σ |y|², Σ |x|² |y|²
    }

    /// <summary>Adds samples.</summary>
    /// <param name="x">[N, D] float64.</param>
    /// <param name="normX">[N], |x|².</param>
    /// <param name="y">[N, D'].</param>
    /// <param name="normY">[N], |y|².</param>
    public void Add(Tensor x, Tensor normX, Tensor y, Tensor normY)
    {
        using var scope = NewDisposeScope();
        _product.add_(x.transpose(0, 1).matmul(y));
        _x.add_(x.sum([0]));
        _y.add_(y.sum([0]));
        _weightedX.add_((x * normY.unsqueeze(1)).sum([0]));
        _weightedY.add_((y * normX.unsqueeze(1)).sum([0]));
        _norms.add_(stack([normX.sum(), normY.sum(), (normX * normY).sum()]));
        _count += x.shape[0];
    }

    /// <summary>The usual, biased estimate, tr(K H L H) with the centring matrix H, which is ‖Σ (x − x̄)(y − ȳ)ᵀ‖²_F; without the factor 1/(N−1)²,
    /// which CKA divides out.</summary>
    public double Biased()
    {
        using var scope = NewDisposeScope();
        return (_product - _x.unsqueeze(1) * (_y / _count).unsqueeze(0)).square().sum().ToDouble();
    }

    /// <summary>
    /// The unbiased estimate (Song et al., JMLR 2012, eq. 4), with the kernels' diagonals at 0 and n = N samples:
    /// [tr(K̃L̃) + 1ᵀK̃1·1ᵀL̃1/((n−1)(n−2)) − 2/(n−2)·1ᵀK̃L̃1] / (n(n−3)). Not a number below 4 samples.
    /// </summary>
    public double Unbiased()
    {
        if (_count < 4) return double.NaN;
        using var scope = NewDisposeScope();
        double n = _count;
        var norms = _norms.cpu().data<double>().ToArray();
        double both = _product.square().sum().ToDouble() - norms[2];
        double x = _x.square().sum().ToDouble() - norms[0], y = _y.square().sum().ToDouble() - norms[1];
        // Σ_i (x_i·Σx − |x_i|²)(y_i·Σy − |y_i|²), multiplied out.
        double rows = (_product.matmul(_y.unsqueeze(1)).squeeze(1) * _x).sum().ToDouble() - (_x * _weightedX).sum().ToDouble() - (_y * _weightedY).sum().ToDouble() + norms[2];
        return (both + x * y / ((n - 1) * (n - 2)) - 2 / (n - 2) * rows) / (n * (n - 3));
    }

    public void Dispose()
    {
        foreach (var sum in new[] { _product, _x, _y, _weightedX, _weightedY, _norms }) sum.Dispose();
    }
}
