"""Makes the *.safetensors beside it: what tiny models of every architecture and head compute, by an independent road.

    /usr/bin/python3 make.py          (Python 3.11 and PyTorch 1.13 were used; any version gives the same numbers to 1e-12)

Independent of the kit in every step that could hide a mistake: each row is computed alone and without padding, so
there is no mask; attention is a loop over heads and queries; norms, activations and rotations are written from their formulas;
all in float64, but for the angles of rotations, which the checkpoints' own code has in float32. Semantics and names are those of
Hugging Face's transformers 4 (bert, roberta, distilbert, gpt2, opt, llama, mistral, qwen2). Weights are random and of
ordinary size, biases and norms too, so that no term can vanish.
Names: "w." a weight, "g." the gradient of the loss at it, "x." an input, everything else an output. Padding positions
of outputs are zero; only real positions mean anything. "continuation" holds the greedy tokens after the first of each row.
"""
import decoders
import encoders

encoders.make()
decoders.make()
