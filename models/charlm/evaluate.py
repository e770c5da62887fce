#!/usr/bin/python3
"""Measures the held-out bits per character of a character-level ONNX model, in float32, with numpy alone.

    models/charlm/evaluate.py models/charlm/charlm_gru.onnx

This file is the reference for what "bits per character" means in this directory: the first character of the text is
given; every later one is predicted from all characters before it, with the state carried from zeros at the start of
the text to its end. The result is the mean of -log2(p) over those len(text) - 1 predictions.

It interprets the ONNX file itself and knows nothing of torch, so it also checks the export. Only the operators and
attributes that occur in these models are implemented; anything else is an error.
"""

import argparse
import json
import os
import pathlib
import sys

# One row times a small matrix: more threads only wait for each other. Must be set before numpy loads OpenBLAS.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import onnx
from onnx import helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent


def sigmoid(x):
    # Exact for all x and without overflow, unlike 1 / (1 + exp(-x)).
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def gru(x, w, r, b, lengths, h0, *, hidden_size, linear_before_reset=0):
    """ONNX GRU, forward, default activations. Gate order in w, r, b: z, r, h."""
    if lengths is not None or linear_before_reset != 1:
        raise NotImplementedError("GRU: only linear_before_reset=1 without sequence_lens")
    n = hidden_size
    w, r, (wb, rb) = w[0].T, np.ascontiguousarray(r[0].T), np.split(b[0], 2)
    h = h0[0]
    outputs = np.empty((len(x), 1, *h.shape), np.float32)
    for t, from_input in enumerate(x @ w + wb):
        from_state = h @ r + rb
        zr = sigmoid(from_input[:, : 2 * n] + from_state[:, : 2 * n])
        z, reset = zr[:, :n], zr[:, n:]
        candidate = np.tanh(from_input[:, 2 * n :] + reset * from_state[:, 2 * n :])
        h = (1 - z) * candidate + z * h
        outputs[t, 0] = h
    return outputs, h[None]


def lstm(x, w, r, b, lengths, h0, c0, *, hidden_size):
    """ONNX LSTM, forward, default activations, no peepholes. Gate order in w, r, b: i, o, f, c."""
    if lengths is not None:
        raise NotImplementedError("LSTM: sequence_lens")
    n = hidden_size
    w, r, b = w[0].T, np.ascontiguousarray(r[0].T), sum(np.split(b[0], 2))
    h, c = h0[0], c0[0]
    outputs = np.empty((len(x), 1, *h.shape), np.float32)
    for t, from_input in enumerate(x @ w + b):
        gates = from_input + h @ r
        iof = sigmoid(gates[:, : 3 * n])
        i, o, f = iof[:, :n], iof[:, n : 2 * n], iof[:, 2 * n :]
        c = f * c + i * np.tanh(gates[:, 3 * n :])
        h = o * np.tanh(c)
        outputs[t, 0] = h
    return outputs, h[None], c[None]


def slice_(x, starts, ends, axes, steps=None):
    if steps is not None and np.any(steps != 1):
        raise NotImplementedError("Slice: steps")
    index = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        index[axis] = slice(start, end)
    return x[tuple(index)]


OPERATORS = {
    "Add": lambda a, b: a + b,
    "Concat": lambda *inputs, axis: np.concatenate(inputs, axis),
    "Constant": lambda *, value: value,
    "GRU": gru,
    "Gather": lambda data, indices, axis=0: np.take(data, indices, axis),
    "LSTM": lstm,
    "MatMul": lambda a, b: a @ b,
    "Slice": slice_,
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
}


def attribute(proto):
    value = helper.get_attribute_value(proto)
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def run(model, inputs):
    """Runs `model` on `inputs` (name -> array) and returns its outputs (name -> array)."""
    values = {"": None, **inputs, **{t.name: numpy_helper.to_array(t) for t in model.graph.initializer}}
    for node in model.graph.node:
        if node.op_type not in OPERATORS:
            raise NotImplementedError(f"node {node.name!r}: operator {node.op_type}")
        results = OPERATORS[node.op_type](
            *(values[name] for name in node.input), **{a.name: attribute(a) for a in node.attribute}
        )
        values.update(zip(node.output, results if isinstance(results, tuple) else (results,)))
    return {output.name: values[output.name] for output in model.graph.output}


def vocabulary(model):
    """The byte that each token stands for, from the model's metadata."""
    return bytes(json.loads({p.key: p.value for p in model.metadata_props}["vocab"]))


def encode(text, vocab):
    """Text (bytes) as tokens: int64 indices into `vocab`. Every byte must be in it."""
    lookup = np.full(256, -1, np.int64)
    lookup[list(vocab)] = np.arange(len(vocab))
    tokens = lookup[np.frombuffer(text, np.uint8)]
    if (tokens < 0).any():
        raise ValueError(f"byte {text[int(np.argmin(tokens))]} is not in the vocabulary")
    return tokens


def initial_state(model):
    """Zeros for every state input (all inputs but `tokens`), of the shape that the model declares."""
    return {
        i.name: np.zeros([d.dim_value for d in i.type.tensor_type.shape.dim], np.float32)
        for i in model.graph.input
        if i.name != "tokens"
    }


def bits_per_character(logits, targets):
    """Mean of -log2 softmax(logits)[target]; logits [T, V], targets [T]."""
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits[np.arange(len(targets)), targets] - np.log(np.exp(logits).sum(axis=1))
    return float(-log_p.mean() / np.log(2))


def evaluate(model, text):
    """Bits per character of `model` on `text` (bytes), as defined at the top of this file."""
    tokens = encode(text, vocabulary(model))
    outputs = run(model, {"tokens": tokens[:-1, None], **initial_state(model)})
    return bits_per_character(outputs["logits"][:, 0], tokens[1:])


def main():
    parser = argparse.ArgumentParser(description="Held-out bits per character of ONNX models, in float32.")
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx")
    parser.add_argument("--text", type=pathlib.Path, default=HERE / "heldout.txt", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    text = arguments.text.read_bytes()
    results = {path: evaluate(onnx.load(path), text) for path in arguments.models}
    if arguments.json:
        print(json.dumps({"text": str(arguments.text), "characters": len(text), "bits_per_character": results}))
    else:
        for path, bits in results.items():
            print(f"{path}: {bits:.4f} bits per character over {len(text) - 1} characters")


if __name__ == "__main__":
    sys.exit(main())
