"""The folder holds what the stores hold, appears whole or not at all, and names what is damaged."""

import json
import shutil

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.explorer.page_files import PAGE, page_hash
from eeglrp.explorer.write import write_explorer

from .made_up import CHANNELS, METHODS, MadeUp
from .reading import array, shard

RUN = "hand/scratch/seed-0"


@pytest.fixture
def copy(study, tmp_path):
    """A copy of the study, to be damaged: its folder, stores and tables."""
    folder = tmp_path / "made-up"
    shutil.copytree(study.folder, folder)

    def moved(paths):
        return [folder / path.relative_to(study.folder) for path in paths]

    return folder, moved(study.stores), moved(study.tables)


def test_the_study_lists_tasks_and_models(page):
    record = shard(page.parent, "study")
    assert record["study"] == "made-up"
    assert record["tasks"]["hand"]["n_windows"] == 8
    assert record["tasks"]["hand"]["n_shown"] == 8
    ids = [model["id"] for model in record["models"]]
    assert ids == [f"{RUN}/attn_lrp", f"{RUN}/gamma"]
    assert record["labels"]["gamma"] == "LRP-γ"


def test_signals_are_those_of_the_windows_in_microvolt(page, study):
    facts = shard(page.parent, "windows/hand")
    block = shard(page.parent, "signal/hand/0")
    assert facts["channels"] == CHANNELS
    assert facts["gaze"] == ["F7", "F8"]
    assert facts["rate"] == pytest.approx(100)
    for name, exact in (("signal", study.signal), ("truth", study.truth)):
        shown = array(block[name])
        for place, sample in enumerate(facts["windows"]["sample"]):
            error = np.abs(shown[place] - exact[sample]).max()
            assert error <= 0.004 * np.abs(exact[sample]).max()


def test_events_are_those_that_a_window_has(page):
    facts = shard(page.parent, "windows/hand")
    assert facts["windows"]["event"] == [[0.25]] * 8


@pytest.mark.parametrize("method", METHODS)
def test_relevance_is_that_of_the_store(page, study, method):
    samples = shard(page.parent, "windows/hand")["windows"]["sample"]
    block = shard(page.parent, f"relevance/{RUN}/{method}/0")
    shown, sums = array(block["relevance"]), array(block["electrode"])
    for place, sample in enumerate(samples):
        exact = study.relevance[method][sample]
        error = np.abs(shown[place] - exact).max()
        assert error <= 0.004 * np.abs(exact).max()
        np.testing.assert_allclose(
            sums[place], exact.sum(axis=1, dtype=float), rtol=1e-6
        )


def test_scores_are_exact(page, study):
    facts = shard(page.parent, f"model/{RUN}/gamma")
    exact = study.relevance["gamma"]
    for place, sample in enumerate(study.samples):
        total = exact[sample].sum(dtype=float) + 1.5
        assert facts["logit"][place] == pytest.approx(total, rel=1e-6)
        assert facts["ledger"][place][4] == 1.5
        # Of the windows that were tested, not of those that trained.
        assert facts["logits"][place] == [place / 4, -place / 4]


def test_tables_hold_rows_over_subjects_only(page):
    table = shard(page.parent, "methods")["tables"]["localisation"]
    assert table["method"] == list(METHODS)
    assert table["value"] == [0.7, 0.7]


def test_bands_belong_to_their_model(page):
    bands = shard(page.parent, f"group/{RUN}/gamma")["bands"]
    assert [row["band"] for row in bands] == ["alpha", "beta"] * 3
    assert bands[0]["ci_low"] is None
    assert shard(page.parent, f"group/{RUN}/attn_lrp")["bands"] == []


def test_a_large_study_shows_a_sample_and_groups_count_all(study, tmp_path):
    out = tmp_path / "index.html"
    write_explorer(
        "made-up", study.folder, study.stores, [], out, max_windows=4, seed=1
    )
    task = shard(tmp_path, "study")["tasks"]["hand"]
    assert (task["n_windows"], task["n_shown"]) == (8, 4)
    windows = shard(tmp_path, "windows/hand")["windows"]
    assert sorted(windows["subject"]) == ["S1", "S1", "S2", "S2"]
    assert len(shard(tmp_path, f"model/{RUN}/gamma")["logit"]) == 4
    counts = shard(tmp_path, f"group/{RUN}/gamma")["counts"]
    assert counts[0] == [4, 4]


