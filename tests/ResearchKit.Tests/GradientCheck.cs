using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests;

/// <summary>Holds derivatives against central differences, in double precision.</summary>
internal static class GradientCheck
{
    // A tensor with more elements is checked at this many of them, spread evenly.
    private const int Elements = 48;

    /// <summary>First derivatives of a scalar function of float64 leaves.</summary>
    public static void First(Func<Tensor> f, params Tensor[] leaves) => Compare(f, leaves, step: 1e-6, tolerance: 1e-7);

    /// <summary>Second derivatives: those of a fixed projection of the gradient, ⟨∇f, u⟩, which has every second derivative in it.</summary>
    public static void Second(Func<Tensor> f, params Tensor[] leaves)
    {
        using var outer = NewDisposeScope();
        using var generator = new Generator(11);
        var directions = leaves.Select(l => randn(l.shape, dtype: ScalarType.Float64, generator: generator)).ToArray();
        Compare(() =>
        {
            var gradients = autograd.grad([f()], leaves, retain_graph: true, create_graph: true);
            return gradients.Zip(directions, (g, u) => (g * u).sum()).Aggregate((a, b) => a + b);
        }, leaves, step: 1e-5, tolerance: 1e-6);
    }

    private static void Compare(Func<Tensor> f, Tensor[] leaves, double step, double tolerance)
    {
        using var scope = NewDisposeScope();
        var analytic = autograd.grad([f()], leaves, allow_unused: true);
        for (int leaf = 0; leaf < leaves.Length; leaf++)
        {
            Assert.True(leaves[leaf].dtype == ScalarType.Float64 && leaves[leaf].requires_grad);
            Assert.False(analytic[leaf].IsInvalid, $"The function does not depend on leaf {leaf}.");
            var gradient = analytic[leaf].contiguous().data<double>().ToArray();
            int count = gradient.Length;
            for (int n = 0; n < Math.Min(count, Elements); n++)
            {
                int i = count <= Elements ? n : (int)((long)n * count / Elements);
                double numeric = (Moved(f, leaves[leaf], i, step) - Moved(f, leaves[leaf], i, -step)) / (2 * step);
                Assert.True(Math.Abs(gradient[i] - numeric) <= tolerance * (1 + Math.Abs(numeric)),
                    $"Leaf {leaf} of shape [{string.Join(", ", leaves[leaf].shape)}], element {i}: {gradient[i]:R} by autograd, {numeric:R} by differences.");
            }
        }
    }

    private static double Moved(Func<Tensor> f, Tensor leaf, int element, double by)
    {
        using var scope = NewDisposeScope();
        var values = leaf.detach().view(-1).data<double>();  // flat: TorchSharp writes by one number only where there is one dimension
        double before = values[element];
        values[element] = before + by;
        try
        {
            return f().ToDouble();
        }
        finally
        {
            values[element] = before;
        }
    }
}
