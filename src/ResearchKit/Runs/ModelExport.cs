using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Checkpoints;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Models;
using ResearchKit.Text;
using static TorchSharp.torch;

namespace ResearchKit.Runs;

/// <summary>A model written for others.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Architecture">The class of <c>transformers</c> that loads it.</param>
/// <param name="Parameters">Its parameters, tied ones counted once.</param>
/// <param name="Type">The type they are stored in.</param>
/// <param name="Files">Its files.</param>
public sealed record ExportedModel(string Folder, string Architecture, long Parameters, string Type, IReadOnlyList<string> Files);

/// <summary>
/// Writes a model as a folder that Python's <c>transformers</c> loads with <c>from_pretrained</c>: configuration, safetensors, tokenizer with
/// its special tokens, generation settings of a decoder, and a card that says where the model comes from.
/// </summary>
public static class ModelExport
{
    private static readonly JsonSerializerOptions s_json =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Loads a model, checking it whole, and writes it.</summary>
    /// <param name="path">A run folder, a model folder, a llama2.c file, or the name of a fetched model.</param>
    /// <param name="folder">Where to; made when absent, refused when something is in it.</param>
    /// <param name="type">The type of the stored parameters; null for the one they have.</param>
    /// <param name="tokenizerPath">A tokenizer in place of the model's own, or for a file that has none.</param>
    /// <exception cref="KitException">There is no such model, it is damaged, or the folder cannot be written or is not empty.</exception>
    public static ExportedModel Write(string path, string folder, ScalarType? type = null, string? tokenizerPath = null)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new KitException(
                $"'{folder}' is there already, and not empty. Choose another folder for the exported model, or remove this "
                + "one.");
        bool bare = Llama2C.IsOne(path);
        var source = bare ? null : SavedModel.FolderOf(path);
        var tokenizerSource = tokenizerPath ?? source ?? throw new KitException(
            $"'{path}' holds no tokenizer. Name the one that belongs to it, with --tokenizer.");
        var tokenizer = TokenizerFile.Load(tokenizerSource);
        using var loaded = source is null ? Llama2C.Load(path, type: type ?? ScalarType.Float32) : ModelFolder.Load(source, type: type);
        // Nobody else knows of factors: their products are a model like any other.
        using var merged = loaded.Config.LowRank is null ? null : Factorisation.Merge(loaded);
        var model = merged ?? loaded;
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
            throw new KitException(
                $"The tokenizer of '{tokenizerSource}' has {tokenizer.VocabularySize} entries, the model of '{path}' only "
                + $"{model.Config.VocabularySize}. They do not belong together.");

