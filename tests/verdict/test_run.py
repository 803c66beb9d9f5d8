import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.questions import QUESTIONS
from eeglrp.verdict.run import ROUTES, write_verdict

from .tables import BOTH, EYES, MU, N_SUBJECTS, arms, shares, trials

STATISTICS = {
    "confidence": 0.95,
    "smallest_effect": {"accuracy": 0.05, "share": 0.05},
}
PLACEBO = {("placebo_cp", "only"): 0.9, ("placebo_o", "only"): 0.88}


@pytest.fixture
def verdict(tmp_path):
    """Write the tables, make the verdict, and return it with questions as index."""

    def make(seed="", statistics=STATISTICS, **tables):
        for name, frame in tables.items():
            write_table(frame, tmp_path / f"{name}.tsv")
        paths = {name: [tmp_path / f"{name}.tsv"] for name in tables}
        write_verdict(paths, statistics, "x", tmp_path / "verdict.tsv")
        frame = read_table(tmp_path / "verdict.tsv")
        seeds = [str(int(x)) if x == x else "" for x in frame["seed"]]
        return frame[np.array(seeds) == str(seed)].set_index("question")

    return make


@pytest.mark.parametrize(
    ("table", "words"),
    [(EYES, "ocular"), (MU, "sensorimotor"), (BOTH, "both")],
)
def test_made_up_models_get_their_verdict(verdict, table, words):
    assert verdict(arms=arms(table)).loc["overall", "finding"] == words


def test_a_model_at_chance_is_neither(verdict):
    found = verdict(arms=arms({name: 0.5 for name in EYES}))
    assert found.loc["decodes", "finding"] == NOT_SUPPORTED
    assert found.loc["overall", "finding"] == "neither"


def test_five_subjects_leave_all_undecided(verdict):
    found = verdict(arms=arms(EYES, n=5))
    assert set(found["finding"]) == {UNDECIDED}
    assert found.loc["decodes", "why"] == "5 subjects, fewer than 6"


def test_values_are_the_means_and_their_references(verdict):
    found = verdict(arms=arms(EYES))
    decodes, loss = found.loc["decodes"], found.loc["loss heog_regressed"]
    assert (decodes["value"], decodes["chance"]) == pytest.approx((0.9, 0.5))
    assert (loss["value"], loss["chance"]) == pytest.approx((0.9, 0.51))
    assert decodes["n"] == 10
    # Subjects differ by the same steps from -0.03 to 0.03.
    test = ttest_1samp(0.4 + np.linspace(-0.03, 0.03, 10), 0)
    ends = 0.5 + np.array(test.confidence_interval(0.95))
    assert decodes["p"] == pytest.approx(test.pvalue)
    assert decodes[["ci_low", "ci_high"]].tolist() == pytest.approx(
        ends.tolist()
    )


@pytest.mark.slow
def test_placebos_that_cost_as_much_refute_the_loss(verdict):
    mild, strong = PLACEBO, {name: 0.5 for name in PLACEBO}
    assert (
        verdict(arms=arms(EYES | mild)).loc["ocular", "finding"] == SUPPORTED
    )
    found = verdict(arms=arms(EYES | strong))
    assert found.loc["loss heog_regressed", "finding"] == SUPPORTED
    assert found.loc["loss heog_regressed placebo", "finding"] == NOT_SUPPORTED
    assert found.loc["loss placebo", "finding"] == SUPPORTED
    assert found.loc["ocular", "finding"] == NOT_SUPPORTED


def test_several_placebos_are_averaged_within_subjects(verdict):
    found = verdict(arms=arms(EYES | PLACEBO))
    assert found.loc["loss heog_regressed placebo", "value"] == pytest.approx(
        0.89
    )


