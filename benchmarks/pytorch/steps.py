"""The PyTorch side of `./kit bench steps`: the same workloads, eager, timed when the kit says so.

    python3 steps.py WORKLOAD THREADS

Prints one JSON line when ready; then for each line "N" on standard input runs N steps and prints one JSON line with the
milliseconds of each and the peak resident memory. Ends when standard input does.
"""
import json
import math
import resource
import sys
import time

import torch


def op_add():
    """10,000 additions of two vectors of 16 floats, without a graph."""
    left, right = torch.randn(16), torch.randn(16)

    def step():
        for _ in range(10_000):
            left + right

    return step


def op_linear():
    """A linear map of [1024, 256] to [1024, 1024] and its backward to input, weight and bias."""
    x = torch.randn(1024, 256, requires_grad=True)
    weight = torch.randn(1024, 256, requires_grad=True)
    bias = torch.randn(1024, requires_grad=True)
    gradient = torch.randn(1024, 1024)

    def step():
        x.grad = weight.grad = bias.grad = None
        torch.nn.functional.linear(x, weight, bias).backward(gradient)

    return step


class Layer(torch.nn.Module):
    """A BERT layer, normalized after each block, attention written out."""

    def __init__(self, d, heads, inner):
        super().__init__()
        self.q, self.k, self.v, self.o = (torch.nn.Linear(d, d) for _ in range(4))
        self.up, self.down = torch.nn.Linear(d, inner), torch.nn.Linear(inner, d)
        self.n1, self.n2 = torch.nn.LayerNorm(d, eps=1e-12), torch.nn.LayerNorm(d, eps=1e-12)
        self.heads = heads

    def forward(self, x, mask):
        b, t, d = x.shape
        q, k, v = (m(x).view(b, t, self.heads, -1).transpose(1, 2) for m in (self.q, self.k, self.v))
        scores = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads) + mask
        x = self.n1(x + self.o((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)))
        return self.n2(x + self.down(torch.nn.functional.gelu(self.up(x))))


class Encoder(torch.nn.Module):
    def __init__(self, layers, d=256, heads=4, inner=1024, vocabulary=30522, classes=2):
        super().__init__()
        self.words, self.positions, self.types = torch.nn.Embedding(vocabulary, d), torch.nn.Embedding(512, d), torch.nn.Embedding(2, d)
        self.norm = torch.nn.LayerNorm(d, eps=1e-12)
        self.layers = torch.nn.ModuleList(Layer(d, heads, inner) for _ in range(layers))
        self.pooler, self.classifier = torch.nn.Linear(d, d), torch.nn.Linear(d, classes)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.02)
        for module in self.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.zeros_(module.bias)

    def embed(self, ids):
        return self.norm(self.words(ids) + self.positions.weight[:ids.shape[1]] + self.types.weight[0])

    def forward(self, x, mask):
        for layer in self.layers:
            x = layer(x, mask)
        return self.classifier(self.pooler(x[:, 0]).tanh())


def encoder(aligned):
    """kd-encoder and gradkd-encoder: a student of two layers learns from a teacher of four."""
    b, t, tau = 32, 64, 5.0
    torch.manual_seed(1)
    teacher, student = Encoder(4), Encoder(2)
    theirs = teacher.state_dict()
    student.load_state_dict({k: theirs[k] if k in theirs and "pooler" not in k and "classifier" not in k else v for k, v in student.state_dict().items()})
    teacher.requires_grad_(False)
    if aligned:
        for module in (student.words, student.positions, student.types, student.norm):
            module.requires_grad_(False)
    trained = [p for p in student.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    ids, labels, mask = torch.randint(0, 30522, (b, t)), torch.randint(0, 2, (b,)), torch.zeros(b, 1, 1, t)

    def unit(g):
        return g / g.norm(dim=-1, keepdim=True).clamp_min(1e-12)

    def step():
        if aligned:
            x = teacher.embed(ids).requires_grad_()
            z_t = teacher(x, mask)
            g_t, = torch.autograd.grad(z_t.softmax(-1).max(-1).values.sum(), x)
            z_t = z_t.detach()
            x = student.embed(ids).requires_grad_()
            z = student(x, mask)
            g, = torch.autograd.grad(z.softmax(-1).max(-1).values.sum(), x, create_graph=True)
        else:
            with torch.no_grad():
                z_t = teacher(teacher.embed(ids), mask)
            z = student(student.embed(ids), mask)
        soft = torch.nn.functional.kl_div((z / tau).log_softmax(-1), (z_t / tau).softmax(-1), reduction="batchmean")
        loss = 0.5 * torch.nn.functional.cross_entropy(z, labels) + 0.5 * tau * tau * soft
        if aligned:
            loss = loss + 0.2 * (unit(g) - unit(g_t)).square().sum(-1).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    step.teacher_params = sum(p.numel() for p in teacher.parameters())
    step.student_params = sum(p.numel() for p in student.parameters())
    return step


WORKLOADS = {"op-add": op_add, "op-linear": op_linear, "kd-encoder": lambda: encoder(False), "gradkd-encoder": lambda: encoder(True)}


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    step = WORKLOADS[name]()
    sizes = {name: value for name, value in vars(step).items() if name.endswith("_params")}
    print(json.dumps({"torch": torch.__version__, **sizes}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"ms": times, "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
