using ResearchKit.Checkpoints;
using ResearchKit.Distillation;
using ResearchKit.Models;
using ResearchKit.Papers.OnlineDistillation;
using ResearchKit.Tests.Training;
using ResearchKit.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>The two adapters that stand before a text: trained keys and values, and trained vectors.</summary>
public sealed class PlacesBeforeTheTextTests : IDisposable
{
    private static readonly int[][] s_rows = [[3, 1, 4, 1], [5, 9], [2, 6, 5]];
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-adapter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string, int?> All
    {
        get
        {
            var all = new TheoryData<string, string, int?>();
            foreach (var architecture in (string[])["gpt2", "opt", "llama"])
                foreach (var module in (string[])[PrefixTuning.Kind, PromptTuning.Kind])
                    foreach (int? hidden in (int?[])[0, 5]) all.Add(architecture, module, hidden);
            return all;
        }
    }

    private static Decoder Model(string name, ScalarType type = ScalarType.Float64) => (Decoder)Tiny.Make<LanguageModel>(Tiny.All[name], type);

    private static Adapter Filled(LanguageModel model, string module, int? hidden)
    {
        var adapter = Adapter.Create(model, new() { Module = module, Tokens = 3, Hidden = hidden }, seed: 4);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(4);
        foreach (var parameter in adapter.parameters()) parameter.copy_(randn(parameter.shape, generator: generator) * 0.5);
        return adapter;
    }

    private static Tensor Say(LanguageModel model, Batch batch)
    {
        using var frozen = no_grad();
        return model.Forward(batch).Logits.masked_fill(batch.Mask.logical_not().unsqueeze(-1), 0);
    }

    // The definition: the vectors are put before the words' embeddings, and all of it is read as one text.
    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    public void VectorsAreReadAsIfTheyWereWords(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var adapter = Filled(model, PromptTuning.Kind, hidden: 0);
        foreach (var row in s_rows)
        {
            using Batch text = Tiny.Rows([row]), both = Tiny.Rows([[0, 0, 0, .. row]]);
            var embedded = cat([adapter.parameters().Single().unsqueeze(0), model.Embed(text)], 1);
            var expected = model.Forward(both, embedding: embedded).Logits.narrow(1, 3, row.Length);
            model.Adapter = adapter;
            var found = model.Forward(text).Logits;
            model.Adapter = null;
            Assert.True((found - expected).abs().max().ToDouble() < 1e-12);
        }
    }

