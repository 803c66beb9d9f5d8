"""Rules as functions, for the names in a rule set's table."""

from fnmatch import fnmatchcase

from eeglrp.lrp import (
    activations,
    attention,
    norms,
    positions,
    recurrent,
    rules,
    weighted,
)
from eeglrp.lrp.composites import cases, parameters_of, rule_name, rule_table

#: Kind of operation -> rule -> function that is the rule.
_FUNCTIONS = {
    "linear_map": {"gradient": rules.gradient},
    "selection": {"winner": rules.winner},
    "addition": {
        "proportional": rules.proportional,
        "position_aware": positions.addition,
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
    "recurrent": {"written_out": recurrent.unrolled},
    "recurrent_cell": {"written_out": recurrent.cell},
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
    return {
        kind: _by_module(kind, entry)
        for kind, entry in rule_table(rule_set).items()
    }


def _by_module(kind, entry):
    """One rule, or the rule that the running module's name chooses."""
    made = {
        pattern: _make(kind, case) for pattern, case in cases(entry).items()
    }
    if list(made) == ["*"]:
        return made["*"]

    def chosen(run, function, *args, **kwargs):
        name = run.modules[-1] if run.modules else ""
        fitting = (
            rule
            for pattern, rule in made.items()
            if fnmatchcase(name, pattern)
        )
        rule = next(fitting)
        return rule(run, function, *args, **kwargs)

    return chosen


def _make(kind, case):
    parameters = parameters_of(kind, case)
    name = rule_name(case)
    if kind in _WEIGHTED:
        source = _WEIGHTED[kind]
        return weighted.make(name, source, **parameters)
    return _FUNCTIONS[kind][name]
