"""A rule for sums that nearly cancel: z+, for either sign of the sum.

In proportion, the summands of z = x - 0.99 x receive 100 and -99 times its relevance. By this rule
only summands of the sign of z receive any, each its share among these, between 0 and 1:
R_i = z_i / sum_k z_k R over the z_k of that sign. (The limit of the gamma rule at infinity.)
"""

import torch
from torch.autograd import Function

from eeglrp.lrp.operations import operation_name
from eeglrp.lrp.rules import proportional
from eeglrp.lrp.sources import per_sample_dot

#: Sums of two operands -> the operand that is subtracted, if any.
_SUBTRACTED = {
    "add": None,
    "__add__": None,
    "__radd__": None,
    "sub": 1,
    "subtract": 1,
    "__sub__": 1,
    "rsub": 0,
    "__rsub__": 0,
}


def of_one_sign(run, function, *args, **kwargs):
    """Share a sum among the summands of its sign; other operations in proportion."""
    name = operation_name(function)
    if name not in _SUBTRACTED:
        return proportional(run, function, *args, **kwargs)
    with torch.no_grad():
        z = function(*args, **kwargs)
    if not z.is_floating_point():
        return proportional(run, function, *args, **kwargs)
    summands = _summands(_SUBTRACTED[name], z, *args, **kwargs)
    operands = (*args, *kwargs.values())[:2]
    sources = [_source(run, operand) for operand in operands]
    settings = run, sources, run.clock
    return _OfOneSign.apply(settings, z, *summands)


def _source(run, operand):
    """Ledger source of a constant operand, None for the signal."""
    if not isinstance(operand, torch.Tensor):
        return "constant"
    return None if run.depends(operand) else run.source(operand)


def _summands(subtracted, z, input, other, *, alpha=1):
    """What the two operands add to the sum, in its shape."""
    scales = [1, alpha]
    if subtracted is not None:
        scales[subtracted] *= -1
        # `rsub` scales the operand that it subtracts.
        scales[0] *= alpha if subtracted == 0 else 1
        scales[1] = 1 if subtracted == 0 else scales[1]
    return [
        torch.as_tensor(scale * value, device=z.device)
        .to(z.dtype)
        .expand_as(z)
        for scale, value in zip(scales, (input, other), strict=True)
    ]


class _OfOneSign(Function):
    """The sum, whose relevance goes to its summands of the same sign."""

    @staticmethod
    def forward(ctx, settings, z, first, second):
        summands = (first, second)
        # No operand is kept: a sum in place will overwrite one.
        same = [torch.where(part * z > 0, part, 0) for part in summands]
        mass = (same[0] + same[1]).masked_fill(z == 0, 1)
        ratio = z / mass
        shares = [torch.where(part * z > 0, ratio, 0) for part in summands]
        ctx.settings = settings
        ctx.save_for_backward(*shares, *same)
        return z.clone()

    @staticmethod
    def backward(ctx, coefficient):
        run, sources, clock = ctx.settings
        *shares, first, second = ctx.saved_tensors
        passed = [coefficient * share for share in shares]
        for source, share, part in zip(
            sources, passed, (first, second), strict=True
        ):
            if source is not None and run.booking:
                term = per_sample_dot(share, part, run.n_samples)
                run.add(source, term, clock)
        return None, None, *passed
