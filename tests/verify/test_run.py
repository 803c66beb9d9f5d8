"""Every verification table of a task, from stores to files."""

import os
import subprocess
import sys

import numpy as np
import pytest

from eeglrp.attribution import stores
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import open_windows, window_array
from eeglrp.verify.bands import net_relevance
from eeglrp.verify.run import EXTRA, verify_task

pytestmark = pytest.mark.slow


@pytest.fixture
def verify(task, settings, tmp_path):
    """Run `verify_task` and read its tables."""

    def run(paths, windows=None, folder="tables", **changes):
        outputs = {name: tmp_path / folder / f"{name}.tsv" for name in EXTRA}
        windows = task.windows() if windows is None else windows
        splits = task.splits()
        verify_task(
            windows, paths, splits, outputs=outputs, **(settings | changes)
        )
        return {
            name: read_table(path, METRIC_COLUMNS)
            for name, path in outputs.items()
        }

    return run


def value(table, metric, subject="all", column="value", **index):
    chosen = (table["metric"] == metric) & (table["subject"] == subject)
    for key, name in index.items():
        chosen &= table[key] == name
    assert chosen.sum() == 1, (metric, subject, index)
    return table.loc[chosen, column].item()


def test_tables_have_the_contracts_columns_and_rows(task, verify):
    tables = verify([task.store().path, task.store(name="cp_lrp").path])
    for name, table in tables.items():
        assert list(table.columns) == [*METRIC_COLUMNS, *EXTRA[name]]
        assert table["value"].notna().all()
        # The heart's own field belongs to no model.
        table = table[table["method"] != ""]
        assert set(table["method"]) == {"attn_lrp", "cp_lrp"}
        assert set(table["regime"]) == {"scratch"}
        subjects = {"001", "002", "003"} if name != "sampling_grid" else set()
        assert set(table["subject"]) == subjects | {"all"}
    assert set(tables["shares"]["class"]) == {
        "between",
        "r_peak",
        "all",
        "between - r_peak",
    }
    assert len(tables["topography"]) == 2 * 4 * 3 * 2 * 7
    assert len(tables["layers"]) == 2 * 4 * 3 * 5
    assert (
        value(
            tables["shares"],
            "share early",
            method="cp_lrp",
            column="n",
            **{"class": "all"},
        )
        == 60
    )


def test_pooled_values_agree_with_the_store(task, verify):
    store = task.store(locking=2)
    tables = verify([store.path])
    mean = store.relevance.sum(2).mean(0)
    shown = {"class": "all", "channel": "C4"}
    assert value(
        tables["topography"], "mean_relevance", **shown
    ) == pytest.approx(mean[4], rel=1e-5)
    positive = store.label == 1
    magnitude = np.abs(store.relevance[positive])
    share = magnitude[:, :2].sum((1, 2)) / magnitude.sum((1, 2))
    table, metric = tables["shares"], "share ocular_frontal"
    assert value(table, metric, **{"class": "r_peak"}) == pytest.approx(
        share.mean(), rel=1e-5
    )
    assert value(
        table, metric, column="chance", **{"class": "r_peak"}
    ) == pytest.approx(2 / 7)
    ledger = store.ledger / np.abs(store.ledger).sum(1, keepdims=True)
    assert value(tables["conservation"], "share input") == pytest.approx(
        ledger[:, 0].mean()
    )
    assert value(tables["conservation"], "closure_error") < 1e-6


def test_every_table_tells_which_fold_tested_a_subject(task, verify):
    tables = verify([task.store().path])
    expected = dict(zip(task.subject, task.fold, strict=True))
    assert set(expected.values()) == {0, 1}
    found = tables["shares"]
    of_subjects = found[found["subject"] != "all"]
    # Names of subjects that are numbers come back as they were written.
    folds = of_subjects.groupby("subject")["fold"].unique()
    assert folds.map(list).to_dict() == {
        name: [fold] for name, fold in expected.items()
    }
    for name, table in tables.items():
        pooled = table[table["subject"] == "all"]
        assert pooled["fold"].isna().all(), name


def test_a_subject_that_every_fold_tested_has_none(task, verify):
    task.fold = np.arange(len(task.label)) % 2
    assert verify([task.store().path])["shares"]["fold"].isna().all()


