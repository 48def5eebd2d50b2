"""The PyTorch side of `./kit bench steps`: the same workloads, eager, timed when the kit says so.

    python3 steps.py WORKLOAD THREADS [SIZE DEVICE PRECISION]        SIZE desk or base, DEVICE cpu or cuda, PRECISION fp32, tf32 or bf16

Prints one JSON line when ready; then for each line "N" on standard input runs N steps and prints one JSON line with the
milliseconds of each and the peak resident memory. Ends when standard input does.
"""
import json
import math
import resource
import sys
import time

import torch

SIZE, DEVICE, PRECISION = (sys.argv[3:6] + ["desk", "cpu", "fp32"][len(sys.argv[3:6]):])


def ready(*modules):
    """To the device; the trained parts' weights stay float32, autocast rounds what is multiplied."""
    for module in modules:
        module.to(DEVICE)


def autocast():
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=PRECISION == "bf16")


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)


def op_add():
    """10,000 additions of two vectors of 16 floats, without a graph."""
    left, right = torch.randn(16, device=DEVICE), torch.randn(16, device=DEVICE)

    def step():
        for _ in range(10_000):
            left + right

    return step


def op_linear():
    """A linear map of [1024, 256] to [1024, 1024] and its backward to input, weight and bias."""
    x = torch.randn(1024, 256, device=DEVICE, requires_grad=True)
    weight = torch.randn(1024, 256, device=DEVICE, requires_grad=True)
    bias = torch.randn(1024, device=DEVICE, requires_grad=True)
    gradient = torch.randn(1024, 1024, device=DEVICE)

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

    def forward(self, x, mask, seen=None):
        b, t, d = x.shape
        maps = [m(x) for m in (self.q, self.k, self.v)]
        q, k, v = (y.view(b, t, self.heads, -1).transpose(1, 2) for y in maps)
        p = (q @ k.transpose(-2, -1) / math.sqrt(d // self.heads) + mask).softmax(-1)
        o = self.o((p @ v).transpose(1, 2).reshape(b, t, d))
        x = self.n1(x + o)
        up = self.up(x)
        down = self.down(torch.nn.functional.gelu(up))
        x = self.n2(x + down)
        if seen is not None:
            seen.append((p, x, [*maps, o, up, down]))
        return x


class Encoder(torch.nn.Module):
    def __init__(self, layers, d=256, heads=4, inner=1024, vocabulary=30522, classes=2):
        super().__init__()
        self.words, self.positions, self.types = torch.nn.Embedding(vocabulary, d), torch.nn.Embedding(512, d), torch.nn.Embedding(2, d)
        self.norm = torch.nn.LayerNorm(d, eps=1e-12)
        self.layers = torch.nn.ModuleList(Layer(d, heads, inner) for _ in range(layers))
        self.pooler, self.classifier = torch.nn.Linear(d, d), torch.nn.Linear(d, classes)
        normal(self)

    def embed(self, ids):
        return self.norm(self.words(ids) + self.positions.weight[:ids.shape[1]] + self.types.weight[0])

    def forward(self, x, mask, seen=None):
        for layer in self.layers:
            x = layer(x, mask, seen)
        return self.classifier(self.pooler(x[:, 0]).tanh())


def factors(linear, rank):
    """The two maps that a linear one is nearest to: y = up(down(x)) + b, by its largest singular values."""
    u, s, v = torch.linalg.svd(linear.weight.data, full_matrices=False)
    down, up = torch.nn.Linear(linear.in_features, rank, bias=False), torch.nn.Linear(rank, linear.out_features)
    down.weight.data = (s[:rank].sqrt()[:, None] * v[:rank]).contiguous()
    up.weight.data = (u[:, :rank] * s[:rank].sqrt()).contiguous()
    up.bias.data = linear.bias.data.clone()
    return torch.nn.Sequential(down, up)


def normal(model):
    """Weights N(0, 0.02), biases 0."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.02)
    for module in model.modules():
        if isinstance(module, torch.nn.Linear) and module.bias is not None:
            torch.nn.init.zeros_(module.bias)


def copied(student, teacher, fresh=()):
    """What bears the teacher's name and shape starts as a copy, but for the parts named."""
    theirs = teacher.state_dict()
    student.load_state_dict({k: theirs[k] if k in theirs and theirs[k].shape == v.shape and not any(f in k for f in fresh) else v
                             for k, v in student.state_dict().items()})


def sized(step, **parts):
    for name, parameters in parts.items():
        setattr(step, name + "_params", sum(p.numel() for p in parameters))
    return step


def encoder(aligned):
    """kd-encoder and gradkd-encoder: a student of half the layers learns from a teacher of four, or at base size of twelve."""
    layers, b, t, shape = (12, 32, 128, dict(d=768, heads=12, inner=3072)) if SIZE == "base" else (4, 32, 64, {})
    tau = 5.0
    torch.manual_seed(1)
    teacher, student = Encoder(layers, **shape), Encoder(layers // 2, **shape)
    copied(student, teacher, fresh=("pooler", "classifier"))
    ready(teacher, student)
    teacher.requires_grad_(False)
    if aligned:
        for module in (student.words, student.positions, student.types, student.norm):
            module.requires_grad_(False)
    trained = [p for p in student.parameters() if p.requires_grad]
    optimizer = adamw(trained)
    ids, labels, mask = torch.randint(0, 30522, (b, t)).to(DEVICE), torch.randint(0, 2, (b,)).to(DEVICE), torch.zeros(b, 1, 1, t, device=DEVICE)

    def unit(g):
        return g / g.norm(dim=-1, keepdim=True).clamp_min(1e-12)

    def step():
        with autocast():
            if aligned:
                x = teacher.embed(ids).requires_grad_()
                z_t = teacher(x, mask).float()
                g_t, = torch.autograd.grad(z_t.softmax(-1).max(-1).values.sum(), x)
                z_t = z_t.detach()
                x = student.embed(ids).requires_grad_()
                z = student(x, mask).float()
                g, = torch.autograd.grad(z.softmax(-1).max(-1).values.sum(), x, create_graph=True)
            else:
                with torch.no_grad():
                    z_t = teacher(teacher.embed(ids), mask).float()
                z = student(student.embed(ids), mask).float()
        soft = torch.nn.functional.kl_div((z / tau).log_softmax(-1), (z_t / tau).softmax(-1), reduction="batchmean")
        loss = 0.5 * torch.nn.functional.cross_entropy(z, labels) + 0.5 * tau * tau * soft
        if aligned:
            loss = loss + 0.2 * (unit(g.float()) - unit(g_t.float())).square().sum(-1).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    return sized(step, teacher=list(teacher.parameters()), student=list(student.parameters()))


def multi_aspect():
    """makd-encoder: a student of the teacher's depth whose maps are factors matches attention, states and every map's output."""
    layers, b, t, rank, shape = (12, 32, 128, 245, dict(d=768, heads=12, inner=3072)) if SIZE == "base" else (4, 32, 64, 64, {})
    tau = 5.0
    torch.manual_seed(1)
    teacher, student = Encoder(layers, **shape), Encoder(layers, **shape)
    copied(student, teacher, fresh=("pooler", "classifier"))
    for layer in student.layers:
        for name in ("q", "k", "v", "o", "up", "down"):
            setattr(layer, name, factors(getattr(layer, name), rank))
    ready(teacher, student)
    teacher.requires_grad_(False)
    trained = list(student.parameters())
    optimizer = adamw(trained)
    ids, labels, mask = torch.randint(0, 30522, (b, t)).to(DEVICE), torch.randint(0, 2, (b,)).to(DEVICE), torch.zeros(b, 1, 1, t, device=DEVICE)

    def step():
        theirs, mine = [], []
        with autocast():
            with torch.no_grad():
                x_t = teacher.embed(ids)
                z_t = teacher(x_t, mask, theirs).float()
            x = student.embed(ids)
            z = student(x, mask, mine).float()
        soft = torch.nn.functional.kl_div((z / tau).log_softmax(-1), (z_t / tau).softmax(-1), reduction="batchmean")
        loss = 0.5 * torch.nn.functional.cross_entropy(z, labels) + 0.5 * tau * tau * soft
        mse = lambda a, b: torch.nn.functional.mse_loss(a.float(), b.float())
        attention, hidden, maps = 0, mse(x, x_t), 0
        for (p, h, y), (p_t, h_t, y_t) in zip(mine, theirs):
            p, p_t = p.float(), p_t.float()
            attention = attention + (p_t * (p_t.clamp_min(1e-12).log() - p.clamp_min(1e-12).log())).sum(-1).mean()
            hidden = hidden + mse(h, h_t)
            maps = maps + sum(mse(a, c) for a, c in zip(y, y_t))
        loss = loss + attention / layers + hidden / (layers + 1) + maps / layers
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    return sized(step, teacher=list(teacher.parameters()), student=trained)


class Block(torch.nn.Module):
    """A GPT-2 layer: normalized before each part, one map for query, key and value, attention written out, tanh GELU."""

    def __init__(self, d, heads):
        super().__init__()
        self.n1, self.n2 = torch.nn.LayerNorm(d), torch.nn.LayerNorm(d)
        self.qkv, self.o = torch.nn.Linear(d, 3 * d), torch.nn.Linear(d, d)
        self.up, self.down = torch.nn.Linear(d, 4 * d), torch.nn.Linear(4 * d, d)
        self.heads = heads
        self.lora = torch.nn.ModuleList()

    def forward(self, x, mask, cache=None, at=0):
        b, t, d = x.shape
        y = self.n1(x)
        q, k, v = self.qkv(y).split(d, -1)
        if self.lora:
            q = q + self.lora[1](self.lora[0](y))
            v = v + self.lora[3](self.lora[2](y))
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in (q, k, v))
        if cache is not None:
            cache[0][:, :, at:at + t], cache[1][:, :, at:at + t] = k, v
            k, v = cache[0][:, :, :at + t], cache[1][:, :, :at + t]
        scores = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)
        p = (scores if mask is None else scores + mask).softmax(-1)
        x = x + self.o((p @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.down(torch.nn.functional.gelu(self.up(self.n2(x)), approximate="tanh"))


class Decoder(torch.nn.Module):
    def __init__(self, layers, d, heads, vocabulary, positions):
        super().__init__()
        self.words, self.positions = torch.nn.Embedding(vocabulary, d), torch.nn.Embedding(positions, d)
        self.layers = torch.nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.norm = torch.nn.LayerNorm(d)
        normal(self)

    def forward(self, ids, mask):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x) @ self.words.weight.T

    @torch.no_grad()
    def sample(self, prompts, count):
        """The prompts with as many sampled tokens behind them: keys and values kept, logits of the last position alone."""
        b, n = prompts.shape
        width, heads = self.words.weight.shape[1], self.layers[0].heads
        dtype = torch.bfloat16 if PRECISION == "bf16" else torch.float32
        caches = [[torch.empty(b, heads, n + count, width // heads, device=DEVICE, dtype=dtype) for _ in range(2)] for _ in self.layers]
        ids = torch.empty(b, n + count, dtype=torch.long, device=DEVICE)
        ids[:, :n] = prompts
        mask, at, new = torch.full((n, n), -1e4, device=DEVICE).triu(1), 0, n
        for _ in range(count):
            x = self.words(ids[:, at:at + new]) + self.positions.weight[at:at + new]
            for layer, cache in zip(self.layers, caches):
                x = layer(x, mask, cache, at)
            at, new, mask = at + new, 1, None
            logits = (self.norm(x[:, -1]) @ self.words.weight.T).float()
            ids[:, at] = torch.multinomial(logits.softmax(-1), 1)[:, 0]
        return ids


def kl(p, q):
    """KL(p to q) of logits [.., V], summed over the vocabulary, mean over positions, in float32."""
    p, q = p.float().log_softmax(-1), q.float().log_softmax(-1)
    return (p.exp() * (p - q)).sum(-1).mean()


def decoder(online, vocabulary=8192, b=8, written=False):
    """fkl-decoder, fkl-decoder-50k, okd-decoder and onpolicy-decoder, half of whose rows the student writes."""
    if SIZE == "base":
        vocabulary, b, t = 50257, 8, 512
        teacher, student = Decoder(24, 1024, 16, vocabulary, t), Decoder(12, 768, 12, vocabulary, t)
    else:
        t = 128
        teacher, student = Decoder(4, 256, 4, vocabulary, t), Decoder(2, 256, 4, vocabulary, t)
    copied(student, teacher)
    teacher.requires_grad_(False)
    added = []
    if online:
        for layer in teacher.layers:
            d = layer.o.weight.shape[0]
            layer.lora.extend(torch.nn.Linear(*io, bias=False) for io in [(d, 32), (32, d)] * 2)
            for i, m in enumerate(layer.lora):
                torch.nn.init.normal_(m.weight, std=0.02) if i % 2 == 0 else torch.nn.init.zeros_(m.weight)
            added += layer.lora.parameters()
    ready(teacher, student)
    trained = list(student.parameters())
    optimizers = [(trained, adamw(trained))] + ([(added, adamw(added))] if online else [])
    all_ids = torch.randint(0, vocabulary, (b, t + 1)).to(DEVICE)
    ids, targets = all_ids[:, :t].contiguous(), all_ids[:, 1:].contiguous()
    mask = torch.full((t, t), -1e4, device=DEVICE).triu(1)

    def step():
        rows = ids
        with autocast():
            if written:
                rows = student.sample(ids[:, : t // 2], t // 2)
            if online:
                z_t = teacher(rows, mask)
            else:
                with torch.no_grad():
                    z_t = teacher(rows, mask)
            z = student(rows, mask)
        loss = kl(z[:, t // 2 - 1:-1], z_t[:, t // 2 - 1:-1]) if written else kl(z_t.detach(), z)
        if online:
            loss = loss + 0.5 * kl(z.detach(), z_t) + 0.5 * torch.nn.functional.cross_entropy(z_t.float().flatten(0, 1), targets.flatten())
        loss.backward()
        for parameters, optimizer in optimizers:
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss

    parts = dict(teacher=[p for n, p in teacher.named_parameters() if ".lora." not in n], student=trained)
    return sized(step, **parts, **({"lora": added} if online else {}))


WORKLOADS = {
    "op-add": op_add,
    "op-linear": op_linear,
    "kd-encoder": lambda: encoder(False),
    "gradkd-encoder": lambda: encoder(True),
    "makd-encoder": multi_aspect,
    "fkl-decoder": lambda: decoder(False),
    "fkl-decoder-50k": lambda: decoder(False, vocabulary=50257, b=4),
    "okd-decoder": lambda: decoder(True),
    "onpolicy-decoder": lambda: decoder(False, written=True),
}


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = PRECISION == "tf32"
    step = WORKLOADS[name]()
    sizes = {name: value for name, value in vars(step).items() if name.endswith("_params")}
    print(json.dumps({"torch": torch.__version__, **sizes}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            if DEVICE == "cuda":
                torch.cuda.synchronize()
            times.append((time.perf_counter() - start) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"ms": times, "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
