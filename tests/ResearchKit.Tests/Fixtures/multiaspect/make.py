"""Makes multiaspect.safetensors beside it: one step of multi-aspect distillation on two tiny BERTs, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Each row is computed alone and without padding, attention head by head and query by query. The student's maps are products of two factors that were
drawn, not decomposed. The terms are written from the equations: KL of attention, squared errors of hidden states and of what each map says, each divided by
the teacher's own mean square ("relative") or not; the relations of MiniLMv2; the distance of the weights. All in float64, from weights rounded to float32.
Names: "teacher.", "student." weights as the kit names them (down [r, inputs], up [outputs, r]), "x." inputs, "l." losses, "g." gradients of the total
(all terms relative, weights as in "settings").
"""
import json
import math
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
from common import ACTIVATIONS, Weights, attention, cross_entropy, write  # noqa: E402

V, T, D, H, L, F, C, R = 19, 7, 8, 2, 3, 12, 3, 3
LENGTHS = [7, 4, 6]
MAPS = {"query": ("attention.self.query", D, D), "key": ("attention.self.key", D, D), "value": ("attention.self.value", D, D),
        "output": ("attention.output.dense", D, D), "up": ("intermediate.dense", D, F), "down": ("output.dense", F, D)}
SETTINGS = dict(alpha=0.7, temperature=2.0, layer=0.5, matrix=0.25, prediction=2.0)
torch.manual_seed(23)


def draw(factors):
    w = Weights()
    w.draw("bert.embeddings.word_embeddings.weight", V, D, scale=1)
    w.draw("bert.embeddings.position_embeddings.weight", T + 2, D, scale=0.5)
    w.draw("bert.embeddings.token_type_embeddings.weight", 2, D, scale=0.5)
    w.norm("bert.embeddings.LayerNorm", D)
    for l in range(L):
        p = f"bert.encoder.layer.{l}."
        for name, i, o in MAPS.values():
            if factors:
                w.draw(p + name + ".down", R, i, scale=0.5)
                w.draw(p + name + ".up", o, R, scale=0.5)
                w.draw(p + name + ".bias", o, scale=0.1)
            else:
                w.linear(p + name, i, o)
        w.norm(p + "attention.output.LayerNorm", D)
        w.norm(p + "output.LayerNorm", D)
    w.linear("bert.pooler.dense", D, D)
    w.linear("classifier", D, C)
    return w


def matrix(w, name):
    return w[name + ".weight"] if name + ".weight" in w else w[name + ".up"] @ w[name + ".down"]


