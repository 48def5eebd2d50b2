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

# Every plane, and what is awkward in each: borders, unassigned places, private use, variation selectors, tags.
NASTY += ["".join(chr(plane * 0x10000 + low) + " " for low in (0x0, 0x1, 0xA0, 0x300, 0x10A0, 0x3042, 0xE000, 0xF900, 0xFFFD, 0xFFFF)) for plane in range(17)]
NASTY += ["".join(chr(plane * 0x10000 + low) for low in (0x41, 0x1D4, 0x9FF, 0x4E2D, 0xA640, 0xFB01, 0xFE0F)) for plane in range(17)]
NASTY += [
    "👩‍❤️‍💋‍👨 👨🏿‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈 1️⃣#️⃣ ☝🏽 ❤ ❤️ 🇺🇳🇪🇺🇦", "zero\u200bwidth\u200cnon\u200djoin\u2060word\ufefffeff\u180evowel", "\u202eright\u202c\u2066isolate\u2069 \u061c",
    "Ｆｕｌｌｗｉｄｔｈ ｶﾀｶﾅ ﾊﾞ ﾟ ㍿ ㎏ ⅷ ⑳ ﷺ ﬃ ﹏ ︰", "e\u0301\u0327 e\u0327\u0301 \u1e69 s\u0323\u0307 s\u0307\u0323 \u212b \u2126 \u0344 \u0958 \ufb2c \u2adc",
    "\u1100\u1161\u11a8 \u1100\u1161 \uac00\u11a8 \u11a8\u1161", "\u0915\u094d\u0937\u093f \u0e33 \u0eb3 \u0f73 \u0f75\u0f81 \u17c4\u17cb \u1b35\u1b3a",
    "\U0001d165\U0001d16d \U0001d15e\U0001d160\U0001d1bb \U00011099\U000110ba \U0001109a", "a\u0315\u0300\u05ae\u0062 \u0061\u0316\u0300",
    "\u0001\u0002\u001c\u001d\u001e\u001f\u0080\u0085\u009f \x7f", "tab\tnew\nret\r\n\r\n  two   three \u3000\u3000 x\u2028y\u2029z", "İSTANBUL ıI ẞß ŉ ǰ ΐ ﬀ ς Σ ΑΣ ǅ ǈ ᲀ Ა ꭰ Ꭰ ⅰ ⓐ 𐐀 𞤀",
    "½¼¾ ²³¹ Ⅷ ㊿ 𝟘𝟙 ٠١٢ ०१२ 𑁦 ৴ 〇 一二三 1,234.5e-6 0x1F", "'S 'T 'RE 'VE 'M 'LL 'D 's 'ſ ’s we’ll DON'T don''t 'll've", "a'b'c''d '' ''' 's's 're",
    "   leading   and   trailing   ", " \n \t mixed \n\n  x \n ", "\n\n\nx\r\r\n",
    "<s> </s> <unk> <pad> <mask>  <mask> <s></s>", "▁under ▁▁ _ ▁", "<0x41> <0xE4><0xBD><0xA0> <0x0a>", "Ġ Ċ ĉ Ń č Ā ÿ Ã©",
    "snake_case camelCase PascalCase kebab-case SCREAMING_CASE 3rd 4x4 i18n", "日本語テキスト：「引用」、終わり。", "ภาษาไทยไม่มีช่องว่าง",
    "தமிழ் ಕನ್ನಡ ไทย ລາວ မြန်မာ ខ្មែរ བོད་", "ⲁⲃⲅ Ⰰⰱ ᚠᚢ 𐌰𐌱 𒀀𒁀 𓀀 𐎠 ꦲꦏ ߒ ⵣ ꯃ ᱚ", "x" * 200 + " " + "é" * 130, "中" * 120, "👍" * 60, "a\u0300" * 80, "-" * 150,
    " " * 70, "\u00a0" * 10 + "a" + "\u2003" * 5,
]

with open("corpus.txt", "w", encoding="utf-8", newline="\n") as file:
    for line in [definition() for _ in range(400)] + FOREIGN * 3:
        file.write(line + "\n")
with open("texts.json", "w", encoding="utf-8", newline="\n") as file:
    json.dump(NASTY + [definition() for _ in range(20)] + FOREIGN, file, ensure_ascii=True, indent=0)
    file.write("\n")
