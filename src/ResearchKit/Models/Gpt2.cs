using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// GPT-2 (Radford et al. 2019): the whole model in this file, its parts named as in Hugging Face's GPT2LMHeadModel. The head is
/// the word table itself, so a tied weight exists once.
/// </summary>
/// <remarks>B rows, T positions, D width, F inner width, H heads, V vocabulary.</remarks>
public sealed class Gpt2 : Decoder
{
    private readonly Gpt2Config _config;
    private readonly Table _words, _positions;
    private readonly Gpt2Layer[] _layers;
    private readonly LayerNorm _norm;
    private readonly CausalMask _causal = new();

    /// <summary>Makes the model on a device, in a type.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Initialisation seed; null to leave the weights at zero, for one who loads them.</param>
    /// <param name="device">The CPU when null.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <exception cref="KitException">The shape is impossible.</exception>
    public Gpt2(Gpt2Config config, long? seed, Device? device = null, ScalarType type = ScalarType.Float32) : base(nameof(Gpt2))
    {
        config.Validate();
        _config = config;
        device ??= CPU;
        _words = Add("transformer.wte", new Table(config.VocabularySize, config.Width, device, type));
        _positions = Add("transformer.wpe", new Table(config.MaxLength, config.Width, device, type));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Add($"transformer.h.{i}", new Gpt2Layer(config, i, device, type)))];
        _norm = Add("transformer.ln_f", Norm(config.Width, config.LayerNormEpsilon, device, type));
        // 2L maps add to the residual stream; scaled so, its variance does not grow with the depth (report, section 2.3).
        double residual = config.InitializerRange / Math.Sqrt(2 * config.Layers);
        if (seed is { } s) Draw(s, name => name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? residual : config.InitializerRange);
    }

    /// <inheritdoc/>
    public override ModelConfig Config => _config;

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        Check(batch);
        using var scope = NewDisposeScope();
        // Positions count from the first real token: with padding before it, they differ from row to row.
        var places = batch.PaddedLeft && !batch.IsFull
            ? _positions.call(batch.Once("positions", () => batch.Mask.cumsum(1).sub_(1).clamp_min(0)))   // [B, T, D]
            : _positions.First(batch.Width);                                                              // [T, D]
        return Drop(_words.call(batch.Ids) + places).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>Rows padded on the right need no padding mask: no real token sees what comes after it. What stands at
    /// padding positions of the outputs is therefore unspecified.</remarks>
    public override ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null)
    {
        var seen = new Observer(observe);
        using var scope = NewDisposeScope();
        if (embedding is not null) Check(batch, embedding);
        var x = seen.Begin(embedding ?? Embed(batch), injected: embedding is not null);   // [B, T, D]
        x = Run(x, PassFor(batch, seen, x, cache: null));
        return seen.Output(Head(x));                                                      // [B, T, V]
    }

    /// <inheritdoc/>
    public override Tensor Read(Batch prompts, KeyValueCache cache)
    {
        cache.Require(prompts.Width);
        using var scope = NewDisposeScope();
        var seen = new Observer(Observe.None);
        var x = seen.Begin(Embed(prompts), injected: false);
        x = Run(x, PassFor(prompts, seen, x, cache));
        cache.Advance(prompts.Width);
        return Head(x.select(1, prompts.Width - 1)).MoveToOuterDisposeScope();            // [B, V]
    }

    /// <inheritdoc/>
    public override Tensor Read(Tensor ids, KeyValueCache cache)
    {
        cache.Require(1);
        using var scope = NewDisposeScope();
        var seen = new Observer(Observe.None);
        var x = Drop(_words.call(ids.unsqueeze(1)) + _positions.call(cache.NextPosition)); // [B, 1, D]
        var pass = new Pass { Seen = seen, Mask = cache.NextMask, Cache = cache, Fused = FusedAttention };
        x = Run(seen.Begin(x, injected: false), pass);
        cache.Advance(1);
        return Head(x.select(1, 0)).MoveToOuterDisposeScope();                            // [B, V]
    }

    /// <inheritdoc/>
    public override string? ParameterName(string stored)
    {
        // The causal mask is stored in old files, the head's copy of the word table in some.
        bool useless = stored == "lm_head.weight" || stored.EndsWith(".attn.bias", StringComparison.Ordinal)
            || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
        return useless ? null : StartsWithAny(stored, "wte.", "wpe.", "h.", "ln_f.") ? "transformer." + stored : stored;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _causal.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Run(Tensor x, Pass pass)
    {
        foreach (var layer in _layers) x = pass.Seen.Layer(x, layer.Forward(x, pass));
        return x;
    }

    private Tensor Head(Tensor x) => nn.functional.linear(_norm.call(x), _words.weight);

    private Tensor Drop(Tensor x) => training ? Pass.Drop(x, _config.EmbeddingDropout) : x;

    private Pass PassFor(Batch batch, Observer seen, Tensor x, KeyValueCache? cache)
    {
        bool train = training, padded = batch.PaddedLeft && !batch.IsFull;
        var causal = _causal.Of(batch.Width, x.device, x.dtype);                          // [T, T]
        return new Pass
        {
            Seen = seen,
            Mask = padded ? batch.Once(("causal mask", x.dtype), () => causal + Attention.PaddingMask(batch, x.dtype)!) : causal,
            IsCausal = !padded,
            HiddenDropout = train ? _config.ResidualDropout : 0,
            AttentionDropout = train ? _config.AttentionDropout : 0,
            Fused = FusedAttention,
            Cache = cache,
        };
    }
}

/// <summary>One decoder layer, normalized before each block: causal attention, then the feed-forward pair.</summary>
internal sealed class Gpt2Layer : Block
{
    private readonly int _index, _heads;
    private readonly Activation _activation;
    private readonly LayerNorm _attentionNorm, _outputNorm;
    private readonly Conv1D _queryKeyValue, _output, _up, _down;

    public Gpt2Layer(Gpt2Config config, int index, Device device, ScalarType type) : base(nameof(Gpt2Layer))
    {
        int d = config.Width, f = config.FeedForward;
        _index = index;
        _heads = config.Heads;
        _activation = config.Activation;
        _attentionNorm = Add("ln_1", Norm(d, config.LayerNormEpsilon, device, type));
        _queryKeyValue = Add("attn.c_attn", new Conv1D(d, 3 * d, device, type));
        _output = Add("attn.c_proj", new Conv1D(d, d, device, type));
        _outputNorm = Add("ln_2", Norm(d, config.LayerNormEpsilon, device, type));
        _up = Add("mlp.c_fc", new Conv1D(d, f, device, type));
        _down = Add("mlp.c_proj", new Conv1D(f, d, device, type));
    }

    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        var three = _queryKeyValue.call(_attentionNorm.call(x)).chunk(3, -1);                      // 3 × [B, T, D]
        Tensor q = Attention.Split(three[0], _heads), k = Attention.Split(three[1], _heads), v = Attention.Split(three[2], _heads);
        if (pass.Cache is not null) (k, v) = pass.Cache.Append(_index, k, v);                      // [B, H, S, d]
        var output = _output.call(Attention.Merge(Attention.Attend(q, k, v, pass)));               // [B, T, D]
        x = x + Pass.Drop(output, pass.HiddenDropout);
        var up = _up.call(_outputNorm.call(x));                                                    // [B, T, F]
        var down = _down.call(_activation.Apply(up));                                              // [B, T, D]
        pass.Seen.Matrices(three[0], three[1], three[2], output, up, down);
        return (x + Pass.Drop(down, pass.HiddenDropout)).MoveToOuterDisposeScope();
    }
}
