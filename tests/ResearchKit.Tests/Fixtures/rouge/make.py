"""Makes stems.txt and pairs.json: the stems of NLTK's PorterStemmer, and ROUGE-L and exact match written anew in Python.

    apt-get install python3-nltk wordnet-base
    /usr/bin/python3 make.py

stems.txt: a word and its stem a line, of every 61st of the words in WordNet's lemmas, and of every 47th with one of the common endings,
so that every rule is met. pairs.json: texts with their scores by regular expressions and a whole table of common subsequences.
"""
import json
import random
import re
import string

from nltk.stem.porter import PorterStemmer

stemmer = PorterStemmer()
random.seed(7)

lemmas = set()
for part in ("noun", "verb", "adj", "adv"):
    for line in open(f"/usr/share/wordnet/index.{part}", encoding="ascii"):
        if not line.startswith(" "):
            lemmas.update(re.findall("[a-z0-9]+", line.split(" ")[0].lower()))
lemmas = sorted(lemmas)
endings = ["s", "es", "ies", "ed", "ied", "ing", "y", "ly", "ally", "fully", "ably", "logy", "ation", "ational", "iveness", "ness", "ful", "ality", "ility", "ement", "er", "ism"]
words = set(lemmas[::61])
for i, lemma in enumerate(lemmas[11::47]):
    words.add(lemma + endings[i % len(endings)])
words.update("""a is us yes dies died lies lied ties tied skies sky dying lying tying news inning innings outing outings canning cannings howe proceed exceed
succeed proceeds geology geologi theology apologies analogy happy fly flies flying cry cries try enjoy say by hopping hoped falling hissing fizzed filing failing
agreed feed bleed conflated troubled sized tanned rational relational valency hesitancy digitizer conformably radically differently vilely analogously
vietnamization predication operator feudalism decisiveness hopefulness callousness formality sensitivity sensibility triplicate formative formalize electricity
electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption
homologou communism activate angularity homologous effective bowdlerize probate rate cease controll roll bully fully awfully beautifully
carefully generally generalli us ion sion oed ued 1980s 4th 12345 x2y2 yyyy oyed""".split())
with open("stems.txt", "w", encoding="ascii", newline="\n") as file:
    for word in sorted(words):
        file.write(f"{word} {stemmer.stem(word)}\n")


def tokens(text):
    words = re.sub("[^a-z0-9]+", " ", text.lower()).split(" ")
    return [w for w in (stemmer.stem(w) if len(w) > 3 else w for w in words) if w]


def rouge_l(prediction, reference):
    a, b = tokens(prediction), tokens(reference)
    if not a or not b:
        return 0.0
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            table[i + 1][j + 1] = table[i][j] + 1 if a[i] == b[j] else max(table[i][j + 1], table[i + 1][j])
    precision, recall = table[-1][-1] / len(a), table[-1][-1] / len(b)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def normalised(text):
    return " ".join("".join(c for c in text.lower() if c not in set(string.punctuation)).split())


pairs = [["", ""], ["", "a"], ["?!", "..."], ["Ünïcode naïve café", "unicode naive cafe"], ["\u212Aelvin \u0130stanbul", "kelvin i stanbul"], ["日本語", "日本語"],
         ["the the the", "the"], ["3.14 is pi", "3 14 pi"], ["Running runners ran", "run runner ran"], ["don't", "don t"], ["a\u00a0b\u2003c", "A b, c!"], ["The cat.", "cat"]]
pool = sorted(words)
for _ in range(120):
    # Of few words, so that some come twice and some differ by an ending alone.
    few = [w + e for w in random.sample(pool, 8) for e in random.sample(["", "s", "ing", "ed", ","], 2)]
    one, other = random.choices(few, k=random.randint(1, 30)), random.choices(few, k=random.randint(1, 30))
    kept = [w for w in one if random.random() < 0.7] + [w for w in other if random.random() < 0.2]
    pairs.append([" ".join(one), " ".join(kept)])
with open("pairs.json", "w", encoding="utf-8", newline="\n") as file:
    rows = [json.dumps({"prediction": p, "reference": r, "rougeL": rouge_l(p, r), "exact": normalised(p) == normalised(r)}, ensure_ascii=False) for p, r in pairs]
    file.write("[\n" + ",\n".join(rows) + "\n]\n")
