import pytest

from eeglrp.tables import metric_frame
from eeglrp.verify.findings.shares import share_finding, shares_view

from ...table_rows import row, texts

EXTRA = ("class", "signal", "p")
OCULAR, CENTRAL = "share ocular_frontal", "share central"


def share(value, metric, **fields):
    common = {
        "metric": metric,
        "method": "attn_lrp",
        "chance": 0.2,
        "class": "all",
    }
    return row(value, **common | {"signal": 0.2, "p": 0.5} | fields)


def subjects(n):
    return [
        share(0.2, CENTRAL, subject=f"{k}", p=float("nan")) for k in range(n)
    ]


def finding(*rows, n=9):
    return share_finding(metric_frame([*rows, *subjects(n)], EXTRA))


def test_share_compares_with_the_size_of_the_region_and_with_its_signal():
    found = finding(
        share(0.4, OCULAR),
        share(0.4, OCULAR, regime="scratch", signal=0.38),
        share(0.1, CENTRAL),
        share(0.9, CENTRAL, method="cp_lrp"),
        share(0.9, CENTRAL, **{"class": "high"}),
    )
    assert "ocular-frontal electrodes: Arousal (fine-tuned)" in found.sentence
    assert "central electrodes: Arousal (none)" in found.sentence
    assert texts(found)[1] == [
        "Arousal",
        "central",
        "0.10 [0.05, 0.15]",
        "",
        "0.20",
        "0.20",
    ]
    assert [cell[1] for cell in found.rows[0][2:4]] == [True, False]


def test_a_signal_that_is_not_known_does_not_count():
    found = finding(share(0.4, OCULAR, signal=float("nan")))
    assert "ocular-frontal electrodes: Arousal (fine-tuned)" in found.sentence
    assert texts(found)[0][-1] == ""


def test_bands_above_white_noise_are_named():
    found = finding(
        share(0.4, CENTRAL),
        share(0.5, "share gamma"),
        share(0.1, "share alpha", regime="scratch"),
    )
    assert "times signal: Arousal (gamma: fine-tuned)." in found.sentence
    assert "bands" not in finding(share(0.4, CENTRAL)).sentence


@pytest.mark.parametrize(
    ("value", "signal", "regimes"),
    [
        (0.5, -0.4, "fine-tuned"),
        (-0.5, 0.0, "fine-tuned"),
        (0.5, 0.48, "none"),
        (0.02, 1, "none"),
    ]
    + [(0.5, float("nan"), "fine-tuned")],
)
def test_sides_that_differ_otherwise_than_the_signal_are_named(
    value, signal, regimes
):
    side = share(value, "lateralisation central", chance=0, signal=signal)
    found = finding(share(0.4, CENTRAL), side | {"class": "low - high"})
    assert (
        f"central electrodes: Arousal ({regimes})"
        in found.sentence.split("Side of")[1]
    )


def test_p_must_be_small_in_every_seed():
    both = [
        share(0.4, CENTRAL, seed=seed, p=p)
        for seed, p in ((0, 0.01), (1, 0.2))
    ]
    assert "in every seed): Arousal (none)" in finding(*both).sentence
    both[1]["p"] = 0.04
    assert (
        "in every seed): Arousal (central: fine-tuned)"
        in finding(*both).sentence
    )


def test_few_subjects_are_said_to_be_too_few():
    regions = [
        share(0.4, metric, p=0.001)
        for metric in (OCULAR, CENTRAL, "share frontal")
    ]
    found = finding(*regions, n=6)
    assert (
        "Holm's correction over 3 regions: Arousal (6 subjects; it takes 7)"
        in found.sentence
    )
    assert "Shares unlike" not in found.sentence
    assert (
        "Few subjects were tested (Arousal 4)"
        in finding(*regions, n=4).sentence
    )
    assert "Too few" not in finding(*regions, n=7).sentence


def test_the_view_leaves_out_bands_by_region_sides_and_classes():
    kept = [
        share(0.4, metric)
        for metric in (CENTRAL, "share alpha", "share early")
    ]
    others = [
        share(0.4, metric)
        for metric in ("share alpha central", "lateralisation central")
    ]
    others.append(share(0.4, CENTRAL, **{"class": "high"}))
    view = shares_view(metric_frame([*kept, *others], EXTRA))
    assert view["metric"].tolist() == [CENTRAL, "share alpha", "share early"]
