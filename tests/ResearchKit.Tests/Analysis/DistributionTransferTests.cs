using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Data.Grammars;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Tests.Data.Grammars;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public sealed class DistributionTransferTests
{
    private static readonly TransferSettings s_settings = new() { Mode = 0.15, Share = 0.6, Tail = 0.05, Top = [1, 2, 50], Parts = 4 };

    private static double[][] Logits(int seed, int rows, int size)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, size).Select(_ => 4 * random.NextDouble() - 2).ToArray())];
    }

    private static Tensor Of(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static double[] Softmax(double[] z)
    {
        double sum = z.Sum(Math.Exp);
        return [.. z.Select(v => Math.Exp(v) / sum)];
    }

    private static void Same(TransferReport wanted, TransferReport actual, double within = 1e-12)
    {
        double[] Flat(TransferReport r) => [r.Positions, r.TeacherEntropy, r.StudentEntropy, r.ForwardKl, r.ReverseKl, r.Overlap, r.ModeCoverage, r.ModePrecision, r.TeacherTail,
            r.StudentTail, r.MissedMass, r.Top1, r.TailBias, r.TeacherLoss ?? -1, r.StudentLoss ?? -1, .. r.Top.SelectMany(t => (double[])[t.K, t.Teacher, t.Student, t.StudentOnTeachers]),
            .. r.Deciles.SelectMany(d => (double[])[d.From, d.To, d.Probability, d.ForwardKl, d.ReverseKl])];
        var (a, b) = (Flat(wanted), Flat(actual));
        Assert.Equal(a.Length, b.Length);
        for (int i = 0; i < a.Length; i++) Assert.True(a[i].Equals(b[i]) || Math.Abs(a[i] - b[i]) <= within, $"number {i}: {b[i]} instead of {a[i]}");
    }

    // The definitions, one position and one token at a time.
    private static TransferReport ByHand(double[][] teacher, double[][] student, int[] gold, double[] weight, TransferSettings s)
    {
        var rows = teacher.Zip(student, (t, q) => (P: Softmax(t), Q: Softmax(q))).ToList();
        double all = weight.Sum();
        double Mean(Func<double[], double[], double> f) => rows.Zip(weight, (r, w) => w * f(r.P, r.Q)).Sum() / all;
        double Share(Func<double[], double[], (double, double)> f)
        {
            var parts = rows.Zip(weight, (r, w) => (f(r.P, r.Q), w)).ToList();
            return parts.Sum(p => p.w * p.Item1.Item1) / parts.Sum(p => p.w * p.Item1.Item2);
        }
        double Kl(double[] a, double[] b) => a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum();
        double H(double[] a) => -a.Sum(x => x * Math.Log(x));
        (double, double) Modes(double[] a, double[] b) => (Enumerable.Range(0, a.Length).Count(v => a[v] >= s.Mode && b[v] >= s.Share * a[v]), a.Count(x => x >= s.Mode));
        double[] Best(double[] a, double[] by, int k) => [.. by.Select((x, v) => (x, v)).OrderByDescending(p => p.x).Take(k).Select(p => a[p.v])];
        var order = rows.Select((r, i) => (Probability: r.P[gold[i]], F: Kl(r.P, r.Q), R: Kl(r.Q, r.P), W: weight[i])).OrderBy(r => r.Probability).ToList();
        // Deciles by a fine comb: each position stands in as many equal grains as its (whole) weight has.
        var grains = order.SelectMany(r => Enumerable.Repeat(r, (int)(r.W * s.Parts))).ToList();
        var parts = grains.Chunk(grains.Count / s.Parts).Select(c => new TransferDecile(c[0].Probability, c[^1].Probability, c.Average(r => r.Probability), c.Average(r => r.F), c.Average(r => r.R))).ToList();
        return new(all, Mean((p, q) => H(p)), Mean((p, q) => H(q)), Mean(Kl), Mean((p, q) => Kl(q, p)), Mean((p, q) => p.Zip(q, Math.Min).Sum()),
            Share(Modes), Share((p, q) => Modes(q, p)), Mean((p, q) => p.Where(x => x < s.Tail).Sum()), Mean((p, q) => q.Where((_, v) => p[v] < s.Tail).Sum()),
            Mean((p, q) => p.Where((_, v) => q[v] < s.Tail).Sum()), Mean((p, q) => Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max()) ? 1 : 0),
            [.. s.Top.Select(k => new TopMass(k, Mean((p, q) => Best(p, p, k).Sum()), Mean((p, q) => Best(q, q, k).Sum()), Mean((p, q) => Best(q, p, k).Sum())))],
            parts, rows.Select((r, i) => -weight[i] * Math.Log(r.P[gold[i]])).Sum() / all, rows.Select((r, i) => -weight[i] * Math.Log(r.Q[gold[i]])).Sum() / all);
    }

    [Fact]
    public void EveryNumberIsItsDefinitionByHand()
    {
        using var scope = NewDisposeScope();
        double[][] teacher = Logits(1, 24, 7), student = Logits(2, 24, 7);
        int[] gold = [.. Enumerable.Range(0, 24).Select(i => i % 7)];
        double[] weights = [.. Enumerable.Range(0, 24).Select(i => 1.0 + i % 3)];
        var transfer = new DistributionTransfer(s_settings);
        transfer.Add(Of(teacher), Of(student), gold: tensor(gold.Select(g => (long)g).ToArray()), weights: tensor(weights));
        Same(ByHand(teacher, student, gold, weights, s_settings), transfer.Report());
    }

    [Fact]
    public void ItDoesNotMatterHowPositionsAreBatchedMaskedOrOrdered()
    {
        var gen = from seed in Gen.Choose(0, 10_000) from rows in Gen.Choose(1, 30) from size in Gen.Choose(2, 9) from shift in Gen.Choose(-40, 40) select (seed, rows, size, shift);
        Prop.ForAll(Arb.From(gen), draw =>
        {
            using var scope = NewDisposeScope();
            var (seed, rows, size, shift) = draw;
            double[][] teacher = Logits(seed, rows, size), student = Logits(seed + 1, rows, size);
            teacher[^1] = teacher[0];   // a tie in the teacher's probability
            DistributionTransfer whole = new(s_settings), apart = new(s_settings);
            whole.Add(Of(teacher), Of(student));
            foreach (int i in Enumerable.Range(0, rows).Reverse())
            {
                // Beside a masked position of nonsense, and shifted as logits may be.
                double[] nonsense = [.. Enumerable.Repeat(double.NaN, size)];
                apart.Add((Of([nonsense, teacher[i]]) + shift).unsqueeze(0), Of([nonsense, student[i]]).unsqueeze(0), tensor(new[] { false, true }, [1, 2]));
            }
            Same(whole.Report(), apart.Report(), 1e-9);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AModelThatIsItsOwnTeacherMissesNothing()
    {
        using var scope = NewDisposeScope();
        var transfer = new DistributionTransfer(s_settings);
        var logits = Of(Logits(4, 50, 6));
        transfer.Add(logits.to(ScalarType.Float32), logits.to(ScalarType.Float32) + 3);
        var report = transfer.Report();
        Assert.Equal((1.0, 1.0, 1.0), (report.ModeCoverage, report.ModePrecision, report.Top1));
        Assert.Equal(1, report.Overlap, 6);
        Assert.Equal(0, report.ForwardKl + report.ReverseKl + Math.Abs(report.TailBias) + report.Deciles.Max(d => d.ForwardKl), 6);
        Assert.Null(report.TeacherLoss);
    }

    [Fact]
    public void WhatAUniformStudentAndOneOfASingleModeDoIsTold()
    {
        using var scope = NewDisposeScope();
        double[] p = [0.45, 0.45, 0.05, 0.03, 0.02];
        var teacher = Of([[.. p.Select(x => Math.Log(x))]]);
        TransferReport Against(params double[] q)
        {
            var transfer = new DistributionTransfer(new() { Mode = 0.3, Share = 0.5, Tail = 0.1, Top = [1, 2], Parts = 1 });
            transfer.Add(teacher, Of([[.. q.Select(x => Math.Log(x))]]));
            return transfer.Report();
        }
        var spread = Against(0.2, 0.2, 0.2, 0.2, 0.2);
        Assert.Equal((0.0, 0.1, 0.6, 0.5), (spread.ModeCoverage, Math.Round(spread.TeacherTail, 9), Math.Round(spread.StudentTail, 9), Math.Round(spread.TailBias, 9)));
        Assert.True(double.IsNaN(spread.ModePrecision));   // it has no mode
        var narrow = Against(0.97, 0.0075, 0.0075, 0.0075, 0.0075);
        Assert.Equal((0.5, 0.0), (narrow.ModeCoverage, narrow.ModePrecision));   // one of two modes; and far too sure of it
        Assert.Equal((0.55, -0.0775), (Math.Round(narrow.MissedMass, 9), Math.Round(narrow.TailBias, 9)));
        Assert.True(narrow.ReverseKl < narrow.ForwardKl && spread.ForwardKl < spread.ReverseKl);
        // A word that the teacher cannot say.
        var never = Against(0.25, 0.25, 0.25, 0.25, 0);
        Assert.Equal(double.PositiveInfinity, never.ForwardKl);
        Assert.True(double.IsFinite(never.ReverseKl));
    }

    [Fact]
    public void MisuseIsRefused()
    {
        using var scope = NewDisposeScope();
        var transfer = new DistributionTransfer();
        Assert.Contains("no position", Assert.Throws<KitException>(transfer.Report).Message);
        Assert.Contains("vocabulary", Assert.Throws<KitException>(() => transfer.Add(zeros(2, 3), zeros(2, 4))).Message);
        Assert.Throws<ArgumentException>(() => transfer.Add(zeros(2, 3), zeros(2, 3), gold: zeros(3, dtype: ScalarType.Int64)));
        transfer.Add(zeros(2, 3), zeros(2, 3));
        Assert.Contains("always or never", Assert.Throws<ArgumentException>(() => transfer.Add(zeros(2, 3), zeros(2, 3), gold: zeros(2, dtype: ScalarType.Int64))).Message);
        transfer.Add(zeros(2, 3), zeros(2, 3), zeros(2, dtype: ScalarType.Bool));
        Assert.Equal(2, transfer.Report().Positions);
        Assert.Contains("above 0", Assert.Throws<KitException>(() => new DistributionTransfer(new() { Mode = 0 })).Message);
    }

    // ------------------------------------------------------------------------------------------------------------- against the grammar

    [Fact]
    public void AGrammarAsAModelSaysItsProbabilities()
    {
        using var scope = NewDisposeScope();
        var grammar = ProbabilisticGrammarTests.Small(0.05);
        var vocabulary = GrammarVocabulary.Own(grammar);
        using var model = new GrammarModel(vocabulary);
        var rows = vocabulary.Rows(20, seed: 3);
        Assert.Equal(rows.Select(r => r.Ids), vocabulary.Rows(20, seed: 3).Select(r => r.Ids));
        foreach (bool left in new[] { false, true })
        {
            using var batch = new Collator(0, CPU, targets: true, padLeft: left).Make([.. rows]);
            var loss = CrossEntropy.Mean(model.Forward(batch).Logits, batch.Targets!);
            double exact = -rows.Sum(r => grammar.LogProbability(r.Ids.AsSpan(1, r.Ids.Length - 2)));
            Assert.Equal(exact, loss.ToDouble() * batch.TargetCount, 9);
        }
        Assert.Contains(vocabulary.Rows(200, seed: 1), r => r.Ids.Length > 7);
        Assert.All(vocabulary.Rows(200, seed: 1, longest: 5), r => Assert.True(r.Ids.Length <= 7 && (r.Ids[^1] == vocabulary.End || r.Ids.Length == 6)));   // what is cut has no end
        Assert.Throws<KitException>(() => model.Embed(Tiny.Rows([[1]])));
    }

    [Fact]
    public void EnumerationApproachesTheClosedDivergenceBetweenGrammars()
    {
        ProbabilisticGrammar p = ProbabilisticGrammarTests.Small(0.03, more: 0.1), q = ProbabilisticGrammarTests.Small(0.06, more: 0.3, first: 0.5);
        var vocabulary = GrammarVocabulary.Own(p);
        using var other = new GrammarModel(GrammarVocabulary.Own(q));
        double exact = GrammarMeasures.Divergence(p, q), before = 0;
        foreach (int longest in new[] { 1, 3, 6 })
        {
            var comparison = GrammarComparison.Of(other, vocabulary, longest, least: 1e-9);
            Assert.InRange(comparison.Divergence, before, exact);
            before = comparison.Divergence;
            if (longest < 6) continue;
            Assert.True(comparison.Covered > 0.999 && exact - before < 2e-3 * exact, $"{comparison.Covered} of the tokens, {before} of {exact} nats");
            Assert.Equal(GrammarMeasures.EntropyRate(p), comparison.Transfer.TeacherEntropy, 2e-3);
        }
    }

    [Fact]
    public void ATrainedDecoderComesNearTheGrammar()
    {
        var vocabulary = GrammarVocabulary.Own(ProbabilisticGrammarTests.Small(0.05));
        using var teacher = new GrammarModel(vocabulary, ScalarType.Float32);
        using var student = ModelFactory.Create(Tiny.Gpt2.WithoutDropout() with { VocabularySize = vocabulary.Size, Layers = 1, InitializerRange = 0.2 }, seed: 4, type: ScalarType.Float32);
        var collator = new Collator(0, CPU, targets: true);
        var rows = vocabulary.Rows(64, seed: 5, longest: 8);
        var before = GrammarComparison.Of(student, vocabulary, 3);
        using (var optimizer = optim.AdamW(student.parameters(), lr: 0.02))
            for (int step = 0; step < 60; step++)
            {
                using var scope = NewDisposeScope();
                using var batch = collator.Make([.. rows]);
                optimizer.zero_grad();
                Divergence.ForwardKl(student.Forward(batch).Logits, teacher.Forward(batch).Logits, batch.Scored).backward();
                optimizer.step();
            }
        var after = GrammarComparison.Of(student, vocabulary, 3);
        Assert.Equal(before.Prefixes, after.Prefixes);
        Assert.True(after.Divergence < 0.1 * before.Divergence && after.Transfer.ModeCoverage > 0.9, $"{before.Divergence} to {after.Divergence}, modes {after.Transfer.ModeCoverage}");
        var sampled = DistributionTransfer.Between(teacher, student, rows, collator, 16);
        Assert.Equal(rows.Sum(r => r.Ids.Length - 1), sampled.Positions);
        Assert.True(sampled.ForwardKl < 0.1 && sampled.StudentLoss > sampled.TeacherLoss - 0.05, $"{sampled}");
        Assert.Contains("tokens", Assert.Throws<KitException>(() => GrammarComparison.Of(student, vocabulary with { Size = 9 }, 2)).Message);
    }
}
