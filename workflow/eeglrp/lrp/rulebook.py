"""Rules as functions, for the names in a rule set's table."""

from fnmatch import fnmatchcase
from functools import partial

from eeglrp.lrp import (
    activations,
    attention,
    norms,
    positions,
    recurrent,
    rules,
    sums,
    weighted,
)
from eeglrp.lrp.composites import (
    FIRST,
    cases,
    parameters_of,
    rule_name,
    rule_table,
)
from eeglrp.lrp.first_layer import enters, note_sum

#: Kind of operation -> rule -> function that is the rule.
_FUNCTIONS = {
    "linear_map": {"gradient": rules.gradient},
    "selection": {"winner": rules.winner},
    "addition": {
        "proportional": rules.proportional,
        "position_aware": positions.addition,
        "z_plus": sums.of_one_sign,
    },
    "join": {
        "proportional": rules.proportional,
        "position_aware": positions.addition,
    },
    "layer_norm": {"constant_scale": norms.layer_norm},
    "group_norm": {"constant_scale": norms.group_norm},
    "instance_norm": {"constant_scale": norms.instance_norm},
    "rms_norm": {"constant_scale": norms.rms_norm},
    "unit_norm": {"constant_scale": norms.unit_norm},
    "batch_norm": {"running_statistics": norms.batch_norm},
    "activation": {"identity": activations.identity},
    "power": {"identity": activations.power},
    "scale": {"constant": rules.constant_scale},
    "spread": {"homogeneous": rules.homogeneous},
    "softmax": {"taylor": attention.taylor, "constant": attention.constant},
    "curve": {"taylor": rules.first_order},
    "product": {"uniform": rules.uniform, "position_aware": positions.product},
    "biased_product": {"written_out": rules.biased_product},
    "attention": {"written_out": attention.scaled_dot_product},
    "multi_head_attention": {"written_out": attention.multi_head},
    "gated_unit": {"written_out": attention.gated},
    "recurrent": {
        "written_out": recurrent.unrolled,
        "signal_take_all": partial(recurrent.unrolled, take_all=True),
    },
    "recurrent_cell": {
        "written_out": recurrent.cell,
        "signal_take_all": partial(recurrent.cell, take_all=True),
    },
    "division": {"constant_denominator": rules.constant_denominator},
}
#: Weighted sums and the source of their bias.
_WEIGHTED = {"linear": "bias_linear", "convolution": "bias_conv"}


def make_rules(rule_set):
    """Rules of a rule set as functions, by kind of operation.

    Raises
    ------
    InputError
        If the rule set is not a valid table.
    """
    table = rule_table(rule_set)
    made = {kind: _by_module(kind, entry) for kind, entry in table.items()}
    if any(FIRST in cases(table[kind]) for kind in _WEIGHTED):
        made |= {kind: _noting_sums(made[kind]) for kind in _WEIGHTED}
    return made


def _by_module(kind, entry):
    """One rule, or the rule that the running module's name chooses."""
    made = {
        pattern: _make(kind, case) for pattern, case in cases(entry).items()
    }
    if list(made) == ["*"]:
        return made["*"]

    first = made.pop(FIRST, None)

    def chosen(run, function, *args, **kwargs):
        if first and _is_first(run, *args, **kwargs):
            return first(run, function, *args, **kwargs)
        name = run.modules[-1] if run.modules else ""
        fitting = (
            rule
            for pattern, rule in made.items()
            if fnmatchcase(name, pattern)
        )
        rule = next(fitting)
        return rule(run, function, *args, **kwargs)

    return chosen


def _is_first(run, input, *args, **kwargs):
    """Whether a weighted sum is the first on the signal's way."""
    return run.depends(input) and enters(input)


def _noting_sums(rule):
    """The same rule, whose outputs are known as weighted sums of the signal."""

    def noting(run, function, *args, **kwargs):
        output = rule(run, function, *args, **kwargs)
        return note_sum(output)

    return noting


def _make(kind, case):
    parameters = parameters_of(kind, case)
    name = rule_name(case)
    if kind in _WEIGHTED:
        source = _WEIGHTED[kind]
        return weighted.make(name, source, **parameters)
    return _FUNCTIONS[kind][name]
