"""Attribution methods: name -> module, which holds a function of that name or, for LRP, a table.

Every method has the signature
`method(model, signal, target, score="logit", forward_kwargs=None, layers=False, **options)` and
returns an `eeglrp.lrp.explanation.Explanation`, whose ledger sums to the explained score. The
module is imported when it is used; this one is imported while the graph of jobs is built.
"""

import inspect
from importlib import import_module

from eeglrp.errors import InputError
from eeglrp.lrp.composites import COMPOSITES, absorbing, rule_table

_LRP = "eeglrp.attribution.propagation"
METHODS = {
    **dict.fromkeys((*COMPOSITES, "lrp"), _LRP),
    "input_x_gradient": "eeglrp.attribution.gradients",
    "integrated_gradients": "eeglrp.attribution.integrated",
    "smoothgrad": "eeglrp.attribution.smoothgrad",
    "occlusion": "eeglrp.attribution.occlusion",
    "attention_rollout": "eeglrp.attribution.rollout",
    "random": "eeglrp.attribution.random_maps",
}
#: Methods but LRP that take about one pass through the model a window.
_QUICK = ("input_x_gradient", "attention_rollout", "random")
#: What every method takes; its further parameters are its options.
_COMMON = ("model", "signal", "target", "score", "forward_kwargs", "layers")


def method_of(name, options):
    """Method that a name in the configuration stands for: `method`, `lrp` by `rules`, or the name.

    Parameters
    ----------
    name : str
    options : dict
    """
    if "method" in options:
        return options["method"]
    return "lrp" if "rules" in options else name


def is_quick(method):
    """Whether a method takes a few passes a window, less than reading model and windows does."""
    return _is_lrp(method) or method in _QUICK


def load(method):
    """Return the function of a method.

    Raises
    ------
    InputError
        If there is no such method.
    """
    module = _module(method)
    if _is_lrp(method):
        return module.METHODS[method]
    return getattr(module, method)


def options_of(method, options):
    """Options of a method: those given, without `method`, and the defaults of the others."""
    if _is_lrp(method):
        return {"rules": options.get("rules", method)}
    complete = {}
    parameters = inspect.signature(load(method)).parameters
    for name, parameter in parameters.items():
        if name not in _COMMON:
            complete[name] = parameter.default
    complete |= options
    # It says which method is meant, and is none of its options.
    complete.pop("method", None)
    return complete


def rules_of(method, options):
    """Complete rule table of an LRP method, JSON-ready; empty for other methods."""
    if not _is_lrp(method):
        return {}
    rules = options.get("rules", method)
    return rule_table(rules)


def sources_of(method, options):
    """Sources of a method's ledger for LaBraM, in order."""
    sources = tuple(_module(method).SOURCES)
    if not _is_lrp(method):
        return sources
    rules = options.get("rules", method)
    return (*sources, "epsilon") if absorbing(rules) else sources


def sums_to(method):
    """What the values of a method sum to, in a sentence."""
    return _module(method).SUMS_TO[method]


def gives_layers(method):
    """Whether a method gives the relevance of layers."""
    return _is_lrp(method) or method == "input_x_gradient"


def _is_lrp(method):
    return METHODS.get(method) == _LRP


def _module(method):
    if method not in METHODS:
        key = f"attribution.methods.{method}"
        remedy = f"choose one of {', '.join(METHODS)}"
        raise InputError("config", key, "is not a method", remedy)
    return import_module(METHODS[method])
