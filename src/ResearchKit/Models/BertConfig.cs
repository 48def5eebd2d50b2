using System.Globalization;
using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of a BERT, RoBERTa or DistilBERT encoder with its head. The defaults are bert-base-uncased.</summary>
public sealed record BertConfig : ModelConfig
{
    /// <summary>Which of the three it is.</summary>
    public BertVariant Variant { get; init; }

    /// <summary>What stands on the encoder.</summary>
    public EncoderHead Head { get; init; }

    /// <inheritdoc/>
    public override string ModelType => Names.ModelType;

    /// <summary><c>vocab_size</c>.</summary>
    public override int VocabularySize { get; init; } = 30522;

    /// <summary><c>hidden_size</c> (DistilBERT: <c>dim</c>), D.</summary>
    public override int Width { get; init; } = 768;

    /// <summary><c>num_hidden_layers</c> (<c>n_layers</c>), L.</summary>
    public override int Layers { get; init; } = 12;

    /// <summary><c>num_attention_heads</c> (<c>n_heads</c>), H.</summary>
    public override int Heads { get; init; } = 12;

    /// <summary><c>hidden_act</c> (<c>activation</c>).</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>The longest row: <c>max_position_embeddings</c>, less RoBERTa's <see cref="FirstPosition"/>.</summary>
    public override int MaxLength { get; init; } = 512;

    /// <summary><c>type_vocab_size</c>: segments that a token can belong to. Where there is one, and in DistilBERT, which has
    /// none, a batch's segments are not looked at.</summary>
    public int Segments { get; init; } = 2;

    /// <summary><c>layer_norm_eps</c>: the original TensorFlow code's, not PyTorch's 1e-5. DistilBERT has no key for it.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary><c>hidden_dropout_prob</c> (<c>dropout</c>): after each of a layer's two blocks, and after the embedding unless
    /// <see cref="EmbeddingDropout"/> says otherwise.</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary><c>attention_probs_dropout_prob</c> (<c>attention_dropout</c>).</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary><c>classifier_dropout</c> (<c>seq_classif_dropout</c>); null for <see cref="HiddenDropout"/>, or DistilBERT's 0.2.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>DistilBERT's <c>qa_dropout</c>, before the span head; the others have none there.</summary>
    public double SpanDropout { get; init; }

    /// <summary><c>embedding_dropout_prob</c> (a key of the kit); null for <see cref="HiddenDropout"/>. Gradient distillation
    /// sets this alone to 0 in its variant with dropout.</summary>
    public double? EmbeddingDropout { get; init; }

    /// <summary><c>pad_token_id</c>: RoBERTa's positions begin after it. Beside that it is kept for other readers; the kit masks
    /// by lengths.</summary>
    public int PaddingId { get; init; }

    /// <summary><c>id2label</c>: the classes' names; their number is the width of the head. A single one names the number that a
    /// regression tells.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["LABEL_0", "LABEL_1"];

    /// <summary>The row of the position table where a row of tokens begins: 0, or in RoBERTa the padding id plus one, because
    /// the code it was trained with gave padding that id as its position.</summary>
    public int FirstPosition => Variant == BertVariant.Roberta ? PaddingId + 1 : 0;

    internal BertNames Names => BertNames.Of(Variant);

    /// <summary>Names for n classes nobody has named, as Hugging Face writes them.</summary>
    public static IReadOnlyList<string> Unnamed(int n) => [.. Enumerable.Range(0, n).Select(i => $"LABEL_{i}")];

    /// <inheritdoc/>
    public override int Classes => Head == EncoderHead.Classes ? Labels.Count : 0;

    /// <inheritdoc/>
    public override ModelConfig WithoutDropout() =>
        this with { HiddenDropout = 0, AttentionDropout = 0, ClassifierDropout = 0, SpanDropout = 0, EmbeddingDropout = 0 };

    /// <inheritdoc/>
    public override void Validate()
    {
        var names = Names;
        Range("vocab_size", VocabularySize, 1);
        Range(names.WidthKey, Width, 1, MostWidth);
        Range(names.LayersKey, Layers, 0);
        Range(names.HeadsKey, Heads, 1);
        Range(names.InnerKey, FeedForward, 1, MostWidth);
        Range("pad_token_id", PaddingId, 0, MostWidth);
        Range("max_position_embeddings", (long)MaxLength + FirstPosition, FirstPosition + 1);
        Range("type_vocab_size", Segments, 1);
        Range("number of labels (id2label)", Labels.Count, 1);
        HeadsDivideWidth(names.WidthKey, names.HeadsKey);
        Positive("layer_norm_eps", LayerNormEpsilon);
        Positive("initializer_range", InitializerRange);
        Probability(names.HiddenDropoutKey, HiddenDropout);
        Probability(names.AttentionDropoutKey, AttentionDropout);
        Probability(names.ClassifierDropoutKey, ClassifierDropout ?? 0);
        Probability("qa_dropout", SpanDropout);
        Probability("embedding_dropout_prob", EmbeddingDropout ?? 0);
        LowRank?.Validate(this, MapNames);
    }

