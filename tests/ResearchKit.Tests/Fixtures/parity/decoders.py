"""GPT-2, OPT, LLaMA, Mistral and Qwen2; see make.py."""
import math

import torch

from common import ACTIVATIONS, Weights, attention, cross_entropy, padded, save

V, T, D, L = 23, 8, 8, 2
LENGTHS, PROMPTS = [8, 5, 2, 7], [1, 3, 1, 4]    # tokens of each row, and how many of them are given, not predicted
NEW = 6


class Gpt2:
    def __init__(self, tied=True):
        self.heads, self.width = 2, D
        self.config = dict(architectures=["GPT2LMHeadModel"], model_type="gpt2", vocab_size=V, n_positions=T + 8, n_embd=D, n_layer=L,
                           n_head=2, n_inner=12, activation_function="gelu_new", layer_norm_epsilon=1e-5, tie_word_embeddings=tied)
        w = self.w = Weights()
        w.draw("transformer.wte.weight", V, D, scale=0.7)
        w.draw("transformer.wpe.weight", T + 8, D, scale=0.4)
        for l in range(L):
            p = f"transformer.h.{l}."
            w.norm(p + "ln_1", D)
            w.linear(p + "attn.c_attn", D, 3 * D, transposed=True)
            w.linear(p + "attn.c_proj", D, D, transposed=True)
            w.norm(p + "ln_2", D)
            w.linear(p + "mlp.c_fc", D, 12, transposed=True)
            w.linear(p + "mlp.c_proj", 12, D, transposed=True)
        w.norm("transformer.ln_f", D)
        if not tied:
            w.draw("lm_head.weight", V, D, scale=0.7)
        self.head = w["transformer.wte.weight" if tied else "lm_head.weight"]

    def conv(self, name, x):
        return x @ self.w[name + ".weight"] + self.w[name + ".bias"]

    def embed(self, ids):
        return self.w["transformer.wte.weight"][ids] + self.w["transformer.wpe.weight"][:len(ids)]

    def layer(self, l, x):
        p = f"transformer.h.{l}."
        three = self.conv(p + "attn.c_attn", self.w.normed(p + "ln_1", x, 1e-5))
        mixed, maps = attention(three[:, :D], three[:, D:2 * D], three[:, 2 * D:], D // self.heads, causal=True)
        x = x + self.conv(p + "attn.c_proj", mixed)
        return x + self.conv(p + "mlp.c_proj", ACTIVATIONS["gelu_new"](self.conv(p + "mlp.c_fc", self.w.normed(p + "ln_2", x, 1e-5)))), maps

    def predict(self, x):
        return self.w.normed("transformer.ln_f", x, 1e-5) @ self.head.T


class Opt:
    def __init__(self, before=True, word_width=D, tied=True, final=True, bias=True):
        self.before, self.projected, self.final = before, word_width != D, before and final
        self.width = D
        self.config = dict(architectures=["OPTForCausalLM"], model_type="opt", vocab_size=V, max_position_embeddings=T + 8, hidden_size=D,
                           num_hidden_layers=L, num_attention_heads=2, ffn_dim=12, word_embed_proj_dim=word_width, activation_function="relu",
                           do_layer_norm_before=before, _remove_final_layer_norm=not final, enable_bias=bias, tie_word_embeddings=tied)
        w, m = Weights(), "model.decoder."
        self.w = w
        w.draw(m + "embed_tokens.weight", V, word_width, scale=0.7)
        w.draw(m + "embed_positions.weight", T + 10, D, scale=0.4)
        if self.projected:
            w.linear(m + "project_in", word_width, D, bias=False)
            w.linear(m + "project_out", D, word_width, bias=False)
        if self.final:
            w.norm(m + "final_layer_norm", D)
        for l in range(L):
            p = f"{m}layers.{l}."
            for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
                w.linear(f"{p}self_attn.{part}", D, D, bias)
            w.norm(p + "self_attn_layer_norm", D)
            w.linear(p + "fc1", D, 12, bias)
            w.linear(p + "fc2", 12, D, bias)
            w.norm(p + "final_layer_norm", D)
        if not tied:
            w.draw("lm_head.weight", V, word_width, scale=0.7)
        self.head = w[m + "embed_tokens.weight" if tied else "lm_head.weight"]

    def embed(self, ids):
        x = self.w["model.decoder.embed_tokens.weight"][ids]
        if self.projected:
            x = self.w.apply("model.decoder.project_in", x)
        return x + self.w["model.decoder.embed_positions.weight"][2:2 + len(ids)]

    def layer(self, l, x):
        p = f"model.decoder.layers.{l}."
        read = self.w.normed(p + "self_attn_layer_norm", x, 1e-5) if self.before else x
        q, k, v = (self.w.apply(f"{p}self_attn.{part}_proj", read) for part in "qkv")
        mixed, maps = attention(q, k, v, D // 2, causal=True)
        x = x + self.w.apply(p + "self_attn.out_proj", mixed)
        if not self.before:
            x = self.w.normed(p + "self_attn_layer_norm", x, 1e-5)
        read = self.w.normed(p + "final_layer_norm", x, 1e-5) if self.before else x
        x = x + self.w.apply(p + "fc2", ACTIVATIONS["relu"](self.w.apply(p + "fc1", read)))
        return (x if self.before else self.w.normed(p + "final_layer_norm", x, 1e-5)), maps

    def predict(self, x):
        if self.final:
            x = self.w.normed("model.decoder.final_layer_norm", x, 1e-5)
        if self.projected:
            x = self.w.apply("model.decoder.project_out", x)
        return x @ self.head.T


class Llama:
    def __init__(self, kind="llama", heads=4, shared=2, size=None, tied=False, bias=False, base=10000.0, scaling=None, eps=1e-6):
        self.size, self.eps, self.width = size or D // heads, eps, D
        self.base, self.scaling = base, scaling
        name = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2"}[kind] + "ForCausalLM"
        self.config = dict(architectures=[name], model_type=kind, vocab_size=V, max_position_embeddings=T + 8, hidden_size=D, num_hidden_layers=L,
                           num_attention_heads=heads, num_key_value_heads=shared, intermediate_size=12, hidden_act="silu", rms_norm_eps=eps,
                           rope_theta=base, rope_scaling=scaling, tie_word_embeddings=tied)
        if size:
            self.config["head_dim"] = size
        if kind == "llama":
            self.config.update(attention_bias=bias, mlp_bias=bias)
        if kind == "mistral":
            self.config["sliding_window"] = T + 7
        w = self.w = Weights()
        w.draw("model.embed_tokens.weight", V, D, scale=0.7)
        for l in range(L):
            p = f"model.layers.{l}."
            w.linear(p + "self_attn.q_proj", D, heads * self.size, bias or kind == "qwen2")
            w.linear(p + "self_attn.k_proj", D, shared * self.size, bias or kind == "qwen2")
            w.linear(p + "self_attn.v_proj", D, shared * self.size, bias or kind == "qwen2")
            w.linear(p + "self_attn.o_proj", heads * self.size, D, bias)
            for part, i, o in (("gate", D, 12), ("up", D, 12), ("down", 12, D)):
                w.linear(f"{p}mlp.{part}_proj", i, o, bias)
            w.norm(p + "input_layernorm", D, bias=False)
            w.norm(p + "post_attention_layernorm", D, bias=False)
        w.norm("model.norm", D, bias=False)
        if not tied:
            w.draw("lm_head.weight", V, D, scale=0.7)
        self.head = w["model.embed_tokens.weight" if tied else "lm_head.weight"]

    def rms(self, name, x):
        return x / ((x ** 2).sum(-1, keepdim=True) / x.shape[-1] + self.eps).sqrt() * self.w[name + ".weight"]

    def frequency(self, i):
        f = torch.tensor(1.0) / self.base ** torch.tensor(2 * i / self.size, dtype=torch.float32)
        if not self.scaling:
            return f
        factor = self.scaling["factor"]
        if self.scaling["rope_type"] == "linear":
            return f / factor
        low, high, old = (self.scaling[k] for k in ("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"))
        wavelength = 2 * math.pi / f
        if wavelength < old / high:
            return f
        if wavelength > old / low:
            return f / factor
        smooth = (old / wavelength - low) / (high - low)
        return (1 - smooth) * f / factor + smooth * f

    def turn(self, x):
        """Pairs (i, i + size/2) of each head are complex numbers, multiplied by exp(i angle)."""
        half, out = self.size // 2, []
        angles = torch.stack([torch.arange(len(x), dtype=torch.float32) * self.frequency(i) for i in range(half)], -1)
        unit = torch.complex(angles.cos().double(), angles.sin().double())       # [n, half]
        for h in range(x.shape[1] // self.size):
            head = x[:, h * self.size:(h + 1) * self.size]
            turned = torch.complex(head[:, :half], head[:, half:]) * unit
            out += [turned.real, turned.imag]
        return torch.cat(out, -1)

    def embed(self, ids):
        return self.w["model.embed_tokens.weight"][ids] * 1.0

    def layer(self, l, x):
        p = f"model.layers.{l}."
        read = self.rms(p + "input_layernorm", x)
        q, k, v = (self.w.apply(f"{p}self_attn.{part}_proj", read) for part in "qkv")
        mixed, maps = attention(self.turn(q), self.turn(k), v, self.size, causal=True)
        x = x + self.w.apply(p + "self_attn.o_proj", mixed)
        read = self.rms(p + "post_attention_layernorm", x)
        inner = ACTIVATIONS["silu"](self.w.apply(p + "mlp.gate_proj", read)) * self.w.apply(p + "mlp.up_proj", read)
        return x + self.w.apply(p + "mlp.down_proj", inner), maps

    def predict(self, x):
        return self.rms("model.norm", x) @ self.head.T


def decoder(name, make_model):
    torch.manual_seed(sum(map(ord, name)))
    model = make_model()
    ids = torch.randint(0, V, (4, T))
    targets = torch.full((4, T), -100)
    for row in range(4):
        for t in range(LENGTHS[row] - 1):
            if t + 1 >= PROMPTS[row]:
                targets[row, t] = ids[row, t + 1]
    traces, logits, losses = [], [], []
    for row, length in enumerate(LENGTHS):
        x = model.embed(ids[row, :length])
        x.retain_grad()
        trace = dict(embedding=x, hidden=[], attention=[])
        for l in range(L):
            x, maps = model.layer(l, x)
            trace["hidden"].append(x)
            trace["attention"].append(maps)
        traces.append(trace)
        z = model.predict(x)
        logits.append(z)
        losses += [cross_entropy(z[t], targets[row, t]) for t in range(length) if targets[row, t] != -100]
    loss = torch.stack(losses).mean()
    loss.backward()

    written = torch.zeros(4, NEW, dtype=torch.int64)
    with torch.no_grad():
        for row, length in enumerate(LENGTHS):
            text = ids[row, :length].tolist()
            for step in range(NEW):
                x = model.embed(torch.tensor(text))
                for l in range(L):
                    x, _ = model.layer(l, x)
                best = model.predict(x)[-1].topk(2)
                assert best.values[0] - best.values[1] > 1e-3, "too close to call in float32: choose another seed"
                text.append(int(best.indices[0]))
                written[row, step] = text[-1]
    inputs = dict(ids=ids, lengths=torch.tensor(LENGTHS), targets=targets)
    save(name, model.config, model.w, inputs, dict(logits=padded(logits, (4, T, V)), loss=loss, continuation=written), traces, (4, T, D))


def make():
    llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=24)
    decoder("gpt2", Gpt2)
    decoder("gpt2-untied", lambda: Gpt2(tied=False))
    decoder("opt", Opt)
    decoder("opt-after", lambda: Opt(before=False, word_width=6))
    decoder("opt-old", lambda: Opt(final=False, bias=False, tied=False))
    decoder("llama", Llama)
    decoder("llama-tied", lambda: Llama(heads=2, shared=1, size=6, tied=True, bias=True, base=100.0, eps=1e-5, scaling=dict(rope_type="linear", factor=2.5)))
    decoder("llama-3", lambda: Llama(heads=2, shared=2, size=8, base=50.0, scaling=llama3))
    decoder("mistral", lambda: Llama("mistral"))
    decoder("qwen2", lambda: Llama("qwen2", tied=True, base=1000000.0))