        // The weights last: a folder with weights is whole.
        WriteTokenizer(tokenizer, model.Config, tokenizerSource, folder);
        if (model.Config is DecoderConfig decoder)
            WriteJson(folder, "generation_config.json", Given(source, "generation_config.json") ?? GenerationSettings(decoder, tokenizer));
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), Card(path, source, model));
        ModelFolder.Save(folder, model);
        return new(folder, Architecture(model.Config), model.ParameterCount, SafetensorsType.NameOf(model.parameters().First().dtype)!,
            [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>The class of <c>transformers</c> that a configuration names.</summary>
    internal static string Architecture(ModelConfig config) => config.ToJson()["architectures"]![0]!.GetValue<string>();

    private static void WriteTokenizer(Tokenizer tokenizer, ModelConfig config, string source, string folder)
    {
        var file = Directory.Exists(source) ? Path.Combine(source, "tokenizer.json") : source;
        var target = Path.Combine(folder, "tokenizer.json");
        // Byte for byte where there is one: what the kit has no use for, others may.
        if (Path.GetFileName(file) == "tokenizer.json" && File.Exists(file)) AtomicFile.Write(target, into =>
        {
            using var from = File.OpenRead(file);
            from.CopyTo(into);
        });
        else tokenizer.Save(target);
        var given = Directory.Exists(source) ? source : null;
        WriteJson(folder, "tokenizer_config.json", Given(given, "tokenizer_config.json") ?? TokenizerSettings(tokenizer, config));
        WriteJson(folder, "special_tokens_map.json", Given(given, "special_tokens_map.json") ?? SpecialTokens(tokenizer, config));
    }

    private static JsonObject TokenizerSettings(Tokenizer tokenizer, ModelConfig config)
    {
        // Segments are given to a decoder only to be added to its words' vectors: GPT-2 would do that, and say something else.
        string[] inputs = config is BertConfig { Variant: BertVariant.Bert }
            ? ["input_ids", "token_type_ids", "attention_mask"] : ["input_ids", "attention_mask"];
        var settings = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = config.MaxLength,
            ["model_input_names"] = new JsonArray([.. inputs.Select(i => JsonValue.Create(i))]),
            ["padding_side"] = config is DecoderConfig ? "left" : "right",
            ["clean_up_tokenization_spaces"] = false,   // tokenizer.json's decoder does what is to be done
        };
        foreach (var (role, token) in SpecialTokens(tokenizer, config)) settings[role] = token!.DeepClone();
        return settings;
    }

    private static JsonObject SpecialTokens(Tokenizer tokenizer, ModelConfig config)
    {
        var tokens = new JsonObject();
        Add("unk_token", Named("[UNK]", "<unk>"));
        Add("pad_token", tokenizer.PaddingId ?? Named("[PAD]", "<pad>"));
        Add("mask_token", Named("[MASK]", "<mask>"));
        if (config is BertConfig)
        {
            Add("cls_token", tokenizer.BeginId ?? Named("[CLS]", "<s>"));
            Add("sep_token", tokenizer.EndId ?? Named("[SEP]", "</s>"));
        }
        else
        {
            Add("bos_token", tokenizer.BeginId);
            Add("eos_token", tokenizer.EndId);
        }
        return tokens;

        int? Named(params string[] names) => names.Select(tokenizer.IdOf).FirstOrDefault(id => id is not null);

        void Add(string role, int? id)
        {
            if (id is { } known) tokens[role] = tokenizer.TokenOf(known);
        }
    }

    private static JsonObject GenerationSettings(DecoderConfig config, Tokenizer tokenizer)
    {
        var settings = new JsonObject { ["_from_model_config"] = true };
        if ((config.BeginId ?? tokenizer.BeginId) is { } begin) settings["bos_token_id"] = begin;
        if (config.EndIds is [_, _, ..] ends) settings["eos_token_id"] = new JsonArray([.. ends.Select(id => JsonValue.Create(id))]);
        else if ((config.EndId ?? tokenizer.EndId) is { } end) settings["eos_token_id"] = end;
        if ((tokenizer.PaddingId ?? config.EndId ?? tokenizer.EndId) is { } padding) settings["pad_token_id"] = padding;
        return settings;
    }

    // What came with the model, without what would have another machine run a program from it.
    private static JsonObject? Given(string? source, string name)
    {
        if (source is null || Path.Combine(source, name) is var path && !File.Exists(path)) return null;
        var json = SettingsBinder.Parse(File.ReadAllText(path), path);
        json.Remove("auto_map");
        return json;
    }

    private static void WriteJson(string folder, string name, JsonObject content) =>
        AtomicFile.WriteText(Path.Combine(folder, name), content.ToJsonString(s_json) + "\n");

    private static string Card(string path, string? source, LanguageModel model)
    {
        var run = new RunFolder(path);
        var results = source is not null && run.IsComplete ? run.Results() : null;
        var name = source is not null && !Directory.Exists(path) ? HubName.TryParse(path) : null;
        var (config, architecture) = (model.Config, Architecture(model.Config));
        var text = new StringBuilder();
        Add($"---\nlibrary_name: transformers\n");
        if (name is not null) Add($"base_model: {name.Repository}\n");
        Add($"tags:\n- researchkit\n{(results is not null ? "- distillation\n" : "")}---\n\n");
        Add($"# {results?.Name ?? name?.Repository ?? Path.GetFileNameWithoutExtension(path.TrimEnd('/', '\\'))}\n\n");
        Add($"A `{architecture}` of {model.ParameterCount:N0} parameters ({config.Layers} layers, width {config.Width}, ");
        Add($"vocabulary {config.VocabularySize:N0}), written by ResearchKit.\n\n## Where it comes from\n\n");
        if (results is not null)
        {
            var recipe = run.Recipe();
            Add($"Trained with the method `{results.Method}` on `{results.Task}` ({results.TrainingRows:N0} rows, {results.Steps:N0} steps, seed {results.Seed})");
            if (recipe.Teacher is { } teacher) Add($", with the teacher `{teacher}`{(results.TeacherParameters is { } size ? $" of {size:N0} parameters" : "")}");
            if (recipe.Student.From is { } from) Add($", starting from `{from}`");
            Add($". To repeat it:\n\n    {results.Command}\n\n| {results.Split} split | |\n| --- | ---: |\n");
            foreach (var (metric, value) in results.Metrics) Add($"| {metric} | {value:0.####} |\n");
        }
        else if (name is not null)
            Add($"The model `{name.Repository}` of the hub, commit `{Path.GetFileName(source)}`. Its licence is that of the original.\n");
        else
            Add($"The {(source is null ? "llama2.c file" : "model folder")} `{path}`.\n");
        Add($"\n## Using it\n\n```python\nfrom transformers import AutoTokenizer, {architecture}\n\n");
        Add($"tokenizer = AutoTokenizer.from_pretrained(\"PATH\")\nmodel = {architecture}.from_pretrained(\"PATH\")\n```\n");
        return text.ToString();

        void Add(FormattableString piece) => text.Append(piece.ToString(CultureInfo.InvariantCulture));
    }
}