def run(w, ids, segments):
    n = len(ids)
    x = w["bert.embeddings.word_embeddings.weight"][ids] + w["bert.embeddings.position_embeddings.weight"][:n] + w["bert.embeddings.token_type_embeddings.weight"][segments]
    x = w.normed("bert.embeddings.LayerNorm", x, 1e-12)
    seen = dict(hidden=[x], attention=[], scores=[], maps=[])
    for l in range(L):
        p, said = f"bert.encoder.layer.{l}.", {}

        def say(name, read):
            at = p + MAPS[name][0]
            said[name] = read @ matrix(w, at).T + w[at + ".bias"]
            return said[name]

        mixed, maps = attention(say("query", x), say("key", x), say("value", x), D // H, causal=False)
        x = w.normed(p + "attention.output.LayerNorm", x + say("output", mixed), 1e-12)
        x = w.normed(p + "output.LayerNorm", x + say("down", ACTIVATIONS["gelu"](say("up", x))), 1e-12)
        seen["hidden"].append(x)
        seen["attention"].append(maps)
        seen["maps"].append(said)
    seen["logits"] = w.apply("classifier", torch.tanh(w.apply("bert.pooler.dense", x[0])))
    return seen


def softmax(z):
    e = (z - z.max().detach()).exp()
    return e / e.sum()


def kl(a, b):
    return sum(a[i] * torch.log(a[i] / b[i]) for i in range(len(a)))


def error(ours, theirs, relative):
    square = sum(((s - t) ** 2).sum() for s, t in zip(ours, theirs))
    return square / (sum((t ** 2).sum() for t in theirs) if relative else sum(t.numel() for t in theirs))


def relation(y, heads, query):
    size = y.shape[1] // heads
    return [softmax(torch.stack([(y[query, h * size:(h + 1) * size] * y[k, h * size:(h + 1) * size]).sum() / math.sqrt(size) for k in range(len(y))])) for h in range(heads)]


teacher, student = draw(False), draw(True)
ids, segments, labels = torch.randint(0, V, (3, T)), torch.zeros(3, T, dtype=torch.int64), torch.tensor([2, 0, 1])
segments[0, 3:], segments[2, 5:] = 1, 1
theirs, ours = ([run(w, ids[r, :n], segments[r, :n]) for r, n in enumerate(LENGTHS)] for w in (teacher, student))
theirs = [{k: ([({n: y.detach() for n, y in x.items()} if isinstance(x, dict) else x.detach()) for x in v] if isinstance(v, list) else v.detach()) for k, v in t.items()} for t in theirs]
tokens = sum(LENGTHS)

losses = {}
losses["att"] = sum(kl(theirs[r]["attention"][l][h, q], ours[r]["attention"][l][h, q]) for r in range(3) for l in range(L) for h in range(H) for q in range(LENGTHS[r])) / (L * H * tokens)
for relative in (True, False):
    end = "" if relative else ".plain"
    losses["hid" + end] = sum(error([o["hidden"][l] for o in ours], [t["hidden"][l] for t in theirs], relative) for l in range(L + 1)) / (L + 1)
    for term, names in (("mha", ("query", "key", "value", "output")), ("ffn", ("up", "down"))):
        losses[term + end] = sum(error([o["maps"][l][n] for o in ours], [t["maps"][l][n] for t in theirs], relative) for l in range(L) for n in names) / L
losses["mha.relations"] = sum(kl(a, b) for r in range(3) for l in range(L) for n in ("query", "key", "value", "output") for q in range(LENGTHS[r])
                              for a, b in zip(relation(theirs[r]["maps"][l][n], H, q), relation(ours[r]["maps"][l][n], H, q))) / (L * H * tokens)
losses["ffn.weights"] = sum(((matrix(student, at) - matrix(teacher, at)) ** 2).sum() / (matrix(teacher, at) ** 2).sum()
                            for l in range(L) for at in (f"bert.encoder.layer.{l}." + MAPS[n][0] for n in ("up", "down"))) / L
losses["ce"] = sum(cross_entropy(o["logits"], y) for o, y in zip(ours, labels)) / 3
tau = SETTINGS["temperature"]
losses["soft"] = tau ** 2 * sum(kl(softmax(t["logits"] / tau), softmax(o["logits"] / tau)) for o, t in zip(ours, theirs)) / 3
total = (SETTINGS["layer"] * (losses["att"] + losses["hid"]) + SETTINGS["matrix"] * (losses["mha"] + losses["ffn"])
         + SETTINGS["prediction"] * ((1 - SETTINGS["alpha"]) * losses["ce"] + SETTINGS["alpha"] * losses["soft"]))
total.backward()

config = dict(architectures=["BertForSequenceClassification"], model_type="bert", vocab_size=V, max_position_embeddings=T + 2, hidden_size=D, num_hidden_layers=L,
              num_attention_heads=H, intermediate_size=F, hidden_act="gelu", layer_norm_eps=1e-12, type_vocab_size=2, num_labels=C)
ranks = dict(layers=[{name: R for name in MAPS} for _ in range(L)])
out = {"x.ids": ids, "x.lengths": torch.tensor(LENGTHS), "x.segments": segments, "x.labels": labels, "l.total": total}
out.update({"l." + k: v for k, v in losses.items()})
out.update({"teacher." + k: v.float() for k, v in teacher.items()})
out.update({"student." + k: v.float() for k, v in student.items()})
out.update({"g." + k: v.grad for k, v in student.items()})
size = write(os.path.join(HERE, "multiaspect.safetensors"), out, {"config": json.dumps(config), "low_rank": json.dumps(ranks), "settings": json.dumps(SETTINGS)})
print({k: round(float(v), 6) for k, v in losses.items()}, size, "bytes")
