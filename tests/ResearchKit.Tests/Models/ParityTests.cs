using ResearchKit.Checkpoints;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>Our models against an independent computation in PyTorch (Fixtures/parity/make.py): outputs, loss and every gradient.</summary>
public class ParityTests
{
    [Theory]
    [InlineData("bert", ScalarType.Float32, 1e-5)]
    [InlineData("bert", ScalarType.Float64, 1e-11)]
    [InlineData("gpt2", ScalarType.Float32, 1e-5)]
    [InlineData("gpt2", ScalarType.Float64, 1e-11)]
    public void EverythingIsWhatPyTorchComputes(string name, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, type, out var expected);
        using var batch = BatchOf(expected);
        var output = model.Forward(batch, Observe.Embedding | Observe.Hidden | Observe.Attention);
        var embedding = output.Embedding!;
        embedding.retain_grad();
        var loss = LossOf(output, batch);
        loss.backward();

        var tokens = batch.Mask.unsqueeze(-1);
        Near("logits", batch.Targets is null ? output.Logits : output.Logits * tokens);
        Near("loss", loss);
        Near("embedding", embedding * tokens);
        Near("g.embedding", embedding.grad!);
        for (int l = 0; l < model.Config.Layers; l++)
        {
            Near($"hidden.{l + 1}", output.Hidden[l + 1] * tokens);
            Near($"attention.{l}", output.Attention[l] * batch.Mask.unsqueeze(1).unsqueeze(-1) * batch.Mask.unsqueeze(1).unsqueeze(1));
        }
        int compared = 0;
        foreach (var (parameter, value) in model.named_parameters())
        {
            Near("g." + parameter, value.grad!);
            compared++;
        }
        Assert.Equal(expected.Keys.Count(k => k.StartsWith("g.", StringComparison.Ordinal)) - 1, compared);

        void Near(string key, Tensor actual)
        {
            Assert.Equal(expected[key].shape, actual.shape);
            var gap = ((actual.detach().to(ScalarType.Float64) - expected[key]).abs() / (1 + expected[key].abs())).max().ToDouble();
            Assert.True(gap <= tolerance, $"{key} of {name} in {type} is off by {gap:G3}.");
        }
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    public void FusedAttentionIsEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, ScalarType.Float64, out var expected);
        model.FusedAttention = true;
        using var batch = BatchOf(expected);
        var output = model.Forward(batch);
        LossOf(output, batch).backward();
        foreach (var (parameter, value) in model.named_parameters())
            Assert.InRange(Tiny.Distance(value.grad!, expected["g." + parameter]), 0, 1e-10);
        using var observed = NewDisposeScope();
        Assert.Equal(model.Config.Layers, model.Forward(batch, Observe.Attention).Attention.Count); // a map is still to be had
    }

    private static LanguageModel Load(string name, ScalarType type, out Dictionary<string, Tensor> expected)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "parity", name + ".safetensors");
        using var file = SafetensorsFile.Open(path);
        expected = Safetensors.Load(path);
        var model = ModelFactory.Create(ModelConfig.Parse(file.Metadata["config"], path).WithoutDropout(), seed: null, type: type);
        foreach (var (parameter, value) in model.named_parameters()) file.ReadInto("w." + parameter, value);
        return model;
    }

    private static Batch BatchOf(Dictionary<string, Tensor> x) => new(
        x["x.ids"].alias(), x["x.lengths"].data<long>().ToArray(), x.GetValueOrDefault("x.segments")?.alias(),
        x.GetValueOrDefault("x.labels")?.alias(), x.GetValueOrDefault("x.targets")?.alias());

    private static Tensor LossOf(ModelOutput output, Batch batch) => CrossEntropy.Mean(output.Logits, batch.Targets ?? batch.Labels!);
}
