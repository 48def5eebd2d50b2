"""Writes answers.json beside this file: SQuAD's measures by Python's own strings and regular expressions. Run: python3 make.py

The comparison is that of SQuAD 2.0's published rules: small letters, the 32 ASCII punctuation marks out, the words a, an and the out, white space squeezed;
exact match and F1 of the bag of words, the best over the right answers; an answer of which nothing is left matches nothing alone.
The threshold is found by trying every one: between any two leads, below all, above all.
"""
import collections
import json
import pathlib
import random
import re
import string

ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def words(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return ARTICLES.sub(" ", text).split()


def right(references):
    return [r for r in references if words(r)] or [""]


def exact(answer, references):
    return max(int(words(answer) == words(r)) for r in right(references))


def f1(answer, references):
    def one(a, b):
        if not a or not b:
            return float(a == b)
        common = sum((collections.Counter(a) & collections.Counter(b)).values())
        return 2 * common / (len(a) + len(b))

    return max(one(words(answer), words(r)) for r in right(references))


TEXTS = [
    "", " ", "the", "The.", "A an THE", "a", "an", "--", "...the...", "the Beatles", "The  Beatles!", "Beatles", "theatre", "the-atre", "a.b", "a b",
    "an apple a day", "apple day", "U.S.", "US", "u s", "$1,000", "1000", "1,000 $", "it's", "its", "the the the", "to be or not to be", "be to to", "be be be",
    "café", "cafe\u0301", "CAFÉ", "a\u0301", "á", "naïve Ünïcode", "ÜNÏCODE", "北京", "北京 市", "😀 smile", "smile 😀", "don\u2019t", "\u201cthe\u201d", "the\u00a0end", "end",
    "a\u2003b\tc\nd", "b c d", "x\x1cy", "x y", "5\u00bd", "\u216b the", "the\u20ac", "a_b", "ab", "a/the/an", "Der an den", "x^2", "x2", "q=a", "q", "na\u200bthe",
]


def main():
    draw = random.Random(7)
    singles = [{"text": t, "words": words(t)} for t in TEXTS]
    pairs = []
    for _ in range(600):
        answer = draw.choice(TEXTS)
        references = [draw.choice(TEXTS) for _ in range(draw.choice([0, 1, 1, 2, 3]))]
        if draw.random() < 0.3:
            references.append(answer.upper() + ".")
        pairs.append({"answer": answer, "references": references, "exact": exact(answer, references), "f1": f1(answer, references)})

    searches = []
    for n in [1, 2, 5, 40, 40, 40]:
        leads = [draw.choice([-1.5, -0.25, 0.0, 0.5, 2.0]) if n > 5 and draw.random() < 0.5 else round(draw.gauss(0, 2), 3) for _ in range(n)]
        blank = [float(draw.random() < 0.5) for _ in range(n)]
        answered = [draw.choice([0.0, 0.4, 1.0]) if b == 0 else draw.choice([0.0, 0.0, 1.0]) for b in blank]
        cuts = [min(leads) - 1] + sorted(set(leads))
        scores = [sum(a if lead <= cut else b for lead, a, b in zip(leads, answered, blank)) / n for cut in cuts]
        searches.append({"leads": leads, "answered": answered, "blank": blank, "best": max(scores), "cut": cuts[scores.index(max(scores))], "all_blank": scores[0] == max(scores)})

    file = pathlib.Path(__file__).with_name("answers.json")
    file.write_text(json.dumps({"words": singles, "pairs": pairs, "searches": searches}, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