def test_bands_come_with_methods_that_multiply_the_signal(task, verify):
    windows, plain = task.windows(), task.store(name="plain")
    given = {"algorithm": "attn_lrp", "options": "{}", "split": "train"}
    bands = task.store(name="bands", **given)
    other = task.store(name="other", **given | {"algorithm": "occlusion"})
    shares = verify([plain.path, bands.path, other.path], windows)["shares"]
    of_bands = shares["metric"].str.contains("alpha")
    assert set(shares.loc[of_bands, "method"]) == {"bands"}
    signal = np.concatenate(
        [window_array(open_windows(path)) for path in windows]
    )
    net = net_relevance(signal, bands.relevance, 200.0)[0]
    share = np.abs(net[..., 2]).sum(1) / np.abs(net).sum((1, 2))
    found = value(shares, "share alpha", **{"class": "all"})
    assert found == pytest.approx(share.mean(), rel=1e-5)


def test_the_early_part_is_told_in_seconds(task, verify):
    store = task.store()
    table = verify([store.path], early=0.25)["shares"]
    size = np.abs(store.relevance)
    share = size[:, :, :50].sum((1, 2)) / size.sum((1, 2))
    assert value(table, "share early", **{"class": "all"}) == pytest.approx(
        share.mean(), rel=1e-5
    )
    assert (
        value(table, "share early", column="chance", **{"class": "all"})
        == 0.25
    )


def test_locked_relevance_is_found_at_the_r_peak(task, verify):
    tables = verify(
        [task.store(locking=1).path, task.store(locking=0, name="cp_lrp").path]
    )
    r_peak = tables["r_peak"]
    assert set(r_peak["class"]) == {"r_peak"}
    assert value(r_peak, "n_r_peaks", method="attn_lrp") == 30
    assert value(r_peak, "r_locked_p", method="attn_lrp") == 1 / 200
    assert value(r_peak, "r_locked_p", method="cp_lrp") > 0.05
    assert abs(value(r_peak, "peak_latency", method="attn_lrp")) <= 0.01
    assert value(r_peak, "latency_jitter", method="attn_lrp") <= 0.01
    assert value(r_peak, "latency_sd", method="attn_lrp") <= 0.01
    assert value(r_peak, "effect_size", method="attn_lrp") > 2
    assert value(r_peak, "effect_size", column="n", method="attn_lrp") == 3
    course = tables["r_locked"]
    course = course[
        (course["subject"] == "all") & (course["method"] == "attn_lrp")
    ]
    at_peak = course.loc[course["lag"].abs().idxmin()]
    assert (
        at_peak["value"]
        > at_peak["null_high"]
        > at_peak["chance"]
        > at_peak["null_low"]
    )
    assert at_peak["ci_low"] < at_peak["value"] < at_peak["ci_high"]
    assert at_peak["n"] == 30
    np.testing.assert_allclose(np.diff(course["lag"]), 0.01, atol=1e-9)


def test_relevance_at_the_poles_of_the_hearts_field_follows_it(task, verify):
    field = np.array([2.0, -2.0, 0.1, 0.5, -0.5, 0.1, -1.0])
    windows = task.windows(field=field)
    paths = [task.store(np.abs(field)).path, task.store(0, "cp_lrp").path]
    table = verify(paths, windows)["cardiac_field"]
    table = table[(table["lag"] == 0) & (table["subject"] == "all")]
    found = table[table["metric"] == "correlation evoked"].set_index("method")
    assert found.loc["attn_lrp", "value"] > 0.9
    assert found.loc["attn_lrp", "p_field"] <= 0.02
    assert found.loc["cp_lrp", "p_field"] > 0.05
    pattern = table[table["metric"] == "correlation pattern"].set_index(
        "method"
    )
    assert pattern.loc["attn_lrp", "value"] > 0.9


