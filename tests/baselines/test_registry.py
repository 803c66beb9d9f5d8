import pytest
import yaml

from eeglrp import labels as style
from eeglrp.baselines.registry import BASELINES, NETWORKS, WITHIN_SUBJECT, load
from eeglrp.errors import InputError


@pytest.mark.parametrize("name", BASELINES)
def test_every_name_is_a_function_of_its_module(name):
    function = load(name)
    assert function.__name__ == name
    assert function.__module__ == BASELINES[name]


def test_an_unknown_name_is_refused():
    with pytest.raises(
        InputError,
        match="svm: is not a baseline. Remedy: choose one of csp_lda",
    ):
        load("svm")


def test_schema_figures_and_citations_know_every_baseline(root):
    schema = yaml.safe_load((root / "config" / "schema.yaml").read_text())
    named = schema["$defs"]["training"]["properties"]["baselines"]["items"][
        "enum"
    ]
    cited = yaml.safe_load(
        (root / "workflow" / "report" / "citations.yaml").read_text()
    )
    assert (
        list(BASELINES)
        == named
        == list(style.BASELINES)
        == list(cited["baselines"])
    )
    assert all(cited["baselines"].values())
    assert {*NETWORKS, *WITHIN_SUBJECT} <= set(BASELINES)
