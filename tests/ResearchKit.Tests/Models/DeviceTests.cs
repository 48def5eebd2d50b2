using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>The same numbers on a GPU, and nothing left behind on the CPU.</summary>
public class DeviceTests
{
    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10]];

    [SkippableTheory]
    [InlineData("bert", false)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    public void ForwardAndBackwardAgreeWithTheCpu(string name, bool left)
    {
        Gpu.Require();
        using var scope = NewDisposeScope();
        var config = (name == "bert" ? Tiny.Bert : (ModelConfig)Tiny.Gpt2).WithoutDropout() with { InitializerRange = 0.4 };
        using var here = ModelFactory.Create(config, seed: 3, type: ScalarType.Float64);
        using var there = ModelFactory.Create(config, seed: 3, CUDA, ScalarType.Float64);
        using var batch = Tiny.Rows(s_rows, 8, left: left, segments: name == "bert" ? [[0, 0, 1, 1, 1], [0, 1], [0, 0, 1]] : null);
        using var moved = Tiny.Rows(s_rows, 8, left: left, segments: name == "bert" ? [[0, 0, 1, 1, 1], [0, 1], [0, 0, 1]] : null).To(CUDA);
        var expected = here.Forward(batch, Observe.Attention);
        var actual = there.Forward(moved, Observe.Attention);
        Assert.Equal(DeviceType.CUDA, actual.Logits.device_type);
        Assert.InRange(Tiny.Distance(actual.Logits.cpu(), expected.Logits), 0, 1e-10);
        Assert.InRange(Tiny.Distance(actual.Attention[1].cpu(), expected.Attention[1]), 0, 1e-10);
        expected.Logits.square().mean().backward();
        actual.Logits.square().mean().backward();
        foreach (var (parameter, value) in here.named_parameters())
            Assert.InRange(Tiny.Distance(there.get_parameter(parameter)!.grad!.cpu(), value.grad!), 0, 1e-10);
    }

    [SkippableFact]
    public void ASeedIsOneTextOnEveryDevice()
    {
        Gpu.Require();
        using var here = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var there = new Gpt2((Gpt2Config)(Tiny.Gpt2.WithoutDropout() with { InitializerRange = 0.4 }), seed: 3, CUDA, ScalarType.Float64);
        foreach (var options in (GenerationOptions[])[new() { MaxNewTokens = 12 }, new() { MaxNewTokens = 12, TopK = 5, TopP = 0.9, EndId = 4 }, new() { MaxNewTokens = 12, Greedy = true, EndId = 4 }])
        {
            using Generator one = new(5), two = new(5);
            Assert.Equal(Generation.Generate(here, s_rows, options, one).Select(c => c.Tokens), Generation.Generate(there, s_rows, options, two).Select(c => c.Tokens));
        }
    }

    [SkippableTheory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void HalfPrecisionTrainsFinitely(ScalarType type)
    {
        Gpu.Require();
        using var scope = NewDisposeScope();
        using var model = new Gpt2(Tiny.Gpt2, seed: 3, CUDA, type);
        using var batch = Tiny.Rows(s_rows, 8, left: true).To(CUDA);
        var loss = CrossEntropy.Mean(model.Forward(batch).Logits, batch.Ids, batch.Mask);
        loss.backward();
        Assert.Equal(ScalarType.Float32, loss.dtype);
        Assert.All(model.parameters(), p => Assert.True(p.grad!.isfinite().all().item<bool>()));
    }
}
