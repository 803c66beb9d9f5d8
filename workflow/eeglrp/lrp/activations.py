"""Element-wise non-linearities: all relevance of the output goes to the one input.

y = f(x) is written as the line f(0) + s x through the point itself, with s = (f(x) - f(0)) / x;
then c_in = s c_out, and f(0) is a constant that keeps its share. For the activations with
f(0) = 0 this is the identity rule of AttnLRP (Achtibat et al. 2024, arXiv:2402.05602),
R_in = R_out; for GELU s is the normal distribution function, for SiLU the logistic function. Where
f(0) is not finite (the logarithm), the line runs through the origin.
"""

import math
from functools import lru_cache

import torch
from torch.autograd import Function

from eeglrp.lrp.operations import operation_name
from eeglrp.lrp.rules import constant_scale, first_order
from eeglrp.lrp.tensors import flat_tensors


class _Line(Function):
    """f(x), with the gradient s of the line through (0, f(0)) and (x, f(x))."""

    @staticmethod
    def forward(ctx, x, y, slope):
        ctx.save_for_backward(slope)
        return y.view_as(y)

    @staticmethod
    def backward(ctx, coefficient):
        (slope,) = ctx.saved_tensors
        return coefficient * slope, None, None


def identity(run, function, input, *args, **kwargs):
    """Give the input all relevance of the output, but for that of f(0)."""
    if input.is_complex():
        return _of_complex(run, function, input, *args, **kwargs)
    others = flat_tensors(args, kwargs)
    if any(run.depends(tensor) for tensor in others):
        run.refuse(
            f"{operation_name(function)} with a setting that depends on the signal"
        )
    with torch.no_grad():
        y = function(input, *args, **kwargs)
        if others:
            zero = torch.zeros_like(input)
            offset, slope = _line_at_zero(zero, function, args, kwargs)
        else:
            options = tuple(sorted(kwargs.items()))
            offset, slope = value_at_zero(function, args, options)
        slope = line_slope(input, y, offset, slope)
    output = _Line.apply(input, y, slope)
    if others or offset:
        # Not f(0): where y and f(0) nearly cancel, the slope is that at 0.
        run.absorb(output, "activation", y - slope * input.detach())
    return output


def _of_complex(run, function, input, *args, **kwargs):
    """Magnitude of complex numbers, of degree 1: its gradient hands on all relevance."""
    if operation_name(function) not in ("abs", "absolute"):
        run.refuse(f"{operation_name(function)} of complex numbers")
    return function(input, *args, **kwargs)


def power(run, function, input, exponent):
    """Power with a constant exponent; of a negative one, a scale."""
    name = operation_name(function)
    if not _is_number(run, exponent, input) or name == "__rpow__":
        return first_order(run, function, input, exponent)
    if isinstance(exponent, torch.Tensor):
        exponent = exponent.item()
    rule = constant_scale if exponent < 0 else identity
    function = torch.float_power if name == "float_power" else torch.pow
    return rule(run, function, input, exponent)


def _is_number(run, exponent, input):
    """Whether a power of the signal has one constant exponent."""
    if not isinstance(input, torch.Tensor) or not run.depends(input):
        return False
    if not isinstance(exponent, torch.Tensor):
        return True
    return (
        exponent.numel() == 1
        and exponent.ndim <= input.ndim
        and not run.depends(exponent)
    )


def line_slope(x, y, offset, slope_at_zero):
    """(f(x) - f(0)) / x, continued to x = 0 by the derivative there."""
    if not isinstance(offset, torch.Tensor) and offset == 0:
        return (y / x).nan_to_num_(nan=slope_at_zero)
    rise = y - offset
    # Of a difference that nearly cancels, too few digits are left.
    digits = torch.finfo(x.dtype).eps ** 0.5
    lost = rise.abs() <= digits * abs(offset)
    at_zero = lost | (x == 0)
    return torch.where(at_zero, slope_at_zero, rise / x)


def _line_at_zero(zero, function, args, kwargs):
    """f(0) and f'(0) in the shape of a signal."""
    with torch.enable_grad():
        zero.requires_grad_()
        value = function(zero, *args, **kwargs)
        (slope,) = torch.autograd.grad(value.sum(), zero)
        return value.detach(), slope


@lru_cache(maxsize=256)
def value_at_zero(function, args, options):
    """f(0) and f'(0) as numbers; 0 for those that are not finite."""
    with torch.inference_mode(False), torch.enable_grad():
        zero = torch.zeros(
            1, dtype=torch.float64, device="cpu", requires_grad=True
        )
        value = function(zero, *args, **dict(options))
        (slope,) = torch.autograd.grad(value, zero)
    numbers = (value.item(), slope.item())
    return tuple(
        number if math.isfinite(number) else 0.0 for number in numbers
    )
