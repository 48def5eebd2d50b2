using ResearchKit.Analysis;
using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Analysis;

/// <summary>The three principles of Online Knowledge Distillation, in numbers.</summary>
public sealed class PrinciplesTests
{
    // Modes of the example, and the mass of a distribution around each.
    private static readonly double[] s_modes = [-3, 0.5, 4];

    private static double[] MassAtModes(IReadOnlyList<double> q) =>
        [.. s_modes.Select(mode => Principles.Example.Points.Zip(q).Where(p => Math.Abs(p.First - mode) <= 1.25).Sum(p => p.Second))];

    private static (double Mean, double Deviation) Moments(IReadOnlyList<double> p)
    {
        double mean = Principles.Example.Points.Zip(p, (x, w) => x * w).Sum();
        return (mean, Math.Sqrt(Principles.Example.Points.Zip(p, (x, w) => (x - mean) * (x - mean) * w).Sum()));
    }

    private static double Entropy(IReadOnlyList<double> p) => -p.Sum(x => x == 0 ? 0 : x * Math.Log(x));

    [Theory]
    [InlineData(FitObjective.ForwardKl, 1.0)]
    [InlineData(FitObjective.ReverseKl, 1.0)]
    [InlineData(FitObjective.ReverseKl, 3.0)]
    [InlineData(FitObjective.JensenShannon, 1.0)]
    public void GradientsAreThoseOfFiniteDifferences(FitObjective objective, double temperature)
    {
        const double h = 1e-5;
        foreach (var (mean, deviation) in new[] { (-2.0, 0.8), (0.3, 2.5), (5.0, 1.1) })
        {
            var (_, byMean, byLog) = Principles.Example.At(objective, mean, deviation, temperature);
            double Value(double m, double l) => Principles.Example.At(objective, mean + m, deviation * Math.Exp(l), temperature).Value;
            Assert.Equal((Value(h, 0) - Value(-h, 0)) / (2 * h), byMean, 1e-7);
            Assert.Equal((Value(0, h) - Value(0, -h)) / (2 * h), byLog, 1e-7);
        }
    }

    [Fact]
    public void ValuesAreTheKitsDivergences()
    {
        using var scope = NewDisposeScope();
        var logP = tensor(Principles.Example.Teacher(2).Select(p => Math.Log(p)).ToArray());
        var logQ = tensor(Principles.Example.Student(0.4, 1.7).Select(q => Math.Log(q)).ToArray());
        foreach (var (objective, divergence) in new[] { (FitObjective.ForwardKl, TokenDivergence.ForwardKl), (FitObjective.ReverseKl, TokenDivergence.ReverseKl), (FitObjective.JensenShannon, TokenDivergence.JensenShannon(0.5)) })
            Assert.Equal(divergence.PerPosition(logP, logQ).ToDouble(), Principles.Example.At(objective, 0.4, 1.7, 2).Value, 12);
    }

    [Fact]
    public void Principle1ForwardKlSeeksTheMean()
    {
        var minima = Principles.Example.Minima(FitObjective.ForwardKl);
        var fit = Assert.Single(minima);   // convex: every start leads there
        // The minimum in closed form: an exponential family takes the teacher's moments.
        var (teacher, student) = (Moments(Principles.Example.Teacher()), Moments(fit.Probabilities));
        Assert.Equal(teacher.Mean, student.Mean, 1e-8);
        Assert.Equal(teacher.Deviation, student.Deviation, 1e-8);
        Assert.True(fit.Gradient < 1e-7);
        // It stands between the modes, and says much where the teacher says nothing.
        Assert.All(s_modes, mode => Assert.True(Math.Abs(fit.Mean - mode) > 0.8, $"{fit.Mean}"));
        double between = 1 - MassAtModes(fit.Probabilities).Sum(), theirs = 1 - MassAtModes(Principles.Example.Teacher()).Sum();
        Assert.True(between > 0.25 && theirs < 0.1, $"{between} against {theirs}");
        Assert.All(MassAtModes(fit.Probabilities), m => Assert.True(m > 0.05));
    }