#: Question -> arms that support it, and arms that speak against it.
BOTH_WAYS = {
    "decodes": ({("all", "own"): 0.7}, {("all", "own"): 0.5}),
    "frontal_only": (
        {("frontal_only", "own"): 0.6},
        {("frontal_only", "own"): 0.45},
    ),
    "sensorimotor_only": (
        {("sensorimotor", "own"): 0.6},
        {("sensorimotor", "own"): 0.5},
    ),
    "loss no_frontal": (
        {("no_frontal", "own"): 0.7},
        {("no_frontal", "own"): 0.9},
    ),
    "left late": ({("late", "own"): 0.6}, {("late", "own"): 0.5}),
    "left heog_regressed_late": (
        {("heog_regressed_late", "own"): 0.6},
        {("heog_regressed_late", "own"): 0.5},
    ),
    "left cleaned_late": (
        {("cleaned_late", "own"): 0.6},
        {("cleaned_late", "own"): 0.5},
    ),
    "sensorimotor_regressed": (
        {("sensorimotor_regressed", "own"): 0.6},
        {("sensorimotor_regressed", "own"): 0.5},
    ),
    "loss sensorimotor_regressed": (
        {
            ("sensorimotor", "own"): 0.8,
            ("sensorimotor_regressed", "own"): 0.7,
        },
        {
            ("sensorimotor", "own"): 0.7,
            ("sensorimotor_regressed", "own"): 0.7,
        },
    ),
    "loss placebo": (
        {("placebo_p", "only"): 0.5},
        {("placebo_p", "only"): 0.9},
    ),
} | {
    f"{kind} {arm}{mode}": (
        {(arm, "own" if mode else "only"): 0.9 if kind == "left" else 0.6},
        {(arm, "own" if mode else "only"): 0.5 if kind == "left" else 0.9},
    )
    for kind in ("left", "loss")
    for arm in ("heog_regressed", "ica")
    for mode in ("", " trained")
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOTH_WAYS)
def test_each_question_about_accuracy_is_answered_both_ways(verdict, name):
    for changes, finding in zip(
        BOTH_WAYS[name], (SUPPORTED, NOT_SUPPORTED), strict=True
    ):
        table = {("all", "own"): 0.9} | changes
        assert (
            verdict(arms=arms(table, spread=0.02)).loc[name, "finding"]
            == finding
        )


@pytest.mark.parametrize(
    ("share", "finding"), [(0.3, SUPPORTED), (0.1, NOT_SUPPORTED)]
)
def test_enrichment_is_answered_both_ways(verdict, share, finding):
    found = verdict(arms=arms({("all", "own"): 0.9}, share=share))
    assert found.loc["enriched ocular_frontal", "finding"] == finding
    assert found.loc["enriched ocular_frontal", "method"] == "attn_lrp"
    # What is not over the eyes is over the centre, in these tables.
    other = {SUPPORTED: NOT_SUPPORTED, NOT_SUPPORTED: SUPPORTED}[finding]
    assert found.loc["enriched central", "finding"] == other


@pytest.mark.parametrize(
    ("signal", "finding"), [(0.2, SUPPORTED), (0.4, NOT_SUPPORTED)]
)
def test_relevance_is_held_against_the_share_of_the_signal(
    verdict, signal, finding
):
    found = verdict(arms=arms(EYES), shares=shares(0.3, signal))
    one = found.loc["enriched ocular_frontal signal"]
    assert (one["finding"], one["chance"]) == (finding, pytest.approx(signal))
    assert found.loc["enriched central signal", "why"] == "no class all"


def test_relevance_of_a_method_without_arms_is_not_asked(verdict):
    other = pd.concat([shares(0.3, 0.2), shares(0.9, 0.2, method="cp_lrp")])
    one = verdict(arms=arms(EYES), shares=other).loc[
        "enriched ocular_frontal signal"
    ]
    assert (one["value"], one["n"], one["method"]) == (
        pytest.approx(0.3),
        N_SUBJECTS,
        "attn_lrp",
    )


@pytest.mark.parametrize(
    ("share", "finding"), [(0.15, SUPPORTED), (0.45, NOT_SUPPORTED)]
)
def test_the_ocular_share_falls_or_rises_without_heog(verdict, share, finding):
    whole = arms({("all", "own"): 0.9}, share=0.3)
    cleaned = arms({("heog_regressed", "only"): 0.7}, share=share)
    found = verdict(arms=pd.concat([whole, cleaned]))
    assert found.loc["share heog_regressed", "finding"] == finding


