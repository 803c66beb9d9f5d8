"""Attribution methods: name -> module, which holds a function of that name.

Every method has the signature
`method(model, signal, target, score="logit", forward_kwargs=None, layers=False)` and returns an
`eeglrp.lrp.explain.Explanation`, whose ledger sums to the explained score. The module is imported
when it is used; this one is imported while the graph of jobs is built.
"""

from importlib import import_module

from eeglrp.errors import InputError

METHODS = {
    "attn_lrp": "eeglrp.attribution.propagation",
    "cp_lrp": "eeglrp.attribution.propagation",
    "input_x_gradient": "eeglrp.attribution.gradients",
}


def load(method):
    """Return the function of a method.

    Raises
    ------
    InputError
        If there is no such method.
    """
    return getattr(_module(method), method)


def rules_of(method):
    """Rules of a method as a JSON-ready table: kind of operation -> rule."""
    return _module(method).RULES[method]


def sources_of(method):
    """Sources of a method's ledger for LaBraM, in order."""
    return _module(method).SOURCES


def _module(method):
    if method not in METHODS:
        remedy = f"choose one of {', '.join(METHODS)}"
        raise InputError("config", f"attribution.methods.{method}", "is not a method", remedy)
    return import_module(METHODS[method])
