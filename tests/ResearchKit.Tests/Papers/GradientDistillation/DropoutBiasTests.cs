using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Tensors;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Papers.GradientDistillation;

[Collection(GlobalRandom.Name)]
public class DropoutBiasTests
{
    private static readonly Sample[] s_samples = [new([1, 2, 3, 4, 5]), new([6, 7, 8]), new([9, 10, 11, 12, 1, 3, 2]), new([4, 4])];

    [Fact]
    public void WithoutDropoutThereIsNone()
    {
        var report = Measure(new() { Rate = 0, Passes = 3, EmbeddingDropout = true });
        Assert.Equal(["E", "h1", "h2"], report.Places.Select(p => p.Name));
        Assert.Equal([17, 4, 4], report.Places.Select(p => p.Count));
        Assert.Equal(4, report.WholeSentence.Count);
        foreach (var place in report.Places.Append(report.WholeSentence))
        {
            Assert.Equal(1, place.Cosine, 1e-12);
            Assert.Equal(0, place.Noise, 1e-12);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheNumbersAreThoseOfTheDefinition(bool embeddingDropout)
    {
        using var scope = NewDisposeScope();
        var settings = new DropoutBiasSettings { Rate = 0.3, Passes = 5, Rows = 1, Seed = 7, EmbeddingDropout = embeddingDropout };
        var sample = s_samples[2];
        var report = DropoutBias.Measure(Student(), [sample], Collator(), settings);
        using var noisy = Student(dropout: 0.3);
        noisy.eval();
        var plain = Gradients(noisy, sample, 0);
        noisy.train();
        // Pass by pass, with the same masks; the gradient of p_m itself.
        var passes = Enumerable.Range(0, 5).Select(k =>
        {
            RandomStreams.SeedGlobal(RandomStreams.Mix(7, k), CPU);
            return Gradients(noisy, sample, embeddingDropout ? 0.3 : 0);
        }).ToList();
        for (int k = 0; k < 3; k++)
        {
            var mean = stack([.. passes.Select(p => p[k])]).mean([0L]);                      // [T, D]
            var cosines = (mean * plain[k]).sum(1) / (mean.norm(1) * plain[k].norm(1));
            Assert.Equal(cosines.mean().ToDouble(), report.Places[k].Cosine, 1e-10);
        }
        var whole = stack([.. passes.Select(p => p[0])]).mean([0L]).flatten();
        Assert.Equal(whole.dot(plain[0].flatten()).ToDouble() / (whole.norm().ToDouble() * plain[0].flatten().norm().ToDouble()), report.WholeSentence.Cosine, 1e-10);

        static Tensor[] Gradients(LanguageModel model, Sample sample, double embeddingRate)
        {
            using var batch = Collator().Make([sample]);
            var embedding = InputGradient.Leaf(model, batch);
            var output = model.Forward(batch, Observe.LowerHidden, embeddingRate == 0 ? embedding : nn.functional.dropout(embedding, embeddingRate));
            var all = autograd.grad([output.Logits.softmax(1).max()], [embedding, output.Hidden[1], output.Hidden[2]]);
            return [all[0][0], all[1][0].narrow(0, 0, 1), all[2][0].narrow(0, 0, 1)];
        }
    }

    [Fact]
    public void SmallerRatesTurnTheGradientsLess()
    {
        var reports = new[] { 0.2, 0.05, 0.01 }.Select(rate => Measure(new() { Rate = rate, Passes = 400 })).ToList();
        for (int k = 0; k < 3; k++)
        {
            var cosines = reports.Select(r => r.Places[k].Cosine).ToList();
            Assert.True(cosines.SequenceEqual(cosines.Order()), string.Join(", ", cosines));
            Assert.InRange(cosines[^1], 0.99, 1);
        }
    }

    [Fact]
    public void MorePassesLeaveLessNoiseAndTheLimitSaysSoBeforehand()
    {
        DropoutBiasReport few = Measure(new() { Rate = 0.05, Passes = 10 }), more = Measure(new() { Rate = 0.05, Passes = 100 }), many = Measure(new() { Rate = 0.05, Passes = 2000, Rows = 1000 });
        for (int k = 0; k < 3; k++)
        {
            var said = $"{few.Places[k]} {more.Places[k]} {many.Places[k]}";
            Assert.True(few.Places[k].Noise > 2 * more.Places[k].Noise && more.Places[k].Noise > 2 * many.Places[k].Noise, said);
            Assert.True(few.Places[k].Cosine < many.Places[k].Cosine, said);
            Assert.True(Math.Abs(more.Places[k].Limit - many.Places[k].Cosine) < 0.01, said);
        }
    }

    [Fact]
    public void HowThePassesAreBatchedIsChanceAlone()
    {
        var reports = new[] { 7, 64, 1000 }.Select(rows => Measure(new() { Rate = 0.05, Passes = 500, Rows = rows })).ToList();
        for (int k = 0; k < 3; k++)
            foreach (var report in reports.Skip(1))
            {
                Assert.Equal(reports[0].Places[k].Cosine, report.Places[k].Cosine, 0.02);
                Assert.Equal(reports[0].Places[k].Count, report.Places[k].Count);
            }
        Assert.Equal(reports[0].Places, Measure(new() { Rate = 0.05, Passes = 500, Rows = 7 }).Places);   // the same seed, the same bits
        Assert.NotEqual(reports[0].Places, Measure(new() { Rate = 0.05, Passes = 500, Rows = 7, Seed = 2 }).Places);
    }

    [Fact]
    public void OnePassHasNoNoiseToTell()
    {
        var report = Measure(new() { Passes = 1 });
        Assert.All(report.Places, p => Assert.True(double.IsNaN(p.Noise) && double.IsNaN(p.Limit) && double.IsFinite(p.Cosine)));
    }

    [Fact]
    public void TheStudentAndTheGeneratorAreLeftAsTheyWere()
    {
        using var scope = NewDisposeScope();
        using var student = Student(dropout: 0.4);
        student.train();
        var before = Bits.Of(student);
        var state = get_rng_state();
        DropoutBias.Measure(student, s_samples, Collator(), new() { Passes = 2 });
        Assert.True(state.Equals(get_rng_state()));
        Assert.True(student.training);
        Assert.Equal(before, Bits.Of(student));
        Assert.All(student.parameters(), p => Assert.True(p.requires_grad && p.grad is null));
    }

    [Fact]
    public void WhatCannotBeMeasuredIsRefused()
    {
        using var scope = NewDisposeScope();
        using var decoder = Tiny.Make<Gpt2>(Tiny.Gpt2);
        Assert.Contains("an encoder that tells classes; this student is a 'gpt2'", Assert.Throws<KitException>(() => DropoutBias.Measure(decoder, s_samples, Collator())).Message);
        Assert.Contains("'rate' is 1", Assert.Throws<KitException>(() => Measure(new() { Rate = 1 })).Message);
        Assert.Contains("'passes' is 0", Assert.Throws<KitException>(() => Measure(new() { Passes = 0 })).Message);
        Assert.Contains("no samples", Assert.Throws<KitException>(() => DropoutBias.Measure(Student(), [], Collator())).Message);
    }

    private static DropoutBiasReport Measure(DropoutBiasSettings settings)
    {
        using var student = Student();
        return DropoutBias.Measure(student, s_samples, Collator(), settings);
    }

    // Sure of its answers, as a trained student is: where the classes are about even, dropout changes the answer, and with it what is differentiated.
    private static LanguageModel Student(double dropout = 0)
    {
        var student = ModelFactory.Create(
            Tiny.Bert with { Width = 32, Inner = 48, InitializerRange = 0.12, Layers = 3, HiddenDropout = dropout, AttentionDropout = dropout, EmbeddingDropout = 0 }, seed: 3, type: ScalarType.Float64);
        using var frozen = no_grad();
        student.get_parameter("classifier.weight")!.mul_(8);
        return student;
    }

    private static Collator Collator() => new(0, CPU);
}
