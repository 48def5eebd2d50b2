using System.Runtime.InteropServices;
using ResearchKit.Training;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Training;

/// <summary>What a training takes of the memory, and what it says where that is too much.</summary>
public class TrainerMemoryTests
{
    private static readonly TrainSettings Quick = new() { Epochs = 2, LearningRate = 1e-2, Device = "cpu" };

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity)\nmore of it", "Tried to allocate 20.00 MiB")]
    [InlineData("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 4503599627370496 bytes.", "you tried to allocate 4503599627370496 bytes")]
    public void LackOfMemoryIsAnsweredWithWhatToLower(string said, string told)
    {
        using var model = new TinyModel(dropout: 0);
        var method = new TinyMethod(model) { Spoil = (step, loss) => step.Number < 3 ? loss : throw new ExternalException(said) };
        using var trainer = new Trainer(method, new TinyData(8), Quick with { BatchSize = 4, Accumulate = 2 });
        var weights = Bits.Of(model);
        var error = Assert.Throws<KitException>(() =>
        {
            foreach (var _ in trainer.Run()) weights = Bits.Of(model);
        });
        Assert.Contains("Step 3 needs more memory than this machine has", error.Message);
        Assert.Contains(told, error.Message);
        Assert.Contains("Lower train.batchSize (4) and raise train.accumulate (2)", error.Message);
        Assert.DoesNotContain("more of it", error.Message);
        foreach (var (name, values) in Bits.Of(model)) Assert.Equal(weights[name], values);
    }

    [Fact]
    public void RealLackOfMemoryIsKnownAsSuch()
    {
        using var model = new TinyModel(dropout: 0);
        var method = new TinyMethod(model) { Spoil = (_, loss) => loss + empty(1L << 50).sum() };
        using var trainer = new Trainer(method, new TinyData(8), Quick);
        Assert.Contains("needs more memory than this machine has", Assert.Throws<KitException>(() => trainer.Run().First()).Message);
    }

    [Fact]
    public void OtherErrorsStayWhatTheyAre()
    {
        using var model = new TinyModel(dropout: 0);
        var method = new TinyMethod(model) { Spoil = (_, _) => throw new ExternalException("shapes differ") };
        using var trainer = new Trainer(method, new TinyData(8), Quick);
        Assert.Throws<ExternalException>(() => trainer.Run().First());
    }

    [Theory]
    [InlineData("fp32", 0, 12)]   // gradient and two moments
    [InlineData("bf16", 2, 18)]   // and the float32 values, and the gradient in the models' own type
    public void MemoryIsCountedApart(string precision, int student, int optimizer)
    {
        using var model = new TinyModel(dropout: 0);
        long count = model.ParameterCount;
        using var trainer = new Trainer(new TinyMethod(model), new TinyData(8), Quick with { Precision = precision });
        var memory = trainer.Memory;
        Assert.Equal((0, count * (student == 0 ? 4 : student)), (memory.Teacher, memory.Student));
        Assert.InRange(memory.Optimizer, optimizer * count, optimizer * (count + 32 * model.parameters().Count()));   // each begins at a multiple of 32
    }
}
