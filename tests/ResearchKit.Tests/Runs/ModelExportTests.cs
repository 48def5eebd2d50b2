using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Models;
using ResearchKit.Runs;
using ResearchKit.Tests.Checkpoints;
using ResearchKit.Tests.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Runs;

public sealed class ModelExportTests : IDisposable
{
    private static readonly Lazy<Tokenizer> s_words = new(() => WordPieceTrainer.Train(["the cat sat on the mat", "a dog ran to the cat"], 300));
    private static readonly Lazy<Tokenizer> s_bytes = new(() => ByteLevelBpeTrainer.Train(["the cat sat on the mat", "a dog ran to the cat"], 300));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Architectures => new(Tiny.All.Keys);

    [Theory]
    [MemberData(nameof(Architectures))]
    public void LoadSaveLoadIsBitwiseTheSame(string name)
    {
        using var model = Save("m", name);
        var written = ModelExport.Write(_folder["m"], _folder["out"]);
        Assert.Equal(model.ParameterCount, written.Parameters);
        Assert.Equal(("F32", model.Config.ToJson()["architectures"]![0]!.GetValue<string>()), (written.Type, written.Architecture));
        Assert.Equal(File.ReadAllBytes(_folder["m/model.safetensors"]), File.ReadAllBytes(_folder["out/model.safetensors"]));
        Assert.Equal(File.ReadAllText(_folder["m/config.json"]), File.ReadAllText(_folder["out/config.json"]));
        Assert.Equal(File.ReadAllBytes(_folder["m/tokenizer.json"]), File.ReadAllBytes(_folder["out/tokenizer.json"]));
        using var file = SafetensorsFile.Open(_folder["out/model.safetensors"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("float32", Read("out/config.json")["torch_dtype"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void FactorsAreMultipliedOutBecauseNobodyElseKnowsThem(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Save("m", name);
        using var student = Factorisation.Factorise(model, new RankBudget(model, 3).Uniform(2));
        SavedModel.Save(_folder["s"], student, (Tiny.All[name] is DecoderConfig ? s_bytes : s_words).Value);
        var written = ModelExport.Write(_folder["s"], _folder["out"]);
        Assert.Equal(model.ParameterCount, written.Parameters);
        Assert.False(Read("out/config.json").ContainsKey("low_rank"));
        using var back = ModelFolder.Load(_folder["out"]);
        Assert.Equal(model.named_parameters().Select(p => p.name), back.named_parameters().Select(p => p.name));
        using var batch = Tiny.Rows([[1, 2, 3], [4, 5]]);
        student.eval();
        back.eval();
        Assert.True(Tiny.Distance(student.Forward(batch).Logits, back.Forward(batch).Logits) < 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, "BF16", "bfloat16")]
    [InlineData(ScalarType.Float16, "F16", "float16")]
    public void TheStoredTypeIsKeptUnlessAnotherIsAsked(ScalarType type, string stored, string config)
    {
        using var model = Save("m", "llama");
        Assert.Equal(stored, ModelExport.Write(_folder["m"], _folder["half"], type).Type);
        Assert.Equal(config, Read("half/config.json")["torch_dtype"]!.GetValue<string>());
        Assert.Equal(stored, ModelExport.Write(_folder["half"], _folder["again"]).Type);
        Assert.Equal(File.ReadAllBytes(_folder["half/model.safetensors"]), File.ReadAllBytes(_folder["again/model.safetensors"]));
    }

    [Fact]
    public void ADecoderGetsWhatItNeedsToGenerate()
    {
        using var model = Save("m", "gpt2");
        var written = ModelExport.Write(_folder["m"], _folder["out"]);
        Assert.Equal(["README.md", "config.json", "generation_config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"], written.Files);
        int end = s_bytes.Value.EndId!.Value;
        var generation = Read("out/generation_config.json");
        Assert.Equal(((Gpt2Config)model.Config).EndId ?? end, generation["eos_token_id"]!.GetValue<int>());
        var settings = Read("out/tokenizer_config.json");
        // GPT-2 in transformers adds the vectors of segment ids to the words', so it must be given none.
        Assert.Equal(["input_ids", "attention_mask"], settings["model_input_names"]!.AsArray().Select(n => n!.GetValue<string>()));
        Assert.Equal(("PreTrainedTokenizerFast", s_bytes.Value.TokenOf(end)), (settings["tokenizer_class"]!.GetValue<string>(), settings["eos_token"]!.GetValue<string>()));
        Assert.Equal(24, settings["model_max_length"]!.GetValue<int>());
    }

    [Fact]
    public void AClassifierKeepsItsLabelsAndSpecialTokens()
    {
        using var model = Save("m", "bert");
        var written = ModelExport.Write(_folder["m"], _folder["out"]);
        Assert.DoesNotContain("generation_config.json", written.Files);
        Assert.Equal("LABEL_2", Read("out/config.json")["id2label"]!["2"]!.GetValue<string>());
        Assert.Equal("""{"unk_token":"[UNK]","pad_token":"[PAD]","mask_token":"[MASK]","cls_token":"[CLS]","sep_token":"[SEP]"}""", Read("out/special_tokens_map.json").ToJsonString());
        Assert.Contains("`BertForSequenceClassification`", File.ReadAllText(_folder["out/README.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCameWithAModelGoesWithItButNoProgram()
    {
        using var model = Save("m", "gpt2");
        File.WriteAllText(_folder["m/tokenizer_config.json"], """{"tokenizer_class":"GPT2Tokenizer","auto_map":{"AutoTokenizer":["evil.py",null]}}""");
        File.WriteAllText(_folder["m/generation_config.json"], """{"eos_token_id":7,"max_length":50}""");
        ModelExport.Write(_folder["m"], _folder["out"]);
        Assert.Equal("""{"tokenizer_class":"GPT2Tokenizer"}""", Read("out/tokenizer_config.json").ToJsonString());
        Assert.Equal("""{"eos_token_id":7,"max_length":50}""", Read("out/generation_config.json").ToJsonString());
    }

    [Fact]
    public void AFolderWithSomethingInItIsLeftAlone()
    {
        using var model = Save("m", "bert");
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["out/notes"], "");
        Assert.Equal($"'{_folder["out"]}' is there already, and not empty. Choose another folder for the exported model, or remove this one.",
            Assert.Throws<KitException>(() => ModelExport.Write(_folder["m"], _folder["out"])).Message);
        Assert.Equal(["notes"], Directory.GetFiles(_folder["out"]).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void AnInspectionTellsWhatItIsAndWhatToDoWithIt()
    {
        using var model = Save("m", "bert");
        var found = ModelInspection.Of(_folder["m"]);
        Assert.Equal("BertForSequenceClassification", found.Architecture);
        Assert.Equal(model.ParameterCount, found.Parameters.Values.Sum());
        Assert.Equal(["attention", "embeddings", "feed-forward", "head and the rest", "norms of the layers"], found.Parameters.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((3L, 2L), (found.Shape["classes"], found.Shape["layers"]));
        Assert.Equal($"WordPiece, {s_words.Value.VocabularySize} entries", found.Tokenizer);
        Assert.Contains(found.Uses, u => u.StartsWith("It tells 3 classes apart: ./kit eval ", StringComparison.Ordinal));
        Assert.Empty(found.Problems);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], found.Files.Select(f => f.Name));

        // Weights that do not fit are a problem and no use; the table of tensors is there all the same.
        var tensors = Safetensors.Load(_folder["m/model.safetensors"]);
        Safetensors.Save(_folder["m/model.safetensors"], tensors.Where(t => t.Key != "classifier.bias").Select(t => (t.Key, t.Value)));
        found = ModelInspection.Of(_folder["m"]);
        Assert.Contains("Missing (1): 'classifier.bias'", Assert.Single(found.Problems), StringComparison.Ordinal);
        Assert.Empty(found.Uses);
        Assert.Equal(tensors.Count - 1, found.Tensors.Count);
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    [Fact]
    public void AFileOfWeightsAloneIsLookedAtToo()
    {
        using var model = Save("m", "gpt2");
        var found = ModelInspection.Of(_folder["m/model.safetensors"]);
        Assert.Null(found.Architecture);
        Assert.Equal(model.parameters().Count(), found.Tensors.Count);
        Assert.Contains("is a file of weights alone", Assert.Single(found.Problems), StringComparison.Ordinal);
    }

    private LanguageModel Save(string folder, string name)
    {
        bool writes = Tiny.All[name] is DecoderConfig;
        var tokenizer = writes ? s_bytes.Value : s_words.Value;
        var config = Tiny.All[name] with { VocabularySize = tokenizer.VocabularySize };
        var model = ModelFactory.Create(config, seed: 3);
        SavedModel.Save(_folder[folder], model, tokenizer);
        return model;
    }

    private JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(_folder[file]))!.AsObject();
}
