using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

/// <summary>Laws that hold for any two distributions.</summary>
public class DivergencePropertyTests
{
    /// <summary>Two models' logits, [N, V] in float64, from nearly uniform to nearly certain.</summary>
    private sealed record Pair(int Seed, int Rows, int Vocabulary, double Scale)
    {
        public (Tensor Student, Tensor Teacher) Draw()
        {
            using var generator = new Generator((ulong)Seed);
            Tensor One() => randn([Rows, Vocabulary], dtype: ScalarType.Float64, generator: generator) * Scale;
            return (One(), One());
        }
    }

    private static readonly Arbitrary<Pair> s_pairs = (
        from seed in Gen.Choose(1, int.MaxValue)
        from rows in Gen.Choose(1, 7)
        from vocabulary in Gen.Choose(2, 40)
        from scale in Gen.Elements(0.01, 1.0, 5.0, 100.0, 1e4)
        select new Pair(seed, rows, vocabulary, scale)).ToArbitrary();

    private static void Holds(Func<string, Pair, Tensor, Tensor, bool> law) => Prop.ForAll(s_pairs, pair =>
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = pair.Draw();
        return DivergenceFormula.All.Keys.All(name => law(name, pair, student, teacher));
    }).QuickCheckThrowOnFailure();

    private static double Value(string name, Tensor student, Tensor teacher) =>
        Divergence.Mean(DivergenceFormula.All[name].Divergence, student, teacher).ToDouble();

    private static bool Close(double a, double b, double scale = 1) => Math.Abs(a - b) <= 1e-11 * (scale + Math.Abs(a));

    [Fact]
    public void ItIsNotNegativeAndKeepsToItsBound() => Holds((name, _, student, teacher) =>
        Value(name, student, teacher) is var d && d >= -1e-11 && d <= DivergenceFormula.Bound(name) + 1e-12);

    [Fact]
    public void EqualsAreNoDistanceApart() => Holds((name, _, student, _) => Math.Abs(Value(name, student, student + 0)) <= 1e-11);

    [Fact]
    public void AShiftOfAllLogitsChangesNothing() => Holds((name, pair, student, teacher) =>
        Close(Value(name, student, teacher), Value(name, student + 1000, teacher - 700), 1 + pair.Scale));

    [Fact]
    public void TheOrderOfTheVocabularyDoesNotMatter() => Holds((name, pair, student, teacher) =>
        Close(Value(name, student, teacher), Value(name, student.flip([1]), teacher.flip([1])), pair.Scale));

    [Fact]
    public void TheBatchMayBeCutAnywhere() => Holds((name, pair, student, teacher) =>
    {
        int cut = pair.Seed % (pair.Rows + 1);
        double parts = new[] { (0, cut), (cut, pair.Rows - cut) }.Where(p => p.Item2 > 0)
            .Sum(p => Value(name, student.narrow(0, p.Item1, p.Item2), teacher.narrow(0, p.Item1, p.Item2)) * p.Item2 / pair.Rows);
        return Close(Value(name, student, teacher), parts, pair.Scale);
    });

    [Fact]
    public void JensenShannonIsItsOwnMirrorImage() => Prop.ForAll(s_pairs, Gen.Choose(0, 100).ToArbitrary(), (pair, percent) =>
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = pair.Draw();
        double beta = percent / 100.0;
        return Close(Divergence.JensenShannon(student, teacher, beta).ToDouble(), Divergence.JensenShannon(teacher, student, 1 - beta).ToDouble(), pair.Scale);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EachReverseIsItsForwardWithTheSidesExchanged() => Prop.ForAll(s_pairs, Gen.Choose(0, 99).ToArbitrary(), (pair, percent) =>
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = pair.Draw();
        double alpha = percent / 100.0;
        return Divergence.SkewKl(student, teacher, alpha).ToDouble() == Divergence.SkewReverseKl(teacher, student, alpha).ToDouble()
            && Divergence.ForwardKl(student, teacher).ToDouble() == Divergence.ReverseKl(teacher, student).ToDouble()
            && Divergence.TotalVariation(student, teacher).ToDouble() == Divergence.TotalVariation(teacher, student).ToDouble();
    }).QuickCheckThrowOnFailure();

    // 2 TVD² ≤ KL. Squared, because a divergence that is all rounding (1e-16 instead of 0) has a root of 1e-8.
    [Fact]
    public void PinskersInequality() => Holds((_, _, student, teacher) =>
    {
        double bound = 2 * Math.Pow(Value("tvd", student, teacher), 2) - 1e-12;
        return bound <= Value("forward-kl", student, teacher) && bound <= Value("reverse-kl", student, teacher);
    });
}
