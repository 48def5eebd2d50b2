using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Losses as functions.
        public static unsafe partial class functional
        {
            /// <summary>Of logits [N, C, …] with classes [N, …], or with probabilities of the logits' shape.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Made(rk_cross_entropy(H(input), H(target), Opt(weight), (long)reduction, ignore_index, label_smoothing), input, target, weight);

            /// <summary>Of log-probabilities with classes. TorchSharp gives no choice of the class to ignore: it is -100.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Made(rk_nll_loss(H(input), H(target), Opt(weight), (long)reduction, -100), input, target, weight);

            /// <summary>Σ p (log p − input), where the target is log p unless told that it is p.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                Made(rk_kl_div(H(input), H(target), (long)reduction, log_target), input, target);

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Made(rk_bce(H(input), H(target), Opt(weight), (long)reduction), input, target, weight);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Made(rk_bce_with_logits(H(input), H(target), Opt(weight), Opt(pos_weights), (long)reduction), input, target, weight);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Made(rk_mse_loss(H(input), H(target), (long)reduction), input, target);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Made(rk_l1_loss(H(input), H(target), (long)reduction), input, target);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                Made(rk_smooth_l1_loss(H(input), H(target), (long)reduction, beta), input, target);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                Made(rk_huber_loss(H(input), H(target), (long)reduction, delta), input, target);

            public static Tensor cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean) =>
                Made(rk_cosine_embedding_loss(H(input1), H(input2), H(target), margin, (long)reduction), input1, input2, target);

            public static Tensor margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean) =>
                Made(rk_margin_ranking_loss(H(input1), H(input2), H(target), margin, (long)reduction), input1, input2, target);
        }
    }
}
