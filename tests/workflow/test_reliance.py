"""Models of known reliance go through the graph: tested on other windows, measured, correlated."""

import pytest
import yaml

from eeglrp.files import read_table

pytestmark = pytest.mark.snakemake

TASK = {
    "dataset": "imagery",
    "kind": "motor_imagery",
    "classes": ["left", "right"],
    "length": 2.0,
    "also_test": ["saccade_100", "saccade_50"],
    "split": {"by": "block", "folds": 3, "gap": 0.0},
}


def planted(probability, **more):
    return (
        TASK
        | {
            "plant": {
                "saccade": {"amplitude": 200, "label_probability": probability}
            }
        }
        | more
    )


STUDY = {
    "study": "reliance-tiny",
    "seed": 1,
    "jobs": "together",
    "datasets": {
        "imagery": {
            "source": "simulated",
            "paradigm": "imagery",
            "subjects": 2,
            "trials": 24,
            "trial_length": 2.0,
        }
    },
    "tasks": {
        "saccade_50": planted(0.5),
        "saccade_100": planted(
            1, arms={"inputs": {"heog_regressed": {"regress": "F7-F8"}}}
        ),
    },
    "model": {"layers": 1},
    "training": {"regimes": ["untrained"], "seeds": [0], "baselines": []},
    "attribution": {"methods": {"cp_lrp": {}}, "layers": False},
    "statistics": {"bootstrap": 100, "permutations": 100},
}


@pytest.fixture
def study(tree):
    (tree / "reliance.yaml").write_text(yaml.safe_dump(STUDY))
    return tree


def test_reliance_goes_through_the_graph(study, snakemake):
    base = study / "results" / "reliance-tiny"
    target = base.relative_to(study) / "figures" / "reliance.png"
    done = snakemake(
        study, "--cores", 2, "--configfile", "reliance.yaml", "--", target
    )
    # Only what the question needs is made: no arm is trained, no table of another question.
    assert not (base / "models" / "saccade_100_heog_regressed").exists()
    assert "rule verify" not in done.stderr + done.stdout
    table = read_table(base / "metrics" / "reliance.tsv")
    assert set(table["confound"]) == {"saccade"}
    single = table[table["subject"].str.startswith("S")].set_index(
        ["task", "metric"]
    )
    assert {"reliance", "accuracy matched", "share"} <= set(
        single.index.levels[1]
    )
    assert set(table.loc[table["metric"] == "heog_loss", "task"]) == {
        "saccade_100"
    }
    assert set(table["method"].dropna()) == {"", "cp_lrp", "signal"}
    (correlation,) = table[
        (table["metric"] == "pearson share") & (table["method"] == "cp_lrp")
    ].itertuples()
    assert correlation.n == 2
    for name in ("reliance.pdf", "reliance.png"):
        assert (base / "figures" / name).stat().st_size > 1000
    drawn = read_table(base / "figures" / "reliance.tsv")
    assert set(drawn["task"]) >= {"saccade_50", "saccade_100"}
