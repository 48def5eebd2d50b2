"""Length, entropy and bigram gap of ProbabilisticGrammar.Agreement, by following the probabilities word by word instead of solving equations.

    python3 make.py

prints the numbers that ProbabilisticGrammarTests holds the closed forms against. The rules are written down a second time here.
"""
import math

ONE, MANY, ADJECTIVES = {"dog": .5, "cat": .3, "bird": .2}, {"dogs": .45, "cats": .35, "birds": .2}, {"big": .15, "old": .1}
SLIP, STEPS = 0.02, 3000
rules = {}  # state -> word (None ends) -> (weight, state after)


def add(state, words, after):
    for word, weight in words.items():
        rules.setdefault(state, {})[word] = (weight, after)


def noun_phrase(start, one, many):
    add(start, {"the": .5}, start + " any")
    add(start, {"a": .3}, start + " one")
    add(start, {"some": .2}, start + " many")
    for number, nouns in ((" any", (ONE, MANY)), (" one", (ONE,)), (" many", (MANY,))):
        for words in nouns:
            add(start + number, words, one if words is ONE else many)
        add(start + number, ADJECTIVES, start + number)


noun_phrase("clause", "verb one", "verb many")
for number, barks, sleeps, sees in (("one", "barks", "sleeps", "sees"), ("many", "bark", "sleep", "see")):
    verb = "verb " + number
    add(verb, {"near": .22, "behind": .13}, "phrase " + number)
    add(verb, {barks: .26, sleeps: .19}, "done")
    add(verb, {sees: .2}, "object")
    noun_phrase("phrase " + number, verb, verb)
noun_phrase("object", "done", "done")
add("done", {"and": .25}, "clause")
add("done", {None: .75}, None)

words = sorted({word for out in rules.values() for word in out if word})
chances = {}
for state, out in rules.items():
    total = sum(weight for weight, _ in out.values())
    chances[state] = {word: (1 - SLIP) * out.get(word, (0, 0))[0] / total + SLIP / (len(words) + 1) for word in words + [None]}


def entropy(distribution):
    return -sum(p * math.log(p) for p in distribution.values() if p > 0)


now, visits, pairs = {"clause": 1.0}, dict.fromkeys(rules, 0.0), {("start", "clause"): 1.0}
for _ in range(STEPS):
    following = {}
    for state, mass in now.items():
        visits[state] += mass
        for word in words:
            after, moved = rules[state].get(word, (0, state))[1], mass * chances[state][word]
            following[after] = following.get(after, 0) + moved
            pairs[word, after] = pairs.get((word, after), 0) + moved
    now = following

total = sum(mass * entropy(chances[state]) for state, mass in visits.items())
bigram = 0
for last in words + ["start"]:
    states = {state: mass for (word, state), mass in pairs.items() if word == last}
    mass = sum(states.values())
    bigram += mass * entropy({word: sum(m * chances[s][word] for s, m in states.items()) / mass for word in words + [None]})
print(f"length {sum(visits.values())!r}  entropy {total!r}  bigram gap {bigram - total!r}")
