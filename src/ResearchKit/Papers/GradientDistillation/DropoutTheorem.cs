using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>
/// Theorem 1 of Gradient Knowledge Distillation (arXiv 2211.01071, equation 4), where it can be computed: dropout of rate δ on the input,
/// ξ ∈ {0, 1/(1−δ)}^d, biases the gradient.
/// <code>
/// E_ξ[ d/dx f(x ⊙ ξ) ] = ∇f(x) + δ/(1−δ) · diag(∇²f(x)) x      exactly for a quadratic f, to second order for any other
/// </code>
/// The derivative goes through the mask. Without that factor, <see cref="ExpectedWithoutMask"/>, a quadratic's gradient has no bias at all.
/// </summary>
/// <remarks>A function maps N points [N, d] in double precision to N values [N], row by row.</remarks>
public static class DropoutTheorem
{
    private const int MostDimensions = 20;

    /// <summary>The left side: the mean of d/dx f(x ⊙ ξ) over all 2^d masks with their probabilities.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">The point, of at most 20 dimensions.</param>
    /// <param name="rate">δ, 0 or more and below 1.</param>
    /// <exception cref="ArgumentException">The rate is out of range, the point has no or too many dimensions, or f gives no value for each row.</exception>
    public static double[] Expected(Func<Tensor, Tensor> f, double[] x, double rate)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var (masks, probabilities) = Masks(x, rate);
        var point = Point(x);
        return Gradient((Values(f, point * masks) * probabilities).sum(), point);
    }

    /// <summary>What the left side would be without the chain factor: the mean of (∇f)(x ⊙ ξ).</summary>
    /// <inheritdoc cref="Expected"/>
    public static double[] ExpectedWithoutMask(Func<Tensor, Tensor> f, double[] x, double rate)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var (masks, probabilities) = Masks(x, rate);
        var points = (Point(x, leaf: false) * masks).requires_grad_();
        var (rows, d) = (points.shape[0], x.Length);
        var each = Gradient((Values(f, points) * probabilities).sum(), points);   // [2^d, d], probabilities in it
        return [.. Enumerable.Range(0, d).Select(j => Enumerable.Range(0, (int)rows).Sum(i => each[i * d + j]))];
    }

    /// <summary>∇f(x): what there is without dropout.</summary>
    /// <inheritdoc cref="Expected"/>
    public static double[] Plain(Func<Tensor, Tensor> f, double[] x) => Expected(f, x, rate: 0);

    /// <summary>The right side: ∇f(x) + δ/(1−δ) · diag(∇²f(x)) x.</summary>
    /// <inheritdoc cref="Expected"/>
    public static double[] Predicted(Func<Tensor, Tensor> f, double[] x, double rate)
    {
        Require(x, rate);
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var point = Point(x);
        var value = Values(f, point.unsqueeze(0)).sum();
        if (!value.requires_grad) return new double[x.Length];
        var gradient = autograd.grad([value], [point], retain_graph: true, create_graph: true, allow_unused: true)[0];
        if (gradient.IsInvalid) return new double[x.Length];
        var plain = gradient.detach().data<double>().ToArray();
        if (!gradient.requires_grad) return plain;   // f is linear
        return [.. plain.Select((g, i) => g + rate / (1 - rate) * Gradient(gradient[i], point)[i] * x[i])];
    }

    private static (Tensor Masks, Tensor Probabilities) Masks(double[] x, double rate)
    {
        Require(x, rate);
        int d = x.Length, count = rate == 0 ? 1 : 1 << d;   // without dropout one mask has all the probability
        var masks = new double[count * d];
        var probabilities = new double[count];
        for (int m = 0; m < count; m++)
        {
            probabilities[m] = 1;
            for (int j = 0; j < d; j++)
            {
                bool kept = rate == 0 || ((m >> j) & 1) == 1;
                masks[m * d + j] = kept ? 1 / (1 - rate) : 0;
                probabilities[m] *= kept ? 1 - rate : rate;
            }
        }
        return (tensor(masks, [count, d]), tensor(probabilities, [count]));
    }

    private static Tensor Point(double[] x, bool leaf = true) => tensor(x, [x.Length]).requires_grad_(leaf);

    private static Tensor Values(Func<Tensor, Tensor> f, Tensor points)
    {
        var values = f(points);
        if (values.dim() != 1 || values.shape[0] != points.shape[0])
            throw new ArgumentException($"The function must map [{points.shape[0]}, {points.shape[1]}] to [{points.shape[0]}], a value for each row, and gives [{string.Join(", ", values.shape)}].", nameof(f));
        return values;
    }

    // An unused input or a value without a graph would end the process in the real library: the derivative of a constant is 0.
    private static double[] Gradient(Tensor value, Tensor at)
    {
        var nothing = new double[at.numel()];
        if (!value.requires_grad) return nothing;
        var gradient = autograd.grad([value], [at], retain_graph: true, allow_unused: true)[0];
        return gradient.IsInvalid ? nothing : gradient.contiguous().data<double>().ToArray();
    }

    private static void Require(double[] x, double rate)
    {
        if (x.Length is 0 or > MostDimensions)
            throw new ArgumentException($"The point has {x.Length} dimensions; masks are enumerated in 1 to {MostDimensions}.", nameof(x));
        if (!(rate >= 0 && rate < 1)) throw new ArgumentException($"The dropout rate is {rate}; it must be 0 or more and below 1.", nameof(rate));
    }
}
