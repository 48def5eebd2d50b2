using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// GPT-2 (Radford et al. 2019): the whole model in this file, its parts named as in Hugging Face's GPT2LMHeadModel. A tied
/// head is the word table itself, so that the weight exists once.
/// </summary>
/// <remarks>B rows, T positions, D width, F inner width, H heads, V vocabulary.</remarks>
public sealed class Gpt2 : Decoder
{
    private readonly Gpt2Config _config;
    private readonly WordTable _words;
    private readonly Table _positions;
    private readonly Gpt2Layer[] _layers;
    private readonly LayerNorm _norm;
    private readonly nn.Module<Tensor, Tensor>? _head;

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave matrices and tables without values, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Gpt2(Gpt2Config config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Gpt2))
    {
        config.Validate();
        _config = config;
        device ??= CPU;
        _words = Add("transformer.wte", WordTable.Of(config.VocabularySize, config.Width, config.LowRank?.Embedding, device, type));
        _positions = Add("transformer.wpe", new Table(config.MaxLength, config.Width, device, type));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"transformer.h.{i}", new Gpt2Layer(config, i, device, type)))];
        _norm = Add("transformer.ln_f", Norm(config.Width, config.LayerNormEpsilon, device, type));
        if (!config.Tied) _head = Add("lm_head", Map(config.LowRank?.Embedding, config.Width, config.VocabularySize, device, type, bias: false));
        // 2L maps add to the residual stream; scaled so, its variance does not grow with the depth (report, section 2.3).
        double residual = config.InitializerRange / Math.Sqrt(2 * config.Layers);
        if (seed is { } s) Draw(s, name => name.Contains(".c_proj.", StringComparison.Ordinal) ? residual : config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    private protected override IReadOnlyList<string> EmbeddingNames => ["transformer.wte", "transformer.wpe"];

    internal override ParameterLayout Layout => new("transformer.h.",
    [
        new("wte", Axis.Tokens, Axis.Width), new("wpe", Axis.Positions, Axis.Width), new("lm_head", Axis.Tokens, Axis.Width),
        new("attn.c_attn", Axis.Width, Axis.ThreeHeads, Transposed: true), new("attn.c_proj", Axis.Heads, Axis.Width, Transposed: true),
        new("mlp.c_fc", Axis.Width, Axis.Inner, Transposed: true), new("mlp.c_proj", Axis.Inner, Axis.Width, Transposed: true),
    ], []);

    private protected override LinearMap MapOf(int layer, string matrix) => _layers[layer].Map($"transformer.h.{layer}.", matrix);

    internal override WordTable Words => _words;

    internal override LinearMap? OutputMap => _head is null ? null : new("lm_head", _head);

    /// <inheritdoc/>
    public override string? ParameterName(string stored)
    {
        // The causal mask is stored in old files, the head's copy of the word table in some.
        bool useless = (_config.Tied && stored == "lm_head.weight") || stored.EndsWith(".attn.bias", StringComparison.Ordinal)
            || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
        return useless ? null : Placed(stored, "transformer.");
    }

    private protected override (double Hidden, double Attention) Dropouts => (_config.ResidualDropout, _config.AttentionDropout);

    private protected override Tensor Embed(Tensor ids, Tensor? positions)
    {
        var places = positions is null ? _positions.From(0, ids.shape[1]) : _positions.call(positions);   // [T, D] or [B, T, D]
        var x = _words.call(ids) + places;                                                                // [B, T, D]
        return training ? Pass.Drop(x, _config.EmbeddingDropout) : x;
    }

    private protected override Tensor Run(Tensor x, Pass pass)
    {
        foreach (var layer in _layers) x = pass.Seen.Layer(x, layer.Forward(x, pass), last: layer == _layers[^1]);
        return x;
    }

    internal override Tensor Predict(Tensor x) => _head is null ? _words.Predict(_norm.call(x)) : _head.call(_norm.call(x));
}

