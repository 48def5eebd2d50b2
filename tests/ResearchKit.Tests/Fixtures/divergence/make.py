"""Makes divergence.safetensors beside it: every token divergence and its gradients at both models' logits, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Probabilities are exponentials over their sum, mixtures are sums of probabilities, logarithms are taken of those; position by
position, in float64. The sizes are such that none of this underflows. Formulas: arXiv 2306.13649 (generalised JSD), 2402.03898
(skew), 2306.08543 (reverse KL). Each is multiplied by the square of the temperature, mean over the positions of the mask.
Names: "student", "teacher" logits, "mask"; "NAME.T.value", "NAME.T.student", "NAME.T.teacher" with the temperature T.
"""
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
from common import write  # noqa: E402

torch.manual_seed(3)
B, T, V = 2, 4, 13
student = (torch.randn(B, T, V, dtype=torch.float64) * 2).requires_grad_()
teacher = (torch.randn(B, T, V, dtype=torch.float64) * 3).requires_grad_()
mask = torch.tensor([[1, 1, 1, 0], [0, 1, 1, 1]], dtype=torch.bool)


def kl(a, b):
    return sum(a[v] * torch.log(a[v] / b[v]) for v in range(V))


def jsd(beta):
    return lambda p, q: beta * kl(p, beta * p + (1 - beta) * q) + (1 - beta) * kl(q, beta * p + (1 - beta) * q)


DIVERGENCES = {
    "forward-kl": kl,
    "reverse-kl": lambda p, q: kl(q, p),
    "jsd-0.1": jsd(0.1),
    "jsd-0.5": jsd(0.5),
    "jsd-0.9": jsd(0.9),
    "skew-kl-0.1": lambda p, q: kl(p, 0.1 * p + 0.9 * q),
    "skew-reverse-kl-0.3": lambda p, q: kl(q, 0.7 * p + 0.3 * q),
    "tvd": lambda p, q: sum((p[v] - q[v]).abs() for v in range(V)) / 2,
}


def softmax(z):
    e = (z - z.max().detach()).exp()
    return e / e.sum()


out = {"student": student, "teacher": teacher, "mask": mask.long()}
for name, divergence in DIVERGENCES.items():
    for tau in (1, 3):
        terms = [divergence(softmax(teacher[b, t] / tau), softmax(student[b, t] / tau)) * tau ** 2
                 for b in range(B) for t in range(T) if mask[b, t]]
        value = sum(terms) / len(terms)
        at_student, at_teacher = torch.autograd.grad(value, [student, teacher])
        out.update({f"{name}.{tau}.value": value, f"{name}.{tau}.student": at_student, f"{name}.{tau}.teacher": at_teacher})

print(write(os.path.join(HERE, "divergence.safetensors"), out, {}), "bytes")
