"""Randomisation and sensitivity of small models, from files to the table."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from eeglrp.attribution.methods import method_function
from eeglrp.attribution.smoothing import smooth
from eeglrp.errors import InputError
from eeglrp.evaluate import reference as states
from eeglrp.evaluate import sanity
from eeglrp.evaluate.randomisation import first_weights, units
from eeglrp.evaluate.reference import (
    Job,
    explain_reference,
    randomised,
    ranked,
)
from eeglrp.evaluate.sanity import check_sanity
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.models import labram
from eeglrp.models.data import load_windows
from eeglrp.models.subjects import network_of

SETTINGS = {
    "study": "demo",
    "task": "arousal",
    "methods": {"attn_lrp": {}, "random_map": {"method": "random"}},
    "attribution": {
        "target": "predicted",
        "score": "contrast",
        "split": "test",
        "batch_size": 8,
    },
    "sanity": {
        "max_windows": 4,
        "randomisations": 1,
        "draws": 2,
        "noise": 0.05,
    },
    "smoothing": 0.04,
    "statistics": {"bootstrap": 200, "confidence": 0.95},
    "seed": 3,
    "device": "cpu",
}
UNITS = ["head", "block 2", "block 1", "embeddings", "patch embedding"]


def check(study, out, models=("first",), **changes):
    check_sanity(
        [study / f"{name}.safetensors" for name in models],
        [study / "s1.zarr.zip", study / "s2.zarr.zip"],
        study / "splits.tsv",
        out,
        **(SETTINGS | changes),
    )
    return read_table(out, (*METRIC_COLUMNS, "unit", "depth"))


@pytest.fixture(scope="module")
def table(small_study, tmp_path_factory):
    return check(
        small_study,
        tmp_path_factory.mktemp("sanity") / "sanity.tsv",
        ("first", "second"),
    )


def rows(table, metric, method="attn_lrp", regime="scratch", subject="all"):
    chosen = (table["metric"] == metric) & (table["method"] == method)
    chosen &= (table["regime"] == regime) & (table["subject"] == subject)
    return table[chosen]


@pytest.mark.slow
def test_the_table_has_every_model_method_kind_and_unit(table):
    assert list(table.columns) == [*METRIC_COLUMNS, "unit", "depth"]
    assert set(table["regime"]) == {"scratch", "finetuned"}
    assert set(table["subject"]) == {"s1", "s2", "all"}
    for kind in ("cascading", "independent"):
        for metric in ("spearman", "spearman_absolute"):
            found = rows(table, f"{metric} {kind}")
            assert found["unit"].tolist() == UNITS
            assert found["depth"].tolist() == [1, 2, 3, 4, 5]
            assert found["n"].tolist() == [8] * 5
            assert found["value"].between(-1, 1).all()
            assert (found["ci_low"] <= found["value"]).all()
            assert found["chance"].nunique() == 1


def test_a_method_that_does_not_look_at_the_model_never_changes(table):
    for kind in ("cascading", "independent"):
        found = rows(table, f"spearman {kind}", "random_map")
        np.testing.assert_allclose(found["value"], 1, rtol=1e-6)
    assert (
        rows(table, "spearman cascading", "random_map")["chance"].abs().max()
        < 0.2
    )


def test_a_method_that_does_changes(table):
    cascade = rows(table, "spearman cascading")["value"].to_numpy()
    assert abs(cascade[-1]) < 0.3
    assert rows(table, "spearman independent")["value"].max() < 0.999
    first = ["value", "ci_low", "ci_high", "chance"]
    head = [
        rows(table, f"spearman {kind}")[first].iloc[0]
        for kind in ("cascading", "independent")
    ]
    assert head[0].tolist() == head[1].tolist()


def reference_of(study, folder, name="first", **changes):
    paths = [study / "s1.zarr.zip", study / "s2.zarr.zip"]
    data = load_windows(paths, study / "splits.tsv", "test", folder)
    settings = SETTINGS | changes
    methods = {"attn_lrp": method_function("attn_lrp", {}, paths, None, 3)}
    job = Job(
        {},
        methods,
        settings["attribution"],
        settings["sanity"],
        8,
        {},
        3,
        torch.device("cpu"),
    )
    return explain_reference(
        study / f"{name}.safetensors", data, np.arange(5), job
    ), job


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first", "filters"])
def test_a_state_holds_random_weights_where_it_says_and_the_model_comes_back(
    small_study, tmp_path, name
):
    reference, _ = reference_of(small_study, tmp_path, name)
    whole = {k: v.clone() for k, v in reference.model.state_dict().items()}
    trained = {
        k: v.clone()
        for k, v in network_of(reference.model).state_dict().items()
    }
    fresh, seen = first_weights(reference.record, 3), []
    for kind, unit, depth, names, model in randomised(reference, 3):
        seen.append((kind, unit, depth))
        for weight, value in network_of(model).state_dict().items():
            assert torch.equal(
                value, (fresh if weight in names else trained)[weight]
            )
        random = [
            w
            for w, v in network_of(model).state_dict().items()
            if (v != trained[w]).any()
        ]
        assert sorted(random) == sorted(names)
        if name == "filters":
            assert torch.equal(model.filters, whole["filters"])
    assert seen == [
        (k, u, d + 1)
        for k in ("cascading", "independent")
        for d, u in enumerate(UNITS)
    ]
    found = reference.model.state_dict()
    assert all(
        torch.equal(found[weight], value) for weight, value in whole.items()
    )


def test_the_model_comes_back_after_an_error_too(small_study, tmp_path):
    reference, _ = reference_of(small_study, tmp_path)
    before = {k: v.clone() for k, v in reference.model.state_dict().items()}
    running = randomised(reference, 3)
    next(running)
    with pytest.raises(RuntimeError, match="stopped"):
        running.throw(RuntimeError("stopped"))
    after = reference.model.state_dict()
    assert all(
        torch.equal(after[name], value) for name, value in before.items()
    )


@pytest.mark.slow
def test_similarity_is_scipys_of_maps_made_by_hand(
    small_study, tmp_path, table
):
    reference, job = reference_of(small_study, tmp_path)
    own = {"attn_lrp": ranked(reference.maps["attn_lrp"], 8)}
    running = randomised(reference, 3)
    *_, names, model = next(running)
    assert names == units(first_weights(reference.record, 3), labram)["head"]
    found = sanity.similarities(model, reference, own, job)["attn_lrp"]
    explain = job.methods["attn_lrp"]
    random = sanity.maps(explain, model, reference.case, reference.target)
    running.close()
    for k, (a, b) in enumerate(
        zip(reference.maps["attn_lrp"], random, strict=True)
    ):
        signed = spearmanr(smooth(a, 8).ravel(), smooth(b, 8).ravel())[0]
        absolute = spearmanr(
            smooth(np.abs(a), 8).ravel(), smooth(np.abs(b), 8).ravel()
        )[0]
        np.testing.assert_allclose(found[k], [signed, absolute], atol=1e-6)


def test_identical_and_negated_maps():
    maps = np.random.default_rng(0).normal(size=(3, 2, 50)).astype(np.float32)
    own, negated = ranked(maps, 8), ranked(-maps, 8)
    for ranks, other, expected in zip(own, negated, (-1, 1), strict=True):
        np.testing.assert_allclose((ranks * ranks).sum(1), 1)
        np.testing.assert_allclose((ranks * other).sum(1), expected)


@pytest.mark.slow
def test_targets_are_the_predictions_or_the_labels(small_study, tmp_path):
    reference, _ = reference_of(small_study, tmp_path)
    assert torch.equal(reference.target, reference.prediction)
    labelled = SETTINGS["attribution"] | {"target": "label"}
    reference, _ = reference_of(small_study, tmp_path, attribution=labelled)
    assert reference.target.tolist() == [0, 1, 0, 1, 0]


@pytest.mark.slow
def test_windows_whose_prediction_changes_are_counted_and_left_out(
    small_study, tmp_path, monkeypatch
):
    calm = check(small_study, tmp_path / "a.tsv")
    assert rows(calm, "changed_prediction", "")["value"].item() <= 0.5
    kept = torch.tensor([True, False, True, True, True, True, True, False])
    monkeypatch.setattr(sanity, "unchanged", lambda *_: kept)
    found = check(small_study, tmp_path / "b.tsv")
    changed = rows(found, "changed_prediction", "")
    assert changed["value"].item() == pytest.approx(0.25)
    assert changed["n"].item() == 8
    for metric in ("max_sensitivity", "mean_sensitivity"):
        assert rows(found, metric)["n"].item() == 6
    assert (
        rows(found, "max_sensitivity")["value"].item()
        >= rows(found, "mean_sensitivity")["value"].item()
    )


def test_noise_of_any_size_moves_the_random_map_and_little_noise_moves_lrp_little(
    table,
):
    # Each draw is a new random map: the change is larger than the map itself.
    assert rows(table, "mean_sensitivity", "random_map")["value"].item() > 1
    assert rows(table, "mean_sensitivity")["value"].item() < 0.5


@pytest.mark.slow
def test_a_model_trained_on_permuted_labels_is_compared(small_study, tmp_path):
    other = small_study / "second.safetensors"
    found = check(small_study, tmp_path / "a.tsv", permuted=[other])
    row = rows(found, "spearman labels")
    assert row["unit"].tolist() == ["labels"]
    assert abs(row["value"].item()) < 0.9
    same = check(
        small_study,
        tmp_path / "b.tsv",
        permuted=[small_study / "first.safetensors"],
    )
    for metric in ("spearman labels", "spearman_absolute labels"):
        assert rows(same, metric)["value"].item() == pytest.approx(1)


@pytest.mark.slow
def test_more_random_weights_give_the_mean_of_single_draws(
    small_study, tmp_path, monkeypatch
):
    several = SETTINGS["sanity"] | {"randomisations": 2}
    mean = check(small_study, tmp_path / "mean.tsv", sanity=several)
    single = []
    for draw in (0, 1):
        monkeypatch.setattr(
            states,
            "first_weights",
            lambda record, seed, _, draw=draw: first_weights(
                record, seed, draw
            ),
        )
        single.append(check(small_study, tmp_path / f"{draw}.tsv"))
    values = [
        rows(found, "spearman cascading")["value"].to_numpy()
        for found in (mean, *single)
    ]
    np.testing.assert_allclose(
        values[0], (values[1] + values[2]) / 2, atol=1e-6
    )
    assert not np.allclose(values[1], values[2], atol=1e-3)


@pytest.mark.slow
def test_the_same_job_gives_the_same_table(small_study, tmp_path, table):
    again = check(small_study, tmp_path / "again.tsv", ("first", "second"))
    assert again.equals(table)


@pytest.mark.slow
def test_a_subject_layer_is_no_obstacle(small_study, tmp_path):
    found = check(small_study, tmp_path / "a.tsv", ("filters",))
    assert len(rows(found, "spearman cascading")) == 5


def test_without_methods_the_table_has_no_rows(small_study, tmp_path):
    assert check(small_study, tmp_path / "a.tsv", methods={}).empty


def test_windows_of_other_electrodes_are_refused(
    small_study, tmp_path, monkeypatch
):
    wrong = sanity.load_model(small_study / "first.safetensors")
    wrong[1]["channels"] = ["FP1", "CZ", "O1"]
    monkeypatch.setattr(states, "load_model", lambda _: wrong)
    with pytest.raises(InputError, match="electrodes"):
        check(small_study, tmp_path / "a.tsv")
    assert not (tmp_path / "a.tsv").exists()
