"""Writes corpus.txt, to train on, and texts.json, to encode. The same at every run.

wordpiece.json and bytelevel.json are what WordPieceTrainer and ByteLevelBpeTrainer make of corpus.txt, 700 tokens each;
Text/TrainerTests.cs compares them to the byte. make_reference.js makes the rest.

    python3 make_texts.py
"""
import json
import random

random.seed(20260101)

SIZES = "small large tiny huge slender broad low tall shallow deep".split()
LOOKS = "brown grey reddish spotted striped bearded crested hairless leathery glossy thorny succulent".split()
THINGS = ("bird tree herb shrub fish beetle vessel instrument building garment river lake mountain town person musician soldier "
          "sailor engine weapon ornament mineral liquid powder disease ceremony quarrel agreement measure quantity").split()
PLACES = ("northern forests|tropical America|the shores of the Mediterranean|southern Europe|dry grasslands|deep waters|"
          "ancient Rome|central Asia|the Australian coast|damp meadows").split("|")
VERBS = "used for|noted for|bearing|yielding|living on|resembling|made of|carrying|covered with|known for".split("|")
OBJECTS = ("fragrant white flowers|edible seeds|hard durable wood|fine woven cloth|its loud singing|a pair of wheels|"
           "thick fur|brightly coloured feathers|precious stones|small insects and worms").split("|")
FOREIGN = [
    "Größe, Übermut und Straßenbahn; naïve façade, déjà vu, señor, Łódź, smørrebrød",
    "Καλημέρα κόσμε, ΟΔΥΣΣΕΥΣ και Πηνελόπη", "Привет, мир! Ёлка и йод", "שלום עולם", "مرحبا بالعالم",
    "今日は世界、東京タワー", "안녕하세요 세계", "नमस्ते दुनिया", "Tiếng Việt có dấu", "emoji 😀 and 👩‍👩‍👧 and 🇫🇷",
]


def definition():
    look = f"{random.choice(SIZES)} {random.choice(LOOKS)} {random.choice(THINGS)}"
    end = f"{random.choice(VERBS)} {random.choice(OBJECTS)}"
    return random.choice([f"a {look} of {random.choice(PLACES)} {end}", f"any of various {look}s {end}; it's often {random.choice(LOOKS)}",
                          f"({random.choice(THINGS)}s) a {look}, {end} (in {random.randint(1200, 1999)})"])


NASTY = [
    "", " ", "   ", "\n", "\t\t\n ", "a", "Hello, world!", "HELLO WORLD", "don't can't we'll I'd they've you're it's 'tis o'clock DON'T",
    "a  b   c    d", "trailing  ", "  leading", "line\nfeed\r\nreturn\ttab\x0bvt\x0cff\x85nel", "nul\x00bell\x07del\x7fsoft\u00adhyphen",
    "zero\u200bwidth\ufeffbom\ufffdbad", "non\u00a0breaking\u2003em\u3000ideographic\u1680ogham\u2028line\u2029para",
    "1234567890 3.14159 1,000,000 ½ ² Ⅻ ٣", "$5 + 3% ^ ~ ` | < > = @ # & * _ - [ ] { } \\ / \" '", "«quoted» “curly” ‘single’ — dash – en … dots",
    "Ångström ÀÉÎÕÜ àéîõü Ÿ ß ẞ İ ı ǅ ﬁ ŉ", "e\u0301 a\u0308\u0323 o\u031b combining", "中文字符mixed与English混合", "日本語カタカナひらがな", "𠀀𪜀𫠠 丽",
    "한국어 각 힣", "हिन्दी ท้องถิ่น", "שָׁלוֹם عَرَبِيّ", "😀😃👍🏽👩‍👩‍👧‍👦🇩🇪", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ℝ ∑ ∞ ≠", "x" * 99, "x" * 100, "x" * 101, "é" * 101, "𝔘" * 100, "ab" * 300,
    "[CLS] text [SEP] [MASK] [mask] [PAD] [UNK] [CLS][SEP]", "<|endoftext|> a <|endoftext|><|endoftext|>b<|endoftext", "##ing #hash ##", "Ġ Ċ Ā",
    "http://example.org/a?b=c&d=e#f user@example.org C:\\dir\\file.txt", "{\"json\": [1, 2.5, null]}", "<b>html &amp; entities</b>",
    "if (x != y) { return x++; } // comment", "\u0300\u0301 marks first", "end with mark a\u0300", "\U0010fffd private \ue000 use", "word" + "\u0300" * 120,
    "i.e. e.g. etc. U.S.A. Ph.D.", "well-known 19th-century twenty-one", " \u00a0 \u2003 ", "a\u00a0 b", "'s't're've'm'll'd", "can' t ' s", "ΣΊΣΥΦΟΣ ς",
]

with open("corpus.txt", "w", encoding="utf-8", newline="\n") as file:
    for line in [definition() for _ in range(400)] + FOREIGN * 3:
        file.write(line + "\n")
with open("texts.json", "w", encoding="utf-8", newline="\n") as file:
    json.dump(NASTY + [definition() for _ in range(20)] + FOREIGN, file, ensure_ascii=True, indent=0)
    file.write("\n")
