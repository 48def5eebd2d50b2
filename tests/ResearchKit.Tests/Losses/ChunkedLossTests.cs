using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

/// <summary>The chunked losses against the plain ones.</summary>
public class ChunkedLossTests
{
    private const int V = 23, D = 6;
    private static readonly long[] s_positions = [3, 4];   // 12 of them
    private static readonly bool[] s_mask = [true, true, false, true, false, false, true, true, true, true, false, true];   // 8 count

    private static Tensor Leaf(ulong seed, ScalarType type, params long[] shape) => Seeded.Normal(seed, shape).to(type).requires_grad_();

    // Value, then the gradients of `factor` times the loss at the leaves.
    private static Tensor[] Run(Tensor loss, double factor, params Tensor[] leaves) => [loss.detach(), .. autograd.grad([loss * factor], leaves)];

    // In single precision a gradient that is a difference of large terms is no more exact than that; `exact` says how exact the plain one is.
    private static void Same(Tensor[] expected, Tensor[] actual, double tolerance, string what, Tensor[]? exact = null)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].dtype, actual[i].dtype);
            Assert.Equal(expected[i].shape, actual[i].shape);
            double error = (expected[i] - actual[i]).norm().ToDouble(), size = expected[i].norm().ToDouble();
            Assert.True(size > 0, what);
            double own = exact is null ? 0 : (expected[i] - exact[i]).norm().ToDouble();
            Assert.True(error <= tolerance * size + own, $"{what}: {i} differs by {error / size:G3} of its norm");
        }
    }

    private static Tensor[] Wide(Tensor[] leaves) => [.. leaves.Select(l => l.detach().to(ScalarType.Float64).requires_grad_())];

    private static double Tolerance(ScalarType type) => type == ScalarType.Float64 ? 1e-12 : 1e-6;

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void OfLogitsItIsThePlainLossWhateverTheChunk(string name)
    {
        var divergence = DivergenceFormula.All[name].Divergence;
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
            foreach (bool masked in (bool[])[false, true])
                foreach (int? chunk in (int?[])[1, 3, 4, 5, 8, 12, 100, null])
                {
                    using var scope = NewDisposeScope();
                    Tensor student = Leaf(1, type, [.. s_positions, V]), teacher = Leaf(2, type, [.. s_positions, V]);
                    var mask = masked ? tensor(s_mask, s_positions) : null;
                    Tensor[] Plain(params Tensor[] x) => Run(Divergence.Mean(divergence, x[0], x[1], mask, 2), 0.7, x);
                    var chunked = Run(Divergence.Chunked(divergence, student, teacher, mask, 2, chunk), 0.7, student, teacher);
                    Same(Plain(student, teacher), chunked, Tolerance(type), $"{name}, {type}, masked {masked}, chunk {chunk}", Plain(Wide([student, teacher])));
                }
    }

    [Theory]
    [MemberData(nameof(DivergenceFormula.Names), MemberType = typeof(DivergenceFormula))]
    public void FusedWithTheLastMapItIsThePlainLossToo(string name)
    {
        var divergence = DivergenceFormula.All[name].Divergence;
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
            foreach (bool masked in (bool[])[false, true])
                foreach (int? chunk in (int?[])[1, 5, 8, 100, null])
                {
                    using var scope = NewDisposeScope();
                    Tensor hidden = Leaf(3, type, [.. s_positions, D]), weight = Leaf(4, type, V, D), bias = Leaf(5, type, V);
                    Tensor theirs = Leaf(6, type, [.. s_positions, D + 1]), map = Leaf(7, type, V, D + 1);
                    var mask = masked ? tensor(s_mask, s_positions) : null;
                    Tensor[] leaves = [hidden, weight, bias, theirs, map];
                    Tensor[] Plain(Tensor[] x) =>
                        Run(Divergence.Mean(divergence, nn.functional.linear(x[0], x[1], x[2]), nn.functional.linear(x[3], x[4]), mask, 2), 0.7, x);
                    var fused = Run(Divergence.Chunked(divergence, LogitSource.Of(hidden, weight, bias), LogitSource.Of(theirs, map), mask, 2, chunk), 0.7, leaves);
                    Same(Plain(leaves), fused, Tolerance(type), $"{name}, {type}, masked {masked}, chunk {chunk}", Plain(Wide(leaves)));
                }
    }

    [Fact]
    public void EachSideMayBeGivenEitherWayAndHeldConstant()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Leaf(8, ScalarType.Float64, [.. s_positions, D]), weight = Leaf(9, ScalarType.Float64, V, D), teacher = Leaf(10, ScalarType.Float64, [.. s_positions, V]);
        Tensor Logits() => nn.functional.linear(hidden, weight);
        Tensor[] all = [hidden, weight, teacher];
        // The student fused and the teacher as logits; then the other way round; then only the hidden states are trained.
        Same(Run(Divergence.ReverseKl(Logits(), teacher), 1, all),
            Run(Divergence.Chunked(TokenDivergence.ReverseKl, LogitSource.Of(hidden, weight), teacher, chunk: 5), 1, all), 1e-12, "student fused");
        Same(Run(Divergence.ReverseKl(teacher, Logits()), 1, all),
            Run(Divergence.Chunked(TokenDivergence.ReverseKl, teacher, LogitSource.Of(hidden, weight), chunk: 5), 1, all), 1e-12, "teacher fused");
        Same(Run(Divergence.ReverseKl(Logits(), teacher.detach()), 1, hidden),
            Run(Divergence.Chunked(TokenDivergence.ReverseKl, LogitSource.Of(hidden, weight.detach()), teacher.detach(), chunk: 5), 1, hidden), 1e-12, "frozen map");
        Divergence.Chunked(TokenDivergence.ReverseKl, LogitSource.Of(hidden, weight.detach()), teacher.detach()).backward();
        Assert.Null(weight.grad);
        Assert.Null(teacher.grad);
    }

    [Fact]
    public void CrossEntropyIsThePlainOneToo()
    {
        foreach (var type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32])
            foreach (int? chunk in (int?[])[1, 3, 7, 100, null])
            {
                using var scope = NewDisposeScope();
                Tensor hidden = Leaf(11, type, [.. s_positions, D]), weight = Leaf(12, type, V, D);
                var targets = tensor(new long[] { 1, 22, Batch.Ignored, 0, 5, 5, Batch.Ignored, 9, 13, 2, 2, 21 }, s_positions);
                var mask = tensor(s_mask, s_positions);
                Same(Run(CrossEntropy.Mean(nn.functional.linear(hidden, weight), targets, mask), 3, hidden, weight),
                    Run(CrossEntropy.Chunked(LogitSource.Of(hidden, weight), targets, mask, chunk), 3, hidden, weight), Tolerance(type), $"{type}, chunk {chunk}");
                Assert.Equal(0, CrossEntropy.Chunked(LogitSource.Of(hidden, weight), full(s_positions, Batch.Ignored, dtype: ScalarType.Int64)).ToDouble());
            }
    }

    [Fact]
    public void ItAddsUpWithOtherTermsAndGoesThroughWhatIsBelow()
    {
        using var scope = NewDisposeScope();
        Tensor x = Leaf(13, ScalarType.Float64, [.. s_positions, D]), weight = Leaf(14, ScalarType.Float64, V, D), teacher = Leaf(15, ScalarType.Float64, [.. s_positions, V]);
        var targets = full(s_positions, 7, dtype: ScalarType.Int64);
        Tensor[] leaves = [x, weight];
        Tensor Below() => x.tanh().transpose(0, 1) + weight.narrow(0, 0, 3).unsqueeze(0);   // a tied map: the weight is used twice
        teacher = teacher.detach().transpose(0, 1);
        targets = targets.transpose(0, 1);
        var below = Below();
        var plain = Run(Divergence.ForwardKl(nn.functional.linear(below, weight), teacher) * 0.3 + CrossEntropy.Mean(nn.functional.linear(below, weight), targets), 1, leaves);
        var source = LogitSource.Of(Below(), weight);
        Same(plain, Run(Divergence.Chunked(TokenDivergence.ForwardKl, source, teacher, chunk: 5) * 0.3 + CrossEntropy.Chunked(source, targets, chunk: 5), 1, leaves), 1e-12, "sum");
    }

    [Fact]
    public void NothingThatCountsIsZeroWithZeroGradients()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Leaf(16, ScalarType.Float32, [.. s_positions, D]), weight = Leaf(17, ScalarType.Float32, V, D), teacher = Leaf(18, ScalarType.Float32, [.. s_positions, V]);
        var loss = Divergence.Chunked(TokenDivergence.JensenShannon(0.5), LogitSource.Of(hidden, weight), teacher, zeros(s_positions, dtype: ScalarType.Bool));
        loss.backward();
        Assert.Equal(0, loss.ToDouble());
        Assert.Equal(ScalarType.Float32, loss.dtype);
        foreach (var leaf in (Tensor[])[hidden, weight, teacher]) Assert.Equal(0, leaf.grad!.abs().sum().ToDouble());
    }

    [Fact]
    public void WildNumbersWhereNothingCountsStayThere()
    {
        using var scope = NewDisposeScope();
        var mask = tensor(s_mask, s_positions);
        var hidden = Seeded.Normal(19, [.. s_positions, D]).masked_fill(mask.logical_not().unsqueeze(-1), double.NaN).requires_grad_();
        var weight = Leaf(20, ScalarType.Float32, V, D);
        // −∞ at tokens that neither side allows is a gradient of 0 there.
        var barred = arange(V).ge(V - 3);
        var teacher = Seeded.Normal(21, [.. s_positions, V]).masked_fill(barred, double.NegativeInfinity).requires_grad_();
        var student = Seeded.Normal(22, [.. s_positions, V]).masked_fill(barred, double.NegativeInfinity).requires_grad_();
        Divergence.Chunked(TokenDivergence.SkewKl(0.1), LogitSource.Of(hidden, weight), teacher, mask, chunk: 3).backward();
        Assert.True(hidden.grad!.isfinite().all().ToBoolean() && weight.grad!.isfinite().all().ToBoolean() && teacher.grad!.isfinite().all().ToBoolean());
        teacher.grad = null;
        var loss = Divergence.Chunked(TokenDivergence.ReverseKl, student, teacher, mask, chunk: 3);
        loss.backward();
        Assert.True(double.IsFinite(loss.ToDouble()));
        foreach (var x in (Tensor[])[student, teacher])
        {
            Assert.True(x.grad!.isfinite().all().ToBoolean());
            Assert.Equal(0, x.grad!.narrow(-1, V - 3, 3).abs().sum().ToDouble());
        }
    }

    [Fact]
    public void SeveralTermsOfTheSameChunksAreEachWhatTheyAreAlone()
    {
        using var scope = NewDisposeScope();
        Tensor student = Leaf(41, ScalarType.Float64, [.. s_positions, V]), teacher = Leaf(42, ScalarType.Float64, [.. s_positions, V]);
        var targets = full(s_positions, 3, dtype: ScalarType.Int64);
        var together = ChunkedLoss.Means([student, teacher], null, 5,
            Divergence.Term(TokenDivergence.ForwardKl, 1, ChunkedTerm.Student),
            Divergence.Term(TokenDivergence.ReverseKl, 2, ChunkedTerm.Teacher),
            Divergence.Term(TokenDivergence.JensenShannon(0.3), 1, ChunkedTerm.Student, ChunkedTerm.Teacher),
            CrossEntropy.Term(ChunkedTerm.Teacher, targets));
        Same(Run(Divergence.ForwardKl(student, teacher.detach()), 0.7, student), Run(together[0], 0.7, student), 1e-12, "forward");
        Same(Run(Divergence.ReverseKl(student.detach(), teacher, temperature: 2), 0.7, teacher), Run(together[1], 0.7, teacher), 1e-12, "reverse");
        Same(Run(Divergence.JensenShannon(student, teacher, 0.3), 0.7, student, teacher), Run(together[2], 0.7, student, teacher), 1e-12, "both");
        Same(Run(CrossEntropy.Mean(teacher, targets), 0.7, teacher), Run(together[3], 0.7, teacher), 1e-12, "targets");
    }

    [Fact]
    public void WhatTheyShareIsComputedOnce()
    {
        using var scope = NewDisposeScope();
        var chunk = new Chunk([Seeded.Normal(43, 4, V), Seeded.Normal(44, 4, V)], new Positions(null, 0, 4));
        Assert.Same(chunk.LogProbabilities(0), chunk.LogProbabilities(0));
        Assert.Same(chunk.Probabilities(1, 2), chunk.Probabilities(1, 2));
        Assert.NotSame(chunk.Probabilities(1, 2), chunk.Probabilities(1));
        var logs = chunk.LogProbabilities(0).clone();
        foreach (var divergence in (TokenDivergence[])[TokenDivergence.ForwardKl, TokenDivergence.ReverseKl, TokenDivergence.TotalVariation]) divergence.OfChunk(chunk, 1, [true, true]);
        CrossEntropy.Term(0, zeros([4], dtype: ScalarType.Int64)).Sum(chunk, [true, false]);
        Assert.True(logs.eq(chunk.LogProbabilities(0)).all().ToBoolean());                                    // none writes over what the next one reads
        Assert.True(logs.exp().eq(chunk.Probabilities(0)).all().ToBoolean());
    }

    [Fact]
    public void HalfPrecisionInAndOut()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Leaf(23, ScalarType.BFloat16, [.. s_positions, D]), weight = Leaf(24, ScalarType.BFloat16, V, D), teacher = Leaf(25, ScalarType.BFloat16, [.. s_positions, V]);
        Tensor[] leaves = [hidden, weight, teacher];
        var plain = Run(Divergence.ForwardKl(nn.functional.linear(hidden, weight), teacher), 1, leaves);
        var fused = Run(Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), teacher, chunk: 5), 1, leaves);
        Assert.Equal(ScalarType.Float32, fused[0].dtype);
        Same(plain, fused, 1e-2, "bfloat16");   // eight bits of mantissa
        Same(plain[..1], fused[..1], 1e-6, "bfloat16 value");
    }

    [Fact]
    public void WithoutGradientsThereIsNoGraph()
    {
        using var scope = NewDisposeScope();
        Tensor student = Leaf(26, ScalarType.Float64, [.. s_positions, V]), teacher = Leaf(27, ScalarType.Float64, [.. s_positions, V]);
        var expected = Divergence.ForwardKl(student, teacher).ToDouble();
        using (no_grad())
        {
            var loss = Divergence.Chunked(TokenDivergence.ForwardKl, student, teacher, chunk: 5);
            Assert.False(loss.requires_grad);
            Assert.Equal(expected, loss.ToDouble(), tolerance: 1e-12);
        }
        Assert.False(Divergence.Chunked(TokenDivergence.ForwardKl, student.detach(), teacher.detach()).requires_grad);
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Leaf(28, ScalarType.Float32, [.. s_positions, D]), weight = Leaf(29, ScalarType.Float32, V, D), teacher = Leaf(30, ScalarType.Float32, [.. s_positions, V]);
        var mask = tensor(s_mask, s_positions);
        Once();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Once()
        {
            using var inner = NewDisposeScope();
            Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), teacher, mask, chunk: 3).backward();
            hidden.grad = weight.grad = teacher.grad = null;
        }
    }

    [Fact]
    public void ShapesThatDoNotBelongTogetherAreRefused()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = zeros(2, 3, D), weight = zeros(V, D);
        Assert.Throws<ArgumentException>(() => LogitSource.Of(hidden, zeros(V, D + 1)));
        Assert.Throws<ArgumentException>(() => LogitSource.Of(hidden, weight, zeros(V + 1)));
        Assert.Throws<ArgumentException>(() => LogitSource.Of(hidden, zeros(D)));
        Assert.Throws<KitException>(() => Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), zeros(2, 3, V + 1)));
        Assert.Throws<ArgumentException>(() => Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), zeros(3, 2, V)));
        Assert.Throws<ArgumentException>(() => Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), zeros(2, 3, V), ones([2], dtype: ScalarType.Bool)));
        Assert.Throws<ArgumentException>(() => Divergence.Chunked(TokenDivergence.ForwardKl, LogitSource.Of(hidden, weight), zeros(2, 3, V), chunk: 0));
        Assert.Throws<ArgumentException>(() => CrossEntropy.Chunked(LogitSource.Of(hidden, weight), zeros([2, 4], dtype: ScalarType.Int64)));
    }
}