def test_without_tables_and_predictions_the_rest_is_written(copy, tmp_path):
    folder, stores, _ = copy
    shutil.rmtree(folder / "predictions")
    out = tmp_path / "page" / "index.html"
    write_explorer("made-up", folder, stores, [], out)
    assert shard(out.parent, "methods") == {"tables": {}}
    assert "logits" not in shard(out.parent, f"model/{RUN}/gamma")


def test_what_the_page_asks_for_is_there(page):
    text = page.read_text()
    names = {path.name for path in PAGE.iterdir()} - {"index.html"}
    for name in names:
        assert f'"page/{name}"' in text
        assert (page.parent / "page" / name).is_file()


def test_writing_again_replaces_and_leaves_nothing_behind(study, tmp_path):
    out = tmp_path / "index.html"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "former.js").write_text("former")
    (tmp_path / "mine.txt").write_text("mine")
    for _ in range(2):
        write_explorer("made-up", study.folder, study.stores, [], out)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["data", "index.html", "mine.txt", "page"]
    assert not (tmp_path / "data" / "former.js").exists()


def test_a_damaged_store_is_named_and_the_former_page_stays(copy, tmp_path):
    folder, stores, tables = copy
    out = tmp_path / "page" / "index.html"
    write_explorer("made-up", folder, stores, tables, out)
    before = {path: path.read_bytes() for path in out.parent.rglob("*.js")}
    stores[1].write_bytes(stores[1].read_bytes()[:500])
    with pytest.raises(InputError, match=stores[1].name):
        write_explorer("made-up", folder, stores, tables, out)
    after = {path: path.read_bytes() for path in out.parent.rglob("*.js")}
    assert before == after
    assert not list(out.parent.glob(".unfinished*"))


def test_windows_that_are_missing_are_named(copy, tmp_path):
    folder, stores, tables = copy
    (folder / "windows/hand/S2.zarr.zip").unlink()
    with pytest.raises(InputError, match="S2/run/00000.*4 explained windows"):
        write_explorer("made-up", folder, stores, tables, tmp_path / "a.html")
    (folder / "windows/hand/S1.zarr.zip").unlink()
    with pytest.raises(InputError, match="has no store of windows"):
        write_explorer("made-up", folder, stores, tables, tmp_path / "a.html")


def test_a_study_without_explanations_says_so(tmp_path):
    with pytest.raises(InputError, match="has no store.*run a study"):
        write_explorer("none", tmp_path, [], [], tmp_path / "index.html")


def test_a_damaged_table_is_named(copy, tmp_path):
    folder, stores, tables = copy
    tables[0].write_text("")
    with pytest.raises(InputError, match="localisation.tsv"):
        write_explorer("made-up", folder, stores, tables, tmp_path / "a.html")


def test_large_windows_come_in_several_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("eeglrp.explorer.windows.BLOCK_VALUES", 3 * 9 * 60)
    study = MadeUp(tmp_path / "made-up")
    out = tmp_path / "page" / "index.html"
    write_explorer("made-up", study.folder, study.stores, [], out)
    assert shard(out.parent, "windows/hand")["blocks"] == [0, 3, 6]
    sizes = [
        len(array(shard(out.parent, f"{name}/{number}")[kind]))
        for name, kind in (
            ("signal/hand", "signal"),
            (f"relevance/{RUN}/gamma", "relevance"),
        )
        for number in range(3)
    ]
    assert sizes == [3, 3, 2, 3, 3, 2]


def test_the_hash_follows_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr("eeglrp.explorer.page_files.PAGE", tmp_path)
    (tmp_path / "a.js").write_text("1")
    before = page_hash()
    (tmp_path / "a.js").write_text("2")
    assert page_hash() != before


def test_no_number_of_the_data_is_what_json_lacks(page):
    def refuse(word):
        raise AssertionError(word)

    for path in page.parent.glob("data/**/*.js"):
        text = path.read_text()
        start = text.index(",") + 1
        json.loads(text[start:-3], parse_constant=refuse)
