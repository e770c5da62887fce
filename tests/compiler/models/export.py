#!/usr/bin/python3
"""Writes the models here: what torch.onnx makes of scripted modules (Debian's python3-torch 1.13), with Loop, If and lists.

    /usr/bin/python3 tests/compiler/models/export.py
"""
import pathlib

import torch

HERE = pathlib.Path(__file__).parent
torch.manual_seed(1)


class Last(torch.nn.Module):
    """A loop over time; the last state."""

    def __init__(self):
        super().__init__()
        self.cell = torch.nn.LSTMCell(3, 4)

    def forward(self, x, h, c):
        for t in range(x.size(0)):
            h, c = self.cell(x[t], (h, c))
        return h, c


class List(Last):
    """The same, and all states in a list."""

    def forward(self, x, h, c):
        states = []
        for t in range(x.size(0)):
            h, c = self.cell(x[t], (h, c))
            states.append(h)
        return torch.stack(states), c


class Rank(torch.nn.Module):
    """A layer in an If that asks for the rank of x."""

    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(3, 4)

    def forward(self, x):
        if x.dim() == 3:
            y, h = self.gru(x)
        else:
            y, h = self.gru(x.unsqueeze(1))
        return y, h


class Both(torch.nn.Module):
    """A loop in each direction."""

    def __init__(self):
        super().__init__()
        self.forwards = torch.nn.LSTMCell(3, 4)
        self.backwards = torch.nn.LSTMCell(3, 4)

    def forward(self, x, h, c):
        there, back = [], []
        hb, cb = h, c
        for t in range(x.size(0)):
            h, c = self.forwards(x[t], (h, c))
            there.append(h)
        for t in range(x.size(0)):
            hb, cb = self.backwards(x[x.size(0) - 1 - t], (hb, cb))
            back.append(hb)
        return torch.cat([torch.stack(there), torch.stack(back).flip(0)], 2), hb


class Two(torch.nn.Module):
    """Two layers, and something between and behind them, in one loop."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.LSTMCell(3, 4)
        self.second = torch.nn.LSTMCell(4, 4)
        self.out = torch.nn.Linear(4, 4)

    def forward(self, x, h, c):
        outputs = []
        h2, c2 = h, c
        for t in range(x.size(0)):
            h, c = self.first(x[t], (h, c))
            h2, c2 = self.second(torch.relu(h) + h, (h2, c2))
            outputs.append(self.out(h2))
        return torch.stack(outputs), h


x, state = torch.randn(5, 2, 3), torch.zeros(2, 4)
for name, module, inputs, names in [
    ("torch_last", Last(), (x, state, state), (["x", "h", "c"], ["hn", "cn"])),
    ("torch_list", List(), (x, state, state), (["x", "h", "c"], ["y", "cn"])),
    ("torch_rank", Rank(), (x,), (["x"], ["y", "hn"])),
    ("torch_both", Both(), (x, state, state), (["x", "h", "c"], ["y", "hn"])),
    ("torch_two", Two(), (x, state, state), (["x", "h", "c"], ["y", "hn"])),
]:
    torch.onnx.export(torch.jit.script(module.eval()), inputs, HERE / f"{name}.onnx", opset_version=16, input_names=names[0],
                      output_names=names[1], dynamic_axes={"x": {0: "T"}, **({"y": {0: "T"}} if "y" in names[1] else {})})
