"""Trains bpe.model (byte fallback, as LLaMA's) and unigram.model (a table of replacements, as T5's) on corpus.txt, writes the same
vocabularies as tokenizer.json files in the layouts of LLaMA and T5 (sp-bpe.json, sp-unigram.json, and sp-unigram-bytes.json with
byte fallback), bpe.bin as llama2.c's tokenizer.py exports it, and sentencepiece.json with what SentencePiece makes of texts.json and of the random strings.

    apt-get install sentencepiece python3-sentencepiece    # 0.1.97
    node -e "console.log(JSON.stringify(require('./torture.js').random()))" > random.json && python3 make_sentencepiece.py && rm random.json
"""
import base64
import hashlib
import json
import os
import struct

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto

# A few rules, one of them a beginning of another, so that the longest has to be told from the shortest.
RULES = {"\u00c5": "A", "\u00e5": "a", "\uff21": "A", "\ufb01": "fi", "\ufb03": "ffi", "\u2026": "...", "\u00bd": "1\u20442", "\t": " ", "\n": " ", "\r": " ",
         "\u00a0": " ", "\u3000": " ", "\u2003": " ", "\u0007": "", "\u200b": "", "e\u0301": "\u00e9", "e": "e", "\u1112\u1161\u11ab": "\ud55c",
         "\u0915\u093c": "\u0958", "\u2126": "\u03a9", "\U0001d518": "U", "\u00df": "ss"}
with open("rules.tsv", "w", encoding="utf-8") as file:
    for old, new in RULES.items():
        file.write(" ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n")

COMMON = dict(input="corpus.txt", character_coverage=1.0, num_threads=1, hard_vocab_limit=False)
sentencepiece.SentencePieceTrainer.train(model_prefix="bpe", model_type="bpe", vocab_size=700, byte_fallback=True, split_digits=True,
    normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, **COMMON)
sentencepiece.SentencePieceTrainer.train(model_prefix="unigram", model_type="unigram", vocab_size=500, normalization_rule_tsv="rules.tsv",
    pad_id=0, eos_id=1, unk_id=2, bos_id=-1, user_defined_symbols=["<extra_0>"], **COMMON)


def load(name):
    model = proto.ModelProto()
    with open(name, "rb") as file:
        model.ParseFromString(file.read())
    return model


def token(id, content, **more):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **more}


def template(single, pair, specials):
    part = lambda p: {"Sequence": {"id": p[0], "type_id": p[1]}} if p[0] in "AB" else {"SpecialToken": {"id": p[0], "type_id": p[1]}}
    return {"type": "TemplateProcessing", "single": [part(p) for p in single], "pair": [part(p) for p in pair],
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in specials.items()}}


def save(name, **parts):
    with open(name, "w", encoding="utf-8", newline="\n") as file:
        json.dump({"version": "1.0", "truncation": None, "padding": None, **parts}, file, ensure_ascii=False, indent=1)
        file.write("\n")


bpe, unigram = load("bpe.model"), load("unigram.model")
NORMAL = 1
ids = {p.piece: i for i, p in enumerate(bpe.pieces)}
normal = {p.piece for p in bpe.pieces if p.type == NORMAL}
merges = []
for piece in sorted(normal, key=lambda p: -bpe.pieces[ids[p]].score):
    merges += [[piece[:i], piece[i:]] for i in range(1, len(piece)) if piece[:i] in normal and piece[i:] in normal]
save("sp-bpe.json",
     added_tokens=[token(0, "<unk>"), token(1, "<s>"), token(2, "</s>")],
     normalizer={"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
     pre_tokenizer=None,
     post_processor=template([("<s>", 0), ("A", 0)], [("<s>", 0), ("A", 0), ("<s>", 1), ("B", 1)], {"<s>": 1}),
     decoder={"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                                               {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
     model={"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
            "byte_fallback": True, "ignore_merges": False, "vocab": ids, "merges": merges})

with open("bpe.bin", "wb") as file:
    texts = ["\n" + p.piece + "\n" if p.type == 3 else p.piece.replace("▁", " ") for p in bpe.pieces]
    file.write(struct.pack("<i", max(len(t.encode()) for t in texts)))
    for p, t in zip(bpe.pieces, texts):
        file.write(struct.pack("<fi", p.score, len(t.encode())) + t.encode())

metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
pieces = [[p.piece, round(p.score, 4)] for p in unigram.pieces]
t5 = dict(
     added_tokens=[token(0, "<pad>"), token(1, "</s>"), token(2, "<unk>"), token(3, "<extra_0>")],
     normalizer={"type": "Precompiled", "precompiled_charsmap": base64.b64encode(unigram.normalizer_spec.precompiled_charsmap).decode()},
     pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
     post_processor=template([("A", 0), ("</s>", 0)], [("A", 0), ("</s>", 0), ("B", 0), ("</s>", 0)], {"</s>": 1}),
     decoder=metaspace)
save("sp-unigram.json", **t5, model={"type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": False})
# The same with bytes, and with the newer pipeline: ends stripped, runs of blanks made one, no cut at white space.
t5.update(normalizer={"type": "Sequence", "normalizers": [t5["normalizer"], {"type": "Strip", "strip_left": False, "strip_right": True},
                                                          {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]},
          pre_tokenizer={**metaspace, "prepend_scheme": "first"})
t5["decoder"] = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, metaspace]}
save("sp-unigram-bytes.json", **t5, model={"type": "Unigram", "unk_id": 2, "vocab": pieces + [[f"<0x{b:02X}>", -20.0] for b in range(256)], "byte_fallback": True})

with open("texts.json", encoding="utf-8") as file:
    texts = json.load(file)
with open("random.json", encoding="utf-8") as file:
    many = json.load(file)
# Control tokens that stand in the text are spelled by SentencePiece and found by the kit, so these strings are left out.
plain = lambda text: not any(t in text for t in ("<s>", "</s>", "<unk>", "<pad>", "<extra_0>"))
result = {"version": sentencepiece.__version__}
for name in ("bpe", "unigram"):
    processor = sentencepiece.SentencePieceProcessor(model_file=f"{name}.model")
    encode = lambda text: processor.encode(text)
    blocks = []
    for start in range(0, len(many), 100):
        lines = [",".join(map(str, encode(t))) + "\n" for t in many[start:start + 100] if plain(t)]
        blocks.append(hashlib.sha256("".join(lines).encode()).hexdigest()[:12])
    result[name] = {"texts": [encode(t) if plain(t) else None for t in texts], "decoded": [processor.decode(encode(t)) if plain(t) else None for t in texts], "random": blocks}
with open("sentencepiece.json", "w", encoding="utf-8", newline="\n") as file:
    file.write(json.dumps(result, ensure_ascii=True).replace("], [", "],\n["))
    file.write("\n")
for name in ("rules.tsv", "bpe.vocab", "unigram.vocab"):
    os.remove(name)
