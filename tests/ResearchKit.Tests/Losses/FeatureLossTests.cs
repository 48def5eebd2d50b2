using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

/// <summary>What holds of every loss that compares what is inside two models, whatever it compares.</summary>
public class FeatureLossTests
{
    private static readonly long[] s_lengths = [4, 2];

    /// <param name="Heads">Of a map; 0 for vectors at tokens.</param>
    /// <param name="Causal">Whether the future is hidden.</param>
    /// <param name="Softmax">Whether a map is of probabilities.</param>
    /// <param name="Of">The loss of student, teacher and mask.</param>
    private sealed record Case(int Heads, bool Causal, bool Softmax, Func<Tensor, Tensor, Tensor?, Tensor> Of)
    {
        public Tensor Raw(ulong seed) => Heads > 0 ? Random(seed, 2, Heads, 4, 4) : Random(seed, 2, 4, 6);

        /// <summary>The raw numbers with two more positions, at which something stands.</summary>
        public Tensor Wider(Tensor raw)
        {
            long[] more = Heads > 0 ? [0, 2, 0, 2] : [0, 0, 0, 2];
            return nn.functional.pad(raw, more, value: 5);
        }

        /// <summary>What a model would say: of a map of probabilities the softmax of the raw numbers, 0 at what may not be seen.</summary>
        public Tensor Said(Tensor raw, Tensor? mask)
        {
            if (!Softmax) return raw;
            long length = raw.shape[2];
            var hidden = zeros(1, 1, length, length, dtype: ScalarType.Float64);
            if (mask is not null) hidden = hidden.masked_fill(mask.logical_not().view(2, 1, 1, length), -1e30);
            if (Causal) hidden = hidden + full([length, length], -1e30, dtype: ScalarType.Float64).triu(1);
            return (raw + hidden).softmax(-1);
        }

