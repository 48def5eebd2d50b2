using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Scaled dot-product attention, the same for every architecture (Vaswani et al. 2017, equation 1). Explicit by default
/// (matmul, softmax, matmul): only so is there a map to look at and a second derivative.
/// </summary>
internal static class Attention
{
    /// <summary>
    /// What is added to the score of a position that may not be seen. Finite, so that a row which may see nothing (the query
    /// of a padding position) becomes uniform instead of NaN; large enough that the softmax of anything else is exactly 0
    /// there; and twice it is still a number.
    /// </summary>
    public static double Hidden(ScalarType type) => type == ScalarType.Float16 ? -3e4 : -1e30;

    /// <summary>[B, T, D] to [B, H, T, D/H], without a copy.</summary>
    public static Tensor Split(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    /// <summary>[B, H, T, d] to [B, T, H·d].</summary>
    public static Tensor Merge(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1);

    /// <summary>softmax(q kᵀ / √d + mask) v, with dropout on the probabilities.</summary>
    /// <param name="q">[B, H, T, d].</param>
    /// <param name="k">[B, K, S, d]: K divides H, and H/K queries in a row share a key (Ainslie et al., arXiv 2305.13245).</param>
    /// <param name="v">[B, K, S, d].</param>
    /// <param name="pass">Mask, dropout, and who is watching.</param>
    /// <returns>[B, H, T, d].</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Pass pass)
    {
        long heads = q.shape[1], shared = k.shape[1], share = heads / shared;
        if (pass.Fused && !pass.Seen.Wants(Observe.Attention | Observe.Scores))
        {
            if (share > 1) (k, v) = (k.repeat_interleave(share, dim: 1), v.repeat_interleave(share, dim: 1));
            return nn.functional.scaled_dot_product_attention(
                q, k, v, pass.IsCausal ? null : pass.Mask, pass.AttentionDropout, pass.IsCausal);
        }

        double scale = 1 / Math.Sqrt(q.shape[^1]);
        var scores = Times(q * scale, k.transpose(-2, -1));     // [B, H, T, S]; scaling q is cheaper than scaling T·S scores
        pass.Seen.Scores(scores);
        // In place where nothing was reshaped and nobody looks: the product's backward does not read its result.
        if (pass.Mask is not null) scores = share > 1 || pass.Seen.Wants(Observe.Scores) ? scores + pass.Mask : scores.add_(pass.Mask);
        var probabilities = scores.softmax(-1);                 // [B, H, T, S]
        pass.Seen.Attention(probabilities);
        return Times(Pass.Drop(probabilities, pass.AttentionDropout), v);

        // The queries that share a key stand below one another in one product, so that no key is copied.
        Tensor Times(Tensor a, Tensor b) => share == 1 ? a.matmul(b)
            : a.reshape(a.shape[0], shared, share * a.shape[2], a.shape[3]).matmul(b).view(a.shape[0], heads, a.shape[2], b.shape[^1]);
    }

    /// <summary>[B, 1, 1, T], 0 at real tokens and <see cref="Hidden"/> at padding; null where nothing is padded. Made once per
    /// batch.</summary>
    public static Tensor? PaddingMask(Batch batch, ScalarType type) => batch.IsFull ? null : batch.Once(("padding mask", type), () =>
        zeros([batch.Rows, batch.Width], dtype: type, device: batch.Ids.device)
            .masked_fill_(batch.Mask.logical_not(), Hidden(type)).view(batch.Rows, 1, 1, batch.Width));
}
