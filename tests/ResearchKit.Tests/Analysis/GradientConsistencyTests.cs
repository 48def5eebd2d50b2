using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Losses;
using ResearchKit.Models;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public class GradientConsistencyTests
{
    private static readonly Sample[] s_samples =
        [new([1, 2, 3, 4, 5], 2), new([6, 7, 8], 0), new([9, 10, 11, 12, 1, 3, 2], 1), new([4, 4], 1), new([5, 6, 7, 8, 9], 0)];

    private static readonly LayerPair[] s_pairs = [new(0, 0), new(1, 2)];

    [Fact]
    public void AModelAgreesWithItself()
    {
        using var scope = NewDisposeScope();
        using var model = Model(layers: 3, seed: 3);
        var report = new GradientConsistency(s_samples, Collator(), 2).Measure(model, model);
        Assert.Equal(["E", "h1", "h2"], report.Layers.Select(l => l.Name));
        Assert.All(report.Layers, l => Assert.All(l.Tokens, c => Assert.Equal(1, c, 1e-12)));
        Assert.All(report.Layers, l => Assert.Equal(s_samples.Select(s => s.Ids.Length), l.Cosines.Select(c => c.Count)));
        Assert.All(report.SameAnswer, Assert.True);
    }

    [Fact]
    public void CosinesAreThoseOfDerivativesTakenByDifferences()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var report = new GradientConsistency(s_samples, Collator(), 3, [new(0, 0)]).Measure(student, teacher);
        for (int i = 0; i < s_samples.Length; i++)
        {
            var (ours, theirs) = (Differences(student, s_samples[i]), Differences(teacher, s_samples[i]));
            for (int t = 0; t < ours.Length; t++)
            {
                double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
                Assert.Equal(Dot(ours[t], theirs[t]) / Math.Sqrt(Dot(ours[t], ours[t]) * Dot(theirs[t], theirs[t])), report.Layers[0].Cosines[i][t], 1e-5);
            }
        }

        // Of the confidence itself, token by token and unit by unit.
        static double[][] Differences(LanguageModel model, Sample sample)
        {
            using var frozen = no_grad();
            using var batch = Collator().Make([sample]);
            var embedding = model.Embed(batch);
            double Confidence(int t, int d, double by)
            {
                var moved = embedding.clone();
                moved[0, t, d] += by;
                return model.Forward(batch, embedding: moved).Logits.softmax(1).max().ToDouble();
            }
            return [.. Enumerable.Range(0, sample.Ids.Length).Select(t => Enumerable.Range(0, 8).Select(d => Confidence(t, d, 1e-6) - Confidence(t, d, -1e-6)).ToArray())];
        }
    }

    [Theory]
    [InlineData(Signal.Confidence, "confidence")]
    [InlineData(Signal.TeacherClass, "teacher-class")]
    [InlineData(Signal.Label, "label")]
    [InlineData(Signal.Margin, "margin")]
    [InlineData(Signal.Loss, "loss")]
    public void ItIsWhatTheLossOfGradientDistillationIsMadeOf(Signal signal, string name)
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        Share(student, teacher);
        var report = new GradientConsistency(s_samples, Collator(), 2, s_pairs, signal).Measure(student, teacher);
        using var batch = Collator().Make(s_samples);
        var method = new GradientKdCls(student, teacher, new() { Signal = name, Layers = [2] });
        var terms = method.Losses(new Step(method, batch, 1, 0)).ToDictionary(t => t.Symbol, t => t.Value.ToDouble());
        Assert.Equal(terms["L_GKD"], 2 * (1 - report.Layers[0].OverTokens.Mean), 1e-12);
        Assert.Equal(terms["L_GKD-CLS"], 2 * (1 - report.Layers[1].AtFirstToken.Mean), 1e-12);
    }

    [Fact]
    public void NeitherPaddingNorCompanyMatters()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        double[] Cosines(int rows, int padding) =>
            [.. new GradientConsistency(s_samples, new Collator(padding, CPU), rows, s_pairs).Measure(student, teacher).Layers.SelectMany(l => l.Cosines.SelectMany(c => c))];
        var alone = Cosines(1, 0);
        foreach (var (rows, padding) in new[] { (2, 0), (3, 7), (5, 12) })
            foreach (var (a, b) in alone.Zip(Cosines(rows, padding))) Assert.Equal(a, b, 1e-12);
    }

    [Fact]
    public void WhereAGradientIsZeroThereIsNoCosine()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        // Above the last layer the class is read off the first token: no other has a gradient.
        var top = new GradientConsistency(s_samples, Collator(), 2, [new(2, 3)]).Measure(student, teacher).Layers[0];
        Assert.All(top.Cosines, row => Assert.True(double.IsFinite(row[0]) && row.Skip(1).All(double.IsNaN)));
        Assert.Equal(s_samples.Length, top.Tokens.Count);
        Assert.Equal(top.AtFirstToken, top.OverTokens);

        using (no_grad()) student.get_parameter("classifier.weight")!.zero_();   // a student that says the same of everything
        var nothing = new GradientConsistency(s_samples, Collator(), 2).Measure(student, teacher);
        Assert.All(nothing.Layers, l => Assert.Equal((true, 0), (double.IsNaN(l.OverTokens.Mean), l.OverTokens.Count)));
    }

    [Fact]
    public void DifferentAnswersAreToldApart()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        var same = new GradientConsistency(s_samples, Collator(), 2).Measure(student, teacher).SameAnswer;
        using var frozen = no_grad();
        for (int i = 0; i < s_samples.Length; i++)
        {
            using var batch = Collator().Make([s_samples[i]]);
            Assert.Equal(student.Forward(batch).Logits.argmax(1).ToInt64() == teacher.Forward(batch).Logits.argmax(1).ToInt64(), same[i]);
        }
        Assert.Equal(2, same.Distinct().Count());   // both happen here
    }

    [Fact]
    public void ModelsAreLeftAsTheyWere()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair(dropout: 0.5);
        foreach (var (_, value) in student.EmbeddingParameters) value.requires_grad = false;
        foreach (var parameter in teacher.parameters()) parameter.requires_grad = false;
        student.train();
        teacher.eval();
        var trainable = student.parameters().Select(p => p.requires_grad).ToList();
        var before = Bits.Of(student);
        var consistency = new GradientConsistency(s_samples, Collator(), 2, s_pairs);
        consistency.Measure(student, teacher);   // whatever the library makes once for itself
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        ConsistencyReport first = consistency.Measure(student, teacher), second;
        using (no_grad()) second = consistency.Measure(student, teacher);
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(first.Layers.SelectMany(l => l.Tokens), second.Layers.SelectMany(l => l.Tokens));   // dropout is off
        Assert.True(student.training);
        Assert.False(teacher.training);
        Assert.Equal(trainable, student.parameters().Select(p => p.requires_grad));
        Assert.All(teacher.parameters(), p => Assert.False(p.requires_grad));
        Assert.All(student.parameters().Concat(teacher.parameters()), p => Assert.True(p.grad is null));
        Assert.Equal(before, Bits.Of(student));
    }

    [Theory]
    [InlineData(6, 12, new[] { 0, 2, 4, 6, 8, 10 })]
    [InlineData(2, 4, new[] { 0, 2 })]
    [InlineData(1, 4, new[] { 0 })]
    public void LayersAreMappedByDepth(int student, int teacher, int[] wanted)
    {
        var layers = GradientConsistency.Layers(Tiny.Bert with { Layers = student }, Tiny.Bert with { Layers = teacher });
        Assert.Equal(Enumerable.Range(0, student), layers.Select(l => l.Student));
        Assert.Equal(wanted, layers.Select(l => l.Teacher));
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedNamingBothSides()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = Pair();
        using var decoder = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var wide = Tiny.Make<Bert>(Tiny.Bert with { Width = 16 });
        using var fewer = Tiny.Make<Bert>(Tiny.Bert with { Labels = BertConfig.Unnamed(2) });
        string Message(LanguageModel model, params LayerPair[] pairs) =>
            Assert.Throws<KitException>(() => new GradientConsistency(s_samples, Collator(), 2, pairs.Length == 0 ? null : pairs).Measure(model, teacher)).Message;
        Assert.Contains("the student is a 'gpt2' with 0 classes", Message(decoder));
        Assert.Contains("the student's width is 16, the teacher's 8", Message(wide));
        Assert.Contains("the student has 2 classes, the teacher 3", Message(fewer));
        Assert.Contains("layer 3 of the student and 1 of the teacher, which have 0 (the embedding) to 2 and to 3", Message(student, new LayerPair(3, 1)));
        Assert.Contains("no samples", Assert.Throws<KitException>(() => new GradientConsistency([], Collator(), 2).Measure(student, teacher)).Message);
    }

    private static Collator Collator() => new(0, CPU);

    private static LanguageModel Model(int layers, long seed, double dropout = 0) =>
        ModelFactory.Create(Tiny.Bert with { InitializerRange = 0.4, Layers = layers, HiddenDropout = dropout, AttentionDropout = dropout }, seed, type: ScalarType.Float64);

    private static (LanguageModel Student, LanguageModel Teacher) Pair(double dropout = 0) => (Model(2, 4, dropout), Model(3, 3));

    private static void Share(LanguageModel student, LanguageModel teacher)
    {
        using var frozen = no_grad();
        foreach (var (ours, theirs) in student.EmbeddingParameters.Zip(teacher.EmbeddingParameters)) ours.Value.copy_(theirs.Value);
    }
}
