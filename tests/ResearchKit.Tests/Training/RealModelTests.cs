using ResearchKit.Data;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Tensors;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>
/// The kit's own encoder and decoder under the trainer, large enough that libtorch uses its threads: whatever adds in
/// the order in which they come shows here.
/// </summary>
public sealed class RealModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-real-").FullName;

    private static readonly TrainSettings Settings = new() { Steps = 8, LearningRate = 1e-3, Device = "cpu", CheckpointEvery = 3 };

    private readonly int _threads = get_num_threads();

    public RealModelTests() => set_num_threads(2);

    public void Dispose()
    {
        set_num_threads(_threads);
        Directory.Delete(_folder, recursive: true);
    }

    private static LanguageModel Encoder(long seed, int layers) => ModelFactory.Create(
        new BertConfig { VocabularySize = 300, Width = 64, Layers = layers, Heads = 2, MaxLength = 48, Labels = BertConfig.Unnamed(5) }, seed);

    private static LanguageModel Decoder(long seed, int layers) => ModelFactory.Create(
        new Gpt2Config { VocabularySize = 300, Width = 64, Layers = layers, Heads = 2, MaxLength = 48 }, seed);

    private static IMethod Method(bool decoder) => decoder
        ? TokenDistillation.Forward(Decoder(1, 1), Decoder(2, 2), new() { Kappa = 0.5 })
        : new KnowledgeDistillation(Encoder(1, 1), Encoder(2, 2), new() { Alpha = 0.5 });

    private static Batches Data(bool decoder, Device? device = null)
    {
        var random = new Random(1);
        var samples = Enumerable.Range(0, 128).Select(_ => new Sample([.. Enumerable.Range(0, random.Next(30, 48)).Select(_ => random.Next(300))],
            Label: decoder ? -1 : random.Next(5), ScoredFrom: decoder ? 5 : 0)).ToList();
        return new Batches(samples, new Collator(0, device ?? CPU, targets: decoder), new BatchSettings(Rows: 32));
    }

    private Trainer Start(IMethod method, bool decoder, bool keep, TrainSettings settings) =>
        new(method, Data(decoder, Devices.Resolve(settings.Device)), settings, new TrainerOptions { CheckpointFolder = keep ? _folder : null });

    [SkippableTheory]
    [InlineData(false, "fp32", "cpu")]
    [InlineData(true, "fp32", "cpu")]
    [InlineData(false, "bf16", "cpu")]
    [InlineData(true, "bf16", "cpu")]
    [InlineData(false, "fp32", "cuda")]
    [InlineData(true, "fp32", "cuda")]
    [InlineData(false, "bf16", "cuda")]
    [InlineData(true, "bf16", "cuda")]
    public void ResumedTrainingEqualsTheUninterruptedToTheBit(bool decoder, string precision, string device)
    {
        Skip.If(device == "cuda" && !cuda.is_available(), "libtorch sees no GPU here");
        var settings = Settings with { Precision = precision, Device = device };
        var method = Method(decoder);
        using var whole = Start(method, decoder, keep: false, settings);
        var expected = whole.Run().ToList();
        Assert.True(expected[^1].Loss < expected[0].Loss);

        using (var first = Start(Method(decoder), decoder, keep: true, settings)) first.Run().Take(5).Count();
        var resumed = Method(decoder);
        using var second = Start(resumed, decoder, keep: true, settings);
        Assert.True(second.Resume());
        Assert.Equal(3, second.Steps);
        Assert.Equal(expected.Skip(3).Select(s => (s.Loss, s.GradientNorms["student"])), second.Run().Select(s => (s.Loss, s.GradientNorms["student"])));
        Assert.Equal(Bits.Of(method.Student), Bits.Of(resumed.Student));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void AGpuTrainsAsTheCpuDoes(bool decoder)
    {
        Skip.IfNot(cuda.is_available(), "libtorch sees no GPU here");
        using var cpu = Start(Method(decoder), decoder, keep: false, Settings with { Dropout = false });
        using var gpu = Start(Method(decoder), decoder, keep: false, Settings with { Dropout = false, Device = "cuda" });
        foreach (var (a, b) in cpu.Run().Zip(gpu.Run())) Assert.Equal(1, b.Loss / a.Loss, 1e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HalfPrecisionStaysNearSingle(bool decoder)
    {
        using var single = Start(Method(decoder), decoder, keep: false, Settings with { Dropout = false });
        using var half = Start(Method(decoder), decoder, keep: false, Settings with { Dropout = false, Precision = "bf16" });
        foreach (var (a, b) in single.Run().Zip(half.Run())) Assert.Equal(1, b.Loss / a.Loss, 0.03);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheFlatGradientIsTheGradientOfTheModelAlone(bool decoder)
    {
        var (plain, laid) = (Method(decoder).Student, Method(decoder));
        using var batch = Data(decoder).Epoch(0).First();
        using var scope = NewDisposeScope();
        plain.eval();
        plain.Forward(batch).Logits.pow(2).mean().backward();
        using var trainer = Start(laid, decoder, keep: false, Settings);
        laid.Student.eval();
        laid.Student.Forward(batch).Logits.pow(2).mean().backward();
        var expected = plain.named_parameters().ToDictionary(p => p.name, p => Bits.Numbers(p.parameter.grad!));
        foreach (var (name, parameter) in laid.Student.named_parameters()) Assert.Equal(expected[name], Bits.Numbers(parameter.grad!));
    }

    [Fact]
    public void DistillationLeavesNoHandleBehind()
    {
        using var trainer = Start(TokenDistillation.Forward(Decoder(1, 1), Decoder(2, 1), new()), true, keep: false, Settings with { Steps = 40 });
        var live = trainer.Run().Select(_ => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount).ToList();
        Assert.All(live.Skip(5).SkipLast(1), count => Assert.Equal(live[4], count));
        Assert.Equal(live[4] - 2, live[^1]);   // ids and targets of the batch ahead: after the last step there is none
    }

    [Fact]
    public void ResidentMemoryIsFlat()
    {
        using var trainer = Start(Method(decoder: false), false, keep: false, Settings with { Steps = 300 });
        using var steps = trainer.Run().GetEnumerator();
        long After(int n)
        {
            while (n-- > 0) Assert.True(steps.MoveNext());
            GC.Collect();
            return Environment.WorkingSet;
        }
        long early = After(100), late = After(200);
        // One activation of this model is 0.4 MB: forgotten in every step, it would make 80 MB.
        Assert.True(late - early < 16 << 20, $"200 steps took {(late - early) / 1e6:F1} MB that they did not give back");
    }
}
