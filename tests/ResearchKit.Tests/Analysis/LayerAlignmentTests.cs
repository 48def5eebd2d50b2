using System.Text.Json;
using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public sealed class LayerAlignmentTests
{
    private static readonly Sample[] s_samples =
        [new([1, 2, 3, 4, 5], 2), new([6, 7, 8], 0), new([9, 10, 11, 12, 1, 3, 2], 1), new([4, 4], 1), new([5, 6, 7, 8, 9], 0)];

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void AModelIsAlignedWithItself(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<LanguageModel>(Tiny.All[name]);
        using var twin = Tiny.Make<LanguageModel>(Tiny.All[name]);
        var report = LayerAlignment.Measure(twin, model, s_samples, Collator(), 2);
        Assert.Equal(22, report.Tokens);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1, report.Cka[i][i], 1e-10);
            Assert.Equal(1, report.DebiasedCka[i][i], 1e-10);
            Assert.Equal((0.0, 1.0), (report.Hidden[i].Error!.Value, Math.Round(report.Hidden[i].Cosine!.Value, 12)));
        }
        Assert.True(report.Cka[0][2] < 0.9);
        Assert.All(report.Attention, a => Assert.All(a.OfSameHead()!, d => Assert.Equal(0, d, 1e-12)));
        Assert.All(report.Attention, a => Assert.Equal(Enumerable.Range(0, model.Config.Heads), a.OfNearestHead().Select(h => h.Head)));
        Assert.All(report.Matrices, m => Assert.All(m.Layers, e => Assert.Equal(0, e)));
        Assert.Equal(name == "llama" ? 7 : 6, report.Matrices.Count);
        Assert.All(report.Matrices, m => Assert.Equal(2, m.Layers.Count));
    }

    [Fact]
    public void NumbersAreThoseOfTheDefinitions()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var report = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2);
        Assert.Equal([new(0, 0), new(1, 1), new(2, 3)], report.Hidden.Select(h => h.Pair));
        Assert.Equal([new(1, 1), new(2, 3)], report.Attention.Select(a => a.Pair));

        // Row by row, without padding.
        using var frozen = no_grad();
        var rows = s_samples.Select(s =>
        {
            var batch = Collator().Make([s]);
            const Observe all = Observe.Hidden | Observe.Attention | Observe.Matrices;
            return (Ours: student.Forward(batch, all), Theirs: teacher.Forward(batch, all));
        }).ToList();
        foreach (var (pair, error, cosine) in report.Hidden)
        {
            var vectors = rows.SelectMany(r => Vectors(r.Ours.Hidden[pair.Student]).Zip(Vectors(r.Theirs.Hidden[pair.Teacher]))).ToList();
            Assert.Equal(Error(vectors), error!.Value, 1e-12);
            Assert.Equal(vectors.Average(v => Dot(v.First, v.Second) / Math.Sqrt(Dot(v.First, v.First) * Dot(v.Second, v.Second))), cosine!.Value, 1e-12);
        }
        for (int l = 0; l < 2; l++)
        {
            var pair = report.Attention[l].Pair;
            foreach (var matrix in report.Matrices)
                Assert.Equal(Error([.. rows.SelectMany(r => Vectors(r.Ours.Matrices[pair.Student - 1][matrix.Matrix]).Zip(Vectors(r.Theirs.Matrices[pair.Teacher - 1][matrix.Matrix])))]), matrix.Layers[l], 1e-12);
            for (int h = 0; h < 2; h++)
            {
                double sum = rows.Sum(r => Vectors(r.Theirs.Attention[pair.Teacher - 1].select(1, h)).Zip(Vectors(r.Ours.Attention[pair.Student - 1].select(1, h)))
                    .Sum(t => t.First.Zip(t.Second, (p, q) => p * Math.Log(p / q)).Sum()));
                Assert.Equal(sum / 22, report.Attention[l].OfSameHead()![h], 1e-12);
            }
        }
        Tensor[] ours = [.. rows.Select(r => r.Ours.Hidden[1].squeeze(0))], theirs = [.. rows.Select(r => r.Theirs.Hidden[3].squeeze(0))];
        Assert.Equal(LinearCka.Between(cat(theirs), cat(ours)), report.Cka[3][1], 1e-10);
        Assert.Equal(LinearCka.Between(cat(theirs), cat(ours), debiased: true), report.DebiasedCka[3][1], 1e-10);

        static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
        static double Error(List<(double[] First, double[] Second)> pairs) => pairs.Sum(p => p.First.Zip(p.Second, (x, y) => (x - y) * (x - y)).Sum()) / pairs.Sum(p => Dot(p.Second, p.Second));
        static IEnumerable<double[]> Vectors(Tensor x) => Bits.Numbers(x).Chunk((int)x.shape[^1]);
    }

    [Fact]
    public void HeadsAreComparedAsNumPyComparesThem()
    {
        using var scope = NewDisposeScope();
        var json = AlignmentFixture.Json["attention"]!;
        ModelOutput Of(string whose) => new() { Logits = zeros(2, 3), Hidden = [zeros(2, 4, 3, dtype: ScalarType.Float64), ones(2, 4, 3, dtype: ScalarType.Float64)], Attention = [AlignmentFixture.Values(json[whose])], Matrices = [new Dictionary<string, Tensor>()] };
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6, 7]]);
        Assert.Equal(AlignmentFixture.Row(json["lengths"]).Select(l => (long)l), batch.Lengths);
        using var sums = new AlignmentSums([new(1, 1)]);
        sums.Add(Of("student"), Of("teacher"), new RealTokens(batch));
        AlignmentFixture.Same(AlignmentFixture.Rows(json["divergence"]), sums.Attention()[0].Divergence, 1e-12);
        Assert.Null(sums.Attention()[0].OfSameHead());   // three heads and two
    }

    [Fact]
    public void NeitherPaddingNorCompanyMatters()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        double[] Numbers(int rows, int padding) => Flat(LayerAlignment.Measure(student, teacher, s_samples, new Collator(padding, CPU), rows));
        var alone = Numbers(1, 0);
        Assert.True(alone.Length > 24 && alone.All(double.IsFinite));
        foreach (var (rows, padding) in new[] { (2, 0), (3, 7), (5, 12) })
            foreach (var (a, b) in alone.Zip(Numbers(rows, padding))) Assert.Equal(a, b, 1e-10);
    }

    [Fact]
    public void PaddingBeforeTheTextIsNoneOfItEither()
    {
        using var scope = NewDisposeScope();
        using var student = Tiny.Make<Gpt2>(Tiny.Gpt2 with { Layers = 1 });
        using var teacher = ModelFactory.Create((Tiny.Gpt2 with { InitializerRange = 0.4 }).WithoutDropout(), 8, type: ScalarType.Float64);
        double[] Numbers(bool left) => Flat(LayerAlignment.Measure(student, teacher, s_samples, new Collator(0, CPU, padLeft: left), 5));
        foreach (var (a, b) in Numbers(false).Zip(Numbers(true))) Assert.Equal(a, b, 1e-10);
    }

    [Fact]
    public void HeadsInAnotherOrderAreFound()
    {
        using var scope = NewDisposeScope();
        var config = Tiny.Bert with { Width = 12, Heads = 3 };
        using var teacher = Tiny.Make<Bert>(config);
        using var student = Tiny.Make<Bert>(config);
        int[] order = [2, 0, 1];   // the student's head h is the teacher's order[h]
        using (no_grad())
            foreach (var (name, parameter) in student.named_parameters().Where(p => p.name.Contains("attention.") && !p.name.Contains("LayerNorm")))
            {
                int dimension = name.EndsWith("output.dense.weight", StringComparison.Ordinal) ? 1 : 0;
                if (name.EndsWith("output.dense.bias", StringComparison.Ordinal)) continue;
                parameter.copy_(cat([.. order.Select(h => parameter.narrow(dimension, h * 4, 4))], dimension));
            }
        var report = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 5);
        Assert.All(report.Hidden, h => Assert.Equal(0, h.Error!.Value, 1e-12));
        Assert.All(report.Attention, a => Assert.Equal(order, a.OfNearestHead().Select(h => h.Head)));
        Assert.All(report.Attention, a => Assert.All(a.OfNearestHead(), h => Assert.Equal(0, h.Divergence, 1e-12)));
        Assert.All(report.Attention, a => Assert.All(a.OfSameHead()!, d => Assert.True(d > 0.01)));
        Assert.All(report.Matrices, m => Assert.All(m.Layers, e => Assert.Equal(m.Matrix is "query" or "key" or "value", e > 0.1)));
    }

    [Fact]
    public void OtherWidthsAndHeadsLeaveWhatCanBeCompared()
    {
        using var scope = NewDisposeScope();
        using var teacher = Tiny.Make<Bert>(Tiny.Bert with { Layers = 3 });
        using var student = Tiny.Make<Bert>(Tiny.Bert with { Width = 16, Heads = 4 });
        var report = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 5);
        Assert.Equal((4, 3), (report.Cka.Count, report.Cka[0].Count));
        Assert.All(report.Cka.SelectMany(r => r), v => Assert.InRange(v, 0.01, 0.999));
        Assert.All(report.Hidden, h => Assert.True(h.Error is null && h.Cosine is null));
        Assert.All(report.Attention, a => Assert.Null(a.OfSameHead()));
        Assert.All(report.Attention, a => Assert.Equal(4, a.OfNearestHead().Count));
        Assert.Equal(["up"], report.Matrices.Select(m => m.Matrix));   // as wide inside
    }

    [Fact]
    public void WhatIsAskedForIsAPartOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var whole = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2);
        var part = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2, new() { TeacherPlaces = [3, 1], StudentPlaces = [2], Layers = [new(2, 3)] });
        AlignmentFixture.Same([[whole.Cka[3][2]], [whole.Cka[1][2]]], part.Cka, 1e-12);
        Assert.Equal(whole.Hidden[2].Error!.Value, Assert.Single(part.Hidden).Error!.Value, 1e-12);
        AlignmentFixture.Same(whole.Attention[1].Divergence, Assert.Single(part.Attention).Divergence, 1e-12);
        Assert.Equal(whole.Matrices.Select(m => m.Layers[1]), part.Matrices.Select(m => m.Layers.Single()));
        var without = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2, new() { Cka = false });
        Assert.Empty(without.Cka);
        Assert.Equal(whole.Hidden, without.Hidden);
    }

    [Fact]
    public void EachModelRunsOnceABatch()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var ours = new CountingModel(student);
        using var theirs = new CountingModel(teacher);
        LayerAlignment.Measure(ours, theirs, s_samples, Collator(), 2);
        Assert.Equal((3, 3), (ours.Calls, theirs.Calls));
    }

    [Fact]
    public void ModelsAreLeftAsTheyWereAndNothingIsLeftBehind()
    {
        using var scope = NewDisposeScope();
        using var teacher = ModelFactory.Create(Tiny.Bert with { HiddenDropout = 0.5, AttentionDropout = 0.5 }, 1, type: ScalarType.Float64);
        var (student, _) = Pair();
        teacher.train();
        student.eval();
        var before = Bits.Of(teacher);
        var first = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2);
        long live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var second = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(Flat(first), Flat(second));   // dropout is off
        Assert.True(teacher.training);
        Assert.False(student.training);
        Assert.Equal(before, Bits.Of(teacher));
    }

    [Fact]
    public void AReportGoesThroughJson()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var report = LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2);
        var back = JsonSerializer.Deserialize<AlignmentReport>(JsonSerializer.Serialize(report))!;
        Assert.Equal(Flat(report), Flat(back));
        Assert.Equal(report.Hidden, back.Hidden);
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedNamingBothSides()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        string Message(AlignmentSettings settings) => Assert.Throws<KitException>(() => LayerAlignment.Measure(student, teacher, s_samples, Collator(), 2, settings)).Message;
        Assert.Contains("place 4 of the teacher, which has 0 (the embedding) to 3", Message(new() { Layers = [new(1, 4)] }));
        Assert.Contains("place 3 of the student, which has 0 (the embedding) to 2", Message(new() { StudentPlaces = [3] }));
        Assert.Contains("no places", Message(new() { Layers = [] }));
        Assert.Contains("CKA between 4 places of the teacher and 3 of the student", Message(new() { CkaGigabytes = 1e-9 }));
        Assert.Contains("no samples", Assert.Throws<KitException>(() => LayerAlignment.Measure(student, teacher, [], Collator(), 2)).Message);
    }

    [Theory]
    [InlineData(6, 12, new[] { 0, 2, 4, 6, 8, 10, 12 })]
    [InlineData(2, 3, new[] { 0, 1, 3 })]
    [InlineData(3, 3, new[] { 0, 1, 2, 3 })]
    public void LayersAreMappedByDepth(int student, int teacher, int[] wanted)
    {
        var layers = LayerAlignment.Layers(Tiny.Bert with { Layers = student }, Tiny.Bert with { Layers = teacher });
        Assert.Equal(Enumerable.Range(0, student + 1), layers.Select(l => l.Student));
        Assert.Equal(wanted, layers.Select(l => l.Teacher));
    }

    private static double[] Flat(AlignmentReport r) =>
    [
        .. r.Cka.SelectMany(row => row), .. r.DebiasedCka.SelectMany(row => row), .. r.Hidden.SelectMany(h => new[] { h.Error!.Value, h.Cosine!.Value }),
        .. r.Attention.SelectMany(a => a.Divergence.SelectMany(row => row)), .. r.Matrices.SelectMany(m => m.Layers),
    ];

    private static Collator Collator() => new(0, CPU);

    private static LanguageModel Model(int layers, long seed) =>
        ModelFactory.Create((Tiny.Bert with { InitializerRange = 0.4, Layers = layers }).WithoutDropout(), seed, type: ScalarType.Float64);

    private static (LanguageModel Student, LanguageModel Teacher) Pair() => (Model(2, 4), Model(3, 3));
}
