"""What encoders.py and decoders.py share; see make.py."""
import json
import math
import os
import struct

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


class Weights(dict):
    """Parameters by name, drawn when made; rounded to float32, so that a model in single precision starts from the same."""

    def draw(self, name, *shape, scale=0.3, shift=0.0):
        self[name] = (torch.randn(*shape) * scale + shift).double().requires_grad_()

    def linear(self, name, i, o, bias=True, transposed=False):
        self.draw(name + ".weight", *((i, o) if transposed else (o, i)))
        if bias:
            self.draw(name + ".bias", o, scale=0.1)

    def norm(self, name, width, bias=True):
        self.draw(name + ".weight", width, scale=0.2, shift=1)
        if bias:
            self.draw(name + ".bias", width, scale=0.1)

    def apply(self, name, x):
        y = x @ self[name + ".weight"].T
        return y + self[name + ".bias"] if name + ".bias" in self else y

    def normed(self, name, x, eps):
        mean = x.mean(-1, keepdim=True)
        variance = ((x - mean) ** 2).mean(-1, keepdim=True)
        return (x - mean) / (variance + eps).sqrt() * self[name + ".weight"] + self[name + ".bias"]


ACTIVATIONS = {
    "gelu": lambda x: x * 0.5 * (1 + torch.erf(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))),
    "relu": lambda x: torch.where(x > 0, x, torch.zeros_like(x)),
    "silu": lambda x: x / (1 + torch.exp(-x)),
}


def attention(q, k, v, size, causal):
    """q [n, heads * size], k and v [n, shared * size], of one row: heads / shared queries in a row share a key."""
    n, heads, shared = q.shape[0], q.shape[1] // size, k.shape[1] // size
    out, maps = [], []
    for h in range(heads):
        mine, theirs = slice(h * size, (h + 1) * size), slice(h * shared // heads * size, (h * shared // heads + 1) * size)
        rows = []
        for i in range(n):
            last = i + 1 if causal else n
            scores = (k[:last, theirs] * q[i, mine]).sum(-1) / math.sqrt(size)
            e = (scores - scores.max()).exp()
            rows.append(torch.cat([e / e.sum(), torch.zeros(n - last, dtype=e.dtype)]))
        maps.append(torch.stack(rows))
        out.append(maps[-1] @ v[:, theirs])
    return torch.cat(out, -1), torch.stack(maps)


def padded(rows, shape):
    out = torch.zeros(shape, dtype=torch.float64)
    for i, row in enumerate(rows):
        out[(i, *(slice(0, s) for s in row.shape))] = row
    return out


def gradient(x):
    return torch.zeros_like(x) if x.grad is None else x.grad        # a row without a target has no part in the loss


def cross_entropy(logits, target):
    return torch.logsumexp(logits, -1) - logits[target]


def write(path, out, metadata):
    """A safetensors file of the tensors, the widest types first; gives its bytes."""
    types = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}
    header, data = {"__metadata__": metadata}, b""
    for key in sorted(out, key=lambda k: (-out[k].element_size(), k)):
        tensor = out[key].detach().contiguous()
        raw = tensor.numpy().tobytes()
        header[key] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    return 8 + len(text) + len(data)


def save(name, config, weights, inputs, outputs, traces, shape):
    """traces: per row a dict with embedding, hidden (L of them) and attention (L)."""
    rows, width, d = shape
    layers = len(traces[0]["hidden"])
    out = {"x." + k: v for k, v in inputs.items()}
    out.update(outputs)
    out["embedding"] = padded([t["embedding"] for t in traces], (rows, width, d))
    out["g.embedding"] = padded([gradient(t["embedding"]) for t in traces], (rows, width, d))
    for l in range(layers):
        out[f"hidden.{l + 1}"] = padded([t["hidden"][l] for t in traces], (rows, width, d))
        heads = traces[0]["attention"][l].shape[0]
        out[f"attention.{l}"] = padded([t["attention"][l] for t in traces], (rows, heads, width, width))
    out.update({"w." + k: v.float() for k, v in weights.items()})
    out.update({"g." + k: v.grad for k, v in weights.items()})
    size = write(os.path.join(HERE, name + ".safetensors"), out, {"config": json.dumps(config)})
    print(f"{name}: {size} bytes")
