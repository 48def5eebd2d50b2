using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// A language model that predicts the next token, and so can continue a text. A model says how it embeds, what its layers do and
/// how it ends; positions, masks and the cache are the same for all and stand here.
/// </summary>
/// <remarks>Positions count from a row's first real token, as Hugging Face's generation counts them: with padding before the
/// tokens they differ from row to row.</remarks>
public abstract class Decoder : LanguageModel
{
    private readonly CausalMask _causal = new();

    /// <summary>Names the module.</summary>
    protected Decoder(string name) : base(name) { }

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        Check(batch);
        using var scope = NewDisposeScope();
        return Embed(batch.Ids, PositionsOf(batch)).MoveToOuterDisposeScope();
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
        if (batch.Targets is not null && seen.Wants(Observe.ScoredLogits)) x = batch.AtScored(x);
        return seen.Output(Predict(x));                                                   // [B, T, V] or [N, V]
    }

    /// <summary>[B, T, D]: what the last layer says; <see cref="Predict"/> makes logits of it. Without anything observed.</summary>
    internal Tensor States(Batch batch)
    {
        using var scope = NewDisposeScope();
        var seen = new Observer(Observe.None);
        var x = seen.Begin(Embed(batch), injected: false);
        return Run(x, PassFor(batch, seen, x, cache: null)).MoveToOuterDisposeScope();
    }

    /// <summary>Reads prompts into an empty cache.</summary>
    /// <param name="prompts">Rows padded on the left, or all of one length.</param>
    /// <param name="cache">A cache made for these prompts.</param>
    /// <returns>[B, V] logits of the token after each prompt, in the current dispose scope.</returns>
    public Tensor Read(Batch prompts, KeyValueCache cache)
    {
        cache.Require(prompts.Width);
        using var scope = NewDisposeScope();
        var seen = new Observer(Observe.None);
        var x = seen.Begin(Embed(prompts), injected: false);
        x = Run(x, PassFor(prompts, seen, x, cache));
        cache.Advance(prompts.Width);
        return Predict(x.select(1, prompts.Width - 1)).MoveToOuterDisposeScope();         // [B, V]
    }

    /// <summary>Reads one more token per row.</summary>
    /// <param name="ids">[B] int64.</param>
    /// <param name="cache">The cache with everything before.</param>
    /// <returns>[B, V] logits of the token after, in the current dispose scope.</returns>
    public Tensor Read(Tensor ids, KeyValueCache cache)
    {
        cache.Require(1);
        using var scope = NewDisposeScope();
        var seen = new Observer(Observe.None);
        var position = cache.NextPosition;                                                // [B, 1]
        var x = Embed(ids.unsqueeze(1), position);                                        // [B, 1, D]
        var pass = new Pass { Seen = seen, Mask = Widened(cache.NextMask, cache.Before), Cache = cache, Positions = position, Fused = FusedAttention, Adapter = Adapter, Before = cache.Before };
        x = Run(seen.Begin(x, injected: false), pass);
        cache.Advance(1);
        return Predict(x.select(1, 0)).MoveToOuterDisposeScope();                         // [B, V]
    }

    /// <summary>The keys and values that the layers make of vectors which stand before every text, [1, K, n, d] each: a decoder's do not
    /// depend on what comes after. With their graph; the adapter has no part in it.</summary>
    /// <param name="vectors">[1, n, D], in the place of an embedding's output, which adds no position to them; where positions
    /// are turns of the queries and keys, they stand at -n..-1.</param>
    internal IReadOnlyList<(Tensor Key, Tensor Value)> Keys(Tensor vectors)
    {
        List<(Tensor Key, Tensor Value)> kept = [];
        long n = vectors.shape[1];
        var pass = new Pass
        {
            Seen = new Observer(Observe.None),
            Mask = _causal.Of(n, vectors.device, vectors.dtype),
            IsCausal = true,
            Positions = arange(-n, 0L, 1L, device: vectors.device).unsqueeze(0),
            Fused = FusedAttention,
            Kept = kept,
        };
        Run(vectors, pass);
        return kept;
    }

    /// <summary>What the first layer reads.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="positions">[B, T] int64, or null where every row stands at 0..T-1.</param>
    /// <returns>[B, T, D].</returns>
    private protected abstract Tensor Embed(Tensor ids, Tensor? positions);

    /// <summary>The layers, [B, T, D] to [B, T, D].</summary>
    private protected abstract Tensor Run(Tensor x, Pass pass);

    /// <summary>From the last layer's output, [..., D], to logits, [..., V].</summary>
    internal abstract Tensor Predict(Tensor x);

    /// <summary>Dropout in training: on what a block adds to the residual stream, and on the attention probabilities.</summary>
    private protected abstract (double Hidden, double Attention) Dropouts { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _causal.Dispose();
        base.Dispose(disposing);
    }

    private static Tensor? PositionsOf(Batch batch) => batch.PaddedLeft && !batch.IsFull
        ? batch.Once("positions", () => batch.Mask.cumsum(1).sub_(1).clamp_min(0)) : null;

    private Pass PassFor(Batch batch, Observer seen, Tensor x, KeyValueCache? cache)
    {
        bool padded = batch.PaddedLeft && !batch.IsFull;
        var (hidden, attention) = training ? Dropouts : (0, 0);
        var causal = _causal.Of(batch.Width, x.device, x.dtype);                          // [T, T]
        var before = Adapter?.Before(this);
        cache?.Keep(before);
        return new Pass
        {
            Seen = seen,
            Mask = Widened(padded ? batch.Once(("causal mask", x.dtype), () => causal + Attention.PaddingMask(batch, x.dtype)!) : causal, before),
            IsCausal = !padded && before is null,
            Positions = PositionsOf(batch),
            HiddenDropout = hidden,
            AttentionDropout = attention,
            Fused = FusedAttention,
            Adapter = Adapter,
            Before = before,
            Cache = cache,
        };
    }

    // Whoever may see anything may see what stands before the text.
    private static Tensor? Widened(Tensor? mask, IReadOnlyList<(Tensor Key, Tensor Value)>? before) =>
        mask is null || before is null ? mask : nn.functional.pad(mask, [before[0].Key.shape[2], 0]);
}
