"""Rule sets: which rule each kind of operation gets. A rule set is data, JSON-ready.

The tables below are meant to be read beside the papers. A table of one's own has the same form,

    base: cp_lrp                                    # completes the table; attn_lrp if left out
    convolution: {rule: gamma, gamma: 0.25}         # a rule with its parameters
    linear:                                         # or rules by the name of the running module:
      "blocks.*.mlp.*": {rule: gamma, gamma: 0.05}  # the first pattern that fits counts,
      "*": gradient                                 # and where none fits, the base's rule
    convolution: {"<first>": flat}                  # the sums that the signal enters first

with kinds of operation from `eeglrp.lrp.operations`, rules and parameters from `RULES`, and
patterns as in `fnmatch`. This module is imported while the graph of jobs is built: no torch.
"""

import math

from eeglrp.errors import InputError

_REQUIRED = None
#: Pattern of weighted sums with no other weighted sum between them and the signal.
FIRST = "<first>"
#: Kinds of weighted sums.
_SUMS = ("linear", "convolution")
#: Small enough to leave sums of relevance as they are, large enough to divide by.
_SMALL = 1e-9
#: Rules of weighted sums with a bias.
_WEIGHTED = {
    "gradient": {},
    "epsilon": {"epsilon": _REQUIRED},
    "gamma": {"gamma": _REQUIRED, "epsilon": 0.0},
    "z_plus": {"epsilon": _SMALL},
    "alpha_beta": {"alpha": 2.0, "beta": 1.0, "epsilon": _SMALL},
    "flat": {},
    "w_squared": {},
    "z_box": {"low": "data", "high": "data"},
    "constant": {},
}
#: Kind of operation -> rule -> parameters with their defaults; None must be given.
RULES = {
    "linear_map": {"gradient": {}},
    "selection": {"winner": {}},
    "addition": {"proportional": {}, "position_aware": {}, "z_plus": {}},
    "join": {"proportional": {}, "position_aware": {}},
    "linear": _WEIGHTED,
    "convolution": _WEIGHTED,
    "layer_norm": {"constant_scale": {}},
    "group_norm": {"constant_scale": {}},
    "instance_norm": {"constant_scale": {}},
    "rms_norm": {"constant_scale": {}},
    "unit_norm": {"constant_scale": {}},
    "batch_norm": {"running_statistics": {}},
    "activation": {"identity": {}},
    "power": {"identity": {}},
    "scale": {"constant": {}},
    "spread": {"homogeneous": {}},
    "softmax": {"taylor": {}, "constant": {}},
    "curve": {"taylor": {}},
    "product": {"uniform": {}, "position_aware": {}},
    "biased_product": {"written_out": {}},
    "attention": {"written_out": {}},
    "multi_head_attention": {"written_out": {}},
    "gated_unit": {"written_out": {}},
    "recurrent": {"written_out": {}, "signal_take_all": {}},
    "recurrent_cell": {"written_out": {}, "signal_take_all": {}},
    "division": {"constant_denominator": {}},
}

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
    "unit_norm": "constant_scale",
    "batch_norm": "running_statistics",
    "activation": "identity",
    "power": "identity",
    "scale": "constant",
    "spread": "homogeneous",
    "softmax": "taylor",
    "curve": "taylor",
    "product": "uniform",
    "biased_product": "written_out",
    "attention": "written_out",
    "multi_head_attention": "written_out",
    "gated_unit": "written_out",
    "recurrent": "written_out",
    "recurrent_cell": "written_out",
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
#: CP-LRP inside attention, gamma elsewhere: the recipe for vision transformers of Achtibat et al.
#: 2024 (appendix B.3); which gamma is best differs between models.
GAMMA = {
    **CP_LRP,
    "linear": {"rule": "gamma", "gamma": 0.05},
    "convolution": {"rule": "gamma", "gamma": 0.25},
}
#: The z+ rule (alpha 1, beta 0) of Montavon et al. 2017, arXiv:1512.02479.
Z_PLUS = {**CP_LRP, "linear": "z_plus", "convolution": "z_plus"}
#: The alpha-beta rule of Bach et al. 2015, doi:10.1371/journal.pone.0130140, equation 60.
ALPHA_BETA = {
    **CP_LRP,
    "linear": {"rule": "alpha_beta", "alpha": 2.0, "beta": 1.0},
    "convolution": {"rule": "alpha_beta", "alpha": 2.0, "beta": 1.0},
}
#: AttnLRP that keeps what positions receive, place by place: after Bakish et al. 2025,
#: arXiv:2506.02138. A rotation by position counts as a factor of its own.
PA_LRP = {
    **ATTN_LRP,
    "addition": "position_aware",
    "join": "position_aware",
    "product": "position_aware",
}

