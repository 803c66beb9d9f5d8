"""Rules of weighted sums z_j = sum_i x_i w_ji + b_j: linear layers and convolutions.

Each is R_i = sum_j z_ij r_j with contributions z_ij = x_i w_ji, some of which may be weighted; the
bias is one more contribution, whose share is the source `bias_linear` or `bias_conv`. A rule is
written as sums of contributions (all, their magnitudes, the positive or the negative ones), which
torch differentiates, and the coefficient that each sum receives in the backward pass.
"""

import torch
from torch.autograd import Function

from eeglrp.lrp.operations import operation_name
from eeglrp.lrp.rules import uniform
from eeglrp.lrp.sources import per_sample_dot


def make(name, source, **parameters):
    """Make a rule of weighted sums.

    Parameters
    ----------
    name : str
        `gradient`, or a name of `_REDISTRIBUTIONS`.
    source : str
        Ledger source of the bias.
    **parameters
        Of the rule, as in `eeglrp.lrp.composites.RULES`.
    """

    def rule(run, function, input, weight, bias=None, *args, **kwargs):
        if run.depends(weight):
            output = uniform(
                run, function, input, weight, None, *args, **kwargs
            )
            return (
                output
                if bias is None
                else run.again(torch.add, run.mark(output), bias)
            )
        if bias is not None and run.depends(bias):
            run.refuse(
                f"{operation_name(function)} with a bias that depends on the signal"
            )

        def weighted_sum(x, w, b=None):
            z = function(x, w, b, *args, **kwargs)
            if b is not None:
                # Linear layers have it last, convolutions before the axes that they slide along.
                run.absorb_vector(z, source, b, 1 - w.ndim)
            return z

        if name == "gradient":
            return weighted_sum(input, weight, bias)
        sums, redistribute = _REDISTRIBUTIONS[name]
        parts = [each(weighted_sum, input, weight, bias) for each in sums]
        with torch.no_grad():
            z = (
                parts[0]
                if sums[0] is _all
                else function(input, weight, bias, *args, **kwargs)
            )
        # A rule of one sign loses what no contribution of that sign can carry.
        loses = run.booking and (
            parameters["epsilon"] > 0 or sums[0] is not _all
        )
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
            run.add(
                "epsilon", per_sample_dot(coefficient, z, run.n_samples), clock
            )
            for share, part in zip(shares, parts, strict=True):
                run.add(
                    "epsilon",
                    -per_sample_dot(share, part, run.n_samples),
                    clock,
                )
        return None, None, *shares


def _all(weighted_sum, x, weight, bias):
    """The sum itself."""
    return weighted_sum(x, weight, bias)


def _magnitudes(weighted_sum, x, weight, bias):
    """Sum of the magnitudes of contributions."""
    return weighted_sum(
        x.abs(), weight.abs(), None if bias is None else bias.abs()
    )


def _positive(weighted_sum, x, weight, bias):
    """Sum of the positive contributions, exactly 0 where there are none."""
    both_above = weighted_sum(
        x.clamp_min(0), weight.clamp_min(0), _half(bias, "clamp_min")
    )
    return both_above + weighted_sum(x.clamp_max(0), weight.clamp_max(0))


def _negative(weighted_sum, x, weight, bias):
    """Sum of the negative contributions."""
    above = weighted_sum(
        x.clamp_min(0), weight.clamp_max(0), _half(bias, "clamp_max")
    )
    return above + weighted_sum(x.clamp_max(0), weight.clamp_min(0))


def _half(bias, clamp):
    return None if bias is None else getattr(bias, clamp)(0)


def _ratio(numerator, denominator):
    """Quotient that is 0 where both are."""
    return torch.div(numerator, denominator).masked_fill_(denominator == 0, 0)


def _epsilon(coefficient, z, _, *, epsilon):
    """R_i = sum_j z_ij / (z_j + epsilon sign z_j) R_j: Bach et al. 2015, equation 58."""
    # z / (z + epsilon sign z) is even in z.
    size = z.abs()
    return (_ratio(size, size + epsilon).mul_(coefficient),)


def _gamma(coefficient, z, _, magnitudes, *, gamma, epsilon):
    """Weigh contributions that have the sign of z_j by 1 + gamma, the others by 1.

    Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10, section 10.2.3, for either sign of z_j.
    Contributions of the sign s of z_j are (z_ij + s |z_ij|) / 2.
    """
    whole, half = 1 + gamma / 2, gamma / 2
    # All terms of the denominator have the sign of z, which cancels with that of the numerator.
    size = z.abs()
    shared = _ratio(size, whole * size + half * magnitudes + epsilon).mul_(
        coefficient
    )
    return whole * shared, torch.where(z < 0, -shared, shared).mul_(half)


def _z_plus(coefficient, z, positive, *, epsilon):
    """R_i = sum_j z_ij+ / p_j R_j with p_j the sum of positive contributions: arXiv:1512.02479."""
    return (_ratio(coefficient * z, positive + epsilon),)


def _alpha_beta(coefficient, z, positive, negative, *, alpha, beta, epsilon):
    """R_i = sum_j (alpha z_ij+ / p_j - beta z_ij- / n_j) R_j: Bach et al. 2015, equation 60."""
    received = coefficient * z
    to_positive = alpha * _ratio(received, positive + epsilon)
    return to_positive, -beta * _ratio(received, negative - epsilon)


#: Rule -> (sums of contributions, what each sum receives).
_REDISTRIBUTIONS = {
    "epsilon": ((_all,), _epsilon),
    "gamma": ((_all, _magnitudes), _gamma),
    "z_plus": ((_positive,), _z_plus),
    "alpha_beta": ((_positive, _negative), _alpha_beta),
}