        public Tensor Value(Tensor student, Tensor teacher, Tensor? mask) => Of(Said(student, mask), Said(teacher, mask), mask);
    }

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["attention"] = new(2, false, true, AttentionDivergence.OfLayer),
        ["attention, causal"] = new(2, true, true, AttentionDivergence.OfLayer),
        ["scores"] = new(2, false, false, (s, t, mask) => AttentionScores.OfLayer(s, t, mask)),
        ["scores, causal"] = new(2, true, false, (s, t, mask) => AttentionScores.OfLayer(s, t, mask, causal: true)),
        ["probabilities"] = new(2, false, true, (s, t, mask) => AttentionScores.OfLayer(s, t, mask)),
        ["relations"] = new(0, false, false, (s, t, mask) => RelationDivergence.OfLayer(s, t, 3, mask)),
        ["relations, causal"] = new(0, true, false, (s, t, mask) => RelationDivergence.OfLayer(s, t, 2, mask, causal: true)),
        ["directions"] = new(0, false, false, CosineDistance.OfTokens),
        ["states"] = new(0, false, false, (s, t, mask) => SquaredError.OfTokens(s, t, mask)),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: ScalarType.Float64, generator: generator);
    }

    private static Tensor Mask(int length = 4) => arange(length).unsqueeze(0).lt(tensor(s_lengths).unsqueeze(1));

    private static double[] Numbers(Tensor x) => x.contiguous().data<double>().ToArray();

    [Theory]
    [MemberData(nameof(Names))]
    public void DerivativesAreRight(string name)
    {
        using var scope = NewDisposeScope();
        var one = s_cases[name];
        Tensor s = one.Raw(1).requires_grad_(), t = one.Raw(2).requires_grad_();
        GradientCheck.First(() => one.Value(s, t, Mask()), s, t);
        GradientCheck.First(() => one.Value(s, t, null), s, t);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void OneselfIsAtNoDistanceAndOthersAre(string name) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Gen.Choose(1, 100000).ToArbitrary(), seed =>
    {
        using var scope = NewDisposeScope();
        var one = s_cases[name];
        Tensor s = one.Raw((ulong)seed), t = one.Raw((ulong)seed + 1);
        Assert.InRange(one.Value(t, t, Mask()).ToDouble(), -1e-15, 1e-15);
        double apart = one.Value(s, t, Mask()).ToDouble();
        Assert.True(apart > 1e-6, $"{apart}");
        if (name == "directions") Assert.InRange(apart, 0, 2);
        if (name == "probabilities") Assert.InRange(apart, 0, 1);
        // Further away in one direction is further away; of relations, which are of products, and of probabilities, which end at 0 and 1, that is not so.
        if (name == "probabilities" || name.StartsWith("relations", StringComparison.Ordinal)) return true;
        var way = ((double[])[0, 0.25, 0.5, 1, 2]).Select(a => one.Value(t + (s - t) * a, t, Mask()).ToDouble()).ToArray();
        for (int i = 1; i < way.Length; i++) Assert.True(way[i] > way[i - 1], string.Join(" ", way));
        return true;
    }));

    [Theory]
    [MemberData(nameof(Names))]
    public void MorePaddingChangesNeitherTheLossNorItsGradient(string name)
    {
        using var scope = NewDisposeScope();
        var one = s_cases[name];
        Tensor s = one.Raw(3).requires_grad_(), t = one.Raw(4);
        Tensor wide = one.Wider(s), loss = one.Value(s, t, Mask()), wider = one.Value(wide, one.Wider(t), Mask(6));
        Assert.Equal(loss.ToDouble(), wider.ToDouble(), 1e-14);
        foreach (var (a, b) in Numbers(autograd.grad([loss], [s])[0]).Zip(Numbers(autograd.grad([wider], [s])[0]))) Assert.Equal(a, b, 1e-14);
        // Of rows without padding it is the same as without a mask.
        Assert.Equal(one.Value(s, t, null).ToDouble(), one.Value(s, t, ones(2, 4, dtype: ScalarType.Bool)).ToDouble(), 1e-14);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatStandsInPaddingDoesNotMatterNotEvenToTheGradient(string name)
    {
        using var scope = NewDisposeScope();
        var one = s_cases[name];
        var apart = one.Heads > 0 ? Mask().logical_not().view(2, 1, 4, 1) : Mask().logical_not().unsqueeze(-1);
        Tensor s = one.Said(one.Raw(5), Mask()), t = one.Said(one.Raw(6), Mask());
        (double, double[]) Of(Tensor student, Tensor teacher, Tensor mask)
        {
            student = student.detach().clone().requires_grad_();
            var loss = one.Of(student, teacher, mask);
            return (loss.ToDouble(), Numbers(autograd.grad([loss], [student])[0]));
        }
        var (wanted, gradient) = Of(s, t, Mask());
        Assert.Contains(gradient, g => g != 0);
        foreach (double noise in (double[])[3, double.NaN, double.NegativeInfinity])
        {
            var (actual, other) = Of(s.masked_fill(apart, noise), t.masked_fill(apart, noise), Mask());
            Assert.Equal(wanted, actual);
            Assert.Equal(gradient, other);
        }
        // Where nothing is real there is nothing to learn.
        var (none, zero) = Of(s, t, zeros(2, 4, dtype: ScalarType.Bool));
        Assert.Equal(0, none);
        Assert.All(zero, g => Assert.Equal(0, g));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void HalfPrecisionIsWidenedAndOtherShapesAreRefused(string name)
    {
        using var scope = NewDisposeScope();
        var one = s_cases[name];
        Tensor s = one.Said(one.Raw(7), null).to(ScalarType.BFloat16), t = one.Said(one.Raw(8), null).to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float32, one.Of(s, t, Mask()).dtype);
        Assert.Equal(0, one.Of(s, t, Mask()).dim());
        Assert.Throws<ArgumentException>(() => one.Of(s, t.narrow(0, 0, 1), null));
        Assert.Throws<ArgumentException>(() => one.Of(s, t, Mask(6)));
    }

    // ---------------------------------------------------------------------------------------------------------------- what is a mean of what

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttentionIsAMeanOverHeadsAndRealQueries(bool causal)
    {
        using var scope = NewDisposeScope();
        var one = s_cases[causal ? "attention, causal" : "attention"];
        Tensor s = one.Said(one.Raw(9), Mask()), t = one.Said(one.Raw(10), Mask());
        double[] q = Numbers(s), p = Numbers(t);
        double sum = 0;
        int count = 0;
        for (int row = 0; row < 2; row++)
            for (int head = 0; head < 2; head++)
                for (int query = 0; query < s_lengths[row]; query++, count++)
                    for (int key = 0; key < (causal ? query + 1 : s_lengths[row]); key++)
                    {
                        int at = ((row * 2 + head) * 4 + query) * 4 + key;
                        sum += p[at] * Math.Log(p[at] / q[at]);
                    }
        Assert.Equal(12, count);
        Assert.Equal(sum / count, one.Of(s, t, Mask()).ToDouble(), 1e-14);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ScoresAreAMeanOverWhatMayBeSeenOrAsTheAuthorsTakeItOverAll(bool causal)
    {
        using var scope = NewDisposeScope();
        Tensor s = Random(11, 2, 2, 4, 4), t = Random(12, 2, 2, 4, 4);
        double[] a = Numbers(s), b = Numbers(t);
        double seen = 0, all = 0;
        int count = 0;
        for (int at = 0; at < a.Length; at++)
        {
            int key = at % 4, query = at / 4 % 4, row = at / 32;
            if (key >= s_lengths[row] || (causal && key > query)) continue;
            double square = (a[at] - b[at]) * (a[at] - b[at]);
            all += square;
            if (query >= s_lengths[row]) continue;
            seen += square;
            count++;
        }
        Assert.Equal(causal ? 26 : 40, count);
        Assert.Equal(seen / count, AttentionScores.OfLayer(s, t, Mask(), causal).ToDouble(), 1e-14);
        Assert.Equal(all / a.Length, AttentionScores.OfLayer(s, t, Mask(), causal, MapReduction.Authors).ToDouble(), 1e-14);
        // A mask that was added already makes no difference: −10000 at what may not be seen.
        var added = Mask().logical_not().view(2, 1, 1, 4).to(ScalarType.Float64) * -10000;
        Assert.Equal(all / a.Length, AttentionScores.OfLayer(s + added, t + added * 2, Mask(), causal, MapReduction.Authors).ToDouble(), 1e-12);
    }

    [Fact]
    public void RelationsCompareModelsOfOtherWidths()
    {
        using var scope = NewDisposeScope();
        Tensor s = Random(13, 2, 4, 6).requires_grad_(), t = Random(14, 2, 4, 9);
        GradientCheck.First(() => RelationDivergence.OfLayer(s, t, 3, Mask()), s);
        // A relation does not see a rotation of the units of a head.
        var (turn, _) = linalg.qr(Random(15, 3, 3));
        var turned = t.view(2, 4, 3, 3).matmul(turn).view(2, 4, 9);
        Assert.Equal(0, RelationDivergence.OfLayer(turned, t, 3, Mask()).ToDouble(), 1e-14);
        Assert.True(RelationDivergence.OfLayer(turned, t, 1, Mask()).ToDouble() < 1e-14 && RelationDivergence.OfLayer(turned, t, 9, Mask()).ToDouble() > 1e-3);
        Assert.Contains("do not share 6 units evenly", Assert.Throws<KitException>(() => RelationDivergence.OfLayer(s, t, 9, null)).Message);
        Assert.Contains("2 attention heads, the teacher 3", Assert.Throws<KitException>(() => AttentionDivergence.OfLayer(zeros(1, 2, 4, 4), zeros(1, 3, 4, 4), null)).Message);
    }

    [Fact]
    public void AProbabilityThatIsNoneHasNoDerivative()
    {
        using var scope = NewDisposeScope();
        // What the teacher gives a chance and the student none costs log 1e-12 of it, and is no infinity.
        var student = tensor(new double[] { 1, 0 }, [1, 1, 1, 2]).requires_grad_();
        var loss = AttentionDivergence.OfLayer(student, tensor(new double[] { 0.5, 0.5 }, [1, 1, 1, 2]), null);
        Assert.Equal(0.5 * Math.Log(0.5) + 0.5 * Math.Log(0.5 / 1e-12), loss.ToDouble(), 1e-12);
        Assert.Equal([-0.5, 0], Numbers(autograd.grad([loss], [student])[0]));
    }
}
