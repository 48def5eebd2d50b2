namespace ResearchKit.Models;

/// <summary>What a variant of BERT calls its parameters in checkpoints and its numbers in <c>config.json</c>.</summary>
internal sealed record BertNames
{
    /// <summary>Hugging Face's class names begin with this.</summary>
    public required string Class { get; init; }

    /// <summary>What stands before the names of everything but the head; checkpoints of the bare model leave it out.</summary>
    public required string Base { get; init; }

    public required string ModelType { get; init; }

    // Parameters, below Base.
    public string? Segments { get; init; } = "embeddings.token_type_embeddings";
    public string Layer { get; init; } = "encoder.layer";
    public string Pooler { get; init; } = "pooler.dense";

    // Parameters of one layer.
    public string Query { get; init; } = "attention.self.query";
    public string Key { get; init; } = "attention.self.key";
    public string Value { get; init; } = "attention.self.value";
    public string Output { get; init; } = "attention.output.dense";
    public string AttentionNorm { get; init; } = "attention.output.LayerNorm";
    public string Up { get; init; } = "intermediate.dense";
    public string Down { get; init; } = "output.dense";
    public string OutputNorm { get; init; } = "output.LayerNorm";

    /// <summary>A map of a layer, by the kit's name for it.</summary>
    public string Map(string matrix) => matrix switch
    {
        "query" => Query,
        "key" => Key,
        "value" => Value,
        "output" => Output,
        "up" => Up,
        _ => Down,
    };

    // Parameters of the heads: the map before the classes, the classes; the map, its norm and the bias before the vocabulary.
    public required string Pre { get; init; }
    public required string Classifier { get; init; }
    public required string Transform { get; init; }
    public required string TransformNorm { get; init; }
    public required string Vocabulary { get; init; }

    // Keys of config.json.
    public string WidthKey { get; init; } = "hidden_size";
    public string LayersKey { get; init; } = "num_hidden_layers";
    public string HeadsKey { get; init; } = "num_attention_heads";
    public string InnerKey { get; init; } = "intermediate_size";
    public string ActivationKey { get; init; } = "hidden_act";
    public string HiddenDropoutKey { get; init; } = "hidden_dropout_prob";
    public string AttentionDropoutKey { get; init; } = "attention_probs_dropout_prob";
    public string ClassifierDropoutKey { get; init; } = "classifier_dropout";

    public static BertNames Of(BertVariant variant) => variant switch
    {
        BertVariant.Bert => s_bert,
        BertVariant.Roberta => s_roberta,
        _ => s_distilBert,
    };

    private static readonly BertNames s_bert = new()
    {
        Class = "Bert",
        Base = "bert",
        ModelType = "bert",
        Pre = "bert.pooler.dense",
        Classifier = "classifier",
        Transform = "cls.predictions.transform.dense",
        TransformNorm = "cls.predictions.transform.LayerNorm",
        Vocabulary = "cls.predictions",
    };

    private static readonly BertNames s_roberta = new()
    {
        Class = "Roberta",
        Base = "roberta",
        ModelType = "roberta",
        Pre = "classifier.dense",
        Classifier = "classifier.out_proj",
        Transform = "lm_head.dense",
        TransformNorm = "lm_head.layer_norm",
        Vocabulary = "lm_head",
    };

    private static readonly BertNames s_distilBert = new()
    {
        Class = "DistilBert",
        Base = "distilbert",
        ModelType = "distilbert",
        Segments = null,
        Layer = "transformer.layer",
        Query = "attention.q_lin",
        Key = "attention.k_lin",
        Value = "attention.v_lin",
        Output = "attention.out_lin",
        AttentionNorm = "sa_layer_norm",
        Up = "ffn.lin1",
        Down = "ffn.lin2",
        OutputNorm = "output_layer_norm",
        Pre = "pre_classifier",
        Classifier = "classifier",
        Transform = "vocab_transform",
        TransformNorm = "vocab_layer_norm",
        Vocabulary = "vocab_projector",
        WidthKey = "dim",
        LayersKey = "n_layers",
        HeadsKey = "n_heads",
        InnerKey = "hidden_dim",
        ActivationKey = "activation",
        HiddenDropoutKey = "dropout",
        AttentionDropoutKey = "attention_dropout",
        ClassifierDropoutKey = "seq_classif_dropout",
    };
}
