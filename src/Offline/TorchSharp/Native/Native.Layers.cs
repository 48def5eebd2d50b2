using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Layers and losses, for nn: layers.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern nint rk_linear(nint x, nint weight, nint bias);
    [DllImport(L)] internal static extern nint rk_layer_norm(nint x, long* size, int n, nint weight, nint bias, double eps);
    [DllImport(L)] internal static extern nint rk_embedding(nint weight, nint index, long padding, bool scaleByFrequency, bool sparse);
    [DllImport(L)] internal static extern int rk_embedding_renorm_(nint weight, nint index, double most, double p);
    [DllImport(L)] internal static extern nint rk_dropout(nint x, double p, bool train);
    [DllImport(L)] internal static extern int rk_dropout_(nint x, double p, bool train);
    [DllImport(L)] internal static extern nint rk_one_hot(nint x, long classes);
    [DllImport(L)] internal static extern nint rk_pad(nint x, long* pad, int n, int mode, double value);
    [DllImport(L)] internal static extern nint rk_normalize(nint x, double p, long dim, double eps);
    [DllImport(L)] internal static extern nint rk_cosine_similarity(nint a, nint b, long dim, double eps);
    [DllImport(L)] internal static extern nint rk_pairwise_distance(nint a, nint b, double p, double eps, bool keepdim);
    [DllImport(L)] internal static extern nint rk_cdist(nint a, nint b, double p, long* mode);
    [DllImport(L)] internal static extern nint rk_cross_entropy(nint x, nint target, nint weight, long reduction, long ignore, double smoothing);
    [DllImport(L)] internal static extern nint rk_nll_loss(nint x, nint target, nint weight, long reduction, long ignore);
    [DllImport(L)] internal static extern nint rk_kl_div(nint x, nint target, long reduction, bool logTarget);
    [DllImport(L)] internal static extern nint rk_bce_with_logits(nint x, nint target, nint weight, nint positive, long reduction);
    [DllImport(L)] internal static extern nint rk_bce(nint x, nint target, nint weight, long reduction);
    [DllImport(L)] internal static extern nint rk_mse_loss(nint x, nint target, long reduction);
    [DllImport(L)] internal static extern nint rk_l1_loss(nint x, nint target, long reduction);
    [DllImport(L)] internal static extern nint rk_smooth_l1_loss(nint x, nint target, long reduction, double beta);
    [DllImport(L)] internal static extern nint rk_huber_loss(nint x, nint target, long reduction, double delta);
    [DllImport(L)] internal static extern nint rk_cosine_embedding_loss(nint a, nint b, nint target, double margin, long reduction);
    [DllImport(L)] internal static extern nint rk_margin_ranking_loss(nint a, nint b, nint target, double margin, long reduction);
    [DllImport(L)] internal static extern nint rk_attention(nint q, nint k, nint v, nint mask, double p, bool causal);
}
