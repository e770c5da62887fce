#!/usr/bin/python3
"""Trains a bidirectional tagger that hyphenates words, and exports it to ONNX.

    models/tagger/train.py --minutes 8 --output models/tagger/hyphenation_gru.onnx

Needs Debian's wamerican, hyphen-en-us, python3-torch, python3-onnx and python3-numpy (so /usr/bin/python3, not one from pyenv).

The words are those of /usr/share/dict/american-english in lower-case letters, the labels what TeX's patterns (hyph_en_US.dic) say: 1 for a
letter that a hyphen may follow, else 0. The tagger reads a text of words with a space behind each, and tags every character:

    letters int64 [T,1]  ->  logits [T,1,2]

The directory of the output also receives heldout.npz: `letters` of words that are never trained on, and `labels` (-1 for a space, which
counts as no label). Words that begin with the same five letters are all trained on or all held out, so that no form of a held-out word has
been seen.
"""

import argparse
import hashlib
import math
import os
import pathlib
import re
import sys
import time
import warnings

# The matrices are small: more threads only wait for each other. Must be set before numpy and torch load OpenBLAS.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import onnx
import torch
from torch import nn

WORDS = pathlib.Path("/usr/share/dict/american-english")
PATTERNS = pathlib.Path("/usr/share/hyphen/hyph_en_US.dic")
ALPHABET = " abcdefghijklmnopqrstuvwxyz"  # a letter's number is its place
LEFT, RIGHT = 2, 3  # no hyphen before the second letter or behind the third from the end: LEFTHYPHENMIN, RIGHTHYPHENMIN
HELDOUT_SHARE = 0.05  # of the stems
HELDOUT_LETTERS = 20000  # in heldout.npz, at most
NO_LABEL = -1


def load_patterns():
    """Liang's patterns: letters to the numbers between them, from before the first to behind the last."""
    patterns = {}
    for line in PATTERNS.read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"\.?[a-z0-9]+\.?", line) and re.search(r"\d", line):
            letters = re.sub(r"\d", "", line)
            numbers = [int(n or 0) for n in re.split(r"[a-z.]", line)]
            patterns[letters] = numbers
    return patterns


def hyphens(word, patterns):
    """For each letter of `word`, whether a hyphen may follow."""
    text = f".{word}."
    numbers = [0] * (len(text) + 1)
    for begin in range(len(text)):
        for end in range(begin + 1, len(text) + 1):
            for i, number in enumerate(patterns.get(text[begin:end], ())):
                numbers[begin + i] = max(numbers[begin + i], number)
    # numbers[i + 2] stands behind letter i.
    return [int(numbers[i + 2] % 2 == 1 and LEFT <= i + 1 <= len(word) - RIGHT) for i in range(len(word))]


def is_heldout(word):
    return int.from_bytes(hashlib.sha256(word[:5].encode()).digest()[:4], "big") < HELDOUT_SHARE * 2**32


def encode(words, labels):
    """Letters and labels of a text: the words, a space behind each."""
    letters = [ALPHABET.index(letter) for word in words for letter in word + " "]
    return np.array(letters), np.array([label for word in words for label in (*labels[word], NO_LABEL)])


class Tagger(nn.Module):
    """Embedding -> bidirectional GRUs -> logits; time-major. torch's GRU is ONNX's with linear_before_reset=1."""

    def __init__(self, embedding, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), embedding)
        self.recurrent = nn.GRU(embedding, hidden, layers, bidirectional=True)
        self.output = nn.Linear(2 * hidden, 2)

    def forward(self, letters):
        return self.output(self.recurrent(self.embedding(letters))[0])


