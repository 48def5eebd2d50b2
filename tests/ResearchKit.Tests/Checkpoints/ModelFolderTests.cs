using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    public void AModelComesBackBitByBit(string name)
    {
        using var model = Make(name);
        ModelFolder.Save(_folder["m"], model);
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(_folder["m"]).Select(f => Path.GetFileName(f)).Order());
        using var back = ModelFolder.Load(_folder["m"]);
        Assert.Equal(model.Config.ToJson().ToJsonString(), back.Config.ToJson().ToJsonString());
        model.eval();
        back.eval();
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        Assert.Equal(0, Tiny.Distance(model.Forward(batch).Logits, back.Forward(batch).Logits));
        Assert.All(back.parameters(), p => Assert.True(p.requires_grad && p.is_leaf));

        using var wide = ModelFolder.Load(_folder["m"], type: ScalarType.Float64);
        Assert.Equal(0, Tiny.Distance(model.parameters().First(), wide.parameters().First()));
        using var half = ModelFolder.Load(_folder["m"], type: ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, half.parameters().First().dtype);
    }

    [Fact]
    public void AFileHoldsWhatHuggingFaceExpects()
    {
        using var model = Make("gpt2");
        ModelFolder.Save(_folder["m"], model);
        using var file = SafetensorsFile.Open(Path.Combine(_folder["m"], ModelFolder.WeightsFile));
        Assert.Equal("pt", file.Metadata["format"]); // its loader refuses a file without
        Assert.DoesNotContain(file.Entries, e => e.Name.Contains("lm_head", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatDoesNotFitIsNamedAllAtOnce()
    {
        using var model = (Bert)Make("bert");
        ModelFolder.Save(_folder["m"], model);
        Rewrite(tensors =>
        {
            tensors["bert.pooler.dense.wieght"] = tensors["bert.pooler.dense.weight"];
            tensors.Remove("bert.pooler.dense.weight");
            tensors["classifier.bias"] = zeros(7);
            tensors["surplus"] = ones(1);
        });
        var before = model.parameters().Select(p => p.detach().clone()).ToArray();
        var message = Assert.Throws<KitException>(() => ModelFolder.LoadInto(model, _folder["m"])).Message;
        Assert.Contains("'classifier.bias' is [7], the model's is [3]", message, StringComparison.Ordinal);
        Assert.Contains("Missing (1): 'bert.pooler.dense.weight' (is it 'bert.pooler.dense.wieght'?)", message, StringComparison.Ordinal);
        Assert.Contains("Left over (2)", message, StringComparison.Ordinal);
        Assert.Contains("'surplus'", message, StringComparison.Ordinal);
        Assert.All(model.parameters().Zip(before), p => Assert.Equal(0, Tiny.Distance(p.First, p.Second))); // and nothing was read
        Assert.Throws<KitException>(() => ModelFolder.LoadInto(model, _folder["m"], LoadMode.Partial)); // a wrong shape is wrong even so
    }

    [Fact]
    public void APartialLoadSaysWhatItLeft()
    {
        using var teacher = (Bert)Make("bert");
        ModelFolder.Save(_folder["m"], teacher);
        using var student = new Bert(Tiny.Bert with { Layers = 1 }, seed: 8);
        Assert.Contains("Left over (16)", Assert.Throws<KitException>(() => ModelFolder.LoadInto(student, _folder["m"])).Message, StringComparison.Ordinal);
        var report = ModelFolder.LoadInto(student, _folder["m"], LoadMode.Partial);
        Assert.Equal((student.parameters().Count(), 0, 16), (report.Loaded.Count, report.Missing.Count, report.Extra.Count));
        foreach (var (name, value) in student.named_parameters()) Assert.Equal(0, Tiny.Distance(value, teacher.get_parameter(name)!));
        using var decoder = Make("gpt2");
        Assert.Throws<KitException>(() => ModelFolder.LoadInto(decoder, _folder["m"], LoadMode.Partial)); // nothing in common is no load
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("gpt2")]
    public void OlderAndHeadlessNamesAreKnown(string name)
    {
        using var model = Make(name);
        ModelFolder.Save(_folder["m"], model);
        Rewrite(tensors =>
        {
            foreach (var (key, value) in tensors.ToArray())
            {
                var old = name == "bert"
                    ? key.Replace("LayerNorm.weight", "LayerNorm.gamma").Replace("LayerNorm.bias", "LayerNorm.beta").Replace("bert.", "")
                    : key.Replace("transformer.", "");
                tensors.Remove(key);
                tensors[old] = value;
            }
            if (name == "bert") tensors["embeddings.position_ids"] = arange(10);
            else tensors["h.0.attn.bias"] = tensors["h.1.attn.masked_bias"] = tensors["lm_head.weight"] = ones(1);
        });
        using var back = ModelFolder.Load(_folder["m"]);
        foreach (var (parameter, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, back.get_parameter(parameter)!));
    }

    [Fact]
    public void TwoTensorsForOneParameterAreRefused()
    {
        using var model = Make("gpt2");
        ModelFolder.Save(_folder["m"], model);
        Rewrite(tensors => tensors["wte.weight"] = tensors["transformer.wte.weight"]);
        Assert.Contains("are both 'transformer.wte.weight'", Assert.Throws<KitException>(() => ModelFolder.Load(_folder["m"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FoldersThatAreNoneAreNamed()
    {
        void Refused(string says) => Assert.Contains(says, Assert.Throws<KitException>(() => ModelFolder.Load(_folder["m"])).Message, StringComparison.Ordinal);
        Refused("There is no model folder");
        Directory.CreateDirectory(_folder["m"]);
        Refused("has no config.json");
        Tiny.Bert.Save(Path.Combine(_folder["m"], "config.json"));
        Refused("has no model.safetensors");
        File.WriteAllText(Path.Combine(_folder["m"], "pytorch_model.bin"), "");
        Refused("pytorch_model.bin, a pickle");
        File.WriteAllText(Path.Combine(_folder["m"], "model.safetensors"), "not one");
        Refused("not a sound safetensors file");
    }

    private void Rewrite(Action<Dictionary<string, Tensor>> change)
    {
        var path = Path.Combine(_folder["m"], ModelFolder.WeightsFile);
        var tensors = Safetensors.Load(path);
        change(tensors);
        Safetensors.Save(path, tensors.Select(t => (t.Key, t.Value)));
    }

    private static LanguageModel Make(string name) =>
        ModelFactory.Create((name == "bert" ? Tiny.Bert : (ModelConfig)Tiny.Gpt2) with { InitializerRange = 0.4 }, seed: 3);
}
