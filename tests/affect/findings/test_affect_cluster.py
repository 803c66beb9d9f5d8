"""Sentences on the central cluster and its confounds."""

import pytest

from eeglrp.affect.confounds import EXTRA as CONFOUNDS
from eeglrp.affect.findings.affect_cluster import (
    cluster_finding,
    cluster_view,
    confounds_finding,
    confounds_view,
)
from eeglrp.affect.table import EXTRA
from eeglrp.tables import metric_frame, metric_row

NAMES = {
    "study": "x",
    "task": "arousal",
    "regime": "scratch",
    "seed": "0",
    "method": "gamma",
}


def model(p=0.01, permuted=True, n=10, **changes):
    """Rows of one model against every reference, and of its subjects."""
    nulls = [
        "chance",
        "signal",
        "embedding",
        "untrained",
        *(["permuted"] if permuted else []),
    ]
    own = (
        NAMES
        | {
            "metric": "share central",
            "value": 0.4,
            "ci_low": 0.3,
            "ci_high": 0.5,
        }
        | changes
    )
    rows = [
        metric_row(**own, null=name, subject="all", chance=0.2, p=0.001, n=n)
        for name in nulls
    ]
    rows.append(
        metric_row(
            **own,
            null="all",
            subject="all",
            chance=0.25,
            p=p,
            n=n,
            channels="C3 CZ",
        )
    )
    rows += [
        metric_row(**own, null="signal", subject=f"{k}", chance=0.2)
        for k in range(n)
    ]
    return rows


def regime(p=0.01, **changes):
    """The same of the mean over the seeds of a regime."""
    return model(p, metric="share central of seeds", seed="", **changes)


def found(*rows):
    frame = metric_frame([row for part in rows for row in part], EXTRA)
    return cluster_finding(frame)


def over(metric, value, task="arousal", **fields):
    own = NAMES | {
        "task": task,
        "metric": metric,
        "value": value,
        "subject": "all",
    }
    ends = {"ci_low": value - 0.1, "ci_high": value + 0.1, "n": 4}
    return [metric_row(**own | {"regime": "all", "seed": ""} | ends | fields)]


def test_regimes_above_all_references_are_named_with_their_seeds():
    models = model(), model(0.2, seed="1"), model(0.2, task="valence")
    sentence = found(*models, regime(), regime(0.2, task="valence")).sentence
    assert "in the electrodes C3 CZ, named beforehand" in sentence
    words = "tasks and regimes (2): Arousal (scratch, by itself 1 of 2 seeds); Valence (none)."
    assert words in sentence
    assert "models of permuted labels" in sentence
    assert "No model was trained" not in sentence
    assert "Too few" not in sentence


def test_without_models_of_permuted_labels_nothing_is_laid_to_labels():
    sentence = found(model(permuted=False), regime(permuted=False)).sentence
    assert "Arousal (none)" in sentence
    assert "none of it can be laid to the labels" in sentence


def test_too_few_subjects_are_named_with_what_it_takes():
    sentence = found(model(n=5), regime(n=5)).sentence
    assert "Too few subjects for such a p (Arousal 5; it takes 6)" in sentence
    assert "Few subjects were tested (Arousal 5)" in sentence


def test_recurrence_stands_beside_that_of_permuted_labels():
    rows = over("recurrence", 0.75, chance=0.1, null="permuted")
    gains = over("overlap", 0.6, chance=0.16, null="permuted")
    sentence = found(regime(), rows, gains).sentence
    assert (
        "Arousal 75 [65, 85] % of 4, and 10% of those of permuted labels."
        in sentence
    )
    assert (
        "the part in the region: Arousal 0.60 [0.50, 0.70] (by chance 0.16)."
        in sentence
    )
    assert (
        "of those of" not in found(regime(), over("recurrence", 0.75)).sentence
    )


def test_maps_like_the_embedding_are_told():
    rows = [
        over("correlation", value, regime=regime, null="embedding", seed="0")
        for regime, value in (("scratch", 0.9), ("frozen", -0.1))
    ]
    assert (
        "Arousal (spatial embedding -0.10 to 0.90)"
        in found(regime(), *rows).sentence
    )