def test_wrong_predictions_are_turned_or_left_out(task, verify):
    right = verify([task.store(name="attn_lrp").path])["r_peak"]
    wrong = range(0, 60, 3)
    task.rng = np.random.default_rng(11)
    turned = verify([task.store(wrong=wrong).path])["r_peak"]
    assert value(turned, "n_r_peaks") == value(right, "n_r_peaks") == 30
    assert value(turned, "r_locked_z") == pytest.approx(
        value(right, "r_locked_z"), rel=0.3
    )
    one_logit = verify([task.store(wrong=wrong, score="logit").path])["r_peak"]
    assert value(one_logit, "n_r_peaks") == 20


def test_other_tasks_use_the_r_peaks_of_every_class(task, verify):
    tables = verify(
        [task.store().path], task="arousal", classes=["low", "high"]
    )
    assert set(tables["r_peak"]["class"]) == {"all"}
    assert value(tables["r_peak"], "n_r_peaks") == 60
    assert value(tables["r_peak"], "r_locked_p") == 1 / 200


def test_tables_without_r_peaks_or_layers_have_no_rows(task, verify):
    tables = verify(
        [task.store(layers=False).path], windows=task.windows(events=False)
    )
    assert tables["r_peak"].empty
    for name in ("r_locked", "r_topography", "cardiac_field", "layers"):
        assert tables[name].empty
    assert len(tables["shares"])


def test_a_subject_with_few_r_peaks_counts_in_the_pool_only(task, verify):
    keep = np.flatnonzero((task.subject != "002") | (np.arange(60) < 26))
    task.subject, task.label, task.event = (
        task.subject[keep],
        task.label[keep],
        task.event[keep],
    )
    task.sample = [task.sample[k] for k in keep]
    tables = verify([task.store().path])
    assert value(tables["r_peak"], "n_r_peaks", "002") == 3
    assert value(tables["r_peak"], "n_r_peaks") == 23
    assert set(tables["r_locked"]["subject"]) == {"001", "003", "all"}


def test_block_size_does_not_matter(task, verify, monkeypatch):
    path, windows = task.store().path, task.windows()
    whole = verify([path], windows)
    monkeypatch.setattr(stores, "BLOCK", 32)
    for name, table in verify([path], windows, folder="blocks").items():
        assert table.equals(whole[name])


def test_the_same_seed_gives_the_same_bytes(task, verify, tmp_path):
    path, windows = task.store().path, task.windows()
    verify([path], windows)
    verify([path], windows, folder="again")
    for name in EXTRA:
        first, second = (
            tmp_path / f / f"{name}.tsv" for f in ("tables", "again")
        )
        assert first.read_bytes() == second.read_bytes()


def test_a_window_that_is_not_stored_is_named(task, verify, tmp_path):
    store = task.store(samples=["999/rest/00000", *task.sample[1:]])
    with pytest.raises(InputError, match="explains 999/rest/00000"):
        verify([store.path])
    assert not (tmp_path / "tables").exists()


def test_a_store_without_its_method_is_refused(task, verify):
    import json
    import zipfile

    path = task.store().path
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    group = json.loads(files["zarr.json"])
    del group["attributes"]["method"]
    files["zarr.json"] = json.dumps(group).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="method: attribute missing"):
        verify([path])


def test_a_damaged_store_is_named_and_nothing_is_written(
    task, verify, tmp_path
):
    path = task.store().path
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="attn_lrp.zarr.zip"):
        verify([path])
    assert not (tmp_path / "tables").exists()


def test_importing_needs_neither_torch_nor_mne():
    code = "import sys, eeglrp.verify.run, eeglrp.evaluate.localisation; print(*sys.modules)"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = {
        "env": environment,
        "capture_output": True,
        "text": True,
        "check": True,
    }
    loaded = subprocess.run([sys.executable, "-c", code], **run).stdout.split()
    assert not {"torch", "mne", "braindecode", "sklearn"} & set(loaded)


def test_the_kind_says_which_class_holds_the_event(task, verify):
    store = task.store(locking=2)
    named = verify([store.path], folder="named")["r_locked"]
    mine = verify(
        [store.path], folder="mine", task="heartbeat_8", kind="r_peak"
    )["r_locked"]
    others = verify(
        [store.path], folder="others", task="heartbeat_8", kind="arousal"
    )["r_locked"]
    assert set(named["class"]) == set(mine["class"]) == {"r_peak"}
    assert set(others["class"]) == {"all"}
    assert mine["n"].tolist() == named["n"].tolist()
