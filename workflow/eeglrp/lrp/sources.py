"""The ledger: where the output comes from, by named source, one value a sample."""

import re
from functools import cache

import torch

#: Sources of a transformer for EEG, in the ledger even where they receive nothing.
SOURCES = (
    "input",
    "class_token",
    "spatial_embedding",
    "temporal_embedding",
    "bias_conv",
    "bias_norm",
    "bias_linear",
    "softmax",
)
#: Sources of parameters by their name in the model; a parameter not listed is its own source.
_EMBEDDINGS = (
    (re.compile(r"(^|\.)(cls_token|class_token)$"), "class_token"),
    (
        re.compile(r"(^|\.)(position_embedding|pos_embed|spatial_embedding)$"),
        "spatial_embedding",
    ),
    (
        re.compile(r"(^|\.)(temporal_embedding|time_embed)$"),
        "temporal_embedding",
    ),
)


class SamplesMixed(Exception):
    """An activation whose first axis does not run over whole samples."""


@cache
def source_name(parameter):
    """Ledger source of a parameter's name."""
    for pattern, source in _EMBEDDINGS:
        if pattern.search(parameter):
            return source
    return parameter


def per_sample(term, n_samples):
    """Sum of a term over all but the samples, which run first and slowest.

    Raises
    ------
    SamplesMixed
        If the first axis is no multiple of the samples.
    """
    return _by_sample(term, n_samples).sum(1)


def per_sample_dot(first, second, n_samples):
    """Sum of `first * second` over all but the samples; `second` is broadcast."""
    if first.is_complex() or second.is_complex():
        first = _real_parts(first)
        second = _real_parts(second)
    if second.ndim < 2:
        first, second = _in_one_precision(first, second)
        product = first * second if second.ndim == 0 else first @ second
        return per_sample(product, n_samples)
    second = _by_sample(second.expand_as(first), n_samples)
    first = _by_sample(first, n_samples)
    if first.is_cuda:
        return torch.linalg.vecdot(*_in_one_precision(first, second))
    # On a CPU, one dot product a sample is twice as fast as multiplying and summing.
    rows = zip(first, second, strict=True)
    return torch.stack([torch.dot(*_in_one_precision(*row)) for row in rows])


def _real_parts(tensor):
    """Real and imaginary parts as a last axis of two; relevance is a * c_a + b * c_b."""
    if tensor.is_complex():
        return torch.view_as_real(tensor.resolve_conj())
    return torch.view_as_real(tensor + 0j)


def _in_one_precision(first, second):
    """Both in the first's precision, half precision as float32: sums of products need it."""
    dtype = torch.promote_types(first.dtype, torch.float32)
    first = first.to(dtype)
    return first, second.to(dtype)


def _by_sample(term, n_samples):
    if n_samples > 1 and (term.ndim == 0 or term.shape[0] % n_samples):
        raise SamplesMixed
    return term.reshape(n_samples, -1)