def test_the_table_has_a_row_a_regime_and_a_column_a_reference():
    finding = found(model(0.5), regime(0.02))
    assert finding.columns[3:8] == [
        "number of electrodes",
        "|signal|",
        "spatial embedding",
        "untrained models",
        "models of permuted labels",
    ]
    assert [cell[0] for cell in finding.rows[0]] == [
        *("Arousal", "scratch", "0.40 [0.30, 0.50]"),
        *("0.20",) * 5,
        *("0.02", "10"),
    ]
    assert finding.rows[0][2][1]


def test_no_rows_make_no_finding():
    assert found(over("recurrence", 0.5)) is None
    assert confounds_finding(metric_frame([], CONFOUNDS)) is None


def test_the_view_puts_references_in_the_place_of_methods():
    view = cluster_view(
        metric_frame([*model(), *regime(), *over("recurrence", 0.5)], EXTRA)
    )
    assert set(view["metric"]) == {"share central"}
    assert "|signal|" in set(view["method"])
    assert "all" not in set(view["null"])


def confound(metric="share", part="central", value=0.4, **fields):
    own = NAMES | {
        "metric": metric,
        "part": part,
        "value": value,
        "subject": "all",
        "n": 8,
    }
    own |= {
        "ci_low": value - 0.1,
        "ci_high": value + 0.1,
        "condition": "all",
        "tested": "own",
    }
    return metric_row(**own | {"signal": 0.2, "chance": 0.15} | fields)


def said(*rows):
    return confounds_finding(metric_frame(list(rows), CONFOUNDS))


def test_parts_above_their_signal_are_named():
    finding = said(confound(), confound(part="muscle", value=0.25))
    assert (
        "central cluster: Arousal (scratch); temporal (muscle): Arousal (none)"
        in finding.sentence
    )
    assert "No R-peaks are known" in finding.sentence
    assert "No input without muscle" in finding.sentence
    assert finding.columns == [
        "task",
        "model",
        "central cluster",
        "temporal (muscle)",
    ]
    assert finding.rows[0][2] == ("0.40 [0.30, 0.50] (signal 0.20)", True)
    assert not finding.rows[0][3][1]


def test_bands_beyond_white_noise_are_named():
    rows = (
        confound(),
        confound("share beta"),
        confound("share alpha", value=0.2),
    )
    assert "gives: Arousal (beta: scratch)." in said(*rows).sentence


@pytest.mark.parametrize(
    ("second", "words"), [(0.01, "Arousal scratch"), (0.2, "none")]
)
def test_locking_to_the_heartbeat_must_hold_in_every_seed(second, words):
    locked = [
        confound("r_locked_p", value=0.01),
        confound("r_locked_p", value=second, seed="1"),
    ]
    assert f"not corrected): {words}." in said(confound(), *locked).sentence


def test_other_inputs_are_told_with_their_change():
    change = confound(
        "enrichment change",
        value=-0.4,
        condition="ECG regressed",
        enrichment=1.3,
    )
    assert (
        "scratch, ECG regressed: 1.30 (-0.40)."
        in said(confound(), change).sentence
    )


def test_the_view_of_confounds_names_parts():
    rows = [confound(), confound("share beta"), confound(condition="quiet")]
    view = confounds_view(metric_frame(rows, CONFOUNDS))
    assert view["metric"].tolist() == ["share central cluster"]


def test_electrodes_are_named_that_stand_in_every_seed_and_reference():
    rows = over("electrodes", 0, regime="frozen", null="signal", channels="")
    for null, seed, names in (
        ("signal", "0", "C3 CZ O1"),
        ("permuted", "0", "C3 CZ"),
        ("signal", "1", "CZ C3 P4"),
        ("permuted", "1", "C3"),
    ):
        model_names = {"regime": "scratch", "seed": seed}
        rows += over("electrodes", 1, null=null, channels=names, **model_names)
    said = found(regime(), model(), rows).sentence
    assert "The p of a cluster is not that of its electrodes." in said
    assert "Arousal (frozen none, scratch C3)" in said
    assert "largest t" not in found(regime(), model()).sentence
