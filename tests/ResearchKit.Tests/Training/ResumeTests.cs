using System.Text.Json.Nodes;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>A training that is stopped and resumed, in a new process as it were, equals the uninterrupted one bit for bit.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-resume-").FullName;

    // 7 batches and 2 micro-batches a step: 4 steps an epoch, the last of a single micro-batch.
    private static readonly TrainSettings Settings = new()
    {
        Epochs = 3, Accumulate = 2, LearningRate = 1e-2, WarmupFraction = 0.2, Schedule = "cosine", Device = "cpu", EvaluateEvery = 3,
        CheckpointEvery = 1, BestMetric = "weight",
    };

    private readonly List<string> _warnings = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A method with a tensor of its own that the losses depend on.</summary>
    private sealed class Carrying(LanguageModel student) : IMethod, IDisposable
    {
        private readonly Tensor _carried = zeros(1);

        public string Name => "carrying";
        public LanguageModel Student => student;
        public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["carried"] = _carried };
        public void Restore(IReadOnlyDictionary<string, Tensor> state) => _carried.copy_(state["carried"]);
        public void Dispose() => _carried.Dispose();

        public Batch Prepare(Batch batch, Generator sampling, double progress)
        {
            using var drawn = rand([1], generator: sampling);
            _carried.add_(drawn);
            return batch;
        }

        public IReadOnlyList<LossTerm> Losses(Step step) =>
            [new LossTerm("L_CE", nn.functional.cross_entropy(step.Student.Logits, step.Batch.Labels!) * _carried.sum(), 1, Unit.Example)];
    }

    private sealed class Training : IDisposable
    {
        private readonly Carrying _method;

        public Training(string? folder, TrainSettings settings, List<string> warnings, JsonObject? identity = null, int vocabulary = 11)
        {
            Model = new TinyModel(vocabulary, dropout: 0.3);
            _method = new Carrying(Model);
            Trainer = new Trainer(_method, new TinyData(7), settings, new TrainerOptions
            {
                CheckpointFolder = folder,
                Identity = identity,
                Warn = warnings.Add,
                Evaluate = () => new Dictionary<string, double> { ["weight"] = -Math.Abs(Bits.Of(Model)["head.bias"][0] - 0.02) },
            });
        }

        public TinyModel Model { get; }
        public Trainer Trainer { get; }

        public void Dispose()
        {
            Trainer.Dispose();
            _method.Dispose();
            Model.Dispose();
        }
    }

    private Training Start(TrainSettings? settings = null, JsonObject? identity = null, int vocabulary = 11) =>
        new(_folder, settings ?? Settings, _warnings, identity, vocabulary);

    private static object[] Facts(TrainStep s) =>
        [s.Number, s.Total, s.Epoch, s.Loss, s.Terms["L_CE"], s.GradientNorms["student"], s.LearningRate, s.Tokens, s.Evaluation?["weight"] ?? double.NaN];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]    // the end of an epoch
    [InlineData(6)]    // in the middle of one, and of an accumulation over seven batches
    [InlineData(11)]
    [InlineData(12)]   // the end of the training
    public void AResumedRunEqualsTheUninterruptedOne(int stopAt)
    {
        using var whole = new Training(null, Settings, []);
        var expected = whole.Trainer.Run().ToList();

        var steps = new List<TrainStep>();
        using (var first = Start())
            foreach (var step in first.Trainer.Run())
            {
                steps.Add(step);
                if (step.Number == stopAt + 1) break;   // as a kill would: this step has no checkpoint
            }
        steps.RemoveAll(s => s.Number > stopAt);
        manual_seed(12345);                             // whatever the new process did before
        using var second = Start();
        Assert.True(second.Trainer.Resume());
        Assert.Equal(stopAt, second.Trainer.Steps);
        steps.AddRange(second.Trainer.Run());

        Assert.Equal(expected.Select(Facts), steps.Select(Facts));
        Assert.Equal(Bits.Of(whole.Model), Bits.Of(second.Model));
        Assert.Equal(whole.Trainer.Best, second.Trainer.Best);
        whole.Trainer.UseBest();
        second.Trainer.UseBest();
        Assert.Equal(Bits.Of(whole.Model), Bits.Of(second.Model));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void HalfPrecisionResumesToTheBit()
    {
        var settings = Settings with { Precision = "bf16" };
        using var whole = new Training(null, settings, []);
        whole.Trainer.Run().Count();
        using (var first = Start(settings)) first.Trainer.Run().Take(6).Count();
        using var second = Start(settings);
        Assert.True(second.Trainer.Resume());
        second.Trainer.Run().Count();
        Assert.Equal(Bits.Of(whole.Model), Bits.Of(second.Model));
    }

    [Fact]
    public void NothingToResumeStartsAtTheBeginning()
    {
        using var training = Start();
        Assert.False(training.Trainer.Resume());
        Assert.Equal(12, training.Trainer.Run().Count());
    }

    [Fact]
    public void StoppingFinishesTheStepAndLeavesALoadableCheckpoint()
    {
        using var stop = new CancellationTokenSource();
        var settings = Settings with { CheckpointEvery = 100 };
        using (var first = Start(settings))
        {
            foreach (var step in first.Trainer.Run(stop.Token))
                if (step.Number == 5) stop.Cancel();
            Assert.Equal(5, first.Trainer.Steps);
            Assert.False(first.Trainer.IsComplete);
        }
        using var second = Start(settings);
        Assert.True(second.Trainer.Resume());
        Assert.Equal(5, second.Trainer.Steps);
        Assert.Equal(7, second.Trainer.Run().Count());
        Assert.Empty(new Trainer(new TinyMethod(second.Model), new TinyData(7), Settings).Run(stop.Token));   // stopped before it began
    }

    [Fact]
    public void TheNewestFewAreKeptAndNoneHalfWritten()
    {
        using var training = Start();
        training.Trainer.Run().Count();
        Assert.Equal(["step-00000011.safetensors", "step-00000012.safetensors"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void ADamagedCheckpointIsSetAsideAndTheOneBeforeServes()
    {
        using (var first = Start()) first.Trainer.Run().Take(7).Count();
        var newest = Path.Combine(_folder, "step-00000006.safetensors");
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^100]);

        using var second = Start();
        Assert.True(second.Trainer.Resume());
        Assert.Equal(5, second.Trainer.Steps);
        Assert.Contains("step-00000006", Assert.Single(_warnings));
        Assert.Contains("Going back to", _warnings[0]);
        Assert.Contains("step-00000005", _warnings[0]);
        Assert.True(File.Exists(newest + ".damaged"));
        Assert.Equal(7, second.Trainer.Run().Count());

        foreach (var file in Directory.GetFiles(_folder, "*.safetensors")) File.WriteAllText(file, "no");
        using var third = Start();
        Assert.Contains("none of the 2 checkpoints is whole", Assert.Throws<KitException>(() => third.Trainer.Resume()).Message);
    }

    [Fact]
    public void ACheckpointOfAnotherTrainingIsRefusedNamingWhatDiffers()
    {
        using (var first = Start(identity: new JsonObject { ["data"] = new JsonObject { ["task"] = "a" } })) first.Trainer.Run().Take(2).Count();

        string Refusal(TrainSettings settings, string task, int vocabulary = 11)
        {
            using var other = Start(settings, new JsonObject { ["data"] = new JsonObject { ["task"] = task } }, vocabulary);
            return Assert.Throws<KitException>(() => other.Trainer.Resume()).Message;
        }
        Assert.Contains("'train.learningRate' was 0.01 there and is 0.02 here", Refusal(Settings with { LearningRate = 0.02 }, "a"));
        Assert.Contains("'train.seeds.dropout' was 1 there and is 4 here", Refusal(Settings with { Seeds = new Seeds { Dropout = 4 } }, "a"));
        Assert.Contains("'data.task' was \"a\" there and is \"b\" here", Refusal(Settings, "b"));
        Assert.Contains("'student.embedding.weight' was \"[11, 6]\" there and is \"[12, 6]\" here", Refusal(Settings, "a", 12));

        using var same = Start(Settings with { KeepCheckpoints = 5, CheckpointEvery = 7, Device = "auto" }, new JsonObject { ["data"] = new JsonObject { ["task"] = "a" } });
        Assert.True(same.Trainer.Resume());   // these do not change a bit
    }
}
