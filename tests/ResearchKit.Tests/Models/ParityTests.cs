using ResearchKit.Checkpoints;
using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>Our models against an independent computation in PyTorch (Fixtures/parity/make.py): outputs, loss, every gradient and
/// every generated token, of every architecture and head.</summary>
public class ParityTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "parity");

    private static IEnumerable<string> Names => Directory.GetFiles(s_folder, "*.safetensors").Select(f => Path.GetFileNameWithoutExtension(f)!).Order();

    public static TheoryData<string> Models => [.. Names];

    public static TheoryData<string> Decoders => [.. Names.Where(n => !n.Contains("bert", StringComparison.Ordinal))];

    [Fact]
    public void EveryArchitectureAndHeadHasAFixture() => Assert.Equal(
        ["bert-classes", "bert-span", "bert-tokens", "distilbert-classes", "distilbert-span", "distilbert-tokens", "gpt2", "gpt2-untied", "llama", "llama-3",
         "llama-tied", "mistral", "opt", "opt-after", "opt-old", "qwen2", "roberta-classes", "roberta-span", "roberta-tokens"], Names);

    [Theory]
    [MemberData(nameof(Models))]
    public void EverythingIsWhatPyTorchComputesInSinglePrecision(string name) => Compare(name, ScalarType.Float32, 1e-5);

    [Theory]
    [MemberData(nameof(Models))]
    public void EverythingIsWhatPyTorchComputesInDoublePrecision(string name) => Compare(name, ScalarType.Float64, Exact(name));

    // The angles of rotations are in single precision even so, and libraries differ in the last bit of a power or a cosine.
    private static double Exact(string name) => name.StartsWith("llama", StringComparison.Ordinal) || name is "mistral" or "qwen2" ? 2e-6 : 1e-11;

    private static void Compare(string name, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, type, out var expected);
        using var batch = BatchOf(expected);
        var output = model.Forward(batch, Observe.Embedding | Observe.Hidden | Observe.Attention);
        var embedding = output.Embedding!;
        embedding.retain_grad();
        var loss = LossOf(output, batch, expected);
        loss.backward();

        var tokens = batch.Mask.unsqueeze(-1);
        Near("logits", output.Logits.dim() == 3 ? output.Logits * tokens : output.Logits);
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
    [MemberData(nameof(Decoders))]
    public void PaddingOnTheLeftChangesNothing(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, ScalarType.Float64, out var expected);
        using var batch = Batch.LeftPadded(RowsOf(expected), padding: 7);
        var logits = model.Forward(batch).Logits;
        for (int row = 0; row < batch.Rows; row++)
        {
            long n = batch.Lengths[row];
            Assert.InRange(Tiny.Distance(logits[row].narrow(0, batch.Width - n, n), expected["logits"][row].narrow(0, 0, n)), 0, Exact(name));
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void TheTokensThatFollowAreTheSame(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, ScalarType.Float32, out var expected);
        var rows = RowsOf(expected);
        long steps = expected["continuation"].shape[1];
        var options = new GenerationOptions { MaxNewTokens = (int)steps, Greedy = true };
        foreach (bool cached in (bool[])[true, false])
        {
            var together = Generation.Generate((Decoder)model, rows, options with { UseCache = cached });
            for (int row = 0; row < rows.Length; row++)
            {
                int[] right = [.. expected["continuation"][row].data<long>().ToArray().Select(t => (int)t)];
                Assert.Equal(right, together[row].Tokens);
                Assert.Equal(right, Generation.Generate((Decoder)model, [rows[row]], options with { UseCache = cached })[0].Tokens);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void FusedAttentionIsEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Load(name, ScalarType.Float64, out var expected);
        model.FusedAttention = true;
        using var batch = BatchOf(expected);
        var output = model.Forward(batch);
        LossOf(output, batch, expected).backward();
        foreach (var (parameter, value) in model.named_parameters())
            Assert.InRange(Tiny.Distance(value.grad!, expected["g." + parameter]), 0, 10 * Exact(name));
        using var observed = NewDisposeScope();
        Assert.Equal(model.Config.Layers, model.Forward(batch, Observe.Attention).Attention.Count); // a map is still to be had
    }

    /// <summary>The model of a fixture, with its weights.</summary>
    internal static LanguageModel Load(string name, ScalarType type, out Dictionary<string, Tensor> expected)
    {
        var path = Path.Combine(s_folder, name + ".safetensors");
        using var file = SafetensorsFile.Open(path);
        expected = Safetensors.Load(path);
        var model = ModelFactory.Create(ModelConfig.Parse(file.Metadata["config"], path).WithoutDropout(), seed: null, type: type);
        foreach (var (parameter, value) in model.named_parameters()) file.ReadInto("w." + parameter, value);
        return model;
    }

    internal static Batch BatchOf(Dictionary<string, Tensor> x) => new(
        x["x.ids"].alias(), x["x.lengths"].data<long>().ToArray(), x.GetValueOrDefault("x.segments")?.alias(),
        x.GetValueOrDefault("x.labels")?.alias(), x.GetValueOrDefault("x.targets")?.alias());

    private static int[][] RowsOf(Dictionary<string, Tensor> x) => [.. x["x.lengths"].data<long>().ToArray().Select(
        (n, row) => x["x.ids"][row].data<long>().ToArray().Take((int)n).Select(t => (int)t).ToArray())];

    private static Tensor LossOf(ModelOutput output, Batch batch, Dictionary<string, Tensor> x)
    {
        if (!x.TryGetValue("x.spans", out var spans)) return CrossEntropy.Mean(output.Logits, batch.Targets ?? batch.Labels!);
        var among = output.Logits.masked_fill(batch.Mask.logical_not().unsqueeze(-1), -1e30).transpose(1, 2); // [B, 2, T], real positions only
        return CrossEntropy.Mean(among, spans);
    }
}
