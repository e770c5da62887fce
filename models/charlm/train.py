#!/usr/bin/python3
"""Trains a character-level language model on the King James Bible and exports it to ONNX.

    models/charlm/train.py --cell gru --minutes 20 --output models/charlm/charlm_gru.onnx

Needs Debian's bible-kjv, python3-torch, python3-onnx and python3-numpy (so /usr/bin/python3, not one from pyenv).

The exported graph is time-major, batch 1, any sequence length T:

    tokens int64 [T,1], h0 [layers,1,hidden] (LSTM: and c0)  ->  logits [T,1,V], hn (LSTM: and cn)

The directory of the output also receives vocab.json (the byte of each token, as in the metadata property `vocab`),
heldout.txt (a text that is never trained on) and heldout_tokens.npy (the tokens of its beginning, shaped as the input
`tokens`). They depend on the text only, so they are the same for every model.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import time
import warnings

# The matrices are small: with more threads OpenBLAS is slower, several times so beside torch's own threads or on a
# busy machine. Must be set before numpy and torch load it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import onnx
import torch
from torch import nn

import evaluate

HELDOUT_FRACTION = 0.05  # of the text, at its end: not trained on
HELDOUT_BYTES = 64000  # of that, heldout.txt has at most this many, from its beginning
HELDOUT_TOKENS = 128  # in heldout_tokens.npy: enough to try a model

WEIGHT_DECAY = 0.1  # with clipping, keeps the weights of a box within a narrow range: good for block floating point
CLIP_NORM = 1.0


class CharacterModel(nn.Module):
    """Embedding -> GRU or LSTM -> logits; time-major. torch's GRU is ONNX's with linear_before_reset=1."""

    def __init__(self, cell, vocabulary_size, embedding, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding)
        self.recurrent = {"gru": nn.GRU, "lstm": nn.LSTM}[cell](embedding, hidden, layers)
        self.output = nn.Linear(hidden, vocabulary_size)

    def forward(self, tokens, *state):
        """`state` is h0, or h0 and c0; returns the logits followed by the new state."""
        is_lstm = isinstance(self.recurrent, nn.LSTM)
        values, state = self.recurrent(self.embedding(tokens), state if is_lstm else state[0])
        return (self.output(values), *(state if is_lstm else (state,)))

    def initial_state(self, batch):
        shape = (self.recurrent.num_layers, batch, self.recurrent.hidden_size)
        return [torch.zeros(shape) for _ in range(2 if isinstance(self.recurrent, nn.LSTM) else 1)]


def load_text():
    """The text, split at line ends into what is trained on and what is held out."""
    text = subprocess.run(["bible", "-f", "Gen1:1-Rev22:21"], check=True, stdout=subprocess.PIPE).stdout
    split = text.index(b"\n", int(len(text) * (1 - HELDOUT_FRACTION))) + 1
    heldout = text[split : split + HELDOUT_BYTES]
    return text, text[:split], heldout[: heldout.rindex(b"\n") + 1]


def train(model, tokens, arguments):
    """Truncated back-propagation through time over `streams` equal parts of the text, side by side.

    Each stream carries its state from one window to the next and starts again from zeros at its end. The learning rate
    falls along a cosine and reaches zero when the budget (minutes, or steps if given) is spent.
    """
    length = (len(tokens) - 1) // arguments.streams
    inputs = torch.from_numpy(tokens[: length * arguments.streams].reshape(arguments.streams, length).T.copy())
    targets = torch.from_numpy(tokens[1 : length * arguments.streams + 1].reshape(arguments.streams, length).T.copy())

    # Biases and embeddings are not decayed.
    parameters = list(model.named_parameters())
    decayed = [p for name, p in parameters if p.dim() > 1 and not name.startswith("embedding")]
    others = [p for name, p in parameters if p.dim() == 1 or name.startswith("embedding")]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    )

    start = shown = time.monotonic()
    step, position, state, average = 0, length, None, None
    while True:
        elapsed = time.monotonic() - start
        progress = step / arguments.steps if arguments.steps else elapsed / (60 * arguments.minutes)
        if progress >= 1:
            return step
        rate = arguments.learning_rate * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = rate

        if position + arguments.window > length:
            # A random offset, so that windows of the next epoch are cut elsewhere.
            position = int(torch.randint(arguments.window, ()))
            state = model.initial_state(arguments.streams)
        window = slice(position, position + arguments.window)
        logits, *state = model(inputs[window], *state)
        state = [s.detach() for s in state]
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets[window].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        position += arguments.window
        step += 1

        bits = loss.item() / math.log(2)
        average = bits if average is None else 0.98 * average + 0.02 * bits
        if time.monotonic() - shown > 15:
            shown = time.monotonic()
            epochs = step * arguments.window / length
            print(f"{progress:6.1%}  step {step}  epoch {epochs:.2f}  training bits/character {average:.3f}", flush=True)


def export(model, path, vocab, properties):
    """Writes the ONNX file and checks it: the ONNX checker, then numpy against torch."""
    states = ["h", "c"] if isinstance(model.recurrent, nn.LSTM) else ["h"]
    warnings.filterwarnings("ignore", module="torch.onnx")
    torch.onnx.export(
        model,
        (torch.zeros((7, 1), dtype=torch.int64), *model.initial_state(1)),
        str(path),
        input_names=["tokens"] + [s + "0" for s in states],
        output_names=["logits"] + [s + "n" for s in states],
        dynamic_axes={"tokens": {0: "T"}, "logits": {0: "T"}},
        opset_version=14,
        do_constant_folding=True,
    )
    exported = onnx.load(str(path))
    onnx.helper.set_model_props(exported, {"vocab": json.dumps(list(vocab)), **properties})
    onnx.checker.check_model(exported, full_check=True)
    onnx.save(exported, str(path))

    generator = np.random.default_rng(0)
    for steps in (1, 50):
        tokens = generator.integers(len(vocab), size=(steps, 1))
        state = [generator.uniform(-1, 1, s.shape).astype(np.float32) for s in model.initial_state(1)]
        with torch.no_grad():
            expected = model(torch.from_numpy(tokens), *map(torch.from_numpy, state))
        actual = evaluate.run(exported, {"tokens": tokens, **{s + "0": v for s, v in zip(states, state)}})
        for name, value in zip([o.name for o in exported.graph.output], expected):
            np.testing.assert_allclose(actual[name], value.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)
    return exported


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cell", choices=["gru", "lstm"], default="gru")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--embedding", type=int, default=64)
    parser.add_argument("--streams", type=int, default=32, help="texts read in parallel (default: %(default)s)")
    parser.add_argument("--window", type=int, default=64, help="characters per update and stream (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="the largest (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=20, help="training time (default: %(default)s)")
    parser.add_argument("--steps", type=int, help="number of updates; instead of --minutes, and repeatable")
    parser.add_argument("--output", type=pathlib.Path, required=True, metavar="MODEL.onnx")
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    text, training, heldout = load_text()
    vocab = bytes(sorted(set(text)))
    (arguments.output.parent / "vocab.json").write_text(json.dumps(list(vocab)) + "\n")
    (arguments.output.parent / "heldout.txt").write_bytes(heldout)
    np.save(arguments.output.parent / "heldout_tokens.npy", evaluate.encode(heldout[:HELDOUT_TOKENS], vocab)[:, None])

    model = CharacterModel(arguments.cell, len(vocab), arguments.embedding, arguments.hidden, arguments.layers)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(vocab)} tokens, {len(training)} characters")
    steps = train(model, evaluate.encode(training, vocab), arguments)
    for name, parameter in model.named_parameters():
        print(f"{name}: rms {parameter.square().mean().sqrt():.3f}, largest {parameter.abs().max():.3f}")

    model.eval()
    properties = {"training_text": "King James Bible (bible-kjv)", "training_steps": str(steps)}
    exported = export(model, arguments.output, vocab, properties)
    bits = evaluate.evaluate(exported, heldout)
    print(f"{arguments.output}: {steps} steps, {bits:.4f} held-out bits per character")


if __name__ == "__main__":
    sys.exit(main())
