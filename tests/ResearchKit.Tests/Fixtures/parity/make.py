"""Makes bert.safetensors and gpt2.safetensors: what tiny models of these architectures compute, by an independent road.

    /usr/bin/python3 make.py          (PyTorch 1.13 was used; any version gives the same numbers to 1e-12)

Independent of the kit in every step that could hide a mistake: each row is computed alone and without padding, so
there is no mask; attention is a loop over heads; layer norm and the activations are written from their formulas; all in float64.
Weights are random and of ordinary size, biases and norms too, so that no term can vanish.
Names: "w." a weight, "g." the gradient of the loss at it, "x." an input, everything else an output. Padding positions
of outputs are zero; only real positions mean anything.
"""
import json
import math
import os
import struct

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(20260703)


def save(name, tensors, config):
    types = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}
    header, data = {"__metadata__": {"config": json.dumps(config)}}, b""
    for key in sorted(tensors, key=lambda k: (-tensors[k].element_size(), k)):
        tensor = tensors[key].detach().contiguous()
        raw = tensor.numpy().tobytes()
        header[key] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def weight(*shape, scale=0.3, shift=0.0):
    # Rounded to float32, so that a model in single precision starts from exactly the same weights.
    return (torch.randn(*shape) * scale + shift).double().requires_grad_()


def norm(x, scale, shift, eps):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / (variance + eps).sqrt() * scale + shift


def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def attention(q, k, v, heads, causal):
    """[n, d] each, of one row."""
    n, d = q.shape
    size, out, maps = d // heads, [], []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        rows = []
        for i in range(n):
            last = i + 1 if causal else n
            scores = (k[:last, part] * q[i, part]).sum(-1) / math.sqrt(size)
            e = (scores - scores.max()).exp()
            rows.append(torch.cat([e / e.sum(), torch.zeros(n - last, dtype=e.dtype)]))
        maps.append(torch.stack(rows))
        out.append(maps[-1] @ v[:, part])
    return torch.cat(out, -1), torch.stack(maps)


def padded(rows, shape):
    out = torch.zeros(shape, dtype=torch.float64)
    for i, row in enumerate(rows):
        out[(i, *(slice(0, s) for s in row.shape))] = row
    return out


