"""Makes features.safetensors beside it: what TinyBERT, MiniLM, MiniLMv2 and DistilBERT compare inside tiny models, and the gradients of it at every
weight of the student, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Each row is computed alone and without padding, in float64; the sums and means are loops over rows, heads and tokens as the papers print them
(arXiv 1909.10351, equations 7 to 9; 2002.10957, 5 to 7; 2012.15828, 4 to 6). The "authors." numbers are TinyBERT's released computation instead:
padded rows, -10000 added to the scores of padded keys, what is at most -100 set to 0 on both sides, plain means. A teacher of four layers and width 12, a
student of two and width 6, two heads each, a map W_h between them.
Names: "teacher.", "student." and "projection." weights, "x." inputs, "l." losses, "g.tinybert.", "g.minilm.", "g.minilmv2." gradients of the three first
stages' totals.
"""
import json
import math
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
from common import ACTIVATIONS, Weights, write  # noqa: E402

V, T, H, F, C, EPS = 19, 7, 2, 10, 3, 1e-12
WIDTH, LAYERS = {"teacher": 12, "student": 6}, {"teacher": 4, "student": 2}
LENGTHS, LABELS = [7, 4, 2, 6], [2, 0, 1, 1]
RELATION_HEADS, TEACHER_LAYER = 3, 3


def draw(whose):
    w, d = Weights(), WIDTH[whose]
    e = "bert.embeddings."
    w.draw(e + "word_embeddings.weight", V, d, scale=1)
    w.draw(e + "position_embeddings.weight", T + 2, d, scale=0.5)
    w.draw(e + "token_type_embeddings.weight", 2, d, scale=0.5)
    w.norm(e + "LayerNorm", d)
    for l in range(LAYERS[whose]):
        p = f"bert.encoder.layer.{l}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            w.linear(p + "attention." + part, d, d)
        w.norm(p + "attention.output.LayerNorm", d)
        w.linear(p + "intermediate.dense", d, F)
        w.linear(p + "output.dense", F, d)
        w.norm(p + "output.LayerNorm", d)
    w.linear("bert.pooler.dense", d, d)
    w.linear("classifier", d, C)
    return w


def run(whose, ids, real):
    """One row of which the first tokens are real: its states, and of each layer the scores (with the mask added), probabilities and three maps."""
    w, n, size, e = weights[whose], len(ids), WIDTH[whose] // H, "bert.embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:n] + w[e + "token_type_embeddings.weight"][0]
    x = w.normed(e + "LayerNorm", x, EPS)
    mask = torch.zeros(n, dtype=torch.float64)
    mask[real:] = -10000.0
    states, scores, maps, qkv = [x], [], [], []
    for l in range(LAYERS[whose]):
        p = f"bert.encoder.layer.{l}."
        q, k, v = (w.apply(p + "attention.self." + part, x) for part in ("query", "key", "value"))
        heads = [slice(h * size, (h + 1) * size) for h in range(H)]
        scores.append(torch.stack([q[:, h] @ k[:, h].T / math.sqrt(size) + mask for h in heads]))
        maps.append(torch.stack([s.exp() / s.exp().sum(-1, keepdim=True) for s in scores[-1]]))
        mixed = torch.cat([a @ v[:, h] for a, h in zip(maps[-1], heads)], -1)
        x = w.normed(p + "attention.output.LayerNorm", x + w.apply(p + "attention.output.dense", mixed), EPS)
        x = w.normed(p + "output.LayerNorm", x + w.apply(p + "output.dense", ACTIVATIONS["gelu"](w.apply(p + "intermediate.dense", x))), EPS)
        states.append(x)
        qkv.append((q, k, v))
    return dict(states=states, scores=scores, maps=maps, qkv=qkv)


def kl(p, q):
    return sum(a * (a.log() - b.log()) for a, b in zip(p, q))


def relation(y, heads, causal):
    """Of every head, every token's distribution over the tokens it is related to."""
    d = y.shape[1] // heads
    out = []
    for h in range(heads):
        part = y[:, h * d:(h + 1) * d]
        for i in range(len(y)):
            last = i + 1 if causal else len(y)
            scores = (part[:last] * part[i]).sum(-1) / math.sqrt(d)
            out.append(scores.exp() / scores.exp().sum())
    return out


def relations(pairs, heads, causal=False):
    rows = [kl(t, s) for student, teacher in pairs for t, s in zip(relation(teacher, heads, causal), relation(student, heads, causal))]
    return torch.stack(rows).mean()


def mean_square(differences):
    return torch.cat([d.reshape(-1) ** 2 for d in differences]).mean()


torch.manual_seed(11)
weights = {whose: draw(whose) for whose in WIDTH}
projection = Weights()
projection.linear("projection", WIDTH["student"], WIDTH["teacher"])
for w in (*weights.values(), projection):
    for name in w:
        w[name] = w[name].detach().float().double().requires_grad_()
