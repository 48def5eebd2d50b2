using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public sealed class LoraTests : IDisposable
{
    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12, 1]];
    private static readonly AdapterSettings s_settings = new() { Rank = 3, Scale = 1.5 };
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-lora-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Architectures => [.. Tiny.All.Keys];

    private static LanguageModel Model(string name, ScalarType type = ScalarType.Float64) => Tiny.Make<LanguageModel>(Tiny.All[name], type);

    // An adapter that does something.
    private static Lora Filled(LanguageModel model, long seed = 4)
    {
        var lora = new Lora(model, s_settings, seed);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var parameter in lora.parameters()) parameter.copy_(randn(parameter.shape, generator: generator) * 0.3);
        return lora;
    }

    private static Tensor Say(LanguageModel model, Batch batch)
    {
        using var frozen = no_grad();
        return model.Forward(batch).Logits.masked_fill(model.Config.Classes > 0 ? zeros([1], dtype: ScalarType.Bool) : batch.Mask.logical_not().unsqueeze(-1), 0);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void AFreshOneChangesNothingAndItCanBeTakenOff(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var batch = Tiny.Rows(s_rows);
        var weights = Bits.Of(model);
        var before = Bits.Numbers(Say(model, batch));
        using var fresh = new Lora(model, s_settings, seed: 1);
        model.Adapter = fresh;
        Assert.Equal(before, Bits.Numbers(Say(model, batch)));
        using var filled = Filled(model);
        model.Adapter = filled;
        Assert.NotEqual(before, Bits.Numbers(Say(model, batch)));
        Assert.Equal(weights, Bits.Of(model));   // neither among its parameters nor in them
        Assert.Equal(4 * model.Config.Layers, filled.parameters().Count());
        model.Adapter = null;
        Assert.Equal(before, Bits.Numbers(Say(model, batch)));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void ItIsTheLowRankProductAddedToQueryAndValueAlone(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var batch = Tiny.Rows(s_rows);
        using var lora = Filled(model);
        model.Adapter = lora;
        var beside = Say(model, batch);
        // The sum made by hand, in the checkpoint's own layout, parameter by parameter.
        var adapter = lora.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var untouched = Bits.Of(model);
        using (no_grad())
            foreach (var (parameter, value) in model.named_parameters())
            {
                var stem = parameter[..^".weight".Length];
                foreach (var (at, start) in new[] { (stem, 0L), (stem + ".query", 0L), (stem + ".value", 2L * model.Config.Width) })
                {
                    if (!parameter.EndsWith(".weight", StringComparison.Ordinal) || !adapter.TryGetValue(at + ".lora_down.weight", out var down)) continue;
                    var sum = adapter[at + ".lora_up.weight"].matmul(down) * 1.5;           // [k, D]
                    if (at == stem) value.add_(sum);
                    else value.narrow(1, start, model.Config.Width).add_(sum.t());         // GPT-2 stores [D, 3·D]
                    untouched.Remove(parameter);
                }
            }
        int maps = name == "gpt2" ? 1 : 2;
        Assert.Equal(model.parameters().Count() - maps * model.Config.Layers, untouched.Count);
        model.Adapter = null;
        Assert.InRange(Tiny.Distance(beside, Say(model, batch)), 0, 1e-12);

        // And merging is that.
        using var other = Model(name);
        lora.MergeInto(other);
        foreach (var (parameter, value) in other.named_parameters())
        {
            Assert.InRange(Tiny.Distance(value, model.named_parameters().Single(p => p.name == parameter).parameter), 0, 1e-14);
            if (untouched.TryGetValue(parameter, out var same)) Assert.Equal(same, Bits.Numbers(value));
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("opt")]
    public void GradientsAreRightAndTheFrozenModelGetsNone(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var batch = Tiny.Rows(s_rows);
        using var lora = Filled(model);
        model.Adapter = lora;
        foreach (var parameter in model.parameters()) parameter.requires_grad = false;
        var weights = randn([1, 1, model.Config.VocabularySize], dtype: ScalarType.Float64, generator: new Generator(9));
        GradientCheck.First(() => (model.Forward(batch).Logits.log_softmax(-1) * weights).masked_fill(batch.Mask.logical_not().unsqueeze(-1), 0).sum(), [.. lora.parameters()]);
        Assert.All(model.parameters(), p => Assert.Null(p.grad));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void GenerationGoesThroughItWithAndWithoutCache(string name)
    {
        using var scope = NewDisposeScope();
        using var model = (Decoder)Model(name, ScalarType.Float32);
        var options = new GenerationOptions { MaxNewTokens = 8, Greedy = true };
        int[][] Texts(bool cached) => [.. Generation.Generate(model, s_rows, options with { UseCache = cached }).Select(g => g.Tokens.ToArray())];
        var plain = Texts(cached: true);
        using var lora = Filled(model);
        model.Adapter = lora;
        Assert.Equal(Texts(cached: false), Texts(cached: true));
        Assert.NotEqual(plain, Texts(cached: true));
    }

    [Fact]
    public void ItsDrawIsItsSeeds()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Width = 64, Layers = 4 }, ScalarType.Float32);
        using Lora one = new(model, new() { Rank = 32 }, 1), same = new(model, new() { Rank = 32 }, 1), other = new(model, new() { Rank = 32 }, 2);
        Assert.Equal(Bits.Of(one), Bits.Of(same));
        Assert.NotEqual(Bits.Of(one), Bits.Of(other));
        var downs = one.named_parameters().Where(p => p.name.EndsWith("lora_down.weight", StringComparison.Ordinal)).SelectMany(p => Bits.Numbers(p.parameter)).ToArray();
        Assert.Equal(8 * 32 * 64, downs.Length);
        Assert.Equal(0.02, Math.Sqrt(downs.Average(v => v * v)), 0.0005);
        Assert.Equal(0, downs.Average(), 0.0005);
        Assert.All(one.named_parameters().Where(p => p.name.EndsWith("lora_up.weight", StringComparison.Ordinal)), p => Assert.Equal(0, p.parameter.abs().max().ToDouble()));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void AFileOfItsOwnGivesItBackToTheBit(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name, ScalarType.Float32);
        using var lora = Filled(model);
        var path = Path.Combine(_folder, "adapter.safetensors");
        AdapterFile.Save(path, lora);
        using var back = AdapterFile.Load(path, model);
        Assert.Equal(lora.Settings, back.Settings);
        Assert.Equal(Bits.Of(lora), Bits.Of(back));
        Assert.All(back.named_parameters(), p => Assert.Contains(name == "gpt2" ? "transformer.h." : "layer", p.name, StringComparison.Ordinal));
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedNamingIt()
    {
        using var scope = NewDisposeScope();
        using var model = Model("gpt2");
        using var deeper = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Layers = 3 });
        using var wider = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Width = 16 });
        using var lora = Filled(model);
        Assert.Contains("2 layers, this 'gpt2' has 3", Assert.Throws<KitException>(() => deeper.Adapter = lora).Message, StringComparison.Ordinal);
        Assert.Contains("maps 8 to 8 units at layer 0", Assert.Throws<KitException>(() => lora.MergeInto(wider)).Message, StringComparison.Ordinal);
        Assert.Null(deeper.Adapter);
        var path = Path.Combine(_folder, "adapter.safetensors");
        AdapterFile.Save(path, lora);
        Assert.Contains("transformer.h.0.attn.c_attn.query.lora_down.weight' is [3, 8] there and [3, 16]", Assert.Throws<KitException>(() => AdapterFile.Load(path, wider)).Message, StringComparison.Ordinal);
        using var llama = Model("llama");
        Assert.Contains("absent there", Assert.Throws<KitException>(() => AdapterFile.Load(path, llama)).Message, StringComparison.Ordinal);
        Safetensors.Save(path, model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)));
        Assert.Contains("is no adapter", Assert.Throws<KitException>(() => AdapterFile.Load(path, model)).Message, StringComparison.Ordinal);
        using var tiny = new TinyModel();
        Assert.Contains("maps of a 'tiny' model are not known", Assert.Throws<KitException>(() => new Lora(tiny, s_settings, 1)).Message, StringComparison.Ordinal);
    }
}
