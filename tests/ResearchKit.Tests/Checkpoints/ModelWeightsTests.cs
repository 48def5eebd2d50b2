using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Checkpoints;

public sealed class ModelWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public ModelWeightsTests()
    {
        Shard("one.safetensors", "a", "b");
        Shard("two.safetensors", "c");
        Index(("a", "one.safetensors"), ("b", "one.safetensors"), ("c", "two.safetensors"));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ShardsAreOneTable()
    {
        using var weights = ModelWeights.Open(_folder[""]);
        Assert.Equal(["a", "b", "c"], weights.Entries.Select(e => e.Name));
        Assert.Equal([3f, 3f], weights.Read("c").data<float>().ToArray());
        var into = zeros(2);
        weights.ReadInto("b", into);
        Assert.Equal([2f, 2f], into.data<float>().ToArray());
        Assert.Equal(ScalarType.Float32, weights.StoredType());
        Assert.EndsWith("has no tensor 'bb'. Did you mean 'b'?", Assert.Throws<KitException>(() => weights.Read("bb")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelInShardsIsTheSameModel()
    {
        using var model = Tiny.Make<Llama>(Tiny.Llama, ScalarType.Float32);
        ModelFolder.Save(_folder["m"], model);
        var tensors = Safetensors.Load(_folder["m/model.safetensors"]).OrderBy(t => t.Key, StringComparer.Ordinal).ToArray();
        File.Delete(_folder["m/model.safetensors"]);
        int half = tensors.Length / 2;
        Safetensors.Save(_folder["m/model-00001-of-00002.safetensors"], tensors[..half].Select(t => (t.Key, t.Value)));
        Safetensors.Save(_folder["m/model-00002-of-00002.safetensors"], tensors[half..].Select(t => (t.Key, t.Value)));
        WriteIndex(_folder["m/model.safetensors.index.json"], tensors.Select((t, i) => (t.Key, $"model-0000{(i < half ? 1 : 2)}-of-00002.safetensors")));
        using var back = ModelFolder.Load(_folder["m"]);
        foreach (var (name, value) in model.named_parameters()) Assert.Equal(0, Tiny.Distance(value, back.get_parameter(name)!));
    }

    [Fact]
    public void AMissingShardIsNamed()
    {
        File.Delete(_folder["two.safetensors"]);
        Refused($"'{_folder[ModelFolder.IndexFile]}' names 2 files of weights, and some are not beside it. Missing (1): 'two.safetensors'. Copy or download them again.");
    }

    [Fact]
    public void AnIndexThatDisagreesIsToldWhereAllAtOnce()
    {
        Shard("two.safetensors", "a", "d");
        Refused(string.Join(Environment.NewLine,
            $"'{_folder[ModelFolder.IndexFile]}' does not agree with its files.",
            "Named in the index, but not in the file it names (1): 'c in two.safetensors'.",
            "In a file, but not in the index (1): 'd in two.safetensors'.",
            "In more than one file (1): 'a'.",
            "Copy or download all of them again, from one revision."));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "tensor 'a' is mapped to '../one.safetensors', which is not the name of a .safetensors file beside it")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "not the name of a .safetensors file beside it")]
    [InlineData("""{"weight_map":{"a":"x\\y.safetensors"}}""", "not the name of a .safetensors file beside it")]
    [InlineData("""{"weight_map":{"a":".safetensors"}}""", "not the name of a .safetensors file beside it")]
    [InlineData("""{"weight_map":{"a":"pytorch_model.bin"}}""", "not the name of a .safetensors file beside it")]
    [InlineData("""{"weight_map":{"a":1}}""", "tensor 'a' is mapped to something else than a file's name")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}""", "it is not valid JSON (")]
    [InlineData("""{"weight_map":{}}""", "it has no 'weight_map' from tensors to files")]
    [InlineData("""[]""", "it has no 'weight_map' from tensors to files")]
    [InlineData("""{"weight_map":""", "it is not valid JSON (")]
    public void AnIndexThatIsNoneIsRefused(string index, string says)
    {
        File.WriteAllText(_folder[ModelFolder.IndexFile], index);
        var message = Assert.Throws<KitException>(() => ModelWeights.Open(_folder[""])).Message;
        Assert.StartsWith($"'{_folder[ModelFolder.IndexFile]}' is not a sound index of safetensors files: ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    [InlineData("weights.ckpt")]
    public void APickleIsRefusedWithTheRemedy(string name)
    {
        Directory.CreateDirectory(_folder["p"]);
        File.WriteAllText(Path.Combine(_folder["p"], name), "");
        var message = Assert.Throws<KitException>(() => ModelWeights.Open(_folder["p"])).Message;
        Assert.StartsWith($"'{_folder["p"]}' has its weights as {name}, a pickle, which is a program and is never run here. Convert it where you trust it: python3 -c \"import torch; ", message, StringComparison.Ordinal);
        Assert.Contains($"torch.load('{name}', map_location='cpu', weights_only=True)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void MixedTypesHaveToBeDecided()
    {
        Safetensors.Save(_folder["two.safetensors"], [("c", ones(2, dtype: ScalarType.BFloat16))]);
        using var weights = ModelWeights.Open(_folder[""]);
        Assert.Equal($"'{_folder[ModelFolder.IndexFile]}' stores its tensors as F32 and BF16, so there is no one type to keep. Say which type the model is to have, for example float32.",
            Assert.Throws<KitException>(() => weights.StoredType()).Message);
    }

    private void Refused(string message) => Assert.Equal(message, Assert.Throws<KitException>(() => ModelWeights.Open(_folder[""])).Message);

    private void Shard(string file, params string[] names) => Safetensors.Save(_folder[file], names.Select(n => (n, full([2], n[0] - 'a' + 1f, dtype: ScalarType.Float32))));

    private void Index(params (string Tensor, string File)[] map) => WriteIndex(_folder[ModelFolder.IndexFile], map);

    private static void WriteIndex(string path, IEnumerable<(string Tensor, string File)> map) =>
        File.WriteAllText(path, "{\"metadata\":{\"total_size\":24},\"weight_map\":{" + string.Join(",", map.Select(m => $"\"{m.Tensor}\":\"{m.File}\"")) + "}}");
}
