using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of a model, with the numbers that a method needs whatever the architecture.</summary>
public abstract record ModelConfig
{
    /// <summary>Widths beyond this are a slip of the pen, and four times them no number any more.</summary>
    internal const int MostWidth = 1 << 20;

    private const string Known = "bert, roberta, distilbert, gpt2, opt, llama, mistral and qwen2";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>The architecture's id in <c>config.json</c>: <c>bert</c>, <c>gpt2</c>, <c>llama</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Entries of the vocabulary, V.</summary>
    public abstract int VocabularySize { get; init; }

    /// <summary>Width of the residual stream, D.</summary>
    public abstract int Width { get; init; }

    /// <summary>Layers, L.</summary>
    public abstract int Layers { get; init; }

    /// <summary>Attention heads, H.</summary>
    public abstract int Heads { get; init; }

    /// <summary>Heads of keys and values: fewer than <see cref="Heads"/> where several queries share one.</summary>
    public virtual int KeyValueHeads => Heads;

    /// <summary>Width of one head, d.</summary>
    public virtual int HeadWidth => Width / Heads;

    /// <summary>The longest row the positions allow.</summary>
    public abstract int MaxLength { get; init; }

    /// <summary>Classes that the head tells apart, C; 0 for a model that says something else.</summary>
    public virtual int Classes => 0;

    /// <summary>Width of the feed-forward blocks, F, where it is not the architecture's usual multiple of <see cref="Width"/>.</summary>
    public int? Inner { get; init; }

    /// <summary>Width of the feed-forward blocks, F: four times the width unless <see cref="Inner"/> says otherwise.</summary>
    public virtual int FeedForward => Inner ?? 4 * Width;

    /// <summary>Standard deviation of new weights, <c>initializer_range</c>.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The same shape with every dropout at 0: gradients are then those of one function.</summary>
    public abstract ModelConfig WithoutDropout();

    /// <summary>The ranks of maps that are products of two factors; null for a model whose maps are whole.</summary>
    public LowRank? LowRank { get; init; }

    /// <summary>The linear maps of a layer, as <see cref="ModelOutput.Matrices"/> names them.</summary>
    internal virtual IReadOnlyList<string> MapNames { get; } = ["query", "key", "value", "output", "up", "down"];

    /// <summary>The content of Hugging Face's <c>config.json</c>, keys in snake_case.</summary>
    public JsonObject ToJson()
    {
        var json = Describe();
        LowRank.Write(LowRank, json);
        return json;
    }

    /// <summary>The keys of the architecture itself.</summary>
    protected abstract JsonObject Describe();

    /// <summary>Refuses a shape that no model can have.</summary>
    /// <exception cref="KitException">A number is out of range; the message names its key in <c>config.json</c>.</exception>
    public abstract void Validate();

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="KitException">The file is missing or no JSON, the architecture is unknown, or a value asks for what the
    /// kit does not compute.</exception>
    public static ModelConfig Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Could not read the model's configuration '{path}': {e.Message}", e);
        }
        return Parse(text, path);
    }

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="KitException">As in <see cref="Load"/>.</exception>
    public static ModelConfig Parse(string json, string source)
    {
        var keys = ConfigKeys.Parse(json, source);
        ModelConfig config = keys.Text("model_type", "") switch
        {
            "bert" => BertConfig.Read(keys, BertVariant.Bert),
            "roberta" => BertConfig.Read(keys, BertVariant.Roberta),
            "distilbert" => BertConfig.Read(keys, BertVariant.DistilBert),
            "gpt2" => Gpt2Config.Read(keys),
            "opt" => OptConfig.Read(keys),
            "llama" => LlamaConfig.Read(keys, LlamaVariant.Llama),
            "mistral" => LlamaConfig.Read(keys, LlamaVariant.Mistral),
            "qwen2" => LlamaConfig.Read(keys, LlamaVariant.Qwen2),
            "" => throw new KitException($"'{source}' has no 'model_type', so the architecture is unknown. The kit knows {Known}."),
            var other => throw new KitException($"'{source}' is of architecture '{other}'. The kit knows {Known}."),
        };
        config = config with { LowRank = LowRank.Read(keys) };
        config.Validate();
        return config;
    }

    /// <summary>Writes a <c>config.json</c>, beside and renamed.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, ToJson().ToJsonString(s_json) + "\n");

    /// <summary>Throws unless a whole number is in range.</summary>
    private protected static void Range(string key, long value, long least, long most = int.MaxValue)
    {
        if (value < least || value > most)
            throw new KitException(
                $"The model's '{key}' is {value}; it must be {(most == int.MaxValue ? $"at least {least}" : $"in {least}..{most}")}.");
    }

    /// <summary>Throws unless a dropout probability is in [0, 1).</summary>
    private protected static void Probability(string key, double value)
    {
        if (!(value >= 0 && value < 1))
            throw new KitException(
                $"The model's '{key}' is {value}; a dropout probability must be at least 0 and less than 1.");
    }

    /// <summary>Throws unless a number is positive and finite.</summary>
    private protected static void Positive(string key, double value)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new KitException($"The model's '{key}' is {value}; it must be a positive number.");
    }

    /// <summary>Throws unless the heads share the width evenly.</summary>
    private protected void HeadsDivideWidth(string widthKey, string headsKey)
    {
        if (Width % Heads != 0)
            throw new KitException(
                $"The model's '{widthKey}' {Width} is not a multiple of its '{headsKey}' {Heads}; each head needs an equal share.");
    }
}
