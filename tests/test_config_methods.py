"""The table `attribution.methods`: what it may hold, and what it says when it may not."""

import re

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from eeglrp import config as settings
from eeglrp.attribution.registry import METHODS, options_of
from eeglrp.errors import InputError
from eeglrp.evaluate.localisation import YARDSTICKS

LRP = [name for name in METHODS if METHODS[name] == METHODS["lrp"]]


@pytest.fixture
def check(root):
    """The function that checks a table of methods as the workflow does, and returns it."""
    schema = str(root / "config" / "schema.yaml")
    demo = (root / "config" / "demo.yaml").read_text()

    def checked(methods):
        config = yaml.safe_load(demo)
        # Whichever methods the demo names elsewhere.
        del config["evaluate"]
        config["attribution"]["methods"] = methods
        validate(config, schema, set_default=False)
        validate(config, schema)
        settings.check_config(config)
        return config["attribution"]["methods"]

    return checked


@pytest.mark.slow
def test_methods_of_all_kinds_are_taken_as_they_are(check):
    methods = {
        **{name: {} for name in METHODS if name not in ("lrp", "random")},
        "lrp": {"rules": {"base": "cp_lrp"}},
        "random_map": {"method": "random"},
        "occlusion_mean": {
            "method": "occlusion",
            "baseline": "mean",
            "width": 50,
        },
        "removal": {"method": "occlusion", "baseline": "removal"},
        "ig_other": {
            "method": "integrated_gradients",
            "baseline": "other",
            "n_baselines": 4,
        },
        "ig": {"method": "integrated_gradients", "steps": 20},
        "smooth": {"method": "smoothgrad", "draws": 4, "noise": 0.2},
        "vision": {
            "rules": {
                "base": "cp_lrp",
                "convolution": {
                    "rule": "gamma",
                    "gamma": 0.25,
                    "epsilon": 1e-6,
                },
                "linear": {
                    "blocks.*.mlp.*": {
                        "rule": "alpha_beta",
                        "alpha": 2,
                        "beta": 1,
                    },
                    "*": "gradient",
                },
            }
        },
        "mine": {"method": "lrp", "rules": {"softmax": "constant"}},
        "again": {"method": "attn_lrp"},
    }
    assert (
        check({name: dict(options) for name, options in methods.items()})
        == methods
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("methods", "words"),
    [
        ({}, "should be non-empty"),
        ({"Occlusion": {}}, "does not match"),
        ({"occlusion": {"widht": 3}}, "'widht' was unexpected"),
        ({"attn_lrp": {"gamma": 3}}, "'gamma' was unexpected"),
        (
            {"attn_lrp": {"rules": {"base": "cp_lrp"}}},
            "'rules' was unexpected",
        ),
        (
            {"mine": {"method": "occlusion", "draws": 3}},
            "'draws' was unexpected",
        ),
        ({"mine": {"method": "random", "seed": 3}}, "'seed' was unexpected"),
        ({"occlusion": {"baseline": "other"}}, "'other' is not one of"),
        ({"integrated_gradients": {"steps": 0}}, "0 is less than the minimum"),
        (
            {"smoothgrad": {"noise": 0}},
            "0 is less than or equal to the minimum",
        ),
        ({"lrp": {}}, "'rules' is a required property"),
        ({"mine": {"method": "lrp"}}, "'rules' is a required property"),
        (
            {"mine": {"rules": {"base": "cp_lrp"}, "steps": 3}},
            "'steps' was unexpected",
        ),
        (
            {"mine": {"rules": {"linear": {"rule": "gamma", "gamma": -1}}}},
            "-1 is less than",
        ),
    ],
)
def test_wrong_options_are_named_by_the_schema(check, methods, words):
    with pytest.raises(WorkflowError, match=re.escape(words)):
        check(methods)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("methods", "words"),
    [
        (
            {"atn_lrp": {}},
            "attribution.methods.atn_lrp: atn_lrp is not a method",
        ),
        (
            {"mine": {"method": "guess"}},
            "attribution.methods.mine: guess is not a method",
        ),
        (
            {"random": {}},
            "attribution.methods.random: is the name of a yardstick",
        ),
        (
            {"signal": {"method": "random"}},
            "attribution.methods.signal: is the name of a yard",
        ),
        (
            {"cp_lrp": {"method": "attn_lrp"}},
            "cp_lrp: is the name of another method than attn_lrp",
        ),
        (
            {"occlusion": {"baseline": "removal", "width": 3}},
            "attribution.methods.occlusion.width: is not used by baseline removal",
        ),
        (
            {"integrated_gradients": {"n_baselines": 3}},
            "integrated_gradients.n_baselines: is not used by baseline zero",
        ),
        (
            {"mine": {"rules": {"base": "guess"}}},
            "attribution.methods.mine.rules: guess: is not a rule set",
        ),
        (
            {"mine": {"rules": {"liner": "gradient"}}},
            "attribution.methods.mine.rules: liner: is not a kind of operation",
        ),
        (
            {"mine": {"rules": {"linear": {"rule": "gamma", "gama": 1}}}},
            "attribution.methods.mine.rules: linear: gama: is not a parameter of gamma",
        ),
    ],
)
def test_what_the_schema_cannot_know_is_named_too(check, methods, words):
    with pytest.raises(InputError) as error:
        check(methods)
    assert words in str(error.value)
    assert "Remedy: " in str(error.value)


@pytest.mark.slow
def test_numbers_that_came_as_text_are_read_inside_options(root, check):
    methods = {
        "occlusion": {"width": "50"},
        "mine": {"rules": {"linear": {"rule": "gamma", "gamma": "0.5"}}},
    }
    for _ in range(2):
        with pytest.raises(WorkflowError) as error:
            check(methods)
        config = {"attribution": {"methods": methods}}
        assert settings.read_as_yaml(config, error.value.__context__)
    assert check(methods)["mine"]["rules"]["linear"]["gamma"] == 0.5
    assert methods["occlusion"]["width"] == 50


def test_the_schema_knows_every_method_and_option(root):
    schema = yaml.safe_load((root / "config" / "schema.yaml").read_text())
    table = schema["properties"]["attribution"]["properties"]["methods"][
        "properties"
    ]
    assert list(table) == list(METHODS)
    for method, entry in table.items():
        names = set(
            schema["$defs"][entry["$ref"].split("/")[-1]]["properties"]
        ) - {"method"}
        # Jobs give these themselves, or leave them to the model.
        known = set(options_of(method, {})) - {"seed", "background", "readout"}
        assert names == (
            known if method == "lrp" or method not in LRP else set()
        ), method


def test_described_defaults_of_options_are_the_functions(root):
    schema = yaml.safe_load((root / "config" / "schema.yaml").read_text())
    for method in ("integrated_gradients", "smoothgrad", "occlusion"):
        options = schema["$defs"][method]["properties"]
        found = {}
        for name in options.keys() - {"method"}:
            text = options[name]["description"]
            found[name] = re.search(r"; `?([\w.]+)`? if left out\.$", text)[1]
        defaults = {k: str(v) for k, v in options_of(method, {}).items()}
        assert found.items() <= defaults.items()
        assert set(defaults) - set(found) <= {"seed", "background"}


def test_yardsticks_are_those_of_the_tables():
    assert settings.YARDSTICKS == YARDSTICKS


def test_one_methods_options_are_no_other_jobs_settings(root):
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    validate(config, str(root / "config" / "schema.yaml"))
    before = settings.settings_hash(config, "r_peak")
    config["attribution"]["methods"]["occlusion"] = {"width": 50}
    assert settings.settings_hash(config, "r_peak") == before
