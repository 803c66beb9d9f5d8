"""Rule sets: which rule each kind of operation gets. A rule set is data, JSON-ready.

The tables below are meant to be read beside the papers. A user's own table has the same form: kind
of operation -> name of a rule, or `{"rule": name, parameter: value}`; kinds it leaves out are taken
from `attn_lrp`.
"""

from eeglrp.errors import InputError
from eeglrp.lrp import activations, attention, norms, rules

#: AttnLRP: Achtibat et al., ICML 2024, arXiv:2402.05602.
ATTN_LRP = {
    "linear_map": "gradient",
    "selection": "winner",
    "addition": "proportional",
    "join": "proportional",
    "linear": "gradient",
    "convolution": "gradient",
    "layer_norm": "constant_scale",
    "group_norm": "constant_scale",
    "instance_norm": "constant_scale",
    "rms_norm": "constant_scale",
    "batch_norm": "running_statistics",
    "activation": "identity",
    "softmax": "taylor",
    "product": "uniform",
    "biased_product": "written_out",
    "attention": "written_out",
    "gated_unit": "written_out",
    "division": "constant_denominator",
}
#: CP-LRP: Ali et al., ICML 2022, arXiv:2202.07304.
CP_LRP = {**ATTN_LRP, "softmax": "constant"}
#: AttnLRP with the stabilised epsilon rule of Bach et al. (2015) on every weighted sum.
EPSILON = {
    **ATTN_LRP,
    "linear": {"rule": "epsilon", "epsilon": 1e-6},
    "convolution": {"rule": "epsilon", "epsilon": 1e-6},
}

COMPOSITES = {"attn_lrp": ATTN_LRP, "cp_lrp": CP_LRP, "epsilon": EPSILON}


def _as_is(rule):
    return lambda: rule


def _linear(axis, source):
    return {
        "gradient": lambda: rules.weighted(axis, source),
        "epsilon": lambda epsilon: rules.weighted(axis, source, epsilon),
    }


#: Kind of operation -> name of a rule -> function that makes the rule from its parameters.
_RULES = {
    "linear_map": {"gradient": _as_is(rules.gradient)},
    "selection": {"winner": _as_is(rules.winner)},
    "addition": {"proportional": _as_is(rules.proportional)},
    "join": {"proportional": _as_is(rules.proportional)},
    "linear": _linear(-1, "bias_linear"),
    "convolution": _linear(1, "bias_conv"),
    "layer_norm": {"constant_scale": _as_is(norms.layer_norm)},
    "group_norm": {"constant_scale": _as_is(norms.group_norm)},
    "instance_norm": {"constant_scale": _as_is(norms.instance_norm)},
    "rms_norm": {"constant_scale": _as_is(norms.rms_norm)},
    "batch_norm": {"running_statistics": _as_is(norms.batch_norm)},
    "activation": {"identity": _as_is(activations.identity)},
    "softmax": {"taylor": _as_is(attention.taylor), "constant": _as_is(attention.constant)},
    "product": {"uniform": _as_is(rules.uniform)},
    "biased_product": {"written_out": _as_is(rules.biased_product)},
    "attention": {"written_out": _as_is(attention.scaled_dot_product)},
    "gated_unit": {"written_out": _as_is(attention.gated)},
    "division": {"constant_denominator": _as_is(rules.constant_denominator)},
}


def rule_table(rule_set):
    """Complete table of a rule set: kind -> name or `{"rule": name, ...}`.

    Parameters
    ----------
    rule_set : str or dict
        A name of `COMPOSITES`, or a table whose missing kinds are those of `attn_lrp`.

    Raises
    ------
    InputError
        If the name, a kind or a rule is unknown.
    """
    if isinstance(rule_set, str):
        if rule_set not in COMPOSITES:
            _refuse(rule_set, "is not a rule set", COMPOSITES)
        return COMPOSITES[rule_set]
    for kind, entry in rule_set.items():
        if kind not in _RULES:
            _refuse(kind, "is not a kind of operation", _RULES)
        if _name(entry) not in _RULES[kind]:
            _refuse(f"{kind}: {_name(entry)}", "is not a rule of this kind", _RULES[kind])
    return {**ATTN_LRP, **rule_set}


def make_rules(rule_set):
    """Rules of a rule set as functions, by kind of operation."""
    return {kind: _make(kind, entry) for kind, entry in rule_table(rule_set).items()}


def _make(kind, entry):
    parameters = {} if isinstance(entry, str) else {k: v for k, v in entry.items() if k != "rule"}
    try:
        return _RULES[kind][_name(entry)](**parameters)
    except TypeError as error:
        problem = f"has other parameters ({error})"
        raise InputError(
            "rules", f"{kind}: {_name(entry)}", problem, "correct the table"
        ) from error


def _name(entry):
    return entry if isinstance(entry, str) else entry.get("rule", "")


def _refuse(name, problem, known):
    raise InputError("rules", name, problem, f"choose one of {', '.join(known)}")