def bert():
    V, T, D, H, L, F, S, C = 19, 7, 8, 2, 2, 12, 2, 3
    config = dict(model_type="bert", vocab_size=V, hidden_size=D, num_hidden_layers=L, num_attention_heads=H, intermediate_size=F,
                  max_position_embeddings=T + 2, type_vocab_size=S, hidden_act="gelu", num_labels=C,
                  hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
    w = {"bert.embeddings.word_embeddings.weight": weight(V, D, scale=1), "bert.embeddings.position_embeddings.weight": weight(T + 2, D, scale=0.5),
         "bert.embeddings.token_type_embeddings.weight": weight(S, D, scale=0.5)}

    def linear(name, i, o):
        w[name + ".weight"], w[name + ".bias"] = weight(o, i), weight(o, scale=0.1)

    def layer_norm(name):
        w[name + ".weight"], w[name + ".bias"] = weight(D, scale=0.2, shift=1), weight(D, scale=0.1)

    layer_norm("bert.embeddings.LayerNorm")
    for l in range(L):
        p = f"bert.encoder.layer.{l}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            linear(p + name, D, D)
        layer_norm(p + "attention.output.LayerNorm")
        linear(p + "intermediate.dense", D, F)
        linear(p + "output.dense", F, D)
        layer_norm(p + "output.LayerNorm")
    linear("bert.pooler.dense", D, D)
    linear("classifier", D, C)

    ids, lengths, labels = torch.randint(0, V, (4, T)), torch.tensor([7, 4, 1, 6]), torch.tensor([2, 0, 1, 1])
    segments = torch.zeros(4, T, dtype=torch.int64)
    segments[0, 3:], segments[1, 2:4], segments[3, 5:] = 1, 1, 1

    def apply(name, x):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    def normed(name, x):
        return norm(x, w[name + ".weight"], w[name + ".bias"], 1e-12)

    embeddings, hiddens, maps, logits = [], [[] for _ in range(L)], [[] for _ in range(L)], []
    for row in range(4):
        n = int(lengths[row])
        e = "bert.embeddings."
        x = w[e + "word_embeddings.weight"][ids[row, :n]] + w[e + "position_embeddings.weight"][:n] + w[e + "token_type_embeddings.weight"][segments[row, :n]]
        x = normed(e + "LayerNorm", x)
        x.retain_grad()
        embeddings.append(x)
        for l in range(L):
            p = f"bert.encoder.layer.{l}."
            mixed, m = attention(apply(p + "attention.self.query", x), apply(p + "attention.self.key", x), apply(p + "attention.self.value", x), H, causal=False)
            x = normed(p + "attention.output.LayerNorm", x + apply(p + "attention.output.dense", mixed))
            x = normed(p + "output.LayerNorm", x + apply(p + "output.dense", gelu(apply(p + "intermediate.dense", x))))
            hiddens[l].append(x)
            maps[l].append(m)
        logits.append(apply("classifier", torch.tanh(apply("bert.pooler.dense", x[0]))))
    logits = torch.stack(logits)
    loss = torch.stack([torch.logsumexp(z, -1) - z[c] for z, c in zip(logits, labels)]).mean()
    loss.backward()
    out = {"x.ids": ids, "x.lengths": lengths, "x.segments": segments, "x.labels": labels, "logits": logits, "loss": loss,
           "embedding": padded(embeddings, (4, T, D)), "g.embedding": padded([e.grad for e in embeddings], (4, T, D))}
    for l in range(L):
        out[f"hidden.{l + 1}"] = padded(hiddens[l], (4, T, D))
        out[f"attention.{l}"] = padded(maps[l], (4, H, T, T))
    out.update({"w." + k: v.float() for k, v in w.items()})
    out.update({"g." + k: v.grad for k, v in w.items()})
    save("bert.safetensors", out, config)


def gpt2():
    V, T, D, H, L = 23, 8, 8, 2, 2
    config = dict(model_type="gpt2", vocab_size=V, n_positions=T + 4, n_embd=D, n_layer=L, n_head=H, n_inner=None,
                  activation_function="gelu_new", layer_norm_epsilon=1e-5, embd_pdrop=0.1, attn_pdrop=0.1, resid_pdrop=0.1)
    w = {"transformer.wte.weight": weight(V, D, scale=0.7), "transformer.wpe.weight": weight(T + 4, D, scale=0.4)}

    def conv(name, i, o):
        w[name + ".weight"], w[name + ".bias"] = weight(i, o), weight(o, scale=0.1)

    def layer_norm(name):
        w[name + ".weight"], w[name + ".bias"] = weight(D, scale=0.2, shift=1), weight(D, scale=0.1)

    for l in range(L):
        p = f"transformer.h.{l}."
        layer_norm(p + "ln_1")
        conv(p + "attn.c_attn", D, 3 * D)
        conv(p + "attn.c_proj", D, D)
        layer_norm(p + "ln_2")
        conv(p + "mlp.c_fc", D, 4 * D)
        conv(p + "mlp.c_proj", 4 * D, D)
    layer_norm("transformer.ln_f")

    ids, lengths = torch.randint(0, V, (4, T)), torch.tensor([8, 5, 2, 7])
    prompts = [1, 3, 1, 4]  # tokens of each row that are given, not predicted
    targets = torch.full((4, T), -100)
    for row in range(4):
        for t in range(int(lengths[row]) - 1):
            if t + 1 >= prompts[row]:
                targets[row, t] = ids[row, t + 1]

    def apply(name, x):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def normed(name, x):
        return norm(x, w[name + ".weight"], w[name + ".bias"], 1e-5)

    embeddings, hiddens, maps, logits, losses = [], [[] for _ in range(L)], [[] for _ in range(L)], [], []
    for row in range(4):
        n = int(lengths[row])
        x = w["transformer.wte.weight"][ids[row, :n]] + w["transformer.wpe.weight"][:n]
        x.retain_grad()
        embeddings.append(x)
        for l in range(L):
            p = f"transformer.h.{l}."
            three = apply(p + "attn.c_attn", normed(p + "ln_1", x))
            mixed, m = attention(three[:, :D], three[:, D:2 * D], three[:, 2 * D:], H, causal=True)
            x = x + apply(p + "attn.c_proj", mixed)
            x = x + apply(p + "mlp.c_proj", gelu_new(apply(p + "mlp.c_fc", normed(p + "ln_2", x))))
            hiddens[l].append(x)
            maps[l].append(m)
        z = normed("transformer.ln_f", x) @ w["transformer.wte.weight"].T
        logits.append(z)
        losses += [torch.logsumexp(z[t], -1) - z[t, targets[row, t]] for t in range(n) if targets[row, t] != -100]
    loss = torch.stack(losses).mean()
    loss.backward()
    out = {"x.ids": ids, "x.lengths": lengths, "x.targets": targets, "x.prompts": torch.tensor(prompts), "logits": padded(logits, (4, T, V)), "loss": loss,
           "embedding": padded(embeddings, (4, T, D)), "g.embedding": padded([e.grad for e in embeddings], (4, T, D))}
    for l in range(L):
        out[f"hidden.{l + 1}"] = padded(hiddens[l], (4, T, D))
        out[f"attention.{l}"] = padded(maps[l], (4, H, T, T))
    out.update({"w." + k: v.float() for k, v in w.items()})
    out.update({"g." + k: v.grad for k, v in w.items()})
    save("gpt2.safetensors", out, config)


bert()
gpt2()
