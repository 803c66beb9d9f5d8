import re
from collections import Counter

import pytest

from eeglrp.plan.work import Size, kind_of, work_of

SIZE = Size(
    64,
    800,
    12,
    train=100,
    validation=30,
    test=50,
    explained=20,
    epochs=5,
    pretraining=300,
    regimes=2,
    folds=3,
)
TOKENS = 64 * 4 * 12


@pytest.mark.parametrize(
    ("path", "kind", "variant", "work"),
    [
        ("models/t/frozen/fold-2/seed-0", "train", "frozen", 5 * 110 * TOKENS),
        ("models/t/together/seed-0", "train", "together", 6 * 550 * TOKENS),
        (
            "models/t/frozen/fold-0/permuted-3",
            "train",
            "frozen",
            5 * 110 * TOKENS,
        ),
        (
            "models/t/frozen/fold-0/seed-0-permuted",
            "train",
            "frozen",
            5 * 110 * TOKENS,
        ),
        (
            "learning_curves/t/frozen/seed-1/windows-40",
            "curve",
            "frozen",
            3 * 5 * 50 * TOKENS,
        ),
        (
            "attributions/t/frozen/seed-0/gamma",
            "attribute",
            "gamma",
            20 * TOKENS,
        ),
        (
            "attributions/t/frozen/seed-0-on-u/gamma",
            "attribute",
            "gamma",
            20 * TOKENS,
        ),
        ("predictions/t/frozen/seed-0-on-u", "predict", "", 3 * 50 * TOKENS),
        (
            "predictions/t/csp_lda/seed-0",
            "baseline",
            "csp_lda",
            3 * 180 * 51200,
        ),
        ("weights/pretrained-t", "pretrain", "", 3 * 300 * TOKENS),
        ("weights/pretrained-t/fold-2", "pretrain", "", 300 * TOKENS),
        ("windows/t/S001", "windows", "", 180 * 51200 / 4),
        ("verify/t", "table", "verify", 20 * 51200 * 3),
        ("recordings/eegmmidb/S001", "recordings", "", 0),
        ("figures/decoding", "small", "figures", 0),
        ("metrics/decoding", "small", "metrics", 0),
        ("report", "small", "report", 0),
        ("weights/hub", "small", "weights", 0),
        ("some/thing/else", None, "", 0),
    ],
)
def test_kind_and_work_of_a_job(path, kind, variant, work):
    counts = Counter({("windows", "t"): 4, ("attribute", "t"): 3})
    assert kind_of(path)[:2] == (kind, variant)
    assert work_of(path, counts, {"t": SIZE}) == pytest.approx(work)


def test_a_task_of_unknown_size_has_no_work():
    assert work_of("models/u/frozen/seed-0", Counter(), {"t": SIZE}) == 0


def test_every_benchmark_of_the_workflow_has_a_kind(root):
    """A rule whose benchmark no pattern knows would be left out of every plan."""
    rules = "".join(
        file.read_text()
        for file in (root / "workflow" / "rules").glob("*.smk")
    )
    paths = re.findall(r'(?:benchmark_of\(f?")([^"]+)"', rules)
    assert len(paths) >= 30
    fill = {
        "subject": "S001",
        "seed": "0",
        "size": "40",
        "regime": "frozen",
        "number": "0",
        "fold": "0",
    }
    for path in paths:
        real = re.sub(
            r"\{(\w+)\}", lambda found: fill.get(found[1], found[1]), path
        )
        assert kind_of(real)[0], path