ids = torch.randint(0, V, (len(LENGTHS), T))
s = [run("student", ids[r, :n], n) for r, n in enumerate(LENGTHS)]
t = [run("teacher", ids[r, :n], n) for r, n in enumerate(LENGTHS)]
for row in t:
    row.update({k: [tuple(x.detach() for x in l) if isinstance(l, tuple) else l.detach() for l in v] for k, v in row.items()})
pairs = list(zip(s, t))
mapped = lambda x: projection.apply("projection", x)  # noqa: E731

losses = {
    "emb": mean_square([mapped(a["states"][0]) - b["states"][0] for a, b in pairs]),
    "hid": sum(mean_square([mapped(a["states"][m]) - b["states"][2 * m] for a, b in pairs]) for m in (1, 2)),
    "att": sum(mean_square([a["scores"][m] - b["scores"][2 * m + 1] for a, b in pairs]) for m in (0, 1)),
    "att-probabilities": sum(mean_square([a["maps"][m] - b["maps"][2 * m + 1] for a, b in pairs]) for m in (0, 1)),
    "at": torch.stack([kl(b["maps"][3][h, i], a["maps"][1][h, i]) for a, b in pairs for h in range(H) for i in range(a["maps"][1].shape[1])]).mean(),
    "vr": relations([(a["qkv"][1][2], b["qkv"][3][2]) for a, b in pairs], H),
    "cos": torch.stack([1 - (x * y).sum() / (x.norm() * y.norm()) for a, b in pairs for x, y in zip(mapped(a["states"][2]), b["states"][4])]).mean(),
    "causal.qq": relations([(a["qkv"][1][0], b["qkv"][3][0]) for a, b in pairs], RELATION_HEADS, causal=True),
    "causal.att": mean_square([(a["scores"][1] - b["scores"][3])[h, i, :i + 1] for a, b in pairs for h in range(H) for i in range(a["scores"][1].shape[1])]),
}
for i, name in enumerate(("qq", "kk", "vv")):
    losses[name] = relations([(a["qkv"][1][i], b["qkv"][TEACHER_LAYER - 1][i]) for a, b in pairs], RELATION_HEADS)

# TinyBERT's released computation, on padded rows.
ps, pt = ([run(whose, ids[r], n) for r, n in enumerate(LENGTHS)] for whose in ("student", "teacher"))
stacked = lambda rows, what, l: torch.stack([row[what][l] for row in rows])  # noqa: E731
mse = torch.nn.MSELoss()
seen = lambda x: torch.where(x <= -1e2, torch.zeros_like(x), x)  # noqa: E731
losses["authors.emb"] = mse(mapped(stacked(ps, "states", 0)), stacked(pt, "states", 0))
losses["authors.hid"] = sum(mse(mapped(stacked(ps, "states", m)), stacked(pt, "states", 2 * m)) for m in (1, 2))
losses["authors.att"] = sum(mse(seen(stacked(ps, "scores", m)), seen(stacked(pt, "scores", 2 * m + 1))) for m in (0, 1))

out = {"x.ids": ids, "x.lengths": torch.tensor(LENGTHS), "x.labels": torch.tensor(LABELS)}
out.update({"l." + k: v for k, v in losses.items()})
for whose, w in weights.items():
    out.update({f"{whose}.{k}": v.float() for k, v in w.items()})
out.update({"projection." + k: v.float() for k, v in projection.items()})
trained = {**weights["student"], **projection}
totals = {"tinybert": ("emb", "hid", "att"), "minilm": ("at", "vr"), "minilmv2": ("qq", "kk", "vv")}
for name, terms in totals.items():
    grads = torch.autograd.grad(sum(losses[x] for x in terms), list(trained.values()), retain_graph=True, allow_unused=True)
    out.update({f"g.{name}.{k}": torch.zeros_like(v) if g is None else g for (k, v), g in zip(trained.items(), grads)})

config = {whose: json.dumps(dict(
    architectures=["BertForSequenceClassification"], model_type="bert", vocab_size=V, max_position_embeddings=T + 2, hidden_size=WIDTH[whose],
    num_hidden_layers=LAYERS[whose], num_attention_heads=H, intermediate_size=F, hidden_act="gelu", layer_norm_eps=EPS, type_vocab_size=2,
    num_labels=C)) for whose in WIDTH}
settings = dict(relationHeads=RELATION_HEADS, teacherLayer=TEACHER_LAYER)
size = write(os.path.join(HERE, "features.safetensors"), out, {**config, "settings": json.dumps(settings)})
print({k: round(v.item(), 6) for k, v in losses.items()}, size, "bytes")
