"""Holds the *.safetensors beside it, and folders that the kit wrote, against Hugging Face's transformers.

    python3 check_transformers.py                    every fixture: outputs, loss, all gradients, greedy tokens
    python3 check_transformers.py --folders OUT      writes each fixture's model as a checkpoint folder, OUT/NAME
    python3 check_transformers.py --exported OUT     OUT/NAME loads by name and computes the fixture's outputs in float32; where
                                                     OUT/NAME has a tokenizer, prints how it reads and writes a text

make.py needs only PyTorch, and computes each row alone; here the same rows run padded, through transformers' own models. Between the
last two stands `./kit model export OUT/NAME --out EXPORTED/NAME`; a folder that `./kit model export` made of any other model may
lie beside them. One thing differs on purpose: transformers gives the padding token's embedding no gradient even where that token
is a real one of a text, so that row is left out.
"""
import argparse
import glob
import json
import os
import struct

import torch

try:
    import transformers
except ImportError:   # --folders does without
    transformers = None

HERE = os.path.dirname(os.path.abspath(__file__))


def fixtures():
    for path in sorted(glob.glob(os.path.join(HERE, "*.safetensors"))):
        with open(path, "rb") as file:
            header, data = json.loads(file.read(struct.unpack("<Q", file.read(8))[0])), file.read()
        config, types = json.loads(header.pop("__metadata__")["config"]), {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64}
        tensors = {name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]), dtype=types[entry["dtype"]]).reshape(entry["shape"])
                   for name, entry in header.items()}
        yield os.path.basename(path)[: -len(".safetensors")], config, tensors


