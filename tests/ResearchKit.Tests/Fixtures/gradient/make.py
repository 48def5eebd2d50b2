"""Makes gradient.safetensors beside it: the losses of Gradient Knowledge Distillation on tiny models, and their gradients at every weight of the
student, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Each row is computed alone and without padding; the probability itself is differentiated (softmax, then its maximum), not its
log-odds; the sums and means are loops over rows, tokens and layers as equations 2, 3, 6 and 7 of arXiv 2211.01071 print them, divided as
the authors' released code divides. All in float64. A teacher of four layers, a student of two with the teacher's embedding, three classes.
Names: "teacher." and "student." weights, "x." inputs, "l." losses, "g.gradkd." and "g.cls." gradients of the two methods' totals.
"""
import json
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
from common import ACTIVATIONS, Weights, attention, cross_entropy, write  # noqa: E402

V, T, D, H, F, C, EPS = 19, 7, 8, 2, 12, 3, 1e-12
LENGTHS, LABELS = [7, 4, 2, 6], [2, 0, 1, 1]
ALPHA, TAU, BETA, BETA_CLS, GAMMA = 0.3, 4.0, 0.7, 40.0, 0.6
PAIRS = [(1, 2)]                                                   # the skip map of two layers facing four


def draw(layers, embedding=None):
    w = Weights()
    e = "bert.embeddings."
    w.draw(e + "word_embeddings.weight", V, D, scale=1)
    w.draw(e + "position_embeddings.weight", T + 2, D, scale=0.5)
    w.draw(e + "token_type_embeddings.weight", 2, D, scale=0.5)
    w.norm(e + "LayerNorm", D)
    for l in range(layers):
        p = f"bert.encoder.layer.{l}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            w.linear(p + "attention." + part, D, D)
        w.norm(p + "attention.output.LayerNorm", D)
        w.linear(p + "intermediate.dense", D, F)
        w.linear(p + "output.dense", F, D)
        w.norm(p + "output.LayerNorm", D)
    w.linear("bert.pooler.dense", D, D)
    w.linear("classifier", D, C)
    for name in w:
        w[name] = w[name].detach().float().double().requires_grad_()
        if embedding is not None and name.startswith(e):
            w[name] = embedding[name].detach().clone()              # the teacher's, frozen
    return w


def run(w, layers, ids, segments):
    """One row: its embedding output as a leaf, the states after each layer, the logits."""
    n, e = len(ids), "bert.embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:n] + w[e + "token_type_embeddings.weight"][segments]
    x = w.normed(e + "LayerNorm", x, EPS).detach().requires_grad_()
    states = [x]
    for l in range(layers):
        p = f"bert.encoder.layer.{l}."
        q, k, v = (w.apply(p + "attention.self." + part, x) for part in ("query", "key", "value"))
        mixed, _ = attention(q, k, v, D // H, causal=False)
        x = w.normed(p + "attention.output.LayerNorm", x + w.apply(p + "attention.output.dense", mixed), EPS)
        x = w.normed(p + "output.LayerNorm", x + w.apply(p + "output.dense", ACTIVATIONS["gelu"](w.apply(p + "intermediate.dense", x))), EPS)
        states.append(x)
    return states, w.apply("classifier", torch.tanh(w.apply("bert.pooler.dense", x[0])))


def unit(v):
    return v / v.norm()


torch.manual_seed(7)
teacher = draw(4)
student = draw(2, teacher)
ids = torch.randint(0, V, (4, T))
segments = torch.zeros(4, T, dtype=torch.int64)
segments[0, 3:], segments[3, 5:] = 1, 1

ce, soft, gkd, cls, pkd = [], [], [], [], []
for row, (length, label) in enumerate(zip(LENGTHS, LABELS)):
    t_states, t_logits = run(teacher, 4, ids[row, :length], segments[row, :length])
    s_states, s_logits = run(student, 2, ids[row, :length], segments[row, :length])
    t_at, s_at = [0] + [t for _, t in PAIRS], [0] + [s for s, _ in PAIRS]
    t_grad = torch.autograd.grad(torch.softmax(t_logits, -1).max(), [t_states[k] for k in t_at])
    s_grad = torch.autograd.grad(torch.softmax(s_logits, -1).max(), [s_states[k] for k in s_at], create_graph=True)
    gkd += [((unit(s_grad[0][j]) - unit(t_grad[0][j])) ** 2).sum() for j in range(length)]
    cls.append(sum(((unit(s[0]) - unit(t[0])) ** 2).sum() for s, t in zip(s_grad[1:], t_grad[1:])))
    pkd += [((unit(s_states[s][0]) - unit(t_states[t][0].detach())) ** 2) for s, t in PAIRS]
    ce.append(cross_entropy(s_logits, label))
    p = torch.softmax(t_logits.detach() / TAU, -1)
    soft.append(TAU ** 2 * sum(p[c] * (torch.log(p[c]) - torch.log_softmax(s_logits / TAU, -1)[c]) for c in range(C)))

losses = {"ce": torch.stack(ce).mean(), "soft": torch.stack(soft).mean(), "gkd": torch.stack(gkd).mean(),
          "cls": torch.stack(cls).mean(), "pkd": torch.cat(pkd).mean()}
kd = (1 - ALPHA) * losses["ce"] + ALPHA * losses["soft"]
totals = {"gradkd": kd + BETA * losses["gkd"], "cls": kd + BETA_CLS * losses["pkd"] + GAMMA * (losses["gkd"] + losses["cls"])}

out = {"x.ids": ids, "x.segments": segments, "x.lengths": torch.tensor(LENGTHS), "x.labels": torch.tensor(LABELS)}
out.update({"l." + k: v for k, v in losses.items()})
out.update({"teacher." + k: v.float() for k, v in teacher.items()})
out.update({"student." + k: v.float() for k, v in student.items()})
trained = {k: v for k, v in student.items() if v.requires_grad}
for name, total in totals.items():
    grads = torch.autograd.grad(total, list(trained.values()), retain_graph=True, allow_unused=True)
    out.update({f"g.{name}.{k}": torch.zeros_like(v) if g is None else g for (k, v), g in zip(trained.items(), grads)})

settings = dict(alpha=ALPHA, temperature=TAU, beta=BETA, betaCls=BETA_CLS, gamma=GAMMA)
config = dict(architectures=["BertForSequenceClassification"], model_type="bert", vocab_size=V, max_position_embeddings=T + 2, hidden_size=D,
              num_attention_heads=H, intermediate_size=F, hidden_act="gelu", layer_norm_eps=EPS, type_vocab_size=2, num_labels=C)
size = write(os.path.join(HERE, "gradient.safetensors"), out, {"config": json.dumps(config), "settings": json.dumps(settings)})
print({k: round(v.item(), 6) for k, v in losses.items()}, size, "bytes")
