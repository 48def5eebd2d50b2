using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// OPT (Zhang et al., arXiv 2205.01068): the whole model in this file, its parts named as in Hugging Face's OPTForCausalLM.
/// </summary>
/// <remarks>B rows, T positions, D width, E width of the word vectors, F inner width, H heads, V vocabulary.</remarks>
public sealed class Opt : Decoder
{
    // The first two rows of the position table belonged to padding in the code that trained it, and were never let go.
    internal const int FirstPosition = 2;

    private readonly OptConfig _config;
    private readonly WordTable _words;
    private readonly Table _positions;
    private readonly Linear? _in, _out;
    private readonly nn.Module<Tensor, Tensor>? _head;
    private readonly OptLayer[] _layers;
    private readonly LayerNorm? _norm;

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave matrices and tables without values, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Opt(OptConfig config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Opt))
    {
        config.Validate();
        _config = config;
        device ??= CPU;
        int d = config.Width, e = config.WordWidth;
        _words = Add("model.decoder.embed_tokens", WordTable.Of(config.VocabularySize, e, config.LowRank?.Embedding, device, type));
        _positions = Add("model.decoder.embed_positions", new Table(FirstPosition + config.MaxLength, d, device, type));
        if (e != d)
        {
            _in = Add("model.decoder.project_in", Map(e, d, device, type, bias: false));
            _out = Add("model.decoder.project_out", Map(d, e, device, type, bias: false));
        }
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"model.decoder.layers.{i}", new OptLayer(config, i, device, type)))];
        // A stream that every layer leaves normalized needs no norm at the end.
        if (config.NormBefore && config.FinalNorm) _norm = Add("model.decoder.final_layer_norm", Norm(d, OptConfig.LayerNormEpsilon, device, type));
        if (!config.Tied) _head = Add("lm_head", Map(config.LowRank?.Embedding, e, config.VocabularySize, device, type, bias: false));
        if (seed is { } s) Draw(s, _ => config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    private protected override IReadOnlyList<string> EmbeddingNames => ["model.decoder.embed_tokens", "model.decoder.embed_positions", "model.decoder.project_in"];

    internal override ParameterLayout Layout
    {
        get
        {
            var words = _in is null ? Axis.Width : Axis.Words;
            return new("model.decoder.layers.",
            [
                new("embed_tokens", Axis.Tokens, words), new("embed_positions", Axis.Positions, Axis.Width), new("lm_head", Axis.Tokens, words),
                new("project_in", Axis.Width, Axis.Words), new("project_out", Axis.Words, Axis.Width),
                new("self_attn.q_proj", Axis.Heads, Axis.Width), new("self_attn.k_proj", Axis.Heads, Axis.Width),
                new("self_attn.v_proj", Axis.Heads, Axis.Width), new("self_attn.out_proj", Axis.Width, Axis.Heads),
                new("fc1", Axis.Inner, Axis.Width), new("fc2", Axis.Width, Axis.Inner),
            ], []);
        }
    }

    private protected override LinearMap MapOf(int layer, string matrix) => new($"model.decoder.layers.{layer}.{OptLayer.NameOf(matrix)}", _layers[layer].Map(matrix));

    internal override WordTable Words => _words;

    internal override LinearMap? OutputMap => _head is null ? null : new("lm_head", _head);

    /// <inheritdoc/>
    public override string? ParameterName(string stored) =>
        _config.Tied && stored == "lm_head.weight" ? null : Placed(Placed(stored, "model."), "model.decoder.");

    private protected override (double Hidden, double Attention) Dropouts => (_config.Dropout, _config.AttentionDropout);

    private protected override Tensor Embed(Tensor ids, Tensor? positions)
    {
        var places = positions is null ? _positions.From(FirstPosition, ids.shape[1]) : _positions.call(positions + FirstPosition);
        var words = _words.call(ids);                                                              // [B, T, E]
        return (_in is null ? words : _in.call(words)) + places;                                   // [B, T, D]
    }

    private protected override Tensor Run(Tensor x, Pass pass)
    {
        foreach (var layer in _layers) x = pass.Seen.Layer(x, layer.Forward(x, pass), last: layer == _layers[^1]);
        return x;
    }

    internal override Tensor Predict(Tensor x)
    {
        if (_norm is not null) x = _norm.call(x);
        if (_out is not null) x = _out.call(x);                                                    // [..., E]
        return _head is null ? _words.Predict(x) : _head.call(x);
    }
}

/// <summary>One decoder layer: causal attention, then the feed-forward pair, normalized before each block or (OPT-350m) after.</summary>
internal sealed class OptLayer : Block
{
    private readonly int _index, _heads;
    private readonly bool _before;
    private readonly Activation _activation;
    private readonly nn.Module<Tensor, Tensor> _query, _key, _value, _output, _up, _down;
    private readonly LayerNorm _attentionNorm, _outputNorm;

    public OptLayer(OptConfig config, int index, Device device, ScalarType type) : base(nameof(OptLayer))
    {
        int d = config.Width, f = config.FeedForward;
        bool bias = config.Biases;
        _index = index;
        _heads = config.Heads;
        _before = config.NormBefore;
        _activation = config.Activation;
        nn.Module<Tensor, Tensor> Part(string matrix, int inputs, int outputs) => Add(NameOf(matrix), Map(config.LowRank?.Of(index, matrix), inputs, outputs, device, type, bias));
        _key = Part("key", d, d);
        _value = Part("value", d, d);
        _query = Part("query", d, d);
        _output = Part("output", d, d);
        _attentionNorm = Add("self_attn_layer_norm", Norm(d, OptConfig.LayerNormEpsilon, device, type));
        _up = Part("up", d, f);
        _down = Part("down", f, d);
        _outputNorm = Add("final_layer_norm", Norm(d, OptConfig.LayerNormEpsilon, device, type));
    }

    public static string NameOf(string matrix) => matrix switch
    {
        "output" => "self_attn.out_proj",
        "up" => "fc1",
        "down" => "fc2",
        _ => $"self_attn.{matrix[0]}_proj",
    };

    public nn.Module<Tensor, Tensor> Map(string matrix) => matrix switch
    {
        "query" => _query,
        "key" => _key,
        "value" => _value,
        "output" => _output,
        "up" => _up,
        _ => _down,
    };

    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        var read = _before ? _attentionNorm.call(x) : x;
        Tensor query = pass.Query(_index, read, _query.call(read)), key = _key.call(read);         // [B, T, D]
        var value = pass.Value(_index, read, _value.call(read));                                   // [B, T, D]
        Tensor q = Attention.Split(query, _heads), k = Attention.Split(key, _heads), v = Attention.Split(value, _heads);
        (k, v) = pass.Context(_index, k, v);                                                     // [B, H, S, d]
        var merged = Attention.Merge(Attention.Attend(q, k, v, pass));                             // [B, T, D]
        var output = _output.call(merged);                                                         // [B, T, D]
        x = x + Pass.Drop(output, pass.HiddenDropout);
        if (!_before) x = _attentionNorm.call(x);
        var wide = _before ? _outputNorm.call(x) : x;                                              // [B, T, D]
        var up = _up.call(wide);                                                                   // [B, T, F]
        var inner = _activation.Apply(up);                                                         // [B, T, F]
        var down = _down.call(inner);                                                              // [B, T, D]
        pass.Seen.Inputs(read, merged, wide, inner);
        x = x + Pass.Drop(down, pass.HiddenDropout);
        if (!_before) x = _outputNorm.call(x);
        pass.Seen.Matrices(query, key, value, output, up, down);
        return x.MoveToOuterDisposeScope();
    }
}
