// What the layers and losses of nn call. reduction: 0 none, 1 mean, 2 sum, as in libtorch and TorchSharp.
#include "abi.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

namespace {

// The bias's gradient is a sum over rows. As a product of the matrix with a vector of ones it takes a third of the time of
// libtorch's sum over the first dimension on the CPU; all else is libtorch's own derivative of a linear map.
struct BiasedLinear : torch::autograd::Function<BiasedLinear> {
    using Context = torch::autograd::AutogradContext;

    static at::Tensor forward(Context* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
    {
        context->save_for_backward({x, weight});
        return at::linear(x, weight, bias);
    }
    static torch::autograd::variable_list backward(Context* context, torch::autograd::variable_list gradients)
    {
        auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &gradient = gradients[0];
        auto rows = gradient.reshape({-1, weight.size(0)});
        at::Tensor of_x, of_weight, of_bias;
        if (context->needs_input_grad(0)) of_x = gradient.matmul(weight);
        if (context->needs_input_grad(1)) of_weight = rows.t().mm(x.reshape({-1, weight.size(1)}));
        if (context->needs_input_grad(2)) of_bias = rows.t().mv(at::ones({rows.size(0)}, rows.options()));
        return {of_x, of_weight, of_bias};
    }
};

bool wants_own_derivative(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    return bias.requires_grad() && bias.is_cpu() && at::GradMode::is_enabled() && x.numel() > 0 && weight.dim() == 2
        && (bias.scalar_type() == at::kFloat || bias.scalar_type() == at::kDouble);
}

}

RK Handle rk_linear(Handle x, Handle weight, Handle bias)
{
    return give("linear", {x, weight, bias}, [&] {
        if (bias != nullptr && wants_own_derivative(In(x), In(weight), In(bias))) return BiasedLinear::apply(In(x).t, In(weight).t, In(bias).t);
        return at::linear(In(x), In(weight), maybe(bias));
    });
}
RK Handle rk_layer_norm(Handle x, const int64_t* size, int32_t n, Handle weight, Handle bias, double eps)
{
    return give("layer_norm", {x, weight, bias}, [&] { return at::layer_norm(In(x), Ints(size, n), maybe(weight), maybe(bias), eps, true); });
}
RK Handle rk_embedding(Handle weight, Handle index, int64_t padding, bool scale_by_frequency, bool sparse)
{
    return give("embedding", {weight, index}, [&] { return at::embedding(In(weight), In(index), padding, scale_by_frequency, sparse); });
}
RK int32_t rk_embedding_renorm_(Handle weight, Handle index, double most, double p)
{
    return run("embedding_renorm_", {weight, index}, [&] { In w(weight); at::embedding_renorm_(w.t, In(index), most, p); });
}
RK Handle rk_dropout(Handle x, double p, bool train) { return give("dropout", {x}, [&] { return at::dropout(In(x), p, train); }); }
RK int32_t rk_dropout_(Handle x, double p, bool train) { return run("dropout_", {x}, [&] { In self(x); at::dropout_(self.t, p, train); }); }
RK Handle rk_one_hot(Handle x, int64_t classes) { return give("one_hot", {x}, [&] { return at::one_hot(In(x), classes); }); }
// mode as TorchSharp numbers it: 1 reflect, 2 replicate, 3 circular, else a constant.
RK Handle rk_pad(Handle x, const int64_t* pad, int32_t n, int32_t mode, double value)
{
    return give("pad", {x}, [&] {
        if (mode < 1 || mode > 3) return at::constant_pad_nd(In(x), Ints(pad, n), value);
        return at::pad(In(x), Ints(pad, n), mode == 1 ? "reflect" : mode == 2 ? "replicate" : "circular");
    });
}
RK Handle rk_normalize(Handle x, double p, int64_t dim, double eps)
{
    return give("normalize", {x}, [&] {
        In t(x);
        return t->div(t->norm(at::Scalar(p), dim, true).clamp_min(eps).expand_as(t));
    });
}
RK Handle rk_cosine_similarity(Handle a, Handle b, int64_t dim, double eps)
{
    return give("cosine_similarity", {a, b}, [&] { return at::cosine_similarity(In(a), In(b), dim, eps); });
}
RK Handle rk_pairwise_distance(Handle a, Handle b, double p, double eps, bool keepdim)
{
    return give("pairwise_distance", {a, b}, [&] { return at::pairwise_distance(In(a), In(b), p, eps, keepdim); });
}
RK Handle rk_cdist(Handle a, Handle b, double p, const int64_t* mode)
{
    return give("cdist", {a, b}, [&] { return at::cdist(In(a), In(b), p, maybe(mode)); });
}

RK Handle rk_cross_entropy(Handle x, Handle target, Handle weight, int64_t reduction, int64_t ignore, double smoothing)
{
    return give("cross_entropy", {x, target, weight}, [&] { return at::cross_entropy_loss(In(x), In(target), maybe(weight), reduction, ignore, smoothing); });
}
RK Handle rk_nll_loss(Handle x, Handle target, Handle weight, int64_t reduction, int64_t ignore)
{
    return give("nll_loss", {x, target, weight}, [&] { return at::nll_loss_nd(In(x), In(target), maybe(weight), reduction, ignore); });
}
RK Handle rk_kl_div(Handle x, Handle target, int64_t reduction, bool log_target)
{
    return give("kl_div", {x, target}, [&] { return at::kl_div(In(x), In(target), reduction, log_target); });
}
RK Handle rk_bce_with_logits(Handle x, Handle target, Handle weight, Handle positive, int64_t reduction)
{
    return give("binary_cross_entropy_with_logits", {x, target, weight, positive}, [&] {
        return at::binary_cross_entropy_with_logits(In(x), In(target), maybe(weight), maybe(positive), reduction);
    });
}
RK Handle rk_bce(Handle x, Handle target, Handle weight, int64_t reduction)
{
    return give("binary_cross_entropy", {x, target, weight}, [&] { return at::binary_cross_entropy(In(x), In(target), maybe(weight), reduction); });
}
RK Handle rk_mse_loss(Handle x, Handle target, int64_t reduction)
{
    return give("mse_loss", {x, target}, [&] { return at::mse_loss(In(x), In(target), reduction); });
}
RK Handle rk_l1_loss(Handle x, Handle target, int64_t reduction)
{
    return give("l1_loss", {x, target}, [&] { return at::l1_loss(In(x), In(target), reduction); });
}
RK Handle rk_smooth_l1_loss(Handle x, Handle target, int64_t reduction, double beta)
{
    return give("smooth_l1_loss", {x, target}, [&] { return at::smooth_l1_loss(In(x), In(target), reduction, beta); });
}
RK Handle rk_huber_loss(Handle x, Handle target, int64_t reduction, double delta)
{
    return give("huber_loss", {x, target}, [&] { return at::huber_loss(In(x), In(target), reduction, delta); });
}
RK Handle rk_cosine_embedding_loss(Handle a, Handle b, Handle target, double margin, int64_t reduction)
{
    return give("cosine_embedding_loss", {a, b, target}, [&] { return at::cosine_embedding_loss(In(a), In(b), In(target), margin, reduction); });
}
RK Handle rk_margin_ranking_loss(Handle a, Handle b, Handle target, double margin, int64_t reduction)
{
    return give("margin_ranking_loss", {a, b, target}, [&] { return at::margin_ranking_loss(In(a), In(b), In(target), margin, reduction); });
}

// Composed of products and a softmax where libtorch has no such operation of its own (before 2.0).
RK Handle rk_attention(Handle q, Handle k, Handle v, Handle mask, double p, bool causal)
{
    return give("scaled_dot_product_attention", {q, k, v, mask}, [&]() -> at::Tensor {
#if TORCH_VERSION_MAJOR >= 2
        return at::scaled_dot_product_attention(In(q), In(k), In(v), maybe(mask), p, causal);
#else
        auto scores = at::matmul(In(q), In(k)->transpose(-2, -1)) / std::sqrt((double)In(q)->size(-1));
        auto barred = -std::numeric_limits<double>::infinity();
        if (causal) {
            TORCH_CHECK(mask == nullptr, "an explicit attention mask and is_causal exclude one another");
            auto seen = at::ones({scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).tril();
            scores = scores.masked_fill(seen.logical_not(), barred);
        }
        if (mask != nullptr) {
            In m(mask);
            scores = m->scalar_type() == at::kBool ? scores.masked_fill(m->logical_not(), barred) : scores + m.t;
            auto blind = (m->scalar_type() == at::kBool ? m->logical_not() : m->eq(barred)).all(-1, true);
            if (blind.any().item<bool>()) // who may look at nothing sees nothing, and has no gradient: so in libtorch from 2.5 on
                return at::matmul(at::dropout(at::softmax(scores.masked_fill(blind, 0), -1).masked_fill(blind, 0), p, p > 0), In(v));
        }
        return at::matmul(at::dropout(at::softmax(scores, -1), p, p > 0), In(v));
#endif
    });
}