/// <summary>One decoder layer, normalized before each block: causal attention, then the feed-forward pair.</summary>
internal sealed class Gpt2Layer : Block
{
    private const string Fused = "attn.c_attn";
    private static readonly string[] s_three = ["query", "key", "value"];

    private readonly int _index, _heads;
    private readonly Activation _activation;
    private readonly LayerNorm _attentionNorm, _outputNorm;
    private readonly Conv1D? _queryKeyValue;                                        // as it is stored; or, where one of the three has factors,
    private readonly nn.Module<Tensor, Tensor>? _query, _key, _value;               // each by itself
    private readonly nn.Module<Tensor, Tensor> _output, _up, _down;

    public Gpt2Layer(Gpt2Config config, int index, Device device, ScalarType type) : base(nameof(Gpt2Layer))
    {
        int d = config.Width, f = config.FeedForward;
        _index = index;
        _heads = config.Heads;
        _activation = config.Activation;
        _attentionNorm = Add("ln_1", Norm(d, config.LayerNormEpsilon, device, type));
        nn.Module<Tensor, Tensor> Part(string name, string matrix, int inputs, int outputs) => Add(name,
            config.LowRank?.Of(index, matrix) is { } rank ? new LowRankLinear(inputs, outputs, rank, device, type, hasBias: true) : (nn.Module<Tensor, Tensor>)new Conv1D(inputs, outputs, device, type));
        if (s_three.All(matrix => config.LowRank?.Of(index, matrix) is null)) _queryKeyValue = Add(Fused, new Conv1D(d, 3 * d, device, type));
        else
        {
            _query = Part($"{Fused}.query", "query", d, d);
            _key = Part($"{Fused}.key", "key", d, d);
            _value = Part($"{Fused}.value", "value", d, d);
        }
        _output = Part("attn.c_proj", "output", d, d);
        _outputNorm = Add("ln_2", Norm(d, config.LayerNormEpsilon, device, type));
        _up = Part("mlp.c_fc", "up", d, f);
        _down = Part("mlp.c_proj", "down", f, d);
    }

    public LinearMap Map(string at, string matrix) => matrix switch
    {
        "output" => new($"{at}attn.c_proj", _output),
        "up" => new($"{at}mlp.c_fc", _up),
        "down" => new($"{at}mlp.c_proj", _down),
        _ when _queryKeyValue is not null => new($"{at}{Fused}.{matrix}", _queryKeyValue, Array.IndexOf(s_three, matrix)),
        _ => new($"{at}{Fused}.{matrix}", (matrix == "query" ? _query : matrix == "key" ? _key : _value)!),
    };

    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        var read = _attentionNorm.call(x);
        Tensor[] three = _queryKeyValue?.call(read).chunk(3, -1) ?? [_query!.call(read), _key!.call(read), _value!.call(read)];   // 3 × [B, T, D]
        Tensor query = pass.Query(_index, read, three[0]), key = three[1], value = pass.Value(_index, read, three[2]);
        Tensor q = Attention.Split(query, _heads), k = Attention.Split(key, _heads), v = Attention.Split(value, _heads);
        (k, v) = pass.Context(_index, k, v);                                                     // [B, H, S, d]
        var merged = Attention.Merge(Attention.Attend(q, k, v, pass));                             // [B, T, D]
        var output = _output.call(merged);                                                         // [B, T, D]
        x = x + Pass.Drop(output, pass.HiddenDropout);
        var wide = _outputNorm.call(x);                                                            // [B, T, D]
        var up = _up.call(wide);                                                                   // [B, T, F]
        var inner = _activation.Apply(up);                                                         // [B, T, F]
        var down = _down.call(inner);                                                              // [B, T, D]
        pass.Seen.Inputs(read, merged, wide, inner);
        pass.Seen.Matrices(query, key, value, output, up, down);
        return (x + Pass.Drop(down, pass.HiddenDropout)).MoveToOuterDisposeScope();
    }
}
