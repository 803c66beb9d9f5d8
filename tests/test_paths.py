"""Patterns of files: they fill in, differ, and name documented wildcards only."""

import re
from string import Formatter

import pytest

from eeglrp import paths
from eeglrp.errors import InputError

#: Patterns of whole paths; a name with an ending of its own stands for a stem.
PATTERNS = {
    name: value
    for name, value in vars(paths).items()
    if name.isupper() and not name.startswith("RUN")
}
#: A value that each wildcard may have.
VALUES = {
    "task": "r_peak",
    "tested": "motor_imagery",
    "regime": "finetuned",
    "baseline": "csp_lda",
    "fold": 1,
    "seed": 3,
    "number": 2,
    "size": 64,
    "method": "attn_lrp",
    "dataset": "rest",
    "subject": "S001",
    "table": "decoding",
    "name": "ledger",
    "ending": "pdf",
}


def wildcards(pattern):
    """Names in braces."""
    return [name for _, name, _, _ in Formatter().parse(pattern) if name]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_fills_in(name):
    pattern = PATTERNS[name]
    names = wildcards(pattern)
    assert set(names) <= set(VALUES), "say here what the wildcard may be"
    path = pattern.format(**VALUES)
    assert not re.search(r"[{}\s]|//|^/", path)
    for wildcard in names:
        assert str(VALUES[wildcard]) in path


def test_no_two_patterns_give_the_same_file():
    filled = [pattern.format(**VALUES) for pattern in PATTERNS.values()]
    assert len(PATTERNS) > 15
    assert len(set(filled)) == len(filled)


def test_a_pattern_keeps_the_wildcards_that_are_not_filled_in():
    """As Snakemake's `expand` with `allow_missing` does it."""
    found = paths.PART.format(task="{task}", table="decoding")
    assert found == "metrics/parts/{task}/decoding.tsv"


def test_models_lie_in_folders_of_their_task_and_regime():
    folder = "{task}/{regime}/"
    fold = f"{folder}fold-{{fold}}/"
    of_fold = ("MODEL", "MODEL_PERMUTED", "MODEL_NULL", "FOLD_PREDICTIONS")
    for name in of_fold:
        assert fold in PATTERNS[name], name
    # Tables and stores of all folds.
    for name in ("PREDICTIONS", "ATTRIBUTION", "LEARNING_CURVE"):
        assert folder in PATTERNS[name], name
        assert "{fold}" not in PATTERNS[name], name
    assert wildcards(paths.ATTRIBUTION) == [
        "task",
        "regime",
        "seed",
        "method",
    ]
    assert wildcards(paths.ATTRIBUTION_ON) == [
        "task",
        "regime",
        "seed",
        "tested",
        "method",
    ]


def test_the_documentation_lists_every_folder(root):
    text = (root / "docs" / "reference" / "files.md").read_text()
    listed = text.split("## Names")[0]
    for name, pattern in PATTERNS.items():
        top = pattern.split("/")[0]
        assert f"`{top}" in listed, name


def test_results_of_the_layout_without_folds_are_named(tmp_path):
    new = tmp_path / "models/r_peak/scratch/fold-0/seed-0.safetensors"
    new.parent.mkdir(parents=True)
    new.touch()
    assert paths.check_layout(tmp_path) is None
    assert paths.check_layout(tmp_path / "not there yet") is None
    former = tmp_path / "models/r_peak/scratch/seed-0.safetensors"
    former.touch()
    told = (
        r"scratch/seed-0\.safetensors: layout: is of a former layout"
        rf".*Remedy: move or delete {re.escape(str(tmp_path))}"
    )
    with pytest.raises(InputError, match=told):
        paths.check_layout(tmp_path)


def test_a_job_that_does_several_together_has_a_path_of_its_own():
    model = paths.of_job(paths.MODEL, ["frozen", "scratch"])
    assert model == "models/{task}/together/seed-{seed}"
    assert paths.of_job(paths.MODEL, []) == paths.MODEL
    assert paths.of_job(paths.RECORDING, ["S1"]) == (
        "recordings/{dataset}/together"
    )
