"""One seed for a study, split into independent streams by name."""

import hashlib


def integer_seed(seed, *names):
    """Derive a seed below 2**31 from the study's seed and any names.

    Equal arguments give equal seeds on every machine; different names give independent streams.
    """
    text = "\x1f".join([str(seed), *map(str, names)])
    digest = hashlib.sha256(text.encode()).digest()
    number = int.from_bytes(digest[:4], "big")
    return number >> 1


def generator(seed, *names):
    """A `numpy.random.Generator` of its own for these names."""
    import numpy as np

    return np.random.default_rng(integer_seed(seed, *names))
