"""Makes alignment.json beside it: CKA, divergences of attention heads and spectra of numbers made up here, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and NumPy 1.24 were used; any version gives the same numbers to 1e-12)

CKA comes from N x N kernel matrices: tr(KHLH) with the centring matrix H (arXiv 1905.00414), and the unbiased HSIC in its own words, sums over kernels
with a diagonal of 0 (Song et al., JMLR 2012, eq. 4). Divergences are summed entry by entry. Truncations come from the eigenvectors of W^T W.
"""
import json
import math
import os

import numpy

random = numpy.random.default_rng(5)


def cka(x, y, hsic):
    k, l = x @ x.T, y @ y.T
    return hsic(k, l) / math.sqrt(hsic(k, k) * hsic(l, l))


def biased(k, l):
    n = len(k)
    h = numpy.eye(n) - numpy.ones((n, n)) / n
    return numpy.trace(k @ h @ l @ h) / (n - 1) ** 2


def unbiased(k, l):
    n = len(k)
    k, l = k - numpy.diag(numpy.diag(k)), l - numpy.diag(numpy.diag(l))
    one = numpy.ones(n)
    return (numpy.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


N = 11
first = random.normal(size=(N, 4)) + numpy.array([0, 3, -4, 0.5])
xs = [first, random.normal(size=(N, 4))]
ys = [first @ random.normal(size=(4, 6)) + 0.7 * random.normal(size=(N, 6)) + 2, random.normal(size=(N, 3)), first * 2 - 1]
cka_of = {name: [[cka(x, y, hsic) for y in ys] for x in xs] for name, hsic in (("plain", biased), ("debiased", unbiased))}


def attention(heads):
    scores = random.normal(size=(2, heads, 4, 4)) * 2
    lengths = [4, 3]
    rows = numpy.exp(scores)
    for b, length in enumerate(lengths):
        rows[b, :, :, length:] = 0
    return rows / rows.sum(-1, keepdims=True), lengths


teacher, lengths = attention(2)
student, _ = attention(3)
heads = [[sum(teacher[b, h, t, s] * math.log(teacher[b, h, t, s] / student[b, k, t, s])
              for b in range(2) for t in range(lengths[b]) for s in range(lengths[b])) / sum(lengths)
          for h in range(2)] for k in range(3)]

weight = random.normal(size=(5, 3)) @ numpy.diag([3, 1, 0.2])
values, vectors = numpy.linalg.eigh(weight.T @ weight)
sigma = [math.sqrt(v) for v in values[::-1]]
shares = [s / sum(sigma) for s in sigma]
best = vectors[:, ::-1][:, :2]
truncated = weight @ best @ best.T

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "alignment.json"), "w") as file:
    json.dump({
        "x": [x.tolist() for x in xs], "y": [y.tolist() for y in ys], "cka": cka_of,
        "attention": {"teacher": teacher.tolist(), "student": student.tolist(), "lengths": lengths, "divergence": heads},
        "weight": {
            "values": weight.tolist(), "singular": sigma, "effective": math.exp(-sum(p * math.log(p) for p in shares)),
            "energy": [sum(s * s for s in sigma[:r + 1]) / sum(s * s for s in sigma) for r in range(3)],
            "truncated": truncated.tolist(), "error": float(numpy.linalg.norm(weight - truncated) / numpy.linalg.norm(weight)),
        },
    }, file, indent=1)
    file.write("\n")