COMPOSITES = {
    "attn_lrp": ATTN_LRP,
    "cp_lrp": CP_LRP,
    "epsilon": EPSILON,
    "gamma": GAMMA,
    "z_plus": Z_PLUS,
    "alpha_beta": ALPHA_BETA,
    "pa_lrp": PA_LRP,
}

_EPSILON = {"rule": "epsilon", "epsilon": 1e-6}


def _by_layer(convolution, first):
    """Epsilon on linear layers, other rules on convolutions and on what the signal enters."""
    return {
        **CP_LRP,
        "linear": {FIRST: first, "*": _EPSILON},
        "convolution": {FIRST: first, "*": convolution},
    }


_ALPHA_BETA = {"rule": "alpha_beta", "alpha": 2.0, "beta": 1.0}
_GAMMA = {"rule": "gamma", "gamma": 0.25}
#: Rule sets by the names that others know them by; in a study, as the `base` of a table.
CONVENTIONS = {
    # Composites of convolutional networks, named as in zennit (arXiv:2106.13200): after Kohlbrenner
    # et al. 2020, arXiv:1910.09840, and Montavon et al. 2019.
    "epsilon_plus_flat": _by_layer("z_plus", "flat"),
    "epsilon_alpha2_beta1_flat": _by_layer(_ALPHA_BETA, "flat"),
    "epsilon_gamma_box": _by_layer(_GAMMA, "z_box"),
    # Gates of recurrent layers receive nothing: Arras et al. 2017, arXiv:1706.07206.
    "signal_take_all": {
        **ATTN_LRP,
        "recurrent": "signal_take_all",
        "recurrent_cell": "signal_take_all",
    },
    # Step, input and output matrices of selective scans are constants: Jafari et al. 2024,
    # arXiv:2406.07592. Mamba makes all three by one linear layer.
    "mamba_lrp": {
        **ATTN_LRP,
        "linear": {"*x_proj": "constant", "*": "gradient"},
    },
}
RULE_SETS = COMPOSITES | CONVENTIONS


def rule_table(rule_set):
    """Complete table of a rule set.

    Parameters
    ----------
    rule_set : str or dict
        A name of `RULE_SETS`, or a table of one's own.

    Returns
    -------
    dict
        Kind of operation -> name of a rule, `{"rule": name, parameter: value}`, or pattern of
        module names -> either of these.

    Raises
    ------
    InputError
        If a name, kind, rule or parameter is unknown, or a value is no number that fits.
    """
    if isinstance(rule_set, str):
        return RULE_SETS[_known(rule_set, RULE_SETS, "is not a rule set")]
    table = rule_table(rule_set.get("base", "attn_lrp"))
    entries = {kind: rule_set[kind] for kind in rule_set if kind != "base"}
    for kind, entry in entries.items():
        _known(kind, RULES, "is not a kind of operation")
        if entry == {}:
            problem, remedy = "is empty", "name a rule, or leave the kind out"
            raise InputError("rules", kind, problem, remedy)
        if FIRST in cases(entry) and kind not in _SUMS:
            problem = f"has a rule for {FIRST}"
            remedy = "give that to linear or convolution"
            raise InputError("rules", kind, problem, remedy)
        for case in cases(entry).values():
            parameters_of(kind, case)
    completed = {
        kind: _completed(entry, table[kind]) for kind, entry in entries.items()
    }
    return {**table, **completed}


