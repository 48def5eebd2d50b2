using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The architectures that share LLaMA's computation and differ in their configuration.</summary>
public enum LlamaVariant
{
    /// <summary>Touvron et al., arXiv 2302.13971; Llama 2 and 3, TinyLlama, the story models of llama2.c.</summary>
    Llama,

    /// <summary>Jiang et al., arXiv 2310.06825. Its sliding window is not computed: rows may be as long as the window, up to
    /// where both are the same.</summary>
    Mistral,

    /// <summary>Yang et al., arXiv 2407.10671: biases on queries, keys and values.</summary>
    Qwen2,
}

/// <summary>How rotary positions are stretched for rows longer than those of the first training.</summary>
/// <param name="Type"><c>linear</c>, or <c>llama3</c>, which alone uses the last three numbers.</param>
/// <param name="Factor">How many times longer.</param>
/// <param name="LowFrequency"><c>low_freq_factor</c>: fewer turns in the first training's rows than this are stretched.</param>
/// <param name="HighFrequency"><c>high_freq_factor</c>: more are left as they are.</param>
/// <param name="OriginalLength"><c>original_max_position_embeddings</c>: the first training's rows.</param>
public sealed record RotaryScaling(string Type, double Factor, double LowFrequency = 1, double HighFrequency = 4, int OriginalLength = 8192);

/// <summary>The shape of a LLaMA, Mistral or Qwen2 decoder. The defaults are Llama 7B.</summary>
public sealed record LlamaConfig : DecoderConfig
{
    /// <summary>An untied head, as most of the family have.</summary>
    public LlamaConfig() => Tied = false;

    /// <summary>Which of the three it is.</summary>
    public LlamaVariant Variant { get; init; }

    /// <inheritdoc/>
    public override string ModelType => Variant.ToString().ToLowerInvariant();

    /// <summary><c>vocab_size</c>.</summary>
    public override int VocabularySize { get; init; } = 32000;

    /// <summary><c>max_position_embeddings</c>.</summary>
    public override int MaxLength { get; init; } = 2048;

    /// <summary><c>hidden_size</c>, D.</summary>
    public override int Width { get; init; } = 4096;

    /// <summary><c>num_hidden_layers</c>, L.</summary>
    public override int Layers { get; init; } = 32;

    /// <summary><c>num_attention_heads</c>, H.</summary>
    public override int Heads { get; init; } = 32;

    /// <summary><c>num_key_value_heads</c>, K; null for as many as <see cref="Heads"/>.</summary>
    public int? Groups { get; init; }

    /// <inheritdoc/>
    public override int KeyValueHeads => Groups ?? Heads;

    /// <summary><c>head_dim</c>, where it is not the width shared among the heads.</summary>
    public int? HeadSize { get; init; }

    /// <inheritdoc/>
    public override int HeadWidth => HeadSize ?? Width / Heads;

    /// <summary>Width of the feed-forward blocks, F: with three maps in place of two, two thirds of four times the width have as
    /// many parameters; rounded up to a multiple of 8.</summary>
    public override int FeedForward => Inner ?? (8 * Width / 3 + 7) / 8 * 8;

    /// <summary><c>hidden_act</c>, on the gate.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary><c>rms_norm_eps</c>.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary><c>rope_theta</c>, the base of the rotation's frequencies.</summary>
    public double RotaryBase { get; init; } = 10000;

    /// <summary><c>rope_scaling</c>; null for none.</summary>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>LLaMA's <c>attention_bias</c>: biases on all four maps of the attention. Qwen2 has them on the first three.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Biases on queries, keys and values.</summary>
    public bool QueryBias => AttentionBias || Variant == LlamaVariant.Qwen2;

    /// <summary>A bias on the attention's output.</summary>
    public bool OutputBias => AttentionBias;

    /// <summary><c>mlp_bias</c>: biases in the feed-forward block.</summary>
    public bool InnerBias { get; init; }

    /// <summary><c>attention_dropout</c>, on the attention probabilities; there is no other.</summary>
    public double AttentionDropout { get; init; }

    /// <inheritdoc/>
    public override ModelConfig WithoutDropout() => this with { AttentionDropout = 0 };

    /// <inheritdoc/>
    public override void Validate()
    {
        LowRank?.Validate(this, MapNames);
        Range("vocab_size", VocabularySize, 1);
        Range("max_position_embeddings", MaxLength, 1);
        Range("hidden_size", Width, 1, MostWidth);
        Range("num_hidden_layers", Layers, 0);
        Range("num_attention_heads", Heads, 1);
        Range("num_key_value_heads", KeyValueHeads, 1);
        Range("intermediate_size", FeedForward, 1, MostWidth);
        if (HeadSize is null) HeadsDivideWidth("hidden_size", "num_attention_heads");
        Range("head_dim", HeadWidth, 1, MostWidth);
        if (HeadWidth % 2 != 0)
            throw new KitException($"The model's heads are {HeadWidth} wide; rotary positions turn pairs, so that 'head_dim' must be even.");
        if (Heads % KeyValueHeads != 0)
            throw new KitException(
                $"The model's 'num_attention_heads' {Heads} is not a multiple of its 'num_key_value_heads' {KeyValueHeads}; "
                + "each key must serve equally many queries.");
        Positive("rms_norm_eps", NormEpsilon);
        Positive("rope_theta", RotaryBase);
        Positive("initializer_range", InitializerRange);
        Probability("attention_dropout", AttentionDropout);
        if (RotaryScaling is not { } scaling) return;
        Positive("rope_scaling.factor", scaling.Factor);
        Positive("rope_scaling.low_freq_factor", scaling.LowFrequency);
        Range("rope_scaling.original_max_position_embeddings", scaling.OriginalLength, 1);
        if (!(scaling.HighFrequency > scaling.LowFrequency && double.IsFinite(scaling.HighFrequency)))
            throw new KitException(
                $"The model's 'rope_scaling.high_freq_factor' is {scaling.HighFrequency}; it must be above 'low_freq_factor' {scaling.LowFrequency}.");
    }

