using ResearchKit.Papers.GradientDistillation;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Papers.GradientDistillation;

public class DropoutTheoremTests
{
    public static TheoryData<int, double> Cases()
    {
        var all = new TheoryData<int, double>();
        foreach (int d in new[] { 1, 2, 5, 10 })
            foreach (double rate in new[] { 0.1, 0.3, 0.5, 0.9 }) all.Add(d, rate);
        return all;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void OfAQuadraticTheBiasIsTheTheorems(int d, double rate)
    {
        var (f, a, b, x) = Quadratic(d);
        double[] plain = [.. Enumerable.Range(0, d).Select(i => Enumerable.Range(0, d).Sum(j => a[i, j] * x[j]) + b[i])];   // ∇f = Ax + b
        double[] wanted = [.. plain.Select((g, i) => g + rate / (1 - rate) * a[i, i] * x[i])];
        Near(wanted, DropoutTheorem.Predicted(f, x, rate));
        Near(wanted, DropoutTheorem.Expected(f, x, rate));
        Near(plain, DropoutTheorem.Plain(f, x));
        Assert.All(Enumerable.Range(0, d), i => Assert.True(Math.Abs(wanted[i] - plain[i]) > 1e-3));   // there is something to see
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void WithoutTheMasksFactorThereWouldBeNone(int d, double rate)
    {
        var (f, _, _, x) = Quadratic(d);
        Near(DropoutTheorem.Plain(f, x), DropoutTheorem.ExpectedWithoutMask(f, x, rate));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void OfACubicItHoldsToSecondOrderOnly(double rate)
    {
        double[] x = [0.4, -1.2, 2.0];
        Tensor Cubes(Tensor p) => p.pow(3).sum(1);
        double keep = 1 - rate;
        // E[ξ³] = 1/(1−δ)², and the theorem's own: f″x = 6x².
        Near([.. x.Select(v => 3 * v * v / (keep * keep))], DropoutTheorem.Expected(Cubes, x, rate));
        Near([.. x.Select(v => 3 * v * v + rate / keep * 6 * v * v)], DropoutTheorem.Predicted(Cubes, x, rate));
    }

    [Fact]
    public void WhatIsLinearOrConstantHasNoBias()
    {
        double[] x = [0.4, -1.2];
        Near([2, 2], DropoutTheorem.Expected(p => p.sum(1) * 2, x, 0.3));
        Near([2, 2], DropoutTheorem.Predicted(p => p.sum(1) * 2, x, 0.3));
        Near([0, 0], DropoutTheorem.Expected(p => zeros([p.shape[0]], dtype: ScalarType.Float64), x, 0.3));
        Near([0, 0], DropoutTheorem.Predicted(p => zeros([p.shape[0]], dtype: ScalarType.Float64), x, 0.3));
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Contains("21 dimensions", Assert.Throws<ArgumentException>(() => DropoutTheorem.Expected(p => p.sum(1), new double[21], 0.1)).Message);
        Assert.Contains("must be 0 or more and below 1", Assert.Throws<ArgumentException>(() => DropoutTheorem.Expected(p => p.sum(1), [1], 1)).Message);
        Assert.Contains("must map [4, 2] to [4]", Assert.Throws<ArgumentException>(() => DropoutTheorem.Expected(p => p.sum(), [1, 2], 0.1)).Message);
    }

    // f(x) = ½ xᵀAx + bᵀx, A symmetric with a diagonal that is not small.
    private static (Func<Tensor, Tensor> F, double[,] A, double[] B, double[] X) Quadratic(int d)
    {
        var random = new Random(d);
        var a = new double[d, d];
        for (int i = 0; i < d; i++)
            for (int j = 0; j <= i; j++) a[i, j] = a[j, i] = i == j ? 1 + random.NextDouble() : random.NextDouble() - 0.5;
        double[] b = [.. Enumerable.Range(0, d).Select(_ => random.NextDouble())], x = [.. Enumerable.Range(0, d).Select(i => (0.5 + random.NextDouble()) * (i % 2 == 0 ? 1 : -1))];
        Tensor matrix = tensor(a.Cast<double>().ToArray(), [d, d]), vector = tensor(b, [d, 1]);
        return (p => (p.matmul(matrix) * p).sum(1) / 2 + p.matmul(vector).squeeze(1), a, b, x);
    }

    private static void Near(double[] wanted, double[] actual)
    {
        Assert.Equal(wanted.Length, actual.Length);
        foreach (var (w, v) in wanted.Zip(actual)) Assert.True(Math.Abs(w - v) <= 1e-12 * (1 + Math.Abs(w)), $"{v:R} instead of {w:R}");
    }
}
