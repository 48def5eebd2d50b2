using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of an OPT decoder. The defaults are facebook/opt-125m.</summary>
public sealed record OptConfig : DecoderConfig
{
    /// <summary>PyTorch's default: OPT's configuration has no key for it.</summary>
    internal const double LayerNormEpsilon = 1e-5;

    /// <inheritdoc/>
    public override string ModelType => "opt";

    /// <summary><c>vocab_size</c>.</summary>
    public override int VocabularySize { get; init; } = 50272;

    /// <summary><c>max_position_embeddings</c>; the table has two rows more.</summary>
    public override int MaxLength { get; init; } = 2048;

    /// <summary><c>hidden_size</c>, D.</summary>
    public override int Width { get; init; } = 768;

    /// <summary><c>num_hidden_layers</c>, L.</summary>
    public override int Layers { get; init; } = 12;

    /// <summary><c>num_attention_heads</c>, H.</summary>
    public override int Heads { get; init; } = 12;

    /// <summary><c>word_embed_proj_dim</c> where it is not <see cref="Width"/>: word vectors of another width, with a map in and
    /// one out (OPT-350m).</summary>
    public int? WordVectors { get; init; }

    /// <summary>Width of the word vectors, E.</summary>
    public int WordWidth => WordVectors ?? Width;

    /// <summary><c>activation_function</c>.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary><c>do_layer_norm_before</c>: normalize before each block, or (OPT-350m) after it.</summary>
    public bool NormBefore { get; init; } = true;

    /// <summary>Not <c>_remove_final_layer_norm</c>: checkpoints of before May 2022 have no norm after the last layer.</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary><c>enable_bias</c>: the linear maps of the layers have biases.</summary>
    public bool Biases { get; init; } = true;

    /// <summary><c>dropout</c>, on what each block adds to the residual stream.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary><c>attention_dropout</c>, on the attention probabilities.</summary>
    public double AttentionDropout { get; init; }

    /// <summary><c>pad_token_id</c>, kept for other readers; the kit masks by lengths.</summary>
    public int? PaddingId { get; init; } = 1;

    /// <inheritdoc/>
    public override ModelConfig WithoutDropout() => this with { Dropout = 0, AttentionDropout = 0 };

    /// <inheritdoc/>
    public override void Validate()
    {
        LowRank?.Validate(this, MapNames);
        Range("vocab_size", VocabularySize, 1);
        Range("max_position_embeddings", MaxLength, 1, int.MaxValue - 2);
        Range("hidden_size", Width, 1, MostWidth);
        Range("word_embed_proj_dim", WordWidth, 1, MostWidth);
        Range("num_hidden_layers", Layers, 0);
        Range("num_attention_heads", Heads, 1);
        Range("ffn_dim", FeedForward, 1, MostWidth);
        HeadsDivideWidth("hidden_size", "num_attention_heads");
        Positive("init_std", InitializerRange);
        Probability("dropout", Dropout);
        Probability("attention_dropout", AttentionDropout);
    }

    /// <inheritdoc/>
    protected override JsonObject Describe() => new()
    {
        ["architectures"] = new JsonArray("OPTForCausalLM"),
        ["model_type"] = ModelType,
        ["vocab_size"] = VocabularySize,
        ["max_position_embeddings"] = MaxLength,
        ["hidden_size"] = Width,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["ffn_dim"] = FeedForward,
        ["word_embed_proj_dim"] = WordWidth,
        ["activation_function"] = Activation.Name(),
        ["do_layer_norm_before"] = NormBefore,
        ["_remove_final_layer_norm"] = !FinalNorm,
        ["enable_bias"] = Biases,
        ["layer_norm_elementwise_affine"] = true,
        ["init_std"] = InitializerRange,
        ["dropout"] = Dropout,
        ["attention_dropout"] = AttentionDropout,
        ["layerdrop"] = 0.0,
        ["pad_token_id"] = PaddingId,
        ["bos_token_id"] = BeginId,
        ["eos_token_id"] = EndIdsJson(),
        ["tie_word_embeddings"] = Tied,
    };

    private static readonly Dictionary<string, bool> s_architectures = new() { ["OPTForCausalLM"] = true, ["OPTModel"] = true };

    internal static OptConfig Read(ConfigKeys keys)
    {
        keys.Architecture(s_architectures, true);
        keys.Only("layer_norm_elementwise_affine", allowed: true, fallback: true);
        if (keys.Real("layerdrop", 0) != 0)
            throw new KitException($"'{keys.Source}': 'layerdrop' is {keys.Real("layerdrop", 0)}; the kit leaves out no layer in training, only 0 is supported.");
        var usual = new OptConfig();
        var ends = keys.Has("eos_token_id") ? keys.Ints("eos_token_id") : [2];
        int width = keys.Int("hidden_size", usual.Width);
        return new OptConfig
        {
            VocabularySize = keys.Int("vocab_size", usual.VocabularySize),
            MaxLength = keys.Int("max_position_embeddings", usual.MaxLength),
            Width = width,
            Layers = keys.Int("num_hidden_layers", usual.Layers),
            Heads = keys.Int("num_attention_heads", usual.Heads),
            Inner = keys.Int("ffn_dim", usual.FeedForward),
            WordVectors = keys.OptionalInt("word_embed_proj_dim") is { } e && e != width ? e : null,
            Activation = Activations.Read(keys, "activation_function", "relu"),
            NormBefore = keys.Flag("do_layer_norm_before", true),
            FinalNorm = !keys.Flag("_remove_final_layer_norm", false),
            Biases = keys.Flag("enable_bias", true),
            InitializerRange = keys.Real("init_std", usual.InitializerRange),
            Dropout = keys.Real("dropout", usual.Dropout),
            AttentionDropout = keys.Real("attention_dropout", usual.AttentionDropout),
            PaddingId = keys.Has("pad_token_id") ? keys.OptionalInt("pad_token_id") : 1,
            BeginId = keys.Has("bos_token_id") ? keys.OptionalInt("bos_token_id") : 2,
            EndId = ends.Count > 0 ? ends[0] : null,
            OtherEndIds = [.. ends.Skip(1)],
            Tied = keys.Flag("tie_word_embeddings", true),
        };
    }
}
