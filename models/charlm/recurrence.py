"""GRU and LSTM for training on a CPU: same parameters and results as torch.nn's, several times faster.

torch.nn adds the gradient of the recurrent weights once per time step: for a small batch most of the time goes into
reading and writing that sum. Here the gate gradients of all steps are kept, and one matrix product at the end of the
window gives the gradient of the weights. Only what train.py needs: time-major, one direction, with biases, no dropout.
"""

import torch
from torch import nn


class Gru(torch.autograd.Function):
    """One layer after its input projection: (x W_ih + b_ih [T,B,3H], h0 [B,H], w_hh, b_hh) -> h [T,B,H]."""

    @staticmethod
    def forward(context, projected, h, w_hh, b_hh):
        steps, batch, size = projected.shape[0], h.shape[0], h.shape[1]
        # states[t] is the state before step t. Gate order r, z, n.
        states = projected.new_empty(steps + 1, batch, size)
        gates = projected.new_empty(steps, batch, 3 * size)
        recurrent_n = projected.new_empty(steps, batch, size)
        states[0] = h
        w = w_hh.t().contiguous()
        for t in range(steps):
            recurrent = torch.addmm(b_hh, states[t], w)
            recurrent_n[t] = recurrent[:, 2 * size :]
            rz, n = gates[t, :, : 2 * size], gates[t, :, 2 * size :]
            torch.add(projected[t, :, : 2 * size], recurrent[:, : 2 * size], out=rz).sigmoid_()
            torch.addcmul(projected[t, :, 2 * size :], rz[:, :size], recurrent_n[t], out=n).tanh_()
            torch.lerp(n, states[t], rz[:, size:], out=states[t + 1])
        context.save_for_backward(states, gates, recurrent_n, w_hh)
        return states[1:].clone()

    @staticmethod
    def backward(context, d_outputs):
        states, gates, recurrent_n, w_hh = context.saved_tensors
        steps, batch, size = recurrent_n.shape
        r, z, n = gates.split(size, 2)
        # Everything that does not depend on the gradient of the state, for all steps at once.
        factor_n = (1 - z) * (1 - n * n)
        factor_z = (states[:-1] - n) * z * (1 - z)
        factor_r = recurrent_n * r * (1 - r)
        d_projected = torch.empty_like(gates)
        d_recurrent = torch.empty_like(gates)
        d_h = torch.zeros_like(states[0])
        for t in reversed(range(steps)):
            d_h = d_h + d_outputs[t]
            d_n = d_projected[t, :, 2 * size :]
            torch.mul(d_h, factor_n[t], out=d_n)
            torch.mul(d_n, r[t], out=d_recurrent[t, :, 2 * size :])
            torch.mul(d_h, factor_z[t], out=d_recurrent[t, :, size : 2 * size])
            torch.mul(d_n, factor_r[t], out=d_recurrent[t, :, :size])
            d_h = torch.addmm(d_h * z[t], d_recurrent[t], w_hh)
        d_projected[:, :, : 2 * size] = d_recurrent[:, :, : 2 * size]
        flat = d_recurrent.flatten(0, 1)
        return d_projected, d_h, flat.t() @ states[:-1].flatten(0, 1), flat.sum(0)


class Lstm(torch.autograd.Function):
    """One layer after its input projection: (x W_ih + b_ih [T,B,4H], h0, c0 [B,H], w_hh, b_hh) -> h [T,B,H], c_T."""

    @staticmethod
    def forward(context, projected, h, c, w_hh, b_hh):
        steps, batch, size = projected.shape[0], h.shape[0], h.shape[1]
        # states[t] and cells[t] are those before step t. Gate order i, f, g, o.
        states = projected.new_empty(steps + 1, batch, size)
        cells = projected.new_empty(steps + 1, batch, size)
        gates = projected + b_hh
        cell_tanh = projected.new_empty(steps, batch, size)
        states[0], cells[0] = h, c
        w = w_hh.t().contiguous()
        for t in range(steps):
            gates[t].addmm_(states[t], w)
            i, f, g, o = gates[t].split(size, 1)
            gates[t, :, : 2 * size].sigmoid_(), g.tanh_(), o.sigmoid_()
            torch.mul(f, cells[t], out=cells[t + 1]).addcmul_(i, g)
            torch.tanh(cells[t + 1], out=cell_tanh[t])
            torch.mul(o, cell_tanh[t], out=states[t + 1])
        context.save_for_backward(states, cells, gates, cell_tanh, w_hh)
        return states[1:].clone(), cells[-1].clone()

    @staticmethod
    def backward(context, d_outputs, d_c):
        states, cells, gates, cell_tanh, w_hh = context.saved_tensors
        steps, batch, size = cell_tanh.shape
        i, f, g, o = gates.split(size, 2)
        factor_i = g * i * (1 - i)
        factor_f = cells[:-1] * f * (1 - f)
        factor_g = i * (1 - g * g)
        factor_o = cell_tanh * o * (1 - o)
        factor_c = o * (1 - cell_tanh * cell_tanh)
        d_gates = torch.empty_like(gates)
        d_h = torch.zeros_like(states[0])
        for t in reversed(range(steps)):
            d_h = d_h + d_outputs[t]
            d_c = torch.addcmul(d_c, d_h, factor_c[t])
            d_i, d_f, d_g, d_o = d_gates[t].split(size, 1)
            torch.mul(d_c, factor_i[t], out=d_i)
            torch.mul(d_c, factor_f[t], out=d_f)
            torch.mul(d_c, factor_g[t], out=d_g)
            torch.mul(d_h, factor_o[t], out=d_o)
            d_c = d_c * f[t]
            d_h = d_gates[t] @ w_hh
        flat = d_gates.flatten(0, 1)
        return d_gates, d_h, d_c, flat.t() @ states[:-1].flatten(0, 1), flat.sum(0)


def run(module, x, state):
    """`module(x, state)` for a torch.nn.GRU or LSTM, state as a list of one or two tensors [layers,B,H]."""
    final = []
    for layer in range(module.num_layers):
        w_ih, w_hh, b_ih, b_hh = (
            getattr(module, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        # One matrix product for all steps: [T*B, in].
        projected = torch.addmm(b_ih, x.flatten(0, 1), w_ih.t()).unflatten(0, x.shape[:2])
        if isinstance(module, nn.LSTM):
            x, c = Lstm.apply(projected, state[0][layer], state[1][layer], w_hh, b_hh)
            final.append((x[-1], c))
        else:
            x = Gru.apply(projected, state[0][layer], w_hh, b_hh)
            final.append((x[-1],))
    return x, [torch.stack(s) for s in zip(*final)]


def check():
    """Compares values and gradients with torch.nn's on a small random case; raises AssertionError if they differ."""
    for cell in (nn.GRU, nn.LSTM):
        module = cell(3, 5, 2).double()
        inputs = [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in ((4, 2, 3), (2, 2, 5), (2, 2, 5))]
        x, state = inputs[0], inputs[1 : 3 if cell is nn.LSTM else 2]
        weight = torch.randn(4, 2, 5, dtype=torch.float64)
        results = []
        for values, final in (module(x, tuple(state) if cell is nn.LSTM else state[0]), run(module, x, state)):
            final = final if isinstance(final, (list, tuple)) else [final]
            loss = (values * weight).sum() + sum(s.square().sum() for s in final)
            gradients = torch.autograd.grad(loss, [x, *state, *module.parameters()])
            results.append([values, *final, *gradients])
        for reference, ours in zip(*results):
            torch.testing.assert_close(ours, reference)
