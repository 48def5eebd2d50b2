using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The shape of a GPT-2 decoder. The defaults are gpt2 (124M).</summary>
public sealed record Gpt2Config : DecoderConfig
{
    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <summary><c>vocab_size</c>.</summary>
    public override int VocabularySize { get; init; } = 50257;

    /// <summary><c>n_positions</c>.</summary>
    public override int MaxLength { get; init; } = 1024;

    /// <summary><c>n_embd</c>, D.</summary>
    public override int Width { get; init; } = 768;

    /// <summary><c>n_layer</c>, L.</summary>
    public override int Layers { get; init; } = 12;

    /// <summary><c>n_head</c>, H.</summary>
    public override int Heads { get; init; } = 12;

    /// <summary><c>activation_function</c>.</summary>
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary><c>layer_norm_epsilon</c>.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary><c>embd_pdrop</c>.</summary>
    public double EmbeddingDropout { get; init; } = 0.1;

    /// <summary><c>attn_pdrop</c>, on the attention probabilities.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary><c>resid_pdrop</c>, on what each block adds to the residual stream.</summary>
    public double ResidualDropout { get; init; } = 0.1;

    /// <inheritdoc/>
    public override ModelConfig WithoutDropout() => this with { EmbeddingDropout = 0, AttentionDropout = 0, ResidualDropout = 0 };

    /// <inheritdoc/>
    public override void Validate()
    {
        Range("vocab_size", VocabularySize, 1);
        Range("n_positions", MaxLength, 1);
        Range("n_embd", Width, 1, MostWidth);
        Range("n_layer", Layers, 0);
        Range("n_head", Heads, 1);
        Range("n_inner", FeedForward, 1, MostWidth);
        HeadsDivideWidth("n_embd", "n_head");
        Positive("layer_norm_epsilon", LayerNormEpsilon);
        Positive("initializer_range", InitializerRange);
        Probability("embd_pdrop", EmbeddingDropout);
        Probability("attn_pdrop", AttentionDropout);
        Probability("resid_pdrop", ResidualDropout);
        LowRank?.Validate(this, MapNames);
    }

    /// <inheritdoc/>
    protected override JsonObject Describe() => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = ModelType,
        ["vocab_size"] = VocabularySize,
        ["n_positions"] = MaxLength,
        ["n_embd"] = Width,
        ["n_layer"] = Layers,
        ["n_head"] = Heads,
        ["n_inner"] = Inner,
        ["activation_function"] = Activation.Name(),
        ["layer_norm_epsilon"] = LayerNormEpsilon,
        ["initializer_range"] = InitializerRange,
        ["embd_pdrop"] = EmbeddingDropout,
        ["attn_pdrop"] = AttentionDropout,
        ["resid_pdrop"] = ResidualDropout,
        ["bos_token_id"] = BeginId,
        ["eos_token_id"] = EndIdsJson(),
        ["tie_word_embeddings"] = Tied,
    };

    // A checkpoint of the bare model has all that the tied head needs.
    private static readonly Dictionary<string, bool> s_architectures = new() { ["GPT2LMHeadModel"] = true, ["GPT2Model"] = true };

    internal static Gpt2Config Read(ConfigKeys keys)
    {
        keys.Architecture(s_architectures, true);
        keys.Only("scale_attn_weights", allowed: true, fallback: true);
        keys.Only("scale_attn_by_inverse_layer_idx", allowed: false, fallback: false);
        keys.Only("add_cross_attention", allowed: false, fallback: false);
        var usual = new Gpt2Config();
        var ends = keys.Ints("eos_token_id");
        return new Gpt2Config
        {
            VocabularySize = keys.Int("vocab_size", usual.VocabularySize),
            MaxLength = keys.Int("n_positions", usual.MaxLength),
            Width = keys.Int("n_embd", usual.Width),
            Layers = keys.Int("n_layer", usual.Layers),
            Heads = keys.Int("n_head", usual.Heads),
            Inner = keys.OptionalInt("n_inner"),
            Activation = Activations.Read(keys, "activation_function", "gelu_new"),
            LayerNormEpsilon = keys.Real("layer_norm_epsilon", usual.LayerNormEpsilon),
            InitializerRange = keys.Real("initializer_range", usual.InitializerRange),
            EmbeddingDropout = keys.Real("embd_pdrop", usual.EmbeddingDropout),
            AttentionDropout = keys.Real("attn_pdrop", usual.AttentionDropout),
            ResidualDropout = keys.Real("resid_pdrop", usual.ResidualDropout),
            BeginId = keys.OptionalInt("bos_token_id"),
            EndId = ends.Count > 0 ? ends[0] : null,
            OtherEndIds = [.. ends.Skip(1)],
            Tied = keys.Flag("tie_word_embeddings", true),
        };
    }
}