def cases(entry):
    """Pattern of module names -> rule, for any entry of a table."""
    if isinstance(entry, dict) and "rule" not in entry:
        return entry
    return {"*": entry}


def _completed(entry, base):
    """Patterns followed by those of the base."""
    by_pattern = cases(entry)
    if "*" in by_pattern:
        return entry
    completed = dict(by_pattern)
    for pattern, case in cases(base).items():
        completed.setdefault(pattern, case)
    return completed


def rule_name(case):
    """Name of a rule, given alone or with parameters."""
    if isinstance(case, dict):
        return case.get("rule", "")
    return case


def parameters_of(kind, case):
    """Parameters of a kind's rule, defaults included.

    Raises
    ------
    InputError
        If the rule or a parameter is unknown, missing or not a number that fits.
    """
    name = rule_name(case) or case
    name = _known(name, RULES[kind], "is not a rule of this kind", f"{kind}: ")
    known = RULES[kind][name]
    chosen = {}
    if isinstance(case, dict):
        chosen = {key: case[key] for key in case if key != "rule"}
    for parameter in chosen:
        _known(parameter, known, f"is not a parameter of {name}", f"{kind}: ")
    parameters = {**known, **chosen}
    for parameter, value in parameters.items():
        if parameter in ("low", "high"):
            _check_bound(name, parameter, value)
        elif not _is_amount(value):
            field = f"{kind}: {name}: {parameter}"
            remedy = f"give {parameter} a number of 0 or more"
            raise InputError("rules", field, f"is {value}", remedy)
    if name == "alpha_beta":
        excess = parameters["alpha"] - parameters["beta"] - 1
        if abs(excess) > 1e-9:
            field = f"{kind}: {name}"
            problem = (
                "alpha - beta is not 1, so relevance would not be conserved"
            )
            remedy = "choose beta = alpha - 1"
            raise InputError("rules", field, problem, remedy)
    return parameters


def _is_amount(value):
    """Whether a parameter is a number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value >= 0


def _check_bound(name, parameter, value):
    """The lower bound of a signal is at most 0, the upper at least 0; or they are the data's."""
    sign = -1 if parameter == "low" else 1
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value != "data" and not (is_number and 0 <= sign * value < math.inf):
        side = "at most" if sign < 0 else "at least"
        remedy = f"give {parameter} a number of {side} 0, or data"
        field = f"{name}: {parameter}"
        raise InputError("rules", field, f"is {value}", remedy)


def divides_by_input(rule_set):
    """Whether a rule set has rules that give relevance to values of 0."""
    table = rule_table(rule_set)
    names = [
        rule_name(case)
        for kind in _SUMS
        for case in cases(table[kind]).values()
    ]
    return any(name in ("flat", "w_squared", "z_box") for name in names)


def absorbing(rule_set):
    """Whether a rule set has rules whose denominators absorb relevance.

    It then shows in the ledger under `epsilon`.
    """
    for kind, entry in rule_table(rule_set).items():
        for case in cases(entry).values():
            parameters = parameters_of(kind, case)
            if kind in _SUMS and _absorbs(rule_name(case), parameters):
                return True
    return False


def _absorbs(name, parameters):
    if name in ("z_plus", "alpha_beta", "flat", "w_squared", "z_box"):
        return True
    return bool(parameters.get("epsilon"))


def _known(name, known, problem, place=""):
    if not isinstance(name, str) or name not in known:
        remedy = "leave it out"
        if known:
            remedy = f"choose one of {', '.join(known)}"
        raise InputError("rules", f"{place}{name}", problem, remedy)
    return name
