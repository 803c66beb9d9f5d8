"""Rules of the layer that the signal enters, whose relevance does not vanish where the signal does.

Contributions x_i w_ji say little at the input, where zero is no special value. The flat rule
(Lapuschkin et al. 2019, doi:10.1038/s41467-019-08987-4) spreads relevance evenly over a receptive
field, the w-squared rule by squared weights, and the z-box rule by the distance to the bounds of
the signal (Montavon et al. 2017, arXiv:1512.02479, table 1). Biases receive nothing.

The engine carries coefficients c = R / x; where x is exactly 0 there is none (see `without_zeros`).
"""

import torch
from torch.autograd import Function

from eeglrp.lrp.sources import per_sample, per_sample_dot


def spread(run, function, name, parameters, input, weight, bias, others):
    """A weighted sum whose relevance goes to its inputs by a rule of `_PARTS`."""
    args, kwargs = others

    def weighted_sum(x, w):
        return function(x, w, None, *args, **kwargs)

    with torch.no_grad():
        z = function(input, weight, bias, *args, **kwargs)

    def redistribute(x, received):
        parts = _PARTS[name](run, x, weight, **parameters)
        return _shares(weighted_sum, parts, received)

    return _Spread.apply((run, redistribute, run.clock), input, z)


class _Spread(Function):
    """The sum z; R_j = c_j z_j goes to its inputs as `redistribute` says."""

    @staticmethod
    def forward(ctx, settings, x, z):
        ctx.save_for_backward(x, z)
        ctx.settings = settings
        return z.clone()

    @staticmethod
    def backward(ctx, coefficient):
        run, redistribute, clock = ctx.settings
        x, z = ctx.saved_tensors
        received = coefficient * z
        relevance = redistribute(x.detach(), received)
        carried = torch.where(x == 0, 0, relevance / x)
        if run.booking:
            lost = per_sample(received.double(), run.n_samples)
            lost -= per_sample_dot(carried.double(), x, run.n_samples)
            run.add("epsilon", lost, clock)
        return None, carried, None


def _shares(weighted_sum, parts, received):
    """R_i = sum_j q_ij / sum_i q_ij R_j, with q the sum of `parts`, pairs (input, weight)."""
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_() for x, _ in parts]
        total = 0
        for leaf, (_, weight) in zip(leaves, parts, strict=True):
            total = total + weighted_sum(leaf, weight)
        nothing = total == 0
        ratio = received / total.detach().masked_fill(nothing, 1)
        ratio = ratio.masked_fill(nothing, 0)
        gradients = torch.autograd.grad(total, leaves, ratio)
    pairs = zip(leaves, gradients, strict=True)
    return sum(leaf.detach() * gradient for leaf, gradient in pairs)


def _flat(run, x, weight):
    """q_ij = 1."""
    return [(torch.ones_like(x), torch.ones_like(weight))]


def _w_squared(run, x, weight):
    """q_ij = w_ij^2."""
    return [(torch.ones_like(x), weight.square())]


def _z_box(run, x, weight, *, low, high):
    """q_ij = x_i w_ij - l w_ij+ - h w_ij-."""
    if low == "data":
        low = _bound(run, x, "amin").clamp_max(0)
    if high == "data":
        high = _bound(run, x, "amax").clamp_min(0)
    below = -low * torch.ones_like(x)
    above = -high * torch.ones_like(x)
    return [
        (x, weight),
        (below, weight.clamp_min(0)),
        (above, weight.clamp_max(0)),
    ]


def _bound(run, x, name):
    """Smallest or largest value of each sample, to be broadcast over `x`."""
    rows = x.reshape(run.n_samples, -1)
    bound = getattr(rows, name)(1)
    n_rows = len(x) // run.n_samples
    bound = bound.repeat_interleave(n_rows)
    return bound.view(-1, *(1 for _ in x.shape[1:]))


_PARTS = {"flat": _flat, "w_squared": _w_squared, "z_box": _z_box}
#: Names of the rules.
NAMES = frozenset(_PARTS)


def without_zeros(signal):
    """A signal whose zeros are numbers too small to be seen, which can carry relevance."""
    smallest = torch.finfo(signal.dtype).tiny ** 0.75
    return signal.masked_fill(signal == 0, smallest)


def enters(tensor):
    """Whether no weighted sum lies between the signal and a tensor that depends on it."""
    nodes, seen = [tensor.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        if "weighted_sum" in node.metadata:
            return False
        seen.add(node)
        nodes += [before for before, _ in node.next_functions]
    return True


def note_sum(output):
    """Remember that an output is a weighted sum of the signal."""
    if output.grad_fn is not None:
        output.grad_fn.metadata["weighted_sum"] = True
    return output
