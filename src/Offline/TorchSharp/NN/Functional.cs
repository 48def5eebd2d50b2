using TorchSharp.Modules;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Layers as functions. Each is one call of libtorch; the in-place ones give another handle to their input.
        public static unsafe partial class functional
        {
            /// <summary>x Wᵀ + b.</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Made(rk_linear(H(input), H(weights), Opt(bias)), input, weights, bias);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05)
            {
                fixed (long* size = normalized_shape)
                    return Made(rk_layer_norm(H(input), size, normalized_shape.Length, Opt(weight), Opt(bias), eps), input, weight, bias);
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (!inplace) return Made(rk_dropout(H(input), p, training), input);
                Check(rk_dropout_(H(input), p, training));
                return input.alias();
            }

            /// <summary>The rows of <paramref name="table"/> at the given places; those longer than the limit are shortened first.</summary>
            internal static Tensor Embed(Tensor table, Tensor places, in EmbeddingOptions options)
            {
                if (options.MaxNorm is { } most)
                {
                    using var quiet = no_grad();
                    using var flat = places.contiguous();
                    Check(rk_embedding_renorm_(H(table), H(flat), most, options.NormType));
                }
                return Made(rk_embedding(H(table), H(places), options.PaddingIndex, options.ScaleGradByFrequency, options.Sparse), table, places);
            }

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_().alias() : x.relu();

            public static Tensor gelu(Tensor x) => x.gelu();

            public static Tensor gelu(Tensor x, bool inplace) => inplace ? x.gelu_() : x.gelu();

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false) => inplace ? x.gelu_(approximate) : x.gelu(approximate);

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_().alias() : x.silu();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_().alias() : x.tanh();

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? x.sigmoid_().alias() : x.sigmoid();

            public static Tensor logsigmoid(Tensor x) => Made(rk_log_sigmoid(H(x)), x);

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Made(rk_softplus(H(x), beta, threshold), x);

            public static Tensor glu(Tensor input, long dim = -1) => Made(rk_glu(H(input), dim), input);

            /// <summary>Rows of zeros with a one. As many classes as told, else one more than the largest.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Made(rk_one_hot(H(x), num_classes), x);

            /// <summary>x / max(‖x‖, eps) along a dimension.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
                Made(rk_normalize(H(input), p, dim, eps), input);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                Made(rk_cosine_similarity(H(x1), H(x2), dim, eps), x1, x2);

            public static Tensor pairwise_distance(Tensor input1, Tensor input2, double p = 2, double eps = 1e-6, bool keepdim = false) =>
                Made(rk_pairwise_distance(H(input1), H(input2), p, eps, keepdim), input1, input2);

            /// <summary>softmax(q kᵀ / √d + mask) v. A boolean mask keeps where it is true. It has no second derivative where libtorch fuses it.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (p < 0) throw new ArgumentException("Dropout probability must be greater than or equal to zero.");
                if (is_casual && attn_mask is not null) throw new ArgumentException("Casual attention masking cannot pass a mask.");
                return Made(rk_attention(H(query), H(key), H(value), Opt(attn_mask), p, is_casual), query, key, value);
            }

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.AsSpan(), mode, value);

            /// <summary>Pads from the last dimension backwards, two numbers each: before and behind. Negative ones cut off.</summary>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                fixed (long* sizes = pad)
                    return Made(rk_pad(H(input), sizes, pad.Length, (int)mode, value), input);
            }

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad, pad], mode, value);
        }
    }
}
