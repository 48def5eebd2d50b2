"""BERT, RoBERTa and DistilBERT with their three heads; see make.py."""
import torch

from common import ACTIVATIONS, Weights, attention, cross_entropy, padded, save

V, T, D, H, L, F, C = 19, 7, 8, 2, 2, 12, 3
LENGTHS = [7, 4, 1, 6]

BERT = dict(q="attention.self.query", k="attention.self.key", v="attention.self.value", o="attention.output.dense",
            n1="attention.output.LayerNorm", up="intermediate.dense", down="output.dense", n2="output.LayerNorm", layer="encoder.layer")
DISTIL = dict(q="attention.q_lin", k="attention.k_lin", v="attention.v_lin", o="attention.out_lin",
              n1="sa_layer_norm", up="ffn.lin1", down="ffn.lin2", n2="output_layer_norm", layer="transformer.layer")


def encoder(kind, head, activation="gelu"):
    torch.manual_seed(sum(map(ord, kind + head)))
    eps = {"bert": 1e-12, "roberta": 1e-5, "distilbert": 1e-12}[kind]
    pad = {"bert": 0, "roberta": 3, "distilbert": 0}[kind]          # an unusual id, to see where positions begin
    first = pad + 1 if kind == "roberta" else 0
    segments_known = {"bert": 2, "roberta": 1, "distilbert": 0}[kind]
    n = DISTIL if kind == "distilbert" else BERT
    cls = {"bert": "Bert", "roberta": "Roberta", "distilbert": "DistilBert"}[kind]
    suffix = {"classes": "ForSequenceClassification", "tokens": "ForMaskedLM", "span": "ForQuestionAnswering"}[head]
    config = dict(architectures=[cls + suffix], model_type=kind, vocab_size=V, max_position_embeddings=T + 2 + first, pad_token_id=pad)
    if kind == "distilbert":
        config.update(dim=D, n_layers=L, n_heads=H, hidden_dim=F, activation=activation, num_labels=C if head == "classes" else 2)
    else:
        config.update(hidden_size=D, num_hidden_layers=L, num_attention_heads=H, intermediate_size=F, hidden_act=activation,
                      layer_norm_eps=eps, type_vocab_size=segments_known, num_labels=C if head == "classes" else 2)

    w, b = Weights(), kind + "."
    w.draw(b + "embeddings.word_embeddings.weight", V, D, scale=1)
    w.draw(b + "embeddings.position_embeddings.weight", T + 2 + first, D, scale=0.5)
    if segments_known:
        w.draw(b + "embeddings.token_type_embeddings.weight", segments_known, D, scale=0.5)
    w.norm(b + "embeddings.LayerNorm", D)
    for l in range(L):
        p = f"{b}{n['layer']}.{l}."
        for part in "qkvo":
            w.linear(p + n[part], D, D)
        w.norm(p + n["n1"], D)
        w.linear(p + n["up"], D, F)
        w.linear(p + n["down"], F, D)
        w.norm(p + n["n2"], D)
    pre, post = {"bert": ("bert.pooler.dense", "classifier"), "roberta": ("classifier.dense", "classifier.out_proj"),
                 "distilbert": ("pre_classifier", "classifier")}[kind]
    transform, transform_norm, bias = {
        "bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"),
        "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
        "distilbert": ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias")}[kind]
    if head == "classes":
        w.linear(pre, D, D)
        w.linear(post, D, C)
    elif head == "tokens":
        w.linear(transform, D, D)
        w.norm(transform_norm, D)
        w.draw(bias, V, scale=0.1)
    else:
        w.linear("qa_outputs", D, 2)

    ids = torch.randint(0, V, (4, T))
    if kind == "roberta":
        ids[ids == pad] = pad + 1                                   # there a padding id inside a row would have no position
    segments = torch.zeros(4, T, dtype=torch.int64)
    if segments_known == 2:
        segments[0, 3:], segments[1, 2:4], segments[3, 5:] = 1, 1, 1
    inputs = dict(ids=ids, lengths=torch.tensor(LENGTHS), segments=segments)
    act, traces, logits, losses = ACTIVATIONS[activation], [], [], []
    if head == "classes":
        inputs["labels"] = torch.tensor([2, 0, 1, 1])
    elif head == "tokens":
        inputs["targets"] = torch.full((4, T), -100)
        for row, t in ((0, 1), (0, 6), (1, 0), (3, 4), (3, 5)):
            inputs["targets"][row, t] = torch.randint(0, V, ()).item()
    else:
        inputs["spans"] = torch.tensor([[2, 5], [0, 3], [0, 0], [4, 4]])

    for row, length in enumerate(LENGTHS):
        e = b + "embeddings."
        x = w[e + "word_embeddings.weight"][ids[row, :length]] + w[e + "position_embeddings.weight"][first:first + length]
        if segments_known:
            x = x + w[e + "token_type_embeddings.weight"][segments[row, :length]]
        x = w.normed(e + "LayerNorm", x, eps)
        x.retain_grad()
        trace = dict(embedding=x, hidden=[], attention=[])
        for l in range(L):
            p = f"{b}{n['layer']}.{l}."
            mixed, maps = attention(w.apply(p + n["q"], x), w.apply(p + n["k"], x), w.apply(p + n["v"], x), D // H, causal=False)
            x = w.normed(p + n["n1"], x + w.apply(p + n["o"], mixed), eps)
            x = w.normed(p + n["n2"], x + w.apply(p + n["down"], act(w.apply(p + n["up"], x))), eps)
            trace["hidden"].append(x)
            trace["attention"].append(maps)
        traces.append(trace)
        if head == "classes":
            between = ACTIVATIONS["relu"] if kind == "distilbert" else torch.tanh
            logits.append(w.apply(post, between(w.apply(pre, x[0]))))
            losses.append(cross_entropy(logits[-1], inputs["labels"][row]))
        elif head == "tokens":
            f = ACTIVATIONS["gelu"] if kind == "roberta" else act
            z = w.normed(transform_norm, f(w.apply(transform, x)), eps) @ w[b + "embeddings.word_embeddings.weight"].T + w[bias]
            logits.append(z)
            losses += [cross_entropy(z[t], inputs["targets"][row, t]) for t in range(length) if inputs["targets"][row, t] != -100]
        else:
            z = w.apply("qa_outputs", x)
            logits.append(z)
            losses += [cross_entropy(z[:, end], inputs["spans"][row, end]) for end in (0, 1)]
    loss = torch.stack(losses).mean()
    loss.backward()
    width = {"classes": (4, C), "tokens": (4, T, V), "span": (4, T, 2)}[head]
    save(f"{kind}-{head}", config, w, inputs, dict(logits=padded(logits, width), loss=loss), traces, (4, T, D))


def make():
    for kind in ("bert", "roberta", "distilbert"):
        encoder(kind, "classes")
        encoder(kind, "tokens", activation="gelu_new")
        encoder(kind, "span", activation="relu")
