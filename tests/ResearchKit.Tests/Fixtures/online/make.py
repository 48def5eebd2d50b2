"""Makes online.safetensors beside it: one step of Online Knowledge Distillation on two tiny GPT-2s, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Each row is computed alone and without padding. The module stands as equation 15 of arXiv 2409.12512 prints it, h + s x W_down W_up, on the
first and the third block of the fused attention map. Losses are those of equations 16 and 17, from probabilities, position by position;
each is differentiated by everything, and what the stop-gradients must cut off is simply not asked for. Then one step of AdamW
on both, as torch.optim makes it. All in float64, from weights rounded to float32.
Names: "teacher.", "student." and "online." weights ("online." as the kit names them: down [r, D], up [k, r]), "x." inputs, "l." losses,
"g.student.", "g.online." gradients, "after.student.", "after.online." the weights after the step.
"""
import json
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
import decoders  # noqa: E402
from decoders import D, LENGTHS, PROMPTS, T, V, Gpt2  # noqa: E402
from common import ACTIVATIONS, attention, cross_entropy, write  # noqa: E402

RANK, SCALE, ALPHA, TAU, RATE = 3, 1.5, 0.3, 2.0, 1e-2
torch.manual_seed(11)


class Adapted(Gpt2):
    """A teacher with the module on it."""

    def __init__(self):
        super().__init__()
        self.online = {}
        for l in range(decoders.L):
            for block in ("query", "value"):
                at = f"transformer.h.{l}.attn.c_attn.{block}."
                self.online[at + "lora_down.weight"] = (torch.randn(RANK, D) * 0.3).double().requires_grad_()
                self.online[at + "lora_up.weight"] = (torch.randn(D, RANK) * 0.3).double().requires_grad_()

    def beside(self, l, block, x):
        at = f"transformer.h.{l}.attn.c_attn.{block}."
        return SCALE * (x @ self.online[at + "lora_down.weight"].T) @ self.online[at + "lora_up.weight"].T

    def layer(self, l, x):
        p = f"transformer.h.{l}."
        read = self.w.normed(p + "ln_1", x, 1e-5)
        three = self.conv(p + "attn.c_attn", read)
        q, k, v = three[:, :D] + self.beside(l, "query", read), three[:, D:2 * D], three[:, 2 * D:] + self.beside(l, "value", read)
        x = x + self.conv(p + "attn.c_proj", attention(q, k, v, D // self.heads, causal=True)[0])
        return x + self.conv(p + "mlp.c_proj", ACTIVATIONS["gelu_new"](self.conv(p + "mlp.c_fc", self.w.normed(p + "ln_2", x, 1e-5)))), None


def logits(model, ids):
    x = model.embed(ids)
    for l in range(decoders.L):
        x, _ = model.layer(l, x)
    return model.predict(x)


def softmax(z):
    e = (z - z.max().detach()).exp()
    return e / e.sum()


def kl(a, b):
    return sum(a[v] * torch.log(a[v] / b[v]) for v in range(V))


teacher, student = Adapted(), Gpt2()
ids = torch.randint(0, V, (len(LENGTHS), T))
targets = torch.full((len(LENGTHS), T), -100)
forward, reverse, nll = [], [], []
for row, (length, prompt) in enumerate(zip(LENGTHS, PROMPTS)):
    t_logits, s_logits = logits(teacher, ids[row, :length]), logits(student, ids[row, :length])
    for t in range(prompt - 1, length - 1):
        targets[row, t] = ids[row, t + 1]
        p, q = softmax(t_logits[t] / TAU), softmax(s_logits[t] / TAU)
        forward.append(TAU ** 2 * kl(p, q))
        reverse.append(TAU ** 2 * kl(q, p))
        nll.append(cross_entropy(t_logits[t], ids[row, t + 1]))
losses = {"s": torch.stack(forward).mean(), "t-kl": torch.stack(reverse).mean(), "t-mle": torch.stack(nll).mean()}

out = {"x.ids": ids, "x.lengths": torch.tensor(LENGTHS), "x.targets": targets}
out.update({"l." + k: v for k, v in losses.items()})
parts = {"student": (dict(student.w), losses["s"]), "online": (teacher.online, ALPHA * losses["t-kl"] + (1 - ALPHA) * losses["t-mle"])}
out.update({"teacher." + k: v.float() for k, v in teacher.w.items()})
for part, (weights, loss) in parts.items():
    out.update({f"{part}.{k}": v.detach().clone().float() for k, v in weights.items()})
    for (k, v), g in zip(weights.items(), torch.autograd.grad(loss, list(weights.values()), retain_graph=True)):
        out[f"g.{part}.{k}"] = v.grad = g
for part, (weights, _) in parts.items():
    torch.optim.AdamW(list(weights.values()), lr=RATE, weight_decay=0).step()
    out.update({f"after.{part}.{k}": v.detach() for k, v in weights.items()})

settings = dict(rank=RANK, scale=SCALE, alpha=ALPHA, temperature=TAU)
size = write(os.path.join(HERE, "online.safetensors"), out, {"config": json.dumps(student.config), "settings": json.dumps(settings), "rate": str(RATE)})
print({k: round(v.item(), 6) for k, v in losses.items()}, size, "bytes")
