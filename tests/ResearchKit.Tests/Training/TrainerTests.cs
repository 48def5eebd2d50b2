using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

public class TrainerTests
{
    private static readonly TrainSettings Quick = new() { Epochs = 2, LearningRate = 1e-2, Device = "cpu" };

    private static TinyModel Exact(bool decoder = false)
    {
        var model = new TinyModel(classes: decoder ? 0 : 3, dropout: 0);
        model.to(ScalarType.Float64);
        return model;
    }

    [Fact]
    public void ItLearns()
    {
        using var model = new TinyModel(dropout: 0);
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(8), Quick with { Epochs = 30, LearningRate = 3e-2, Schedule = "cosine", WarmupFraction = 0.1 });
        var steps = trainer.Run().ToList();

        Assert.Equal(240, steps.Count);
        Assert.Equal(Enumerable.Range(1, 240).Select(i => (long)i), steps.Select(s => s.Number));
        Assert.True(trainer.IsComplete);
        Assert.True(steps.TakeLast(8).Average(s => s.Loss) < 0.6 * steps.Take(8).Average(s => s.Loss));
        Assert.Equal(30.0, steps[^1].Epoch);
        Assert.Equal(0, steps[0].LearningRate);          // a warm-up begins at 0, as Hugging Face's
        Assert.Equal(3e-2, steps[24].LearningRate, 1e-9);
        Assert.All(steps, s => Assert.Equal(s.Loss, s.Terms["L_CE"]));
        Assert.All(steps, s => Assert.True(s.GradientNorms["student"] > 0 && s.Tokens is >= 8 and <= 32));
        Assert.Empty(trainer.Run());
    }

    [Theory]
    [InlineData(false)]   // a mean over rows
    [InlineData(true)]    // a mean over targets, of which the micro-batches have different numbers
    public void AccumulationIsTheOneBigBatch(bool decoder)
    {
        var data = new TinyData(1, rows: 7, decoder);
        var rows = data.Rows(0);
        Func<Batch> Part(int from, int to) => () => data.Make(rows[from..to]);
        var settings = Quick with { Epochs = 5, Schedule = "constant", Clip = null };

        using var whole = Exact(decoder);
        using var one = new Trainer(new TinyMethod(whole, decoder), new GivenData(Part(0, 7)), settings);
        var expected = one.Run().ToList();

        using var parts = Exact(decoder);
        using var three = new Trainer(new TinyMethod(parts, decoder), new GivenData(Part(0, 1), Part(1, 5), Part(5, 7)), settings with { Accumulate = 3 });
        var actual = three.Run().ToList();

        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Loss, actual[i].Loss, 1e-12);
            Assert.Equal(expected[i].GradientNorms["student"], actual[i].GradientNorms["student"], 1e-12);
            Assert.Equal(expected[i].Tokens, actual[i].Tokens);
        }
        var weights = Bits.Of(parts);
        foreach (var (name, values) in Bits.Of(whole))
            for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], weights[name][i], 1e-9);   // AdamW divides by roots of tiny numbers
    }

    [Fact]
    public void ANonFiniteLossStopsBeforeTheUpdateAndNamesStepAndTerm()
    {
        using var model = new TinyModel();
        var method = new TinyMethod(model) { Spoil = (step, loss) => step.Number == 3 ? loss * double.NaN : loss };
        using var trainer = new Trainer(method, new TinyData(8), Quick);
        var weights = Bits.Of(model);
        var error = Assert.Throws<KitException>(() =>
        {
            foreach (var _ in trainer.Run()) weights = Bits.Of(model);
        });
        Assert.Contains("Step 3", error.Message);
        Assert.Contains("'L_CE' is NaN", error.Message);
        Assert.Equal(2, trainer.Steps);
        Assert.Equal(weights, Bits.Of(model));
    }

    [Fact]
    public void ANonFiniteGradientStopsBeforeTheUpdateAndNamesTheParameter()
    {
        using var model = new TinyModel();
        // The root has slope infinity at 0: times 0 the loss is finite, its gradient is not.
        var method = new TinyMethod(model) { Spoil = (step, loss) => step.Number == 2 ? (loss * 0).sqrt() : loss };
        using var trainer = new Trainer(method, new TinyData(8), Quick);
        var weights = Bits.Of(model);
        var error = Assert.Throws<KitException>(() =>
        {
            foreach (var _ in trainer.Run()) weights = Bits.Of(model);
        });
        Assert.Contains("Step 2: the gradient of 'student' is not finite, first at parameter '", error.Message);
        Assert.Equal(1, trainer.Steps);
        Assert.Equal(weights, Bits.Of(model));
    }

    [Fact]
    public void ATermOfWeightZeroIsShownAndTrainsNothing()
    {
        using var model = new TinyModel(dropout: 0);
        var weights = Bits.Of(model);
        using var trainer = new Trainer(new TinyMethod(model) { Weight = 0 }, new TinyData(3), Quick with { WeightDecay = 0 });
        var steps = trainer.Run().ToList();
        Assert.All(steps, s => Assert.True(s.Loss == 0 && s.Terms["L_CE"] > 0 && s.GradientNorms["student"] == 0));
        Assert.Equal(weights, Bits.Of(model));
    }

    [Fact]
    public void DropoutFollowsItsSwitchAndItsSeed()
    {
        double[] Losses(TrainSettings settings)
        {
            using var model = new TinyModel(dropout: 0.5);
            using var trainer = new Trainer(new TinyMethod(model), new TinyData(4), settings);
            return [.. trainer.Run().Select(s => s.Loss)];
        }
        var settings = Quick with { LearningRate = 0 };
        var without = Losses(settings with { Dropout = false });
        Assert.Equal(without[..4].Order(), without[4..].Order());   // the second epoch sees the same rows in another order
        var with = Losses(settings);
        Assert.NotEqual(with[..4].Order(), with[4..].Order());
        Assert.Equal(with, Losses(settings));
        Assert.NotEqual(with, Losses(settings with { Seeds = new Seeds { Dropout = 2 } }));
        Assert.Equal(with, Losses(settings with { Seeds = new Seeds { Sampling = 2, Initialisation = 2, Data = 2 } }));
    }

    [Fact]
    public void PreparationReplacesTheBatchAndDrawsFromTheSamplingSeedAlone()
    {
        var data = new TinyData(4);
        List<double> Drawn(TrainSettings settings)
        {
            var drawn = new List<double>();
            using var model = new TinyModel();
            var method = new TinyMethod(model)
            {
                Preparing = (batch, sampling) =>
                {
                    Assert.False(is_grad_enabled());
                    drawn.Add(rand([1], generator: sampling).item<float>());
                    return data.Make([[1, 2, 3]]);
                },
            };
            using var trainer = new Trainer(method, data, settings);
            Assert.All(trainer.Run(), s => Assert.Equal(3 * settings.Accumulate, s.Tokens));
            return drawn;
        }
        var settings = Quick with { Accumulate = 2 };
        var drawn = Drawn(settings);
        Assert.Equal(8, drawn.Distinct().Count());
        Assert.Equal(drawn, Drawn(settings with { Seeds = new Seeds { Dropout = 2 } }));
        Assert.NotEqual(drawn, Drawn(settings with { Seeds = new Seeds { Sampling = 2 } }));
    }

    [Fact]
    public void EvaluationDisturbsNothingAndTheBestWeightsComeBack()
    {
        using var plain = new TinyModel();
        using var undisturbed = new Trainer(new TinyMethod(plain), new TinyData(5), Quick);
        var expected = undisturbed.Run().ToList();

        double[] accuracies = [0.1, 0.7, double.NaN, 0.7, 0.3];
        int calls = 0;
        using var model = new TinyModel();
        Dictionary<string, double[]>? best = null;
        var settings = Quick with { EvaluateEvery = 2, BestMetric = "accuracy" };
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(5), settings, new TrainerOptions
        {
            Evaluate = () =>
            {
                Assert.False(model.training);
                Assert.False(is_grad_enabled());
                using var noise = rand(100);   // an evaluation that draws random numbers of its own
                if (calls == 1) best = Bits.Of(model);
                return new Dictionary<string, double> { ["accuracy"] = accuracies[calls++] };
            },
        });
        var steps = trainer.Run().ToList();

        Assert.Equal(expected.Select(s => s.Loss), steps.Select(s => s.Loss));
        Assert.Equal(Bits.Of(plain), Bits.Of(model));
        Assert.Equal(accuracies, steps.Where(s => s.Evaluation is not null).Select(s => s.Evaluation!["accuracy"]));
        Assert.Equal([2L, 4, 6, 8, 10], steps.Where(s => s.Evaluation is not null).Select(s => s.Number));
        Assert.Equal((0.7, 4L), trainer.Best);
        trainer.UseBest();
        Assert.Equal(best, Bits.Of(model));
    }

    [Fact]
    public void TheBestMayBeTheSmallest()
    {
        int calls = 0;
        using var model = new TinyModel();
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(3), Quick with { BestMetric = "loss", BestDirection = "min" },
            new TrainerOptions { Evaluate = () => new Dictionary<string, double> { ["loss"] = calls++ } });
        Assert.Equal([3L, 6L], trainer.Run().Where(s => s.Evaluation is not null).Select(s => s.Number));   // at the ends of epochs
        Assert.Equal((0, 3L), trainer.Best);
    }

    [Fact]
    public void AMissingBestMetricNamesTheOnesThereAre()
    {
        using var model = new TinyModel();
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(2), Quick with { BestMetric = "acuracy" },
            new TrainerOptions { Evaluate = () => new Dictionary<string, double> { ["accuracy"] = 1, ["f1"] = 1 } });
        var error = Assert.Throws<KitException>(() => trainer.Run().ToList());
        Assert.Contains("'acuracy'", error.Message);
        Assert.Contains("accuracy, f1", error.Message);
    }

    [Fact]
    public void EmptyDataIsRefused()
    {
        using var model = new TinyModel();
        Assert.Contains("no row to train on", Assert.Throws<KitException>(() => new Trainer(new TinyMethod(model), new TinyData(0), Quick)).Message);
    }

    /// <summary>Two parts, each with a loss of its own, as for a teacher that learns while it teaches.</summary>
    private sealed class TwoParts(TinyModel student, TinyModel other, bool first = true, bool second = true) : IMethod
    {
        public string Name => "two";
        public LanguageModel Student => student;
        public IReadOnlyList<nn.Module> Modules => [student, other];

        private static TrainedPart Part(string name, nn.Module module, double factor = 1) =>
            new(name, [.. module.named_parameters().Select(p => (p.name, p.parameter))], factor);

        public IReadOnlyList<TrainedPart> Trains =>
            [.. (TrainedPart[])(first ? [Part("student", student)] : []), .. (TrainedPart[])(second ? [Part("other", other, 0.5)] : [])];

        public IReadOnlyList<LossTerm> Losses(Step step)
        {
            LossTerm Term(string symbol, ModelOutput output, string learner) =>
                new(symbol, nn.functional.cross_entropy(output.Logits, step.Batch.Labels!), 1, Unit.Example, learner);
            return [.. (LossTerm[])(first ? [Term("L_s", step.Student, "student")] : []),
                .. (LossTerm[])(second ? [Term("L_t", other.Forward(step.Batch), "other")] : [])];
        }
    }

    [Fact]
    public void TwoLearnersStepAsTwoTrainingsWould()
    {
        var settings = Quick with { Clip = 0.1 };
        (TinyModel Student, TinyModel Other, List<TrainStep> Steps) Train(bool first, bool second)
        {
            var (student, other) = (new TinyModel(dropout: 0), new TinyModel(dropout: 0, seed: 9));
            using var trainer = new Trainer(new TwoParts(student, other, first, second), new TinyData(5), settings);
            return (student, other, trainer.Run().ToList());
        }
        var both = Train(true, true);
        var alone = Train(true, false);
        var otherAlone = Train(false, true);
        Assert.Equal(Bits.Of(alone.Student), Bits.Of(both.Student));
        Assert.Equal(Bits.Of(otherAlone.Other), Bits.Of(both.Other));
        Assert.NotEqual(Bits.Of(both.Student), Bits.Of(both.Other));
        for (int i = 0; i < both.Steps.Count; i++)
        {
            Assert.Equal(both.Steps[i].Terms["L_s"] + both.Steps[i].Terms["L_t"], both.Steps[i].Loss, 1e-12);
            Assert.Equal(alone.Steps[i].GradientNorms["student"], both.Steps[i].GradientNorms["student"]);
            Assert.Equal(otherAlone.Steps[i].GradientNorms["other"], both.Steps[i].GradientNorms["other"]);
        }
    }

    [Fact]
    public void HalfPrecisionTrainsOnSinglePrecisionMasters()
    {
        using var model = new TinyModel(dropout: 0);
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(8), Quick with { Epochs = 30, LearningRate = 3e-2, Precision = "bf16", Accumulate = 2 });
        var steps = trainer.Run().ToList();
        Assert.All(model.parameters(), p => Assert.Equal(ScalarType.BFloat16, p.dtype));
        Assert.True(steps.TakeLast(4).Average(s => s.Loss) < 0.6 * steps.Take(4).Average(s => s.Loss));
    }

    [Fact]
    public void ADisposeScopeOfTheCallerTakesNothingOfATrainingWithIt()
    {
        using var model = new TinyModel();
        Trainer trainer;
        using (NewDisposeScope()) trainer = new Trainer(new TinyMethod(model), new TinyData(3), Quick with { Precision = "bf16" });
        using (trainer) Assert.Equal(6, trainer.Run().Count());
        Assert.All(Bits.Of(model).Values, v => Assert.All(v, n => Assert.True(double.IsFinite(n))));
    }

    [Fact]
    public void TwoHundredStepsLeaveNoHandleBehind()
    {
        using var model = new TinyModel();
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(50), Quick with { Epochs = 8, Accumulate = 2 });
        var live = new List<long>();
        foreach (var _ in trainer.Run()) live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.Equal(200, live.Count);
        Assert.All(live.Skip(5).SkipLast(1), count => Assert.Equal(live[4], count));
        Assert.Equal(live[4] - 2, live[^1]);   // ids and labels of the batch ahead: after the last step there is none
    }

    [Fact]
    public void OneBatchIsMadeAheadAndNoneTwice()
    {
        using var model = new TinyModel(dropout: 0);
        var data = new TinyData(3);
        int made = 0;
        Func<Batch> Counted(int batch) => () => { made++; return data.Make(data.Rows(batch)); };
        List<int> counts = [];
        using (var trainer = new Trainer(new TinyMethod(model), new GivenData(Counted(0), Counted(1), Counted(2)), Quick with { Epochs = 2 }))
            foreach (var _ in trainer.Run()) counts.Add(made);
        Assert.Equal([2, 3, 4, 5, 6, 6], counts);
    }
}