@pytest.mark.parametrize(
    ("low", "high", "finding"),
    [(0.6, 0.9, SUPPORTED), (0.75, 0.75, NOT_SUPPORTED)],
)
def test_the_gradient_is_answered_both_ways(verdict, low, high, finding):
    found = verdict(arms=arms(EYES), trials=trials(low, high))
    assert found.loc["gradient", "finding"] == finding
    assert found.loc["gradient", "value"] == pytest.approx(high)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("accuracy", "share", "findings"),
    [
        (0.05, 0.05, (NOT_SUPPORTED, NOT_SUPPORTED)),
        (0.02, 0.05, (UNDECIDED, NOT_SUPPORTED)),
        (0.05, 0.005, (NOT_SUPPORTED, UNDECIDED)),
    ],
)
def test_accuracies_and_shares_have_smallest_effects_of_their_own(
    verdict, accuracy, share, findings
):
    """Nothing is there; intervals end at 0.024 (accuracy) and at 0.008 (share)."""
    sizes = {"accuracy": accuracy, "share": share}
    found = verdict(
        statistics=STATISTICS | {"smallest_effect": sizes},
        arms=arms({("all", "own"): 0.5}, share=0.21, spread=0.05),
    )
    names = ["decodes", "enriched ocular_frontal"]
    assert tuple(found.loc[names, "finding"]) == findings
    above = found.loc[names, "ci_high"] - found.loc[names, "chance"]
    half = ttest_1samp(np.linspace(-0.05, 0.05, 10), 0).confidence_interval()
    assert above.tolist() == pytest.approx([half.high, half.high / 3])


@pytest.mark.slow
def test_subjects_of_a_fold_share_their_models(verdict):
    """Half of the folds decode: ten subjects, but two kinds of models."""
    frame = arms({("all", "own"): 0.6})
    number = frame["subject"].str[1:].astype(int) % 4
    frame["value"] += np.where(number < 2, 0.13, -0.07)
    alone = verdict(arms=frame).loc["decodes"]
    together = verdict(arms=frame.assign(fold=number)).loc["decodes"]
    assert alone["finding"] == SUPPORTED
    assert together["finding"] == UNDECIDED
    assert together["value"] == pytest.approx(alone["value"])
    assert together["p"] > alone["p"]


def test_what_a_study_lacks_is_undecided_and_named(verdict):
    found = verdict(arms=arms(MU))
    assert found.loc["left ica", "finding"] == UNDECIDED
    assert found.loc["left ica", "why"] == "no arm ica, tested only"
    assert found.loc["gradient", "why"] == "no table trials"
    assert found.loc["left ica", "n"] == 0


@pytest.mark.slow
def test_every_question_has_a_row_for_each_seed_and_for_their_mean(verdict):
    frame = pd.concat([arms(EYES, seed=3), arms(MU, seed=4)])
    for seed, words in ((3, "ocular"), (4, "sensorimotor")):
        found = verdict(seed, arms=frame)
        assert list(found.index) == [q.name for q in QUESTIONS] + list(ROUTES)
        assert found.loc["overall", "finding"] == words
    assert verdict(arms=frame).loc[
        "loss heog_regressed", "chance"
    ] == pytest.approx(0.705)


@pytest.mark.slow
def test_models_do_not_mix(verdict):
    frame = pd.concat(
        [arms(EYES), arms(MU, regime="csp_lda"), arms(MU, task="other")]
    )
    found = verdict(arms=frame).loc["overall"]
    assert list(found["finding"]) == ["ocular", "sensorimotor", "sensorimotor"]


def test_subjects_without_a_value_are_left_out(verdict):
    frame = arms(EYES)
    lost = (frame["subject"] == "S000") & (frame["arm"] == "frontal_only")
    frame.loc[lost, "value"] = np.nan
    found = verdict(arms=frame)
    assert found.loc["frontal_only", "n"] == 9
    assert found.loc["decodes", "n"] == 10


def test_arms_without_a_subject_in_common_are_not_compared(verdict):
    frame = arms(EYES)
    frame.loc[frame["arm"] == "heog_regressed", "subject"] += "x"
    assert (
        verdict(arms=frame).loc["loss heog_regressed", "why"]
        == "no subject in common"
    )


def test_pooled_rows_are_no_subject(verdict):
    pooled = arms({("all", "own"): 0.1}).iloc[:1].assign(subject="all")
    frame = pd.concat([arms(EYES), pooled])
    assert verdict(arms=frame).loc["decodes", "n"] == 10


def test_an_empty_table_gives_an_empty_verdict(tmp_path):
    write_table(arms({}), tmp_path / "arms.tsv")
    paths = {"arms": [tmp_path / "arms.tsv"]}
    write_verdict(paths, STATISTICS, "x", tmp_path / "verdict.tsv")
    assert len(read_table(tmp_path / "verdict.tsv")) == 0


def test_a_table_without_its_column_is_named(tmp_path):
    write_table(arms(EYES).drop(columns="tested"), tmp_path / "arms.tsv")
    with pytest.raises(InputError, match="tested: column missing"):
        write_verdict(
            {"arms": [tmp_path / "arms.tsv"]},
            STATISTICS,
            "x",
            tmp_path / "v.tsv",
        )
