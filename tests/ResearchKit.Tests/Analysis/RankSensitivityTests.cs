using ResearchKit.Analysis;
using ResearchKit.Data;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using ResearchKit.Tests.Training;
using static TorchSharp.torch;
using Tiny = ResearchKit.Tests.Models.Tiny;

namespace ResearchKit.Tests.Analysis;

public sealed class RankSensitivityTests
{
    private static readonly Sample[] s_samples =
        [new([1, 2, 3, 4, 5], 2), new([6, 7, 8], 0), new([9, 10, 11, 12, 1, 3, 2], 1), new([4, 4], 1), new([5, 6, 7, 8, 9], 0)];

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void ItFallsWithTheRankAndIsNothingAtFullRank(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<LanguageModel>(Tiny.All[name]);
        var before = Bits.Of(model);
        var report = Of(name).Measure(model, [1, 2, 4, 6, 8]);
        Assert.Equal(before, Bits.Of(model));
        Assert.Equal(2 * model.MapNames.Count, report.Maps.Count);
        double[] means = [.. report.Ranks.Select((_, r) => report.Maps.Average(m => m.Effects[r].Kl))];
        Assert.True(means[0] > 1e-3, $"{means[0]}");
        for (int r = 1; r < means.Length; r++) Assert.True(means[r] < means[r - 1], string.Join(" ", means));
        foreach (var map in report.Maps.Where(m => Spectra.SingularValues(model.Map(m.Layer - 1, m.Matrix).Weight).Count == 8))
        {
            Assert.True(map.Effects[0].Kl > 0);
            Assert.Equal(0, map.Effects[^1].Kl);
            Assert.Equal((report.Loss, report.Accuracy), (map.Effects[^1].Loss, map.Effects[^1].Accuracy));
        }
        Assert.NotNull(report.Loss);
        Assert.Equal(name == "bert" ? 5 : 17, report.Predictions);   // rows; tokens that another follows
    }

    [Fact]
    public void NumbersAreThoseOfAModelThatIsTruncatedForGood()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        var effect = Of("bert").Measure(model, [2], ["up"], [2]).Maps.Single();
        Assert.Equal((2, "up"), (effect.Layer, effect.Matrix));
        using var other = Tiny.Make<Bert>(Tiny.Bert);
        using (no_grad()) other.Map(1, "up").Weight.copy_(Spectra.Truncated(model.Map(1, "up").Weight, 2));
        var evaluation = new ClassEvaluation(s_samples, new Collator(0, CPU), 2);
        var measured = evaluation.Measure(other);
        Assert.Equal(measured["loss"], effect.Effects[0].Loss!.Value, 1e-5);
        Assert.Equal(measured["accuracy"], effect.Effects[0].Accuracy!.Value, 1e-12);
        double kl = evaluation.Predict(model).Logits.Zip(evaluation.Predict(other).Logits, (a, b) =>
        {
            double[] p = Softmax(a), q = Softmax(b);
            return p.Zip(q, (x, y) => x * Math.Log(x / y)).Sum();
        }).Average();
        Assert.Equal(kl, effect.Effects[0].Kl, 1e-6);
        Assert.True(kl > 1e-5);

        static double[] Softmax(float[] z)
        {
            double sum = z.Sum(v => Math.Exp(v));
            return [.. z.Select(v => Math.Exp(v) / sum)];
        }
    }

    [Fact]
    public void AWeightLosesNothingAboveItsOwnRank()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using (no_grad()) model.Map(0, "value").Weight.copy_(Spectra.Truncated(model.Map(0, "value").Weight, 2));
        var effects = Of("bert").Measure(model, [1, 2, 3], ["value"], [1]).Maps.Single().Effects;
        Assert.True(effects[0].Kl > 1e-4);
        Assert.Equal(0, effects[1].Kl, 1e-12);
        Assert.Equal(0, effects[2].Kl, 1e-12);
    }

    [Fact]
    public void SpansAreReadOverTheirRowsPositions()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert with { Head = EncoderHead.Span });
        SensitivityReport Report(int padding, int rows) => new RankSensitivity([.. s_samples.Select(s => s with { Label = -1 })], new Collator(padding, CPU), rows).Measure(model, [1, 8], ["query"]);
        var (alone, together) = (Report(0, 1), Report(9, 5));
        Assert.Equal(10, alone.Predictions);
        Assert.Null(alone.Loss);
        Assert.True(alone.Maps[0].Effects[0].Kl > 0);
        foreach (var (a, b) in alone.Maps.Zip(together.Maps)) Assert.Equal(a.Effects[0].Kl, b.Effects[0].Kl, 1e-12);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    public void WeightsAreWhatTheyWereWhateverHappened(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<LanguageModel>(Tiny.All[name], ScalarType.Float32);
        model.train();
        var before = Bits.Of(model);
        var trainable = model.parameters().Select(p => p.requires_grad).ToList();
        // The last batch has a token that the model does not know: the first has been through every rank by then.
        Sample[] broken = [.. s_samples, new([99], 0)];
        Assert.Contains("outside the vocabulary", Assert.Throws<KitException>(() => new RankSensitivity(broken, Collator(name), 2).Measure(model, [1, 3])).Message);
        Assert.Equal(before, Bits.Of(model));
        new RankSensitivity(s_samples, Collator(name), 2).Measure(model, [1, 3]);
        long live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new RankSensitivity(s_samples, Collator(name), 2).Measure(model, [1, 3]);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, Bits.Of(model));
        Assert.True(model.training);
        Assert.Equal(trainable, model.parameters().Select(p => p.requires_grad));
    }

    [Fact]
    public void WhatCannotBeMeasuredIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var number = Tiny.Make<Bert>(Tiny.Bert with { Labels = BertConfig.Unnamed(1) });
        using var headless = Tiny.Make<Bert>(Tiny.Bert with { Head = EncoderHead.None });
        string Message(Action measure) => Assert.Throws<KitException>(measure).Message;
        Assert.Contains("got none", Message(() => Of("bert").Measure(model, [])));
        Assert.Contains("got 3, 0", Message(() => Of("bert").Measure(model, [3, 0])));
        Assert.Contains("layer 0 of a model with the layers 1 to 2", Message(() => Of("bert").Measure(model, [1], layers: [0])));
        Assert.Contains("the map 'gate'; a bert has query", Message(() => Of("bert").Measure(model, [1], ["gate"])));
        Assert.Contains("no map to replace", Message(() => Of("bert").Measure(model, [1], [])));
        Assert.Contains("predicts none", Message(() => Of("bert").Measure(number, [1])));
        Assert.Contains("predicts none", Message(() => Of("bert").Measure(headless, [1])));
    }

    private static RankSensitivity Of(string name) => new(s_samples, Collator(name), 2);

    private static Collator Collator(string name) => new(0, CPU, targets: name != "bert");
}
