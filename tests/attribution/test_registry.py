import subprocess
import sys

import pytest

from eeglrp.attribution.registry import (
    METHODS,
    is_quick,
    load,
    method_of,
    options_of,
    rules_of,
    sources_of,
    sums_to,
)
from eeglrp.errors import InputError
from eeglrp.lrp.composites import COMPOSITES
from eeglrp.store import LEDGER_SOURCES


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_function_sources_and_a_sentence(method):
    assert callable(load(method))
    assert (
        sources_of(method, {"rules": {}} if method == "lrp" else {})[0]
        == "input"
    )
    assert sums_to(method).endswith(".")


@pytest.mark.parametrize(
    ("name", "options", "method"),
    [
        ("occlusion", {}, "occlusion"),
        (
            "occlusion_mean",
            {"method": "occlusion", "baseline": "mean"},
            "occlusion",
        ),
        ("mine", {"rules": {"base": "cp_lrp"}}, "lrp"),
        ("mine", {"method": "gamma"}, "gamma"),
    ],
)
def test_a_name_stands_for_a_method(name, options, method):
    assert method_of(name, options) == method


def test_options_are_completed_by_the_functions_defaults():
    assert options_of(
        "occlusion", {"method": "occlusion", "baseline": "mean"}
    ) == {
        "baseline": "mean",
        "width": 200,
    }
    assert options_of("smoothgrad", {}) == {
        "draws": 16,
        "noise": 0.1,
        "seed": 0,
    }
    assert options_of("gamma", {"method": "gamma"}) == {"rules": "gamma"}
    table = {"base": "cp_lrp"}
    assert options_of("lrp", {"rules": table}) == {"rules": table}


def test_every_rule_set_is_a_method_with_its_own_rules():
    for name in COMPOSITES:
        assert rules_of(name, {}) == COMPOSITES[name]
        assert load(name).keywords == {"rules": name}
    mine = {"base": "cp_lrp", "linear": {"rule": "epsilon", "epsilon": 0.1}}
    assert rules_of("lrp", {"rules": mine}) == {
        **COMPOSITES["cp_lrp"],
        "linear": mine["linear"],
    }
    assert rules_of("occlusion", {}) == {}


def test_rules_with_small_denominators_have_a_source_for_what_these_absorb():
    assert (
        sources_of("attn_lrp", {})
        == sources_of("cp_lrp", {})
        == LEDGER_SOURCES
    )
    for name in ("epsilon", "z_plus", "alpha_beta"):
        assert sources_of(name, {}) == (*LEDGER_SOURCES, "epsilon")
    mine = {"linear": {"blocks.*": {"rule": "epsilon", "epsilon": 0.1}}}
    assert sources_of("lrp", {"rules": mine}) == (*LEDGER_SOURCES, "epsilon")
    assert sources_of("integrated_gradients", {}) == (
        "input",
        "baseline",
        "unexplained",
    )


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="attribution.methods.guess"):
        load("guess")


def test_the_registry_and_the_package_import_no_torch(root):
    code = "import sys, eeglrp, eeglrp.config, eeglrp.attribution.registry;"
    code += "sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "workflow", check=False
    )
    assert done.returncode == 0


def test_methods_of_about_one_pass_a_window_are_quick():
    quick = {name for name in METHODS if is_quick(name)}
    assert quick == {
        *COMPOSITES,
        "lrp",
        "input_x_gradient",
        "attention_rollout",
        "random",
    }
    # A table of rules under any name is LRP.
    assert is_quick(method_of("mine", {"rules": {"base": "cp_lrp"}}))
    assert not is_quick(method_of("mine", {"method": "occlusion"}))
