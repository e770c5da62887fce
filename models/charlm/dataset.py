#!/usr/bin/python3
"""Writes a text as tensors for `softdpu accuracy`.

    models/charlm/dataset.py --text models/charlm/heldout.txt --output models/charlm/heldout.npz

`tokens` [T,1] are all characters but the last, `labels` [T,1] all but the first: what comes behind each.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=pathlib.Path, default=HERE / "heldout.txt", help="default: %(default)s")
    parser.add_argument("--output", type=pathlib.Path, required=True, metavar="FILE.npz")
    arguments = parser.parse_args()
    place = {byte: token for token, byte in enumerate(json.loads((HERE / "vocab.json").read_text()))}
    tokens = np.array([place[byte] for byte in arguments.text.read_bytes()], np.int64)[:, None]
    np.savez_compressed(arguments.output, tokens=tokens[:-1], labels=tokens[1:])


if __name__ == "__main__":
    sys.exit(main())
