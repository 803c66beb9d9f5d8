"""Which methods give relevance that is the signal times a coefficient.

Only such relevance can be told apart by what the signal is a sum of, such as frequency bands: see
`eeglrp.verify.bands`. The coefficient is a gradient, a mean of gradients or LRP's modified one.
"""

from eeglrp.attribution.registry import METHODS

#: Methods besides LRP, each with the options that this holds for.
_PRODUCTS = {
    "input_x_gradient": {},
    "smoothgrad": {},
    # From elsewhere than zero the coefficient is that of the signal minus the baseline.
    "integrated_gradients": {"baseline": "zero"},
}


def multiplies_signal(method, options):
    """Whether a method's relevance is the signal times a coefficient, and so 0 where that is 0.

    Parameters
    ----------
    method : str
        A name of `eeglrp.attribution.registry.METHODS`; others multiply nothing that is known.
    options : dict
        All options of the method, as an attribution store names them.
    """
    if METHODS.get(method) == METHODS["lrp"]:
        return True
    if method not in _PRODUCTS:
        return False
    needed = _PRODUCTS[method]
    return all(options.get(key) == needed[key] for key in needed)
