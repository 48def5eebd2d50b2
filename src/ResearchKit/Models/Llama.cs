using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// LLaMA (Touvron et al., arXiv 2302.13971), and Mistral and Qwen2, which compute the same: the whole model in this file, its
/// parts named as in Hugging Face's LlamaForCausalLM.
/// </summary>
/// <remarks>B rows, T positions, D width, F inner width, H heads of queries, K of keys and values, d width of a head, V
/// vocabulary.</remarks>
public sealed class Llama : Decoder
{
    private readonly LlamaConfig _config;
    private readonly WordTable _words;
    private readonly LlamaLayer[] _layers;
    private readonly RmsNorm _norm;
    private readonly nn.Module<Tensor, Tensor>? _head;
    private readonly Rotary _rotary;

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave matrices and tables without values, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Llama(LlamaConfig config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Llama))
    {
        config.Validate();
        _config = config;
        _rotary = new Rotary(config);
        device ??= CPU;
        _words = Add("model.embed_tokens", WordTable.Of(config.VocabularySize, config.Width, config.LowRank?.Embedding, device, type));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"model.layers.{i}", new LlamaLayer(config, i, device, type)))];
        _norm = Add("model.norm", new RmsNorm(config.Width, config.NormEpsilon, device, type));
        if (!config.Tied) _head = Add("lm_head", Map(config.LowRank?.Embedding, config.Width, config.VocabularySize, device, type, bias: false));
        if (seed is { } s) Draw(s, _ => config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    private protected override IReadOnlyList<string> EmbeddingNames => ["model.embed_tokens"];

    internal override ParameterLayout Layout => new("model.layers.",
    [
        new("embed_tokens", Axis.Tokens, Axis.Width), new("lm_head", Axis.Tokens, Axis.Width),
        new("self_attn.q_proj", Axis.Heads, Axis.Width), new("self_attn.k_proj", Axis.SharedHeads, Axis.Width),
        new("self_attn.v_proj", Axis.SharedHeads, Axis.Width), new("self_attn.o_proj", Axis.Width, Axis.Heads),
        new("mlp.gate_proj", Axis.Inner, Axis.Width), new("mlp.up_proj", Axis.Inner, Axis.Width), new("mlp.down_proj", Axis.Width, Axis.Inner),
    ], []);

    private protected override LinearMap MapOf(int layer, string matrix) => new($"model.layers.{layer}.{LlamaLayer.NameOf(matrix)}", _layers[layer].Map(matrix));

    internal override WordTable Words => _words;

    internal override LinearMap? OutputMap => _head is null ? null : new("lm_head", _head);

    /// <inheritdoc/>
    public override string? ParameterName(string stored)
    {
        // Old files keep the frequencies of the rotation, which follow from the shape.
        bool useless = (_config.Tied && stored == "lm_head.weight") || stored.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);
        return useless ? null : Placed(stored, "model.");
    }

    // There is no dropout but on the attention probabilities.
    private protected override (double Hidden, double Attention) Dropouts => (0, _config.AttentionDropout);

    private protected override Tensor Embed(Tensor ids, Tensor? positions) => _words.call(ids);    // [B, T, D]

    private protected override Tensor Run(Tensor x, Pass pass)
    {
        var (cos, sin) = _rotary.At(pass.Positions, x.shape[1], x);                                // [(B, 1,) T, d/2]
        foreach (var layer in _layers) x = pass.Seen.Layer(x, layer.Forward(x, cos, sin, pass), last: layer == _layers[^1]);
        return x;
    }

    internal override Tensor Predict(Tensor x) => _head is null ? _words.Predict(_norm.call(x)) : _head.call(_norm.call(x));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rotary.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>One decoder layer, normalized before each block: causal attention with turned queries and keys, then the gated
/// feed-forward block (Shazeer, arXiv 2002.05202).</summary>
internal sealed class LlamaLayer : Block
{
    private readonly int _index, _heads, _shared;
    private readonly Activation _activation;
    private readonly nn.Module<Tensor, Tensor> _query, _key, _value, _output, _gate, _up, _down;
    private readonly RmsNorm _attentionNorm, _outputNorm;

    public LlamaLayer(LlamaConfig config, int index, Device device, ScalarType type) : base(nameof(LlamaLayer))
    {
        int d = config.Width, f = config.FeedForward, queries = config.Heads * config.HeadWidth, keys = config.KeyValueHeads * config.HeadWidth;
        _index = index;
        _heads = config.Heads;
        _shared = config.KeyValueHeads;
        _activation = config.Activation;
        nn.Module<Tensor, Tensor> Part(string matrix, int inputs, int outputs, bool bias) =>
            Add(NameOf(matrix), Map(config.LowRank?.Of(index, matrix), inputs, outputs, device, type, bias));
        _query = Part("query", d, queries, config.QueryBias);
        _key = Part("key", d, keys, config.QueryBias);
        _value = Part("value", d, keys, config.QueryBias);
        _output = Part("output", queries, d, config.OutputBias);
        _gate = Part("gate", d, f, config.InnerBias);
        _up = Part("up", d, f, config.InnerBias);
        _down = Part("down", f, d, config.InnerBias);
        _attentionNorm = Add("input_layernorm", new RmsNorm(d, config.NormEpsilon, device, type));
        _outputNorm = Add("post_attention_layernorm", new RmsNorm(d, config.NormEpsilon, device, type));
    }

    public static string NameOf(string matrix) => matrix is "up" or "down" or "gate" ? $"mlp.{matrix}_proj" : $"self_attn.{matrix[0]}_proj";

    public nn.Module<Tensor, Tensor> Map(string matrix) => matrix switch
    {
        "query" => _query,
        "key" => _key,
        "value" => _value,
        "output" => _output,
        "gate" => _gate,
        "up" => _up,
        _ => _down,
    };

    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, Pass pass)
    {
        using var scope = NewDisposeScope();
        var read = _attentionNorm.call(x);
        Tensor query = pass.Query(_index, read, _query.call(read)), key = _key.call(read);         // [B, T, H·d], [B, T, K·d]
        var value = pass.Value(_index, read, _value.call(read));                                   // [B, T, K·d]
        var q = Rotary.Turn(Attention.Split(query, _heads), cos, sin);                             // [B, H, T, d]
        Tensor k = Rotary.Turn(Attention.Split(key, _shared), cos, sin), v = Attention.Split(value, _shared);
        (k, v) = pass.Context(_index, k, v);                                                     // [B, K, S, d]
        var merged = Attention.Merge(Attention.Attend(q, k, v, pass));                             // [B, T, D]
        var output = _output.call(merged);                                                         // [B, T, D]
        x = x + output;
        var wide = _outputNorm.call(x);                                                            // [B, T, D]
        Tensor gate = _gate.call(wide), up = _up.call(wide);                                       // [B, T, F]
        var inner = _activation.Apply(gate) * up;                                                  // [B, T, F]
        var down = _down.call(inner);                                                              // [B, T, D]
        pass.Seen.Inputs(read, merged, wide, inner, gated: true);
        pass.Seen.Matrices(query, key, value, output, up, down, gate);
        return (x + down).MoveToOuterDisposeScope();
    }
}
