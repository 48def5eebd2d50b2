"""Makes metrics.json: what scikit-learn and scipy say of numbers made up here, for tests/ResearchKit.Tests/Evaluation.

Debian: apt-get install python3-scipy python3-sklearn, then /usr/bin/python3 make.py
"""
import json
import random

import numpy
import scipy.spatial.distance
import scipy.special
import scipy.stats
import sklearn.metrics

random.seed(11)
binary, pairs, loyalties = [], [], []
for rows in (1, 2, 3, 7, 40, 200):
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        predicted = [int(random.random() < share) for _ in range(rows)]
        labels = [int(random.random() < 0.4) for _ in range(rows)]
        binary.append({
            "predicted": predicted,
            "labels": labels,
            "accuracy": sklearn.metrics.accuracy_score(labels, predicted),
            "f1": float(sklearn.metrics.f1_score(labels, predicted, zero_division=0)),
            "matthews": float(sklearn.metrics.matthews_corrcoef(labels, predicted)),
        })
for rows in (2, 3, 10, 100):
    for ties in (False, True):
        x = [round(random.gauss(0, 1), 0 if ties else 6) for _ in range(rows)]
        y = [round(0.5 * a + random.gauss(0, 1), 0 if ties else 6) for a in x]
        if len(set(x)) < 2 or len(set(y)) < 2:
            continue
        pairs.append({"x": x, "y": y, "pearson": float(scipy.stats.pearsonr(x, y)[0]), "spearman": float(scipy.stats.spearmanr(x, y)[0])})
for classes in (2, 3, 26):
    student = numpy.round(numpy.array([[random.gauss(0, 3) for _ in range(classes)] for _ in range(20)]), 3)
    teacher = numpy.round(numpy.array([[random.gauss(0, 3) for _ in range(classes)] for _ in range(20)]), 3)
    p, q = scipy.special.softmax(student, axis=1), scipy.special.softmax(teacher, axis=1)
    loyalties.append({
        "student": student.tolist(),
        "teacher": teacher.tolist(),
        "label": sklearn.metrics.accuracy_score(teacher.argmax(1), student.argmax(1)),
        "natural": float(numpy.mean([1 - scipy.spatial.distance.jensenshannon(a, b) for a, b in zip(p, q)])),
        "base 2": float(numpy.mean([1 - scipy.spatial.distance.jensenshannon(a, b, base=2) for a, b in zip(p, q)])),
    })
with open("metrics.json", "w") as file:
    json.dump({"binary": binary, "pairs": pairs, "loyalties": loyalties}, file)
    file.write("\n")