    // Where positions are turns only their differences count: the vectors at 0..n-1 and the text behind them are the same.
    [Fact]
    public void TurnedVectorsStandJustBeforeTheText()
    {
        using var scope = NewDisposeScope();
        using var model = Model("llama");
        using var adapter = Filled(model, PromptTuning.Kind, hidden: 0);
        using Batch text = Tiny.Rows([s_rows[0]]), both = Tiny.Rows([[0, 0, 0, .. s_rows[0]]]);
        var embedded = cat([adapter.parameters().Single().unsqueeze(0), model.Embed(text)], 1);
        var expected = model.Forward(both, embedding: embedded).Logits.narrow(1, 3, s_rows[0].Length);
        model.Adapter = adapter;
        Assert.True((model.Forward(text).Logits - expected).abs().max().ToDouble() < 1e-6);   // angles are in single precision
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void APrefixOfTheVectorsOwnKeysIsTheVectors(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var vectors = Filled(model, PromptTuning.Kind, hidden: 0);
        using var prefix = new PrefixTuning(model, new() { Tokens = 3 }, seed: null);
        using (no_grad())
        {
            var keys = vectors.Before(model)!;                                                    // L × ([1, K, n, d], [1, K, n, d])
            var all = cat([.. keys.SelectMany(l => new[] { l.Key, l.Value })]);                    // [2·L, K, n, d]
            prefix.parameters().Single().copy_(all.permute(2, 0, 1, 3).flatten(1));
        }
        using var batch = Tiny.Rows(s_rows);
        model.Adapter = vectors;
        var expected = Say(model, batch);
        model.Adapter = prefix;
        Assert.True((Say(model, batch) - expected).abs().max().ToDouble() < 1e-12);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GradientsAreRightAndTheFrozenModelGetsNone(string name, string module, int? hidden)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var batch = Tiny.Rows(s_rows);
        using var adapter = Filled(model, module, hidden);
        model.Adapter = adapter;
        foreach (var parameter in model.parameters()) parameter.requires_grad = false;
        var weights = randn([1, 1, model.Config.VocabularySize], dtype: ScalarType.Float64, generator: new Generator(9));
        GradientCheck.First(() => (model.Forward(batch).Logits.log_softmax(-1) * weights).masked_fill(batch.Mask.logical_not().unsqueeze(-1), 0).sum(), [.. adapter.parameters()]);
        Assert.All(model.parameters(), p => Assert.Null(p.grad));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void CompanyPaddingAndCacheChangeNothingAndItCanBeTakenOff(string name, string module, int? hidden)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var batch = Tiny.Rows(s_rows);
        var (weights, before) = (Bits.Of(model), Bits.Numbers(Say(model, batch)));
        using var adapter = Filled(model, module, hidden);
        model.Adapter = adapter;
        var together = Say(model, batch);
        Assert.NotEqual(before, Bits.Numbers(together));
        using var left = Batch.LeftPadded(s_rows);
        var padded = Say(model, left);
        for (int row = 0; row < s_rows.Length; row++)
        {
            long n = s_rows[row].Length;
            using var alone = Tiny.Rows([s_rows[row]]);
            var expected = Say(model, alone)[0];
            Assert.True((together[row].narrow(0, 0, n) - expected).abs().max().ToDouble() < 1e-6);
            Assert.True((padded[row].narrow(0, left.Width - n, n) - expected).abs().max().ToDouble() < 1e-6);
        }
        var options = new GenerationOptions { MaxNewTokens = 5, Greedy = true };
        int[][] Texts(bool cached) => [.. Generation.Generate(model, s_rows, options with { UseCache = cached }).Select(g => g.Tokens.ToArray())];
        Assert.Equal(Texts(cached: false), Texts(cached: true));
        model.Adapter = null;
        Assert.Equal(before, Bits.Numbers(Say(model, batch)));
        Assert.Equal(weights, Bits.Of(model));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AFileGivesItBackToTheBit(string name, string module, int? hidden)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name, ScalarType.Float32);
        using var adapter = Filled(model, module, hidden);
        var path = Path.Combine(_folder, "adapter.safetensors");
        AdapterFile.Save(path, adapter);
        using var back = AdapterFile.Load(path, model);
        Assert.Equal(adapter.Settings, back.Settings);
        Assert.Equal(Bits.Of(adapter), Bits.Of(back));
        using var narrow = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Width = 4, Heads = 1, Layers = 5 }, ScalarType.Float32);
        Assert.Contains("another model", Assert.Throws<KitException>(() => AdapterFile.Load(path, narrow)).Message);
        Assert.Contains("cannot be merged", Assert.Throws<KitException>(() => adapter.MergeInto(model)).Message);
    }

    [Theory]
    [InlineData(PrefixTuning.Kind)]
    [InlineData(PromptTuning.Kind)]
    public void AnOnlineTeacherLearnsThroughIt(string module)
    {
        using var scope = NewDisposeScope();
        using Decoder student = Model("gpt2", ScalarType.Float32), teacher = Model("gpt2", ScalarType.Float32);
        var method = (OnlineKd)MethodCatalog.Create(new() { ["name"] = "okd", ["module"] = module, ["tokens"] = 3 }, student, teacher);
        using var owned = method;
        var (teacherBefore, onlineBefore) = (Bits.Of(teacher), Bits.Of(method.Online));
        using var trainer = new Trainer(method, new TinyData(3, decoder: true, vocabulary: 13), new TrainSettings { Steps = 2, LearningRate = 1e-2, Device = "cpu", Schedule = Schedule.Constant });
        Assert.Equal(2, trainer.Run().Count());
        Assert.Equal(teacherBefore, Bits.Of(teacher));
        Assert.All(Bits.Of(method.Online), p => Assert.NotEqual(onlineBefore[p.Key], p.Value));
    }

    [Fact]
    public void AnEncoderHasNoneAndAnotherShapeIsRefused()
    {
        using var scope = NewDisposeScope();
        using var encoder = Tiny.Make<LanguageModel>(Tiny.All["bert"], ScalarType.Float32);
        foreach (var module in (string[])[PrefixTuning.Kind, PromptTuning.Kind])
        {
            Assert.Contains("Use lora", Assert.Throws<KitException>(() => Adapter.Create(encoder, new() { Module = module }, 1)).Message);
            using Decoder model = Model("gpt2", ScalarType.Float32);
            using var other = Tiny.Make<LanguageModel>(Tiny.Gpt2 with { Width = 4, Heads = 1 }, ScalarType.Float32);
            using var adapter = Adapter.Create(model, new() { Module = module, Tokens = 2 }, 1);
            Assert.Contains("for this model", Assert.Throws<KitException>(() => other.Adapter = adapter).Message);
        }
    }
}