    internal override IReadOnlyList<string> MapNames { get; } = ["query", "key", "value", "output", "gate", "up", "down"];

    /// <inheritdoc/>
    protected override JsonObject Describe()
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Variant + "ForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = VocabularySize,
            ["max_position_embeddings"] = MaxLength,
            ["hidden_size"] = Width,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyValueHeads,
            ["intermediate_size"] = FeedForward,
            ["hidden_act"] = Activation.Name(),
            ["rms_norm_eps"] = NormEpsilon,
            ["rope_theta"] = RotaryBase,
            ["initializer_range"] = InitializerRange,
            ["attention_dropout"] = AttentionDropout,
            ["bos_token_id"] = BeginId,
            ["eos_token_id"] = EndIdsJson(),
            ["tie_word_embeddings"] = Tied,
        };
        if (HeadSize is { } size) json["head_dim"] = size;
        if (Variant == LlamaVariant.Llama) (json["attention_bias"], json["mlp_bias"]) = (AttentionBias, InnerBias);
        if (Variant == LlamaVariant.Mistral) json["sliding_window"] = null;
        if (Variant == LlamaVariant.Qwen2) json["use_sliding_window"] = false;
        json["rope_scaling"] = RotaryScaling switch
        {
            null => null,
            { Type: "linear" } s => new JsonObject { ["rope_type"] = s.Type, ["factor"] = s.Factor },
            var s => new JsonObject
            {
                ["rope_type"] = s.Type,
                ["factor"] = s.Factor,
                ["low_freq_factor"] = s.LowFrequency,
                ["high_freq_factor"] = s.HighFrequency,
                ["original_max_position_embeddings"] = s.OriginalLength,
            },
        };
        return json;
    }

    internal static LlamaConfig Read(ConfigKeys keys, LlamaVariant variant)
    {
        keys.Architecture(new Dictionary<string, bool> { [variant + "ForCausalLM"] = true, [variant + "Model"] = true }, true);
        keys.Only("use_sliding_window", allowed: false, fallback: false);
        var usual = new LlamaConfig { Variant = variant };
        bool mistral = variant == LlamaVariant.Mistral, qwen = variant == LlamaVariant.Qwen2;
        int length = keys.Int("max_position_embeddings", mistral ? 131072 : qwen ? 32768 : usual.MaxLength);
        int? window = !mistral ? null : keys.Has("sliding_window") ? keys.OptionalInt("sliding_window") : 4096;
        // Transformers 5 moved the base into the group of the scaling, and named the group anew.
        var rotary = keys.Group("rope_parameters") ?? keys.Group("rope_scaling");
        var ends = keys.Has("eos_token_id") ? keys.Ints("eos_token_id") : qwen ? [] : [2];
        return new LlamaConfig
        {
            Variant = variant,
            VocabularySize = keys.Int("vocab_size", qwen ? 151936 : usual.VocabularySize),
            MaxLength = Math.Min(length, window ?? length),
            Width = keys.Int("hidden_size", usual.Width),
            Layers = keys.Int("num_hidden_layers", usual.Layers),
            Heads = keys.Int("num_attention_heads", usual.Heads),
            Groups = keys.OptionalInt("num_key_value_heads") ?? (mistral ? 8 : qwen ? 32 : null),
            HeadSize = keys.OptionalInt("head_dim"),
            Inner = keys.Int("intermediate_size", mistral ? 14336 : qwen ? 22016 : usual.FeedForward),
            Activation = Activations.Read(keys, "hidden_act", "silu"),
            NormEpsilon = keys.Real("rms_norm_eps", usual.NormEpsilon),
            RotaryBase = rotary?.OptionalReal("rope_theta") ?? keys.Real("rope_theta", usual.RotaryBase),
            RotaryScaling = rotary is null ? null : ReadScaling(rotary),
            AttentionBias = variant == LlamaVariant.Llama && keys.Flag("attention_bias", false),
            InnerBias = variant == LlamaVariant.Llama && keys.Flag("mlp_bias", false),
            InitializerRange = keys.Real("initializer_range", usual.InitializerRange),
            AttentionDropout = keys.Real("attention_dropout", 0),
            BeginId = keys.Has("bos_token_id") ? keys.OptionalInt("bos_token_id") : qwen ? null : 1,
            EndId = ends.Count > 0 ? ends[0] : null,
            OtherEndIds = [.. ends.Skip(1)],
            Tied = keys.Flag("tie_word_embeddings", false),
        };
    }

    private static RotaryScaling? ReadScaling(ConfigKeys keys)
    {
        if (keys.Real("partial_rotary_factor", 1) != 1)
            throw new KitException($"'{keys.Source}': 'partial_rotary_factor' is {keys.Real("partial_rotary_factor", 1)}; the kit turns whole heads only.");
        var type = keys.Text("rope_type", keys.Text("type", "default"));
        return type switch
        {
            "default" => null,
            "linear" => new RotaryScaling(type, keys.RequiredReal("factor")),
            "llama3" => new RotaryScaling(type, keys.RequiredReal("factor"), keys.RequiredReal("low_freq_factor"),
                keys.RequiredReal("high_freq_factor"), keys.Int("original_max_position_embeddings", 8192)),
            _ => throw new KitException($"'{keys.Source}': rotary positions are scaled by '{type}'; the kit computes default, linear and llama3."),
        };
    }
}
