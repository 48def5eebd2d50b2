using System.Globalization;
using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of a BERT encoder with a classification head. The defaults are bert-base-uncased.</summary>
public sealed record BertConfig : ModelConfig
{
    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <summary><c>vocab_size</c>.</summary>
    public override int VocabularySize { get; init; } = 30522;

    /// <summary><c>hidden_size</c>, D.</summary>
    public override int Width { get; init; } = 768;

    /// <summary><c>num_hidden_layers</c>, L.</summary>
    public override int Layers { get; init; } = 12;

    /// <summary><c>num_attention_heads</c>, H.</summary>
    public override int Heads { get; init; } = 12;

    /// <summary><c>hidden_act</c>.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary><c>max_position_embeddings</c>.</summary>
    public override int MaxLength { get; init; } = 512;

    /// <summary><c>type_vocab_size</c>: segments that a token can belong to.</summary>
    public int Segments { get; init; } = 2;

    /// <summary><c>layer_norm_eps</c>: the original TensorFlow code's, not PyTorch's 1e-5.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary><c>hidden_dropout_prob</c>: after each of a layer's two blocks, and after the embedding unless
    /// <see cref="EmbeddingDropout"/> says otherwise.</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary><c>attention_probs_dropout_prob</c>.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary><c>classifier_dropout</c>; null for <see cref="HiddenDropout"/>.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary><c>embedding_dropout_prob</c> (a key of the kit); null for <see cref="HiddenDropout"/>. Gradient distillation
    /// sets this alone to 0 in its variant with dropout.</summary>
    public double? EmbeddingDropout { get; init; }

    /// <summary><c>pad_token_id</c>; kept for other readers, the kit masks by lengths.</summary>
    public int PaddingId { get; init; }

    /// <summary><c>id2label</c>: the classes' names; their number is the width of the head.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["LABEL_0", "LABEL_1"];

    /// <summary>Names for n classes nobody has named, as Hugging Face writes them.</summary>
    public static IReadOnlyList<string> Unnamed(int n) => [.. Enumerable.Range(0, n).Select(i => $"LABEL_{i}")];

    /// <inheritdoc/>
    public override int Classes => Labels.Count;

    /// <inheritdoc/>
    public override ModelConfig WithoutDropout() =>
        this with { HiddenDropout = 0, AttentionDropout = 0, ClassifierDropout = 0, EmbeddingDropout = 0 };

    /// <inheritdoc/>
    public override void Validate()
    {
        Range("vocab_size", VocabularySize, 1);
        Range("hidden_size", Width, 1, MostWidth);
        Range("num_hidden_layers", Layers, 0);
        Range("num_attention_heads", Heads, 1);
        Range("intermediate_size", FeedForward, 1, MostWidth);
        Range("max_position_embeddings", MaxLength, 1);
        Range("type_vocab_size", Segments, 1);
        Range("number of labels (id2label)", Labels.Count, 1);
        HeadsDivideWidth("hidden_size", "num_attention_heads");
        Positive("layer_norm_eps", LayerNormEpsilon);
        Positive("initializer_range", InitializerRange);
        Probability("hidden_dropout_prob", HiddenDropout);
        Probability("attention_probs_dropout_prob", AttentionDropout);
        Probability("classifier_dropout", ClassifierDropout ?? 0);
        Probability("embedding_dropout_prob", EmbeddingDropout ?? 0);
    }

    /// <inheritdoc/>
    public override JsonObject ToJson()
    {
        var named = Labels.Select((name, id) => (Name: name, Id: id)).ToArray();
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("BertForSequenceClassification"),
            ["model_type"] = ModelType,
            ["vocab_size"] = VocabularySize,
            ["hidden_size"] = Width,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["intermediate_size"] = FeedForward,
            ["hidden_act"] = Activation.Name(),
            ["max_position_embeddings"] = MaxLength,
            ["type_vocab_size"] = Segments,
            ["layer_norm_eps"] = LayerNormEpsilon,
            ["initializer_range"] = InitializerRange,
            ["hidden_dropout_prob"] = HiddenDropout,
            ["attention_probs_dropout_prob"] = AttentionDropout,
            ["classifier_dropout"] = ClassifierDropout,
            ["pad_token_id"] = PaddingId,
            ["position_embedding_type"] = "absolute",
            ["id2label"] = new JsonObject(named.Select(l => KeyValuePair.Create($"{l.Id}", (JsonNode?)l.Name))),
            // The map back cannot hold a name twice: the first class of a name keeps it.
            ["label2id"] = new JsonObject(named.DistinctBy(l => l.Name).Select(l => KeyValuePair.Create(l.Name, (JsonNode?)l.Id))),
        };
        if (EmbeddingDropout is { } p) json["embedding_dropout_prob"] = p;
        return json;
    }

    internal static BertConfig Read(ConfigKeys keys)
    {
        var positions = keys.Text("position_embedding_type", "absolute");
        if (positions != "absolute")
            throw new KitException(
                $"'{keys.Source}': 'position_embedding_type' is '{positions}'; the kit computes absolute positions only.");
        keys.Only("is_decoder", allowed: false, fallback: false);
        keys.Only("add_cross_attention", allowed: false, fallback: false);
        var usual = new BertConfig();
        return new BertConfig
        {
            VocabularySize = keys.Int("vocab_size", usual.VocabularySize),
            Width = keys.Int("hidden_size", usual.Width),
            Layers = keys.Int("num_hidden_layers", usual.Layers),
            Heads = keys.Int("num_attention_heads", usual.Heads),
            Inner = keys.Int("intermediate_size", usual.FeedForward),
            Activation = Activations.Read(keys, "hidden_act", "gelu"),
            MaxLength = keys.Int("max_position_embeddings", usual.MaxLength),
            Segments = keys.Int("type_vocab_size", usual.Segments),
            LayerNormEpsilon = keys.Real("layer_norm_eps", usual.LayerNormEpsilon),
            InitializerRange = keys.Real("initializer_range", usual.InitializerRange),
            HiddenDropout = keys.Real("hidden_dropout_prob", usual.HiddenDropout),
            AttentionDropout = keys.Real("attention_probs_dropout_prob", usual.AttentionDropout),
            ClassifierDropout = keys.OptionalReal("classifier_dropout"),
            EmbeddingDropout = keys.OptionalReal("embedding_dropout_prob"),
            PaddingId = keys.Int("pad_token_id", usual.PaddingId),
            Labels = ReadLabels(keys),
        };
    }

    private static IReadOnlyList<string> ReadLabels(ConfigKeys keys)
    {
        // Hugging Face writes id2label, older files num_labels, and neither when there are two classes.
        if (keys.Object("id2label") is not { } map) return Unnamed(keys.Int("num_labels", 2));
        var names = new string[map.Count];
        foreach (var (id, name) in map)
        {
            if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var i) || i >= names.Length
                || name is not JsonValue value || !value.TryGetValue(out string? text) || names[i] is not null)
                throw new KitException(
                    $"'{keys.Source}': 'id2label' must map 0 to {names.Length - 1} to a name each; '{id}' does not fit.");
            names[i] = text;
        }
        return names;
    }
}
