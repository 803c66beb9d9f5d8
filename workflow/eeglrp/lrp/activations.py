"""Element-wise non-linearities: all relevance of the output goes to the one input.

y = f(x) is written as the line f(0) + s x through the point itself, with s = (f(x) - f(0)) / x;
then c_in = s c_out, and f(0) is a constant that keeps its share. For the activations with
f(0) = 0 this is the identity rule of AttnLRP (Achtibat et al. 2024, arXiv:2402.05602),
R_in = R_out; for GELU s is the normal distribution function, for SiLU the logistic function.
"""

from functools import lru_cache

import torch
from torch.autograd import Function


class _Line(Function):
    """f(x), with the gradient s of the line through (0, f(0)) and (x, f(x))."""

    @staticmethod
    def forward(ctx, x, function, args, options):
        y = function(x, *args, **dict(options))
        ctx.save_for_backward(line_slope(x, y, *value_at_zero(function, args, options)))
        return y

    @staticmethod
    def backward(ctx, coefficient):
        (slope,) = ctx.saved_tensors
        return coefficient * slope, None, None, None


def identity(run, function, input, *args, **kwargs):
    """Give the input all relevance of the output, but for that of f(0)."""
    options = tuple(sorted(kwargs.items()))
    output = _Line.apply(input, function, args, options)
    offset, _ = value_at_zero(function, args, options)
    if offset:
        run.absorb(output, "activation", output.new_tensor(offset))
    return output


def line_slope(x, y, offset, slope_at_zero):
    """(f(x) - f(0)) / x, continued to x = 0 by the derivative there."""
    if offset == 0:
        return (y / x).nan_to_num_(nan=slope_at_zero)
    # Where f(x) - f(0) cancels, the derivative is the better value.
    small = x.abs() < torch.finfo(x.dtype).eps ** 0.5
    return torch.where(small, slope_at_zero, (y - offset) / x)


@lru_cache(maxsize=256)
def value_at_zero(function, args, options):
    """f(0) and f'(0) as numbers."""
    with torch.inference_mode(False), torch.enable_grad():
        zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        value = function(zero, *args, **dict(options))
        (slope,) = torch.autograd.grad(value, zero)
    return value.item(), slope.item()