def train(model, words, labels, arguments):
    """Windows of a text of all words, shuffled anew in every epoch. The learning rate falls along a cosine to zero."""
    generator = np.random.default_rng(arguments.seed)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    start = shown = time.monotonic()
    step, batches, average = 0, [], None
    while True:
        progress = (time.monotonic() - start) / (60 * arguments.minutes)
        if progress >= 1:
            return step
        for group in optimizer.param_groups:
            group["lr"] = arguments.learning_rate * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * progress))
        if not batches:
            letters, targets = encode(generator.permutation(words), labels)
            size = arguments.window * arguments.batch
            count = len(letters) // size
            shape = (count, arguments.batch, arguments.window)
            letters, targets = (a[: count * size].reshape(shape).transpose(0, 2, 1).copy() for a in (letters, targets))
            batches = list(zip(torch.from_numpy(letters), torch.from_numpy(targets)))
        letters, targets = batches.pop()
        loss = nn.functional.cross_entropy(model(letters).flatten(0, 1), targets.flatten(), ignore_index=NO_LABEL)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        bits = loss.item() / math.log(2)
        average = bits if average is None else 0.98 * average + 0.02 * bits
        if time.monotonic() - shown > 15:
            shown = time.monotonic()
            print(f"{progress:6.1%}  step {step}  training bits/letter {average:.4f}", flush=True)


def evaluate(model, letters, labels):
    """Bits for each letter, share of letters and share of words that are right."""
    with torch.no_grad():
        logits = model(torch.from_numpy(letters)[:, None])[:, 0].double()
    labelled = labels != NO_LABEL
    log_p = torch.log_softmax(logits, 1).numpy()[labelled, labels[labelled]]
    right = np.where(labelled, logits.argmax(1).numpy() == labels, True)
    words = np.split(right, np.flatnonzero(~labelled) + 1)[:-1]
    return -log_p.mean() / math.log(2), right[labelled].mean(), np.mean([word.all() for word in words])


def export(model, path, steps):
    warnings.filterwarnings("ignore", module="torch.onnx")
    torch.onnx.export(
        model,
        (torch.zeros((7, 1), dtype=torch.int64),),
        str(path),
        input_names=["letters"],
        output_names=["logits"],
        dynamic_axes={"letters": {0: "T"}, "logits": {0: "T"}},
        opset_version=14,
        do_constant_folding=True,
    )
    exported = onnx.load(str(path))
    properties = {"alphabet": ALPHABET, "training_words": "wamerican, hyphen-en-us", "training_steps": str(steps)}
    onnx.helper.set_model_props(exported, properties)
    onnx.checker.check_model(exported, full_check=True)
    onnx.save(exported, str(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, default=64, help="of each direction (default: %(default)s)")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--embedding", type=int, default=32)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--window", type=int, default=64, help="characters (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=5e-3, help="the largest (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=8, help="training time (default: %(default)s)")
    parser.add_argument("--output", type=pathlib.Path, required=True, metavar="MODEL.onnx")
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    patterns = load_patterns()
    words = sorted({word for word in WORDS.read_text(encoding="utf-8").split() if re.fullmatch("[a-z]{2,}", word)})
    labels = {word: hyphens(word, patterns) for word in words}
    training = [word for word in words if not is_heldout(word)]
    heldout = np.random.default_rng(arguments.seed).permutation([word for word in words if is_heldout(word)])
    held_letters, held_labels = encode(heldout, labels)
    end = np.flatnonzero(held_labels[:HELDOUT_LETTERS] == NO_LABEL)[-1] + 1
    held_letters, held_labels = held_letters[:end], held_labels[:end]
    np.savez_compressed(arguments.output.parent / "heldout.npz", letters=held_letters[:, None], labels=held_labels[:, None])

    model = Tagger(arguments.embedding, arguments.hidden, arguments.layers)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(training)} words to train on, {len(heldout)} held out; "
          f"{(held_labels == 1).sum() / (held_labels >= 0).sum():.4f} of the held-out letters have a hyphen behind them", flush=True)
    steps = train(model, training, labels, arguments)
    model.eval()
    export(model, arguments.output, steps)
    bits, letters, whole = evaluate(model, held_letters, held_labels)
    print(f"{arguments.output}: {steps} steps; held out: {bits:.4f} bits a letter, {letters:.4f} of letters, {whole:.4f} of words right")


if __name__ == "__main__":
    sys.exit(main())
