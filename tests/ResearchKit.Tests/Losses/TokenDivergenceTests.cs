using ResearchKit.Checkpoints;
using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

/// <summary>What every divergence has to keep: formula, derivatives, limits, and whatever numbers come.</summary>
public class TokenDivergenceTests
{
    private static TokenDivergence Of(string name) => DivergenceFormula.All[name].Divergence;

    private static Tensor Double(ulong seed, params long[] shape) => Seeded.Normal(seed, shape).to(ScalarType.Float64);

    private static Tensor Leaf(ulong seed, params long[] shape) => (Double(seed, shape) * 2).detach().requires_grad_();

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void ValueAndGradientsAreTheClosedForm(string name)
    {
        var formula = DivergenceFormula.All[name];
        foreach (double tau in (double[])[1, 2.5])
        {
            using var scope = NewDisposeScope();
            Tensor student = Leaf(1, 2, 3, 7), teacher = Leaf(2, 2, 3, 7);
            bool[] counts = [true, false, true, true, true, false];
            var loss = Divergence.Mean(formula.Divergence, student, teacher, tensor(counts, [2, 3]), tau);
            loss.backward();
            double[] s = student.data<double>().ToArray(), t = teacher.data<double>().ToArray();
            double[] gs = student.grad!.data<double>().ToArray(), gt = teacher.grad!.data<double>().ToArray();
            double value = 0;
            for (int i = 0; i < 6; i++)
            {
                var (v, byTeacher, byStudent) = formula.At(t[(7 * i)..(7 * i + 7)], s[(7 * i)..(7 * i + 7)], tau);
                double weight = counts[i] ? 1.0 / 4 : 0;
                value += weight * v;
                for (int k = 0; k < 7; k++)
                {
                    Assert.Equal(weight * byStudent[k], gs[7 * i + k], tolerance: 1e-12);
                    Assert.Equal(weight * byTeacher[k], gt[7 * i + k], tolerance: 1e-12);
                }
            }
            Assert.Equal(value, loss.ToDouble(), tolerance: 1e-12);
            Assert.Equal(ScalarType.Float64, loss.dtype);
        }
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void DerivativesAgreeWithDifferences(string name)
    {
        using var scope = NewDisposeScope();
        Tensor student = Leaf(3, 2, 4), teacher = Leaf(4, 2, 4);
        GradientCheck.First(() => Divergence.Mean(Of(name), student, teacher, temperature: 2), student, teacher);
        if (name != "tvd") GradientCheck.Second(() => Divergence.Mean(Of(name), student, teacher, temperature: 2), student, teacher);
    }

    [Fact]
    public void AgreesWithPyTorch()
    {
        using var scope = NewDisposeScope();
        var fixture = Safetensors.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "divergence", "divergence.safetensors"));
        var mask = fixture["mask"].to(ScalarType.Bool);
        string[] names = [.. fixture.Keys.Where(k => k.EndsWith(".value", StringComparison.Ordinal)).Select(k => k[..^6])];
        Assert.Equal(16, names.Length);
        foreach (var key in names)
        {
            int dot = key.LastIndexOf('.');
            Tensor student = fixture["student"].clone().requires_grad_(), teacher = fixture["teacher"].clone().requires_grad_();
            var loss = Divergence.Mean(Of(key[..dot]), student, teacher, mask, double.Parse(key[(dot + 1)..]));
            loss.backward();
            Assert.Equal(fixture[key + ".value"].ToDouble(), loss.ToDouble(), tolerance: 1e-12);
            Assert.True((student.grad! - fixture[key + ".student"]).abs().max().ToDouble() < 1e-12, key);
            Assert.True((teacher.grad! - fixture[key + ".teacher"]).abs().max().ToDouble() < 1e-12, key);
        }
    }

    [Fact]
    public void TheLimitsAreTheKullbackLeiblerDivergences()
    {
        using var scope = NewDisposeScope();
        Tensor a = Double(5, 4, 9), b = Double(6, 4, 9);
        double forward = Divergence.ForwardKl(a, b).ToDouble(), reverse = Divergence.ReverseKl(a, b).ToDouble();
        foreach (double small in (double[])[1e-3, 1e-5])
        {
            double near = 20 * small;   // the next term of each is of the order of the number itself
            Assert.Equal(forward, Divergence.JensenShannon(a, b, small).ToDouble() / small, tolerance: near);
            Assert.Equal(reverse, Divergence.JensenShannon(a, b, 1 - small).ToDouble() / small, tolerance: near);
            Assert.Equal(forward, Divergence.SkewKl(a, b, small).ToDouble(), tolerance: near);
            Assert.Equal(reverse, Divergence.SkewReverseKl(a, b, small).ToDouble(), tolerance: near);
            Assert.InRange(Divergence.SkewKl(a, b, 1 - small).ToDouble(), 0, near * near);          // of second order
            Assert.InRange(Divergence.SkewReverseKl(a, b, 1 - small).ToDouble(), 0, near * near);
        }
        Assert.Equal(forward, Divergence.JensenShannon(a, b, 0).ToDouble());
        Assert.Equal(reverse, Divergence.JensenShannon(a, b, 1).ToDouble());
        Assert.Equal(forward, Divergence.SkewKl(a, b, 0).ToDouble());
        Assert.Equal(reverse, Divergence.SkewReverseKl(a, b, 0).ToDouble());
        Assert.Equal(forward, Divergence.ReverseKl(b, a).ToDouble(), tolerance: 1e-14);
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void LogitsOfTenThousandGiveTheLimitAndFiniteGradients(string name)
    {
        using var scope = NewDisposeScope();
        // p has all of its mass where q has none: what is unbounded is the distance of the logits, what is bounded is at its bound.
        double expected = double.IsInfinity(DivergenceFormula.Bound(name)) ? 2e4 : DivergenceFormula.Bound(name);
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
        {
            var student = tensor(new double[] { 1e4, -1e4, 0 }, [1, 3]).to(type).requires_grad_();
            var teacher = tensor(new double[] { -1e4, 1e4, 0 }, [1, 3]).to(type).requires_grad_();
            var loss = Divergence.Mean(Of(name), student, teacher);
            loss.backward();
            Assert.Equal(expected, loss.ToDouble(), tolerance: 1e-6 * expected);
            Assert.True(student.grad!.isfinite().all().ToBoolean() && teacher.grad!.isfinite().all().ToBoolean());
        }
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void ATokenThatNeitherSideAllowsMightAsWellNotBeThere(string name)
    {
        using var scope = NewDisposeScope();
        Tensor small = Leaf(7, 3, 5), smallTeacher = Leaf(8, 3, 5);
        Tensor student = Barred(small), teacher = Barred(smallTeacher);
        var loss = Divergence.Mean(Of(name), student, teacher);
        loss.backward();
        var reference = Divergence.Mean(Of(name), small, smallTeacher);
        reference.backward();
        Assert.Equal(reference.ToDouble(), loss.ToDouble(), tolerance: 1e-14);
        foreach (var (wide, narrow) in new[] { (student, small), (teacher, smallTeacher) })
        {
            Assert.True((wide.grad!.narrow(1, 0, 5) - narrow.grad!).abs().max().ToDouble() < 1e-14);
            Assert.Equal(0, wide.grad!.narrow(1, 5, 2).abs().sum().ToDouble());
        }

        static Tensor Barred(Tensor x) => cat([x.detach(), full([3, 2], double.NegativeInfinity, dtype: ScalarType.Float64)], 1).requires_grad_();
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void ATokenThatOneSideRulesOut(string name)
    {
        using var scope = NewDisposeScope();
        foreach (bool teachers in (bool[])[true, false])
        {
            var open = tensor(new double[] { 1, 2, 0 }, [1, 3]).requires_grad_();
            var closed = tensor(new double[] { 0.5, double.NegativeInfinity, 0 }, [1, 3]).requires_grad_();
            var loss = teachers ? Divergence.Mean(Of(name), open, closed) : Divergence.Mean(Of(name), closed, open);
            loss.backward();
            bool outOfReach = double.IsInfinity(DivergenceFormula.Bound(name)) && teachers != (name is "forward-kl" or "jsd-0" or "skew-kl-0");
            Assert.Equal(outOfReach, double.IsPositiveInfinity(loss.ToDouble()));
            if (outOfReach) continue;   // the divergence is ∞, and says so
            Assert.True(double.IsFinite(loss.ToDouble()) && open.grad!.isfinite().all().ToBoolean() && closed.grad!.isfinite().all().ToBoolean());
            Assert.Equal(0, closed.grad![0, 1].ToDouble());
        }
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void WhatIsMaskedHasNoSayWhateverItIs(string name)
    {
        using var scope = NewDisposeScope();
        Tensor clean = Leaf(9, 2, 5), cleanTeacher = Leaf(10, 2, 5);
        var reference = Divergence.Mean(Of(name), clean, cleanTeacher);
        reference.backward();
        var mask = tensor(new bool[] { true, false, false, false, true });
        var counted = tensor(new long[] { 0, 4 });
        double[] wild = [double.NegativeInfinity, double.PositiveInfinity, double.NaN];
        Tensor student = Between(clean), teacher = Between(cleanTeacher);
        var loss = Divergence.Mean(Of(name), student, teacher, mask);
        loss.backward();
        Assert.Equal(reference.ToDouble(), loss.ToDouble(), tolerance: 1e-15);
        foreach (var (among, alone) in new[] { (student, clean), (teacher, cleanTeacher) })
            Assert.True((among.grad!.index_select(0, counted) - alone.grad!).abs().max().ToDouble() < 1e-15);
        Assert.Equal(0, student.grad!.narrow(0, 1, 3).abs().sum().ToDouble());
        Assert.Equal(0, teacher.grad!.narrow(0, 1, 3).abs().sum().ToDouble());

        var nothing = Divergence.Mean(Of(name), student, teacher, zeros([5], dtype: ScalarType.Bool));
        foreach (var gradient in autograd.grad([nothing], [student, teacher])) Assert.Equal(0, gradient.abs().sum().ToDouble());
        Assert.Equal(0, nothing.ToDouble());

        Tensor Between(Tensor x)
        {
            var rows = wild.Select(w => full([1, 5], w, dtype: ScalarType.Float64)).ToArray();
            return cat([x.narrow(0, 0, 1).detach(), .. rows, x.narrow(0, 1, 1).detach()], 0).requires_grad_();
        }
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void HalfPrecisionIsWidened(string name)
    {
        using var scope = NewDisposeScope();
        Tensor a = Seeded.Normal(11, 4, 300), b = Seeded.Normal(12, 4, 300);
        foreach (var half in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float16])
        {
            Tensor student = a.to(half).requires_grad_(), teacher = b.to(half).requires_grad_();
            var loss = Divergence.Mean(Of(name), student, teacher, temperature: 2);
            loss.backward();
            Assert.Equal(ScalarType.Float32, loss.dtype);
            Assert.Equal(half, student.grad!.dtype);
            double exact = Divergence.Mean(Of(name), student.to(ScalarType.Float64), teacher.to(ScalarType.Float64), temperature: 2).ToDouble();
            Assert.Equal(exact, loss.ToDouble(), tolerance: 1e-5 * (1 + exact));
        }
        Assert.Equal(ScalarType.Float64, Divergence.Mean(Of(name), a.to(ScalarType.Float64), b.to(ScalarType.Float64)).dtype);
    }

    [Fact]
    public void ADetachedSideGetsNoGradient()
    {
        using var scope = NewDisposeScope();
        Tensor student = Leaf(13, 2, 4), teacher = Leaf(14, 2, 4);
        Divergence.ReverseKl(student, teacher.detach()).backward();
        Assert.NotNull(student.grad);
        Assert.Null(teacher.grad);
        student.grad = null;
        Divergence.ReverseKl(student.detach(), teacher).backward();
        Assert.Null(student.grad);
        Assert.NotNull(teacher.grad);
    }

    [Fact]
    public void RecipesNameThem()
    {
        Assert.Equal(TokenDivergence.Names, DivergenceFormula.All.Keys.Select(k => k.TrimEnd('0', '1', '3', '5', '8', '9', '.', '-')).Distinct());
        Assert.All(TokenDivergence.Names, n => Assert.NotNull(TokenDivergence.Named(n)));
        Assert.Equal(TokenDivergence.JensenShannon(0.3), TokenDivergence.Named("jsd", beta: 0.3));
        Assert.Equal(TokenDivergence.SkewReverseKl(0.2), TokenDivergence.Named("skew-reverse-kl", alpha: 0.2));
        Assert.Contains("forward-kl, reverse-kl", Assert.Throws<KitException>(() => TokenDivergence.Named("kl")).Message, StringComparison.Ordinal);
        Assert.Throws<KitException>(() => TokenDivergence.JensenShannon(1.1));
        Assert.Throws<KitException>(() => TokenDivergence.JensenShannon(double.NaN));
        Assert.Throws<KitException>(() => TokenDivergence.SkewKl(1));
        Assert.Throws<KitException>(() => TokenDivergence.SkewReverseKl(-0.1));
    }
}
