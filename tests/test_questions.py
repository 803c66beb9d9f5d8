"""What questions say about themselves, and the walks over them."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from snakemake.utils import validate

from eeglrp import questions
from eeglrp.errors import InputError
from eeglrp.findings import Finding
from eeglrp.paths import MODEL, PRETRAINED, TABLE
from eeglrp.questions import (
    QUESTIONS,
    absent_tables,
    all_tables,
    asked_figures,
    asked_tables,
    figure_module,
    figure_modules,
    findings,
    manifest_modules,
    manifests,
    metric_names,
)
from eeglrp.tables import metric_frame

from .table_rows import row

PACKAGE = Path(questions.__file__).parent
#: What figures may read beside tables: of each model, or of each backbone.
RECORDS = {
    f"{stem}-{kind}.tsv"
    for stem in (MODEL, PRETRAINED.replace("{task}", "{weights}"))
    for kind in ("history", "spectra")
} | {"weights/{weights}-history.tsv", "weights/{weights}-spectra.tsv"}


@pytest.fixture
def demo(root):
    """The demo's configuration with all defaults."""
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    validate(config, str(root / "config" / "schema.yaml"))
    return config


def test_every_question_has_a_folder_and_every_such_folder_is_asked():
    asked = {file.parent.name for file in PACKAGE.glob("*/findings")}
    assert asked == set(QUESTIONS)
    assert len(set(QUESTIONS)) == len(QUESTIONS)
    assert list(manifests()) == list(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_asks_and_says_what_it_needs(name):
    text = inspect.getdoc(import_module(f"eeglrp.{name}.question"))
    assert text.splitlines()[0].endswith("?")
    assert "Needs " in text
    assert manifests()[name].tables


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_modules_of_figures_are_those_of_the_manifest(name):
    folder = PACKAGE / name / "figures"
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert files == set(manifests()[name].figures)


@pytest.mark.parametrize("name", figure_modules())
def test_a_figure_names_its_tables_and_has_a_caption(name):
    module = figure_module(name)
    assert callable(module.draw)
    assert module.TABLES
    for pattern in module.TABLES:
        table = re.fullmatch(r"metrics/(\w+)\.tsv", pattern)
        assert table or pattern in RECORDS, pattern
    # A backslash or a quotation mark would show.
    assert re.match(r"[A-Z]", module.CAPTION)
    assert len(module.CAPTION.split()) > 10


def test_names_of_figures_and_tables_are_used_once():
    every = manifests().values()
    figures = [name for question in every for name in question.figures]
    tables = [name for question in every for name in question.tables]
    assert len(set(figures)) == len(figures) == len(figure_modules())
    assert len(set(tables)) == len(tables) == len(all_tables())


@pytest.mark.parametrize("name", all_tables())
def test_a_table_has_a_heading_and_functions_where_it_may(name):
    table = all_tables()[name]
    assert table.heading.strip()
    assert table.heading == table.heading.strip()
    assert callable(table.asked)
    for given in (table.finding, table.view):
        assert given is None or callable(given)
    # What is hidden in full must be shown in another way.
    assert table.shown or table.finding


@pytest.mark.parametrize("name", all_tables())
def test_a_finding_is_made_of_its_table_alone(name):
    """It takes the table and no file, no configuration and no other table."""
    finding = all_tables()[name].finding
    if finding is None:
        assert findings({name: metric_frame([row(0.7)])}) == []
        return
    given = inspect.signature(finding).parameters.values()
    required = [one for one in given if one.default is one.empty]
    assert len(required) == 1
    source = ast.parse(Path(inspect.getsourcefile(finding)).read_text())
    called = {
        node.func.id
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "read_table", "read_json", "open_attribution"}


def test_what_is_asked_and_what_is_absent_make_up_all_tables(demo):
    asked, absent = asked_tables(demo), absent_tables(demo)
    assert sorted(asked + absent) == sorted(all_tables())
    assert "decoding" in asked
    assert "psychometric" in absent
    assert "psychometric" not in asked_figures(demo)
    assert set(asked_figures(demo)) <= set(figure_modules())


def test_a_configuration_without_arms_asks_for_nothing_of_theirs(demo):
    of_arms = manifests()["arms"]
    assert set(of_arms.tables) <= set(asked_tables(demo))
    for task in demo["tasks"].values():
        task.pop("arms", None)
    assert not set(of_arms.tables) & set(asked_tables(demo))
    assert not set(of_arms.figures) & set(asked_figures(demo))


def test_an_unknown_figure_is_refused():
    with pytest.raises(InputError, match="pie: no question has this figure"):
        figure_module("pie")


def test_figures_and_tables_are_read_from_the_folders_of_questions():
    assert figure_modules()["ledger"] == "eeglrp.verify.figures.ledger"
    assert "eeglrp.decoding.question" in manifest_modules()
    assert figure_module("ledger").__name__ == figure_modules()["ledger"]
    assert TABLE.format(table="decoding") in figure_module("decoding").TABLES


def test_the_verdict_is_reported_first(demo):
    """A reader of the report meets what the study is for."""
    assert asked_figures(demo)[0] == asked_tables(demo)[0] == "verdict"


def test_names_of_metrics_are_words():
    names = metric_names()
    assert names["balanced_accuracy loss"] == "loss of balanced accuracy"
    assert all(name.strip() and value.strip() for name, value in names.items())


@pytest.mark.parametrize(
    "name",
    [
        "decoding",
        "comparisons",
        "r_peak",
        "shares",
        "localisation",
        "conservation",
    ],
)
def test_tables_without_rows_give_no_finding(name):
    assert findings({name: metric_frame([], extra=("class", "against"))}) == []


def test_findings_come_in_the_order_of_the_questions():
    decoding = metric_frame([row(0.7, metric="balanced_accuracy")])
    ledger = metric_frame([row(0.7, metric="share input", method="cp_lrp")])
    found = findings({"conservation": ledger, "decoding": decoding})
    assert [finding.heading for finding in found] == ["Decoding", "Ledger"]
    assert all(isinstance(finding, Finding) for finding in found)


def test_a_table_that_no_question_has_gives_no_finding():
    assert findings({"pie": metric_frame([row(0.7)])}) == []


def test_every_start_of_snakemake_reads_the_manifests_so_they_are_light():
    code = """
import sys
from eeglrp import questions
for name in questions.figure_modules():
    questions.figure_module(name)
heavy = {"xarray", "zarr", "scipy", "torch", "matplotlib", "sklearn", "mne"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