def build(config, tensors):
    kind = transformers.AutoConfig.for_model(**config)
    kind._attn_implementation = "eager"
    kind.use_cache = False
    model = getattr(transformers, config["architectures"][0])(kind)
    weights = {k[2:]: v for k, v in tensors.items() if k.startswith("w.")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    tied = {"lm_head.weight", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias", "lm_head.decoder.weight", "lm_head.decoder.bias", "vocab_projector.weight"}
    assert not unexpected and set(missing) <= tied, (missing, unexpected)
    model.tie_weights()
    return model


def run(model, tensors):
    ids, lengths = tensors["x.ids"], tensors["x.lengths"]
    mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).long()
    inputs = dict(input_ids=ids, attention_mask=mask)
    if "x.segments" in tensors and model.config.model_type != "distilbert":
        inputs["token_type_ids"] = tensors["x.segments"]
    out = model(**inputs, output_hidden_states=True, output_attentions=True)
    logits = torch.stack([out.start_logits, out.end_logits], -1) if "x.spans" in tensors else out.logits
    entropy = torch.nn.functional.cross_entropy
    if "x.spans" in tensors:
        loss = (entropy(out.start_logits.masked_fill(mask == 0, float("-inf")), tensors["x.spans"][:, 0])
                + entropy(out.end_logits.masked_fill(mask == 0, float("-inf")), tensors["x.spans"][:, 1])) / 2
    elif "x.labels" in tensors:
        loss = entropy(logits, tensors["x.labels"])
    else:
        loss = entropy(logits.flatten(0, 1), tensors["x.targets"].flatten(), ignore_index=-100)
    return out, logits, loss, mask.bool()


def apart(found, expected, mask=None):
    if mask is not None:
        found, expected = found[mask], expected[mask]
    return ((found.double() - expected.double()).abs() / (1 + expected.double().abs())).max().item()


def check(name, config, tensors):
    model = build(config, tensors).double().eval()
    out, logits, loss, mask = run(model, tensors)
    loss.backward()
    worst = {"logits": apart(logits, tensors["logits"], None if "x.labels" in tensors else mask), "loss": apart(loss, tensors["loss"])}
    last = len([k for k in tensors if k.startswith("hidden.")])
    # A decoder's last hidden state is normed in transformers' list, so all but that one are compared there.
    for layer in range(1, last + (config["architectures"][0].endswith(("CausalLM", "LMHeadModel")) is False)):
        worst["hidden"] = max(worst.get("hidden", 0), apart(out.hidden_states[layer], tensors[f"hidden.{layer}"], mask))
    for layer in range(last):
        found, expected = out.attentions[layer].transpose(1, 2), tensors[f"attention.{layer}"].transpose(1, 2)
        worst["attention"] = max(worst.get("attention", 0), apart(found, expected, mask))
    grads = dict(model.named_parameters())
    compared = 0
    for key, expected in tensors.items():
        if key.startswith("g.") and key != "g.embedding":
            found = grads.get(key[2:])
            if found is None:
                assert key[2:] == "lm_head.decoder.bias", key   # tied, kept under its other name
                continue
            gradient = (torch.zeros_like(found) if found.grad is None else found.grad).clone()
            padding = getattr(model.get_submodule(key[2:].rsplit(".", 1)[0]), "padding_idx", None)
            if padding is not None:
                gradient[padding] = expected[padding]
            worst["gradients"] = max(worst.get("gradients", 0), apart(gradient, expected))
            compared += 1
    text = ""
    if "continuation" in tensors:
        with torch.no_grad():
            for row, expected in enumerate(tensors["continuation"].tolist()):
                ids = tensors["x.ids"][row, : tensors["x.lengths"][row]][None]
                for _ in expected:
                    ids = torch.cat([ids, model(input_ids=ids).logits[:, -1].argmax(-1, keepdim=True)], 1)
                assert ids[0, -len(expected):].tolist() == expected, (name, row)
        text = f", {tensors['continuation'].numel()} greedy tokens equal"
    limit = 1e-9 if config["model_type"] not in ("llama", "mistral", "qwen2", "opt") else 1e-6   # rotations are turned, and OPT weighs attention, in float32 there
    assert all(v < limit for v in worst.values()), (name, worst)
    print(f"{name}: " + ", ".join(f"{k} {v:.1e}" for k, v in worst.items()) + f" ({compared} gradients){text}")


def folders(out):
    for name, config, tensors in fixtures():
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("adegiklmnorsty.,'3")
        with open(os.path.join(folder, "vocab.txt"), "w") as file:
            file.writelines(word + "\n" for word in words[: config["vocab_size"]])
        header, data = {"__metadata__": {"format": "pt"}}, b""
        for key, value in tensors.items():
            if key.startswith("w."):
                header[key[2:]] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + 4 * value.numel()]}
                data += bytes(value.contiguous().view(torch.uint8).flatten().tolist())
        text = json.dumps(header).encode()
        with open(os.path.join(folder, "model.safetensors"), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + data)


def exported(out):
    known = {name: (config, tensors) for name, config, tensors in fixtures()}
    for name in sorted(os.listdir(out)):
        folder = os.path.join(out, name)
        config = transformers.AutoConfig.from_pretrained(folder)
        model, info = getattr(transformers, config.architectures[0]).from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
        faults = {k: v for k, v in info.items() if v}
        line = f"{name}: {type(model).__name__} loaded" + (f", {faults}" if faults else ", nothing missing, unexpected or mismatched")
        assert not faults, line
        if name in known:
            tensors = known[name][1]
            with torch.no_grad():
                _, logits, _, mask = run(model.eval(), tensors)
            difference = apart(logits, tensors["logits"], None if "x.labels" in tensors else mask)
            assert difference < 1e-5, (line, difference)
            line += f", logits within {difference:.1e}"
        if os.path.exists(os.path.join(folder, "tokenizer.json")):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            ids = tokenizer("A small dog, barking at 3 o'clock.")["input_ids"]
            line += f"; {type(tokenizer).__name__}: {ids} -> {tokenizer.decode(ids)!r}"
        print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders")
    parser.add_argument("--exported")
    said = parser.parse_args()
    if said.folders:
        folders(said.folders)
        raise SystemExit
    print(f"transformers {transformers.__version__}, PyTorch {torch.__version__}")
    if said.exported:
        exported(said.exported)
    else:
        for fixture in fixtures():
            check(*fixture)
