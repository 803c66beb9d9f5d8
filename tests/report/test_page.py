import base64
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from eeglrp.attribution.registry import METHODS
from eeglrp.baselines.registry import BASELINES
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, write_json, write_table
from eeglrp.questions import all_tables
from eeglrp.recordings.registry import SOURCES
from eeglrp.report import page as page_module
from eeglrp.report import write_report
from eeglrp.report.page import SHOWN_ROWS

from .conftest import CONFIG, PIXEL


class Page(HTMLParser):
    """What a test asks of a page: text, addresses, open tags that were never closed."""

    def __init__(self, html):
        super().__init__()
        self.words, self.addresses, self.open, self.values = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.addresses += [
            attrs[name] for name in ("src", "href") if name in attrs
        ]
        self.values += (
            [float(attrs["data-value"])] if "data-value" in attrs else []
        )
        if tag not in ("meta", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def report(inputs):
    write_report(**inputs)
    return Page(inputs["out"].read_text())


@pytest.mark.slow
def test_everything_is_in_one_file_that_opens_offline(inputs):
    page = report(inputs)
    assert page.open == []
    assert not [
        one
        for one in page.addresses
        if not one.startswith(("data:image/png;base64,", "#"))
    ]
    pictures = [one for one in page.addresses if one.startswith("data:")]
    assert [base64.b64decode(one.split(",")[1]) for one in pictures] == [
        PIXEL,
        PIXEL,
    ]
    assert "url(" not in inputs["out"].read_text()


@pytest.mark.slow
def test_numbers_settings_versions_and_sources_are_shown(inputs):
    text = report(inputs).text
    assert "0.70 [0.60, 0.80] (chance 0.50)" in text
    assert "above chance: Motor imagery (scratch)." in text
    assert "source: eegmmidb" in text
    assert "sha256: " + "ab" * 32 in text
    assert "torch 2.13.0" in text
    assert "Schalk" in text
    assert "Zyma" not in text
    assert "pretraining corpus" in text
    assert "patents" in text
    assert text.count("channel dropped T<7 1 1") == 2
    assert "Motor imagery test 12 1 2 6" in text
    assert "Motor imagery train 12 1 2 6" in text
    assert (
        "regime against difference effect size d p p, Holm p, equivalence subjects"
        in text
    )
    assert "Motor imagery scratch CSP+LDA 0.12 0.90 0.25 0.75 0.60 3" in text
    assert "CSP+LDA 0.12 undecided 0.90 0.25 0.75 0.6 3" in text
    assert "Motor imagery (1 undecided)" in text
    assert "pretrained-r_peak/fold-1" in text


@pytest.mark.slow
def test_figures_stand_with_their_numbers(inputs):
    text = report(inputs).text
    assert "Numbers (3 rows)" in text
    assert "012 r_peak -1e-05" in text
    assert text.count("Numbers (") == 1


@pytest.mark.slow
def test_of_many_numbers_the_first_are_shown(inputs, tmp_path):
    rows = [f"row{k}" for k in range(SHOWN_ROWS + 2)]
    (tmp_path / "figures/decoding.tsv").write_text("\n".join(["name", *rows]))
    text = report(inputs).text
    assert f"(the first {SHOWN_ROWS} of {SHOWN_ROWS + 2} rows)" in text
    assert f"row{SHOWN_ROWS - 1}" in text
    assert f"row{SHOWN_ROWS} " not in text


@pytest.mark.slow
def test_provenance_is_shown_where_there_is_one(inputs, tmp_path):
    assert "Provenance" not in report(inputs).text
    write_json(
        {"hardware": {"processor": "a fast one"}}, tmp_path / "provenance.json"
    )
    assert "processor: a fast one" in report(inputs).text


@pytest.mark.slow
def test_long_findings_become_points(inputs, monkeypatch):
    html = inputs["out"]
    report(inputs)
    before = html.read_text().count('class="points"')
    monkeypatch.setattr(page_module, "_LONG", 100)
    report(inputs)
    assert html.read_text().count('class="points"') > before


@pytest.mark.slow
def test_values_to_sort_by_are_the_numbers_themselves(inputs):
    assert 0.7 in report(inputs).values


@pytest.mark.slow
def test_links_inside_the_page_lead_somewhere(inputs):
    page = report(inputs)
    html = inputs["out"].read_text()
    targets = {one[1:] for one in page.addresses if one.startswith("#")}
    assert targets <= set(re.findall(r'id="([^"]+)"', html))


@pytest.mark.slow
def test_names_cannot_break_the_page(inputs):
    page = report(inputs | {"study": "<script>alert(1)</script>"})
    assert page.open.count("script") == 0
    assert "<script>alert" not in inputs["out"].read_text()
    assert "study <script>alert(1)</script>" in page.text


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes(inputs, tmp_path):
    report(inputs)
    report(inputs | {"out": tmp_path / "again.html"})
    assert inputs["out"].read_bytes() == (tmp_path / "again.html").read_bytes()


def test_study_without_results_still_has_a_report(inputs):
    empty = inputs["out"].with_name("empty.tsv")
    extra = [
        column for table in all_tables().values() for column in table.columns
    ]
    write_table(
        pd.DataFrame(columns=[*METRIC_COLUMNS, *dict.fromkeys(extra)]), empty
    )
    tables = dict.fromkeys(all_tables(), [empty])
    text = report(inputs | {"paths": tables}).text
    assert "No metric has been computed." in text
    assert "None has been drawn." in text


def test_unknown_figure_is_named_and_nothing_is_written(inputs, tmp_path):
    path = tmp_path / "unheard_of.png"
    path.write_bytes(PIXEL)
    with pytest.raises(
        InputError, match="unheard_of: no question has this figure"
    ):
        write_report(**inputs | {"paths": {"figures": [path]}})
    assert not inputs["out"].exists()


@pytest.mark.slow
def test_missing_column_is_named(inputs, tmp_path):
    path = tmp_path / "bad.tsv"
    path.write_text("subject\titem\n007\tx\n")
    with pytest.raises(
        InputError, match="bad.tsv: recording, name, count: column missing"
    ):
        write_report(
            **inputs | {"paths": inputs["paths"] | {"windows": [path]}}
        )


@pytest.mark.slow
def test_every_source_of_recordings_has_a_citation(inputs):
    datasets = {name: {"source": name} for name in SOURCES}
    text = report(inputs | {"config": CONFIG | {"datasets": datasets}}).text
    for author in ("Gramfort", "Schalk", "Zyma", "Baghdadi", "Pernet"):
        assert author in text
    published = {"simulated", "eegmmidb", "eegmat", "dasps"}
    assert set(SOURCES) == published | {"bids", "folder"}


@pytest.mark.slow
def test_methods_are_cited_if_they_were_used(inputs):
    text = report(inputs).text
    assert "AttnLRP: attention-aware" in text
    assert "Zeiler" in text
    assert "Smilkov" not in text
    assert "Multiclass brain-computer interface" in text
    assert "Lawhern" in text
    assert "Single-trial analysis" not in text


@pytest.mark.slow
def test_scores_are_cited_if_they_are_shown(inputs, root):
    import yaml

    paths = {
        name: some
        for name, some in inputs["paths"].items()
        if name != "psychometric"
    }
    text = report(inputs | {"paths": paths}).text
    assert "CLEVR-XAI" in text
    assert "The psychometric function" not in text
    assert "The psychometric function" in report(inputs).text
    cited = yaml.safe_load(
        (root / "workflow/report/citations.yaml").read_text()
    )["tables"]
    assert set(cited) <= set(all_tables())
    assert all(cited.values())


def test_every_method_has_a_citation(root):
    import yaml

    cited = yaml.safe_load(
        (root / "workflow/report/citations.yaml").read_text()
    )["attribution"]
    assert set(cited) == set(METHODS)
    assert [name for name, references in cited.items() if not references] == [
        "random"
    ]


def test_every_baseline_has_a_citation(root):
    import yaml

    cited = yaml.safe_load(
        (root / "workflow/report/citations.yaml").read_text()
    )["baselines"]
    assert set(cited) == set(BASELINES)
    assert all(cited.values())