    [Fact]
    public void Principle2ReverseKlSeeksAMode()
    {
        var minima = Principles.Example.Minima(FitObjective.ReverseKl);
        foreach (double mode in s_modes) Assert.Contains(minima, m => Math.Abs(m.Mean - mode) < 0.1 && m.Deviation < 0.8);
        var best = minima[0];
        Assert.Equal(-3, best.Mean, 0.1);   // the largest mode wins
        Assert.True(MassAtModes(best.Probabilities)[0] > 0.9 && MassAtModes(best.Probabilities)[2] < 1e-3);
        // Taking one mode of mass m costs about −log m, whatever the rest looks like.
        foreach (var (mode, mass) in s_modes.Zip((double[])[0.5, 0.3, 0.2]))
            Assert.Equal(-Math.Log(mass), minima.Where(m => m.Deviation < 0.8).MinBy(m => Math.Abs(m.Mean - mode))!.Value, 0.08);
        // Q ≫ P is what it punishes: forward KL's answer costs it more than its own, and the other way round.
        var covering = Principles.Example.Best(FitObjective.ForwardKl);
        Assert.True(Principles.Example.At(FitObjective.ReverseKl, covering.Mean, covering.Deviation).Value > best.Value + 0.3);
        Assert.True(Principles.Example.At(FitObjective.ForwardKl, best.Mean, best.Deviation).Value > covering.Value + 1);
        var between = Principles.Example.Best(FitObjective.JensenShannon);
        Assert.True(between.Value < Math.Log(2));
    }

    [Fact]
    public void Principle3ATeachersTemperatureMovesWhatReverseKlLooksAt()
    {
        double[] temperatures = [1, 2, 4, 8, 16, 64];
        var fits = temperatures.Select(t => Principles.Example.Best(FitObjective.ReverseKl, t)).ToList();
        for (int i = 1; i < fits.Count; i++)
        {
            Assert.True(fits[i].Deviation > fits[i - 1].Deviation, $"T = {temperatures[i]}: {fits[i].Deviation} after {fits[i - 1].Deviation}");
            Assert.True(Entropy(fits[i].Probabilities) > Entropy(fits[i - 1].Probabilities));
        }
        double[] first = MassAtModes(fits[0].Probabilities), last = MassAtModes(fits[^1].Probabilities);
        Assert.True(first[2] < 1e-3 && last[2] > 0.1, $"{first[2]} to {last[2]}");   // from one mode to all of them
        // At one position: where the student stands between modes, softening the teacher takes weight from the unlikely tokens it punished.
        double[] p = [0.6, 0.3, 0.08, 0.015, 0.005], q = [0.2, 0.2, 0.2, 0.2, 0.2];
        double Unlikely(double t)
        {
            var gradient = TokenGradients.ReverseKl(TokenGradients.Softened(p, t), q);
            return gradient.Skip(3).Sum(Math.Abs) / gradient.Sum(Math.Abs);
        }
        double Size(double t) => TokenGradients.ReverseKl(TokenGradients.Softened(p, t), q).Sum(Math.Abs);
        Assert.True(Size(1) > Size(2) && Size(2) > Size(4));
        Assert.Equal(Unlikely(1), Unlikely(4), 12);   // of a uniform student only the size changes: log p is divided by T
    }

    [Fact]
    public void TokenGradientsAreThoseOfAutograd()
    {
        using var scope = NewDisposeScope();
        double[] z = [0.3, -1.2, 2, 0.1], p = [0.5, 0.25, 0.05, 0.2];
        double[] q = [.. z.Select(v => Math.Exp(v) / z.Sum(Math.Exp))];
        foreach (double temperature in (double[])[1, 3])
        {
            var softened = TokenGradients.Softened(p, temperature);
            Assert.Equal(1, softened.Sum(), 12);
            foreach (bool forward in new[] { true, false })
            {
                using var logits = tensor(z, requires_grad: true);
                var logP = tensor(softened.Select(x => Math.Log(x)).ToArray());
                (forward ? TokenDivergence.ForwardKl : TokenDivergence.ReverseKl).PerPosition(logP, logits.log_softmax(0)).backward();
                var wanted = forward ? TokenGradients.ForwardKl(softened, q) : TokenGradients.ReverseKl(softened, q);
                foreach (var (a, b) in wanted.Zip(logits.grad!.data<double>().ToArray())) Assert.Equal(a, b, 12);
            }
        }
    }

    [Fact]
    public void WhatCannotBeFittedIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Principles([0, 1], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => new Principles([0, 2, 1], [0.5, 0.2, 0.3]));
        Assert.Throws<ArgumentException>(() => new Principles([0, 1, 2], [0.5, 0, 0.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Principles.Example.Minima(FitObjective.ReverseKl, 0));
    }
}
