"""What positions receive, place by place: PA-LRP (Bakish et al. 2025, arXiv:2506.02138).

The input of a transformer is taken as pairs of token and position. What an embedding of positions
adds, it receives its share of, as under every rule set here; under these rules the share keeps its
place (electrode, patch). A rotation by position is a factor that carries position, and gets the
share of a factor in the product rule.
"""

import re

from eeglrp.lrp.rules import constant_parts, product_of, uniform
from eeglrp.lrp.tensors import flat_tensors

_POSITION = re.compile(
    r"(^|[._+])(pos|positions?|positional|rope|rotary|freqs?|inv_freq)([._+]|$)"
    r"|(^|[._+])(spatial|temporal|time|channel)_?emb",
    re.IGNORECASE,
)


def is_position(source):
    """Whether a ledger source stands for positions, by the name of its parameter."""
    return _POSITION.search(source) is not None


def addition(run, function, *args, **kwargs):
    """Give each summand its share, and remember where positions received theirs."""
    parts = constant_parts(run, function, args, kwargs)
    output = function(*args, **kwargs)
    for source, value in parts:
        run.absorb(output, source, value)
        if is_position(source):
            run.keep_places(output, source, value)
    return output


def product(run, function, *args, **kwargs):
    """Give the factors equal shares, those that carry position among them."""
    factors, rotations = [], []
    for tensor in flat_tensors(args, kwargs):
        if run.depends(tensor):
            factors.append(tensor)
        elif is_position(run.source(tensor)):
            rotations.append(run.source(tensor))
    if not rotations:
        return uniform(run, function, *args, **kwargs)
    n_shares = len(factors) + len(rotations)
    output = product_of(function, args, kwargs, factors, n_shares)
    for source in rotations:
        share = output.detach() / n_shares
        run.absorb(output, source, share)
        run.keep_places(output, source, share)
    return output
