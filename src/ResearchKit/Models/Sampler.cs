using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>From logits to the next token of each row.</summary>
internal static class Sampler
{
    /// <summary>Chooses a token per row.</summary>
    /// <param name="logits">[B, V].</param>
    /// <param name="options">Greedy, or temperature, top-k and top-p, applied in this order.</param>
    /// <param name="chance">[B] uniform numbers in [0, 1), float64; null when greedy.</param>
    /// <returns>[B] int64, in the current dispose scope.</returns>
    public static Tensor Choose(Tensor logits, GenerationOptions options, Tensor? chance)
    {
        if (options.Greedy) return logits.argmax(-1);
        using var scope = NewDisposeScope();
        Tensor? order = null;
        var scaled = logits.to(ScalarType.Float32) / options.Temperature;
        if (options.TopK > 0 && options.TopK < scaled.shape[^1])
            (scaled, order) = scaled.topk(options.TopK);                                 // [B, k], descending
        else if (options.TopP < 1)
            (scaled, order) = scaled.sort(-1, descending: true, stable: true);           // [B, V]
        var p = scaled.softmax(-1).to(ScalarType.Float64);
        if (options.TopP < 1)
        {
            // A token stays when those before it have not yet reached the mass; the likeliest always stays.
            var before = p.cumsum(-1) - p;
            p = p.masked_fill(before.ge(options.TopP), 0);
        }
        var place = Draw(p, chance!);                                                    // [B]
        var chosen = order is null ? place : order.gather(-1, place.unsqueeze(1)).squeeze(1);
        return chosen.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The inverse of the cumulative distribution: the first place where it passes chance times the whole. In double precision,
    /// because a float's cumulative sum over a vocabulary is off by more than rare tokens weigh.
    /// </summary>
    private static Tensor Draw(Tensor p, Tensor chance)
    {
        var reached = p.cumsum(-1);                                                      // [B, V]
        var whole = reached.select(-1, reached.shape[^1] - 1).unsqueeze(-1);             // [B, 1]
        var place = reached.le(chance.unsqueeze(-1) * whole).sum(-1);
        // Should rounding make the product the whole itself, the answer is the last token that has any probability.
        return place.minimum(reached.lt(whole).sum(-1));
    }
}
