"""Makes optimizer.json: what PyTorch's AdamW, clip_grad_norm_ and LambdaLR do, for the kit's to be held against.

    python3 make.py > optimizer.json

Two parameters: a matrix, which decays, and a bias, which does not. Schedules are Hugging Face's formulas
(transformers/optimization.py), run through LambdaLR.
"""
import json
import math

import torch


def adamw(dtype, clip):
    torch.manual_seed(7)
    matrix = torch.nn.Parameter(torch.randn(3, 2, dtype=torch.float64).to(dtype))
    bias = torch.nn.Parameter(torch.randn(4, dtype=torch.float64).to(dtype))
    start = [matrix.tolist(), bias.tolist()]
    settings = dict(lr=3e-2, betas=(0.85, 0.97), eps=1e-6)
    optimizer = torch.optim.AdamW(
        [{"params": [matrix], "weight_decay": 0.1}, {"params": [bias], "weight_decay": 0.0}], foreach=False, **settings)
    steps = []
    for i in range(6):
        matrix.grad = (torch.randn(3, 2, dtype=torch.float64) * 10 ** (i - 3)).to(dtype)
        bias.grad = (torch.randn(4, dtype=torch.float64) * 10 ** (i - 3)).to(dtype)
        gradients = [matrix.grad.tolist(), bias.grad.tolist()]
        norm = torch.nn.utils.clip_grad_norm_([matrix, bias], clip).item()
        optimizer.step()
        steps.append({"matrixGradient": gradients[0], "biasGradient": gradients[1], "norm": norm,
                      "matrix": matrix.tolist(), "bias": bias.tolist()})
    return {"clip": clip, "matrix": start[0], "bias": start[1], "steps": steps}


def linear(step, warmup, total):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    return max(0.0, float(total - step) / float(max(1, total - warmup)))


def cosine(step, warmup, total):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    progress = float(step - warmup) / float(max(1, total - warmup))
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * 0.5 * 2.0 * progress)))


def constant(step, warmup, total):
    return float(step) / float(max(1.0, warmup)) if step < warmup else 1.0


def schedules():
    made = []
    for name, formula in (("constant", constant), ("linear", linear), ("cosine", cosine)):
        for total, fraction in ((10, 0.0), (10, 0.25), (7, 0.1), (1, 0.0), (5, 1.0)):
            warmup = math.ceil(total * fraction)
            optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
            schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: formula(step, warmup, total))
            factors = []
            for _ in range(total):
                factors.append(schedule.get_last_lr()[0])
                optimizer.step()
                schedule.step()
            made.append({"kind": name, "total": total, "warmupFraction": fraction, "factors": factors})
    return made


print(json.dumps({"torch": torch.__version__, "double": adamw(torch.float64, 0.5), "single": adamw(torch.float32, 0.5),
                  "schedules": schedules()}))
