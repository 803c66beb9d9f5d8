"""Rules of weighted sums z_j = sum_i x_i w_ji + b_j: linear layers and convolutions.

Each is R_i = sum_j z_ij r_j with contributions z_ij = x_i w_ji, some of which may be weighted; the
bias is one more contribution, whose share is the source `bias_linear` or `bias_conv`. A rule is
written as sums of contributions (all, their magnitudes, the positive or the negative ones), which
torch differentiates, and the coefficient that each sum receives in the backward pass.
"""

import torch
from torch.autograd import Function

from eeglrp.lrp import first_layer
from eeglrp.lrp.operations import operation_name
from eeglrp.lrp.rules import uniform
from eeglrp.lrp.sources import per_sample_dot


def make(name, source, **parameters):
    """Make a rule of weighted sums.

    Parameters
    ----------
    name : str
        `gradient`, `constant`, a name of `_REDISTRIBUTIONS`, or of `first_layer.NAMES`.
    source : str
        Ledger source of the bias.
    **parameters
        Of the rule, as in `eeglrp.lrp.composites.RULES`.
    """

    def rule(run, function, input, weight, bias=None, *args, **kwargs):
        if name == "constant":
            input, weight = input.detach(), weight.detach()
            z = function(input, weight, bias, *args, **kwargs)
            return run.label(z.detach(), "detached")
        if run.depends(weight):
            output = uniform(
                run, function, input, weight, None, *args, **kwargs
            )
            if bias is None:
                return output
            return run.again(torch.add, run.mark(output), bias)
        if bias is not None and run.depends(bias):
            name_of_sum = operation_name(function)
            run.refuse(f"{name_of_sum} with a bias that depends on the signal")

        def weighted_sum(x, w, b=None):
            z = function(x, w, b, *args, **kwargs)
            if b is not None:
                # Linear layers have it last, convolutions before the axes that they slide along.
                run.absorb_vector(z, source, b, 1 - w.ndim)
            return z

        if name == "gradient":
            return weighted_sum(input, weight, bias)
        if name in first_layer.NAMES:
            layer = input, weight, bias, (args, kwargs)
            return first_layer.spread(run, function, name, parameters, *layer)
        sums, redistribute = _REDISTRIBUTIONS[name]
        parts = [part(weighted_sum, input, weight, bias) for part in sums]
        of_one_sign = sums[0] is not _all
        z = parts[0]
        if of_one_sign:
            with torch.no_grad():
                z = function(input, weight, bias, *args, **kwargs)
        # A rule of one sign loses what no contribution of that sign can carry.
        loses = run.booking and (parameters["epsilon"] > 0 or of_one_sign)
        settings = run, redistribute, parameters, loses, run.clock
        return _Redistributed.apply(settings, z.detach(), *parts)

    return rule


class _Redistributed(Function):
    """The sum z, whose relevance goes to sums of its contributions."""

    @staticmethod
    def forward(ctx, settings, z, *parts):
        ctx.save_for_backward(z, *parts)
        ctx.settings = settings
        return z.clone()

    @staticmethod
    def backward(ctx, coefficient):
        run, redistribute, parameters, loses, clock = ctx.settings
        z, *parts = ctx.saved_tensors
        shares = redistribute(coefficient, z, *parts, **parameters)
        if loses:
            received = per_sample_dot(coefficient, z, run.n_samples)
            run.add("epsilon", received, clock)
            for share, part in zip(shares, parts, strict=True):
                passed_on = per_sample_dot(share, part, run.n_samples)
                run.add("epsilon", -passed_on, clock)
        return None, None, *shares


def _all(weighted_sum, x, weight, bias):
    """The sum itself."""
    return weighted_sum(x, weight, bias)


def _magnitudes(weighted_sum, x, weight, bias):
    """Sum of the magnitudes of contributions."""
    if bias is not None:
        bias = bias.abs()
    return weighted_sum(x.abs(), weight.abs(), bias)


def _positive(weighted_sum, x, weight, bias):
    """Sum of the positive contributions, exactly 0 where there are none."""
    bias = _half(bias, "clamp_min")
    both_above = weighted_sum(x.clamp_min(0), weight.clamp_min(0), bias)
    both_below = weighted_sum(x.clamp_max(0), weight.clamp_max(0))
    return both_above + both_below


def _negative(weighted_sum, x, weight, bias):
    """Sum of the negative contributions."""
    bias = _half(bias, "clamp_max")
    above = weighted_sum(x.clamp_min(0), weight.clamp_max(0), bias)
    below = weighted_sum(x.clamp_max(0), weight.clamp_min(0))
    return above + below


def _half(bias, clamp):
    if bias is None:
        return None
    return getattr(bias, clamp)(0)


def _ratio(numerator, denominator):
    """Quotient that is 0 where both are."""
    quotient = torch.div(numerator, denominator)
    is_zero = denominator == 0
    return quotient.masked_fill_(is_zero, 0)


def _epsilon(coefficient, z, _, *, epsilon):
    """R_i = sum_j z_ij / (z_j + epsilon sign z_j) R_j: Bach et al. 2015, equation 58."""
    # z / (z + epsilon sign z) is even in z.
    size = z.abs()
    share = _ratio(size, size + epsilon)
    return (share.mul_(coefficient),)


def _gamma(coefficient, z, _, magnitudes, *, gamma, epsilon):
    """Weigh contributions that have the sign of z_j by 1 + gamma, the others by 1.

    Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10, section 10.2.3, for either sign of z_j.
    Contributions of the sign s of z_j are (z_ij + s |z_ij|) / 2.
    """
    half = gamma / 2
    whole = 1 + half
    # All terms of the denominator have the sign of z, which cancels with that of the numerator.
    size = z.abs()
    denominator = whole * size + half * magnitudes + epsilon
    shared = _ratio(size, denominator).mul_(coefficient)
    with_sign = torch.where(z < 0, -shared, shared)
    return whole * shared, with_sign.mul_(half)


def _z_plus(coefficient, z, positive, *, epsilon):
    """R_i = sum_j z_ij+ / p_j R_j with p_j the sum of positive contributions: arXiv:1512.02479."""
    received = coefficient * z
    return (_ratio(received, positive + epsilon),)


def _alpha_beta(coefficient, z, positive, negative, *, alpha, beta, epsilon):
    """R_i = sum_j (alpha z_ij+ / p_j - beta z_ij- / n_j) R_j: Bach et al. 2015, equation 60."""
    received = coefficient * z
    to_positive = alpha * _ratio(received, positive + epsilon)
    to_negative = -beta * _ratio(received, negative - epsilon)
    return to_positive, to_negative


#: Rule -> (sums of contributions, what each sum receives).
_REDISTRIBUTIONS = {
    "epsilon": ((_all,), _epsilon),
    "gamma": ((_all, _magnitudes), _gamma),
    "z_plus": ((_positive,), _z_plus),
    "alpha_beta": ((_positive, _negative), _alpha_beta),
}