    /// <inheritdoc/>
    protected override JsonObject Describe()
    {
        var names = Names;
        var classes = Labels.Select((name, id) => (Name: name, Id: id)).ToArray();
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(names.Class + Suffix(Head)),
            ["model_type"] = ModelType,
            ["vocab_size"] = VocabularySize,
            [names.WidthKey] = Width,
            [names.LayersKey] = Layers,
            [names.HeadsKey] = Heads,
            [names.InnerKey] = FeedForward,
            [names.ActivationKey] = Activation.Name(),
            ["max_position_embeddings"] = MaxLength + FirstPosition,
            ["initializer_range"] = InitializerRange,
            [names.HiddenDropoutKey] = HiddenDropout,
            [names.AttentionDropoutKey] = AttentionDropout,
            ["pad_token_id"] = PaddingId,
            ["id2label"] = new JsonObject(classes.Select(l => KeyValuePair.Create($"{l.Id}", (JsonNode?)l.Name))),
            // The map back cannot hold a name twice: the first class of a name keeps it.
            ["label2id"] = new JsonObject(classes.DistinctBy(l => l.Name).Select(l => KeyValuePair.Create(l.Name, (JsonNode?)l.Id))),
        };
        if (Classes == 1) json["problem_type"] = "regression";   // one output is a number, here as in Hugging Face
        if (Variant == BertVariant.DistilBert)
        {
            json["qa_dropout"] = SpanDropout;
            json["sinusoidal_pos_embds"] = false;
            if (ClassifierDropout is { } dropout) json[names.ClassifierDropoutKey] = dropout;
        }
        else
        {
            json["type_vocab_size"] = Segments;
            json["layer_norm_eps"] = LayerNormEpsilon;
            json["position_embedding_type"] = "absolute";
            json[names.ClassifierDropoutKey] = ClassifierDropout;
        }
        if (EmbeddingDropout is { } p) json["embedding_dropout_prob"] = p;
        return json;
    }

    internal static BertConfig Read(ConfigKeys keys, BertVariant variant)
    {
        var names = BertNames.Of(variant);
        bool distil = variant == BertVariant.DistilBert;
        var positions = keys.Text("position_embedding_type", "absolute");
        if (positions != "absolute")
            throw new KitException(
                $"'{keys.Source}': 'position_embedding_type' is '{positions}'; the kit computes absolute positions only.");
        keys.Only("is_decoder", allowed: false, fallback: false);
        keys.Only("add_cross_attention", allowed: false, fallback: false);
        keys.Only("tie_word_embeddings", allowed: true, fallback: true);
        keys.Only("sinusoidal_pos_embds", allowed: false, fallback: false);
        var usual = new BertConfig { Variant = variant };
        int padding = keys.Int("pad_token_id", variant == BertVariant.Roberta ? 1 : 0);
        var config = new BertConfig
        {
            Variant = variant,
            Head = ReadHead(keys, names),
            VocabularySize = keys.Int("vocab_size", variant == BertVariant.Roberta ? 50265 : usual.VocabularySize),
            Width = keys.Int(names.WidthKey, usual.Width),
            Layers = keys.Int(names.LayersKey, distil ? 6 : usual.Layers),
            Heads = keys.Int(names.HeadsKey, usual.Heads),
            Inner = keys.Int(names.InnerKey, usual.FeedForward),
            Activation = Activations.Read(keys, names.ActivationKey, "gelu"),
            Segments = keys.Int("type_vocab_size", usual.Segments),
            LayerNormEpsilon = distil ? usual.LayerNormEpsilon : keys.Real("layer_norm_eps", usual.LayerNormEpsilon),
            InitializerRange = keys.Real("initializer_range", usual.InitializerRange),
            HiddenDropout = keys.Real(names.HiddenDropoutKey, usual.HiddenDropout),
            AttentionDropout = keys.Real(names.AttentionDropoutKey, usual.AttentionDropout),
            ClassifierDropout = keys.OptionalReal(names.ClassifierDropoutKey),
            SpanDropout = distil ? keys.Real("qa_dropout", 0.1) : 0,
            EmbeddingDropout = keys.OptionalReal("embedding_dropout_prob"),
            PaddingId = padding,
            Labels = ReadLabels(keys),
        };
        return config with { MaxLength = keys.Int("max_position_embeddings", 512) - config.FirstPosition };
    }

    private static string Suffix(EncoderHead head) => head switch
    {
        EncoderHead.Classes => "ForSequenceClassification",
        EncoderHead.MaskedTokens => "ForMaskedLM",
        EncoderHead.Span => "ForQuestionAnswering",
        _ => "Model",
    };

    private static EncoderHead ReadHead(ConfigKeys keys, BertNames names)
    {
        // Pretraining has a second head, for the next sentence; nobody continues that, and its tensors are left aside.
        var heads = Enum.GetValues<EncoderHead>().ToDictionary(h => names.Class + Suffix(h));
        if (names.Class == "Bert") heads["BertForPreTraining"] = EncoderHead.MaskedTokens;
        return keys.Architecture(heads, EncoderHead.Classes);
    }

    private static IReadOnlyList<string> ReadLabels(ConfigKeys keys)
    {
        // Hugging Face writes id2label, older files num_labels, and neither when there are two classes.
        if (keys.Object("id2label") is not { } map)
        {
            int count = keys.Int("num_labels", 2);
            Range("num_labels", count, 1, MostWidth);
            return Unnamed(count);
        }
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
