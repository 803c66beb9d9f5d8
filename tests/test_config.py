import copy

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config, validate

from eeglrp import config as settings
from eeglrp.errors import InputError
from eeglrp.verdict.levels import levels

CONFIGS = (
    "demo",
    "real-small",
    "study",
    "planted",
    "planted-eegmmidb",
    "planted-simulated",
    "dial",
    "reliance",
    "affect",
    "affect-dasps",
    "physiomi",
    "paradigms",
)


HEART = {"baselines": ["heart_rate"]}
RATED = {"kind": "arousal", "rating": "arousal"}
PLANTED = {"heartbeat": {"amplitude": 4.0}}
MADE = ("heartbeat", "mu", "arousal"), ("rest", "imagery", "affect")
GAZE = {
    "saccade": {
        "amplitude": 20.0,
        "trial_probability": 1.0,
        "label_probability": 0.8,
    }
}


@pytest.fixture(scope="module")
def valid(root):
    """The demo's tasks and data sets; what it sets to be fast is as by default."""
    fast = ("training", "attribution", "evaluate", "affect")
    return load(root, "demo", fast)


@pytest.fixture
def demo(valid):
    """To be changed."""
    return copy.deepcopy(valid)


def load(root, name, without=()):
    config = yaml.safe_load((root / "config" / f"{name}.yaml").read_text())
    for part in (config, *config["tasks"].values()):
        for key in without:
            part.pop(key, None)
    validate(config, str(root / "config" / "schema.yaml"))
    return config


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_shipped_configurations_are_valid(root, name):
    config = load(root, name)
    assert settings.check_config(config) is None
    assert config["study"] == name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("training", "epoch"), 3, "'epoch' was unexpected"),
        (("training", "epochs"), 0, "0 is less than the minimum"),
        (
            ("training", "learning_rate"),
            "fast",
            "'fast' is not of type 'number'",
        ),
        (("windows", "notch"), 55, "55 is not one of"),
        (("tasks", "Sleep"), {}, "'Sleep' does not match"),
        (("tasks", "r_peak", "kind"), "sleep", "'sleep' is not one of"),
        (
            ("tasks", "r_peak", "plant", "heartbeat"),
            {},
            "'amplitude' is a required property",
        ),
        (
            ("tasks", "r_peak", "plant", "blink"),
            {"amplitude": 1},
            "'blink' was unexpected",
        ),
        (("windows", "regress"), "ECG", "'ECG' is not of type 'array'"),
        (("datasets", "rest", "source"), "edf", "'edf' is not one of"),
        (("datasets", "rest", "rating_time"), 0, "0 is less than the minimum"),
        (
            ("tasks", "arousal", "rating_source"),
            "film",
            "'film' is not one of",
        ),
        (
            ("tasks", "arousal", "split", "by"),
            "chance",
            "'chance' is not one of",
        ),
        (
            ("datasets", "rest", "sources", "heartbeat", "ampltude"),
            1,
            "'ampltude' was unexpected",
        ),
        (
            ("datasets", "imagery", "sources", "saccade", "label_probability"),
            1.5,
            "1.5 is greater",
        ),
        (
            ("tasks", "r_peak", "training", "epochs"),
            0,
            "0 is less than the minimum",
        ),
        (("training", "baselines"), ["svm"], "'svm' is not one of"),
        (("training", "learning_curve"), 16, "16 is not of type 'array'"),
        (
            ("training", "learning_curve"),
            [1, 16],
            "1 is less than the minimum",
        ),
        (("training", "learning_curve"), [16, 16], "has non-unique elements"),
        (
            ("tasks", "r_peak", "training", "learning_curve"),
            [1.5],
            "1.5 is not of type 'integer'",
        ),
        (
            ("tasks", "r_peak", "windows", "low_pas"),
            40,
            "'low_pas' was unexpected",
        ),
        (("study"), "Demo Study", "does not match"),
        (
            ("evaluate", "faithfulness", "occluders"),
            ["blur"],
            "'blur' is not one of",
        ),
        (
            ("evaluate", "faithfulness", "piece"),
            0,
            "0 is less than the minimum",
        ),
        (
            ("evaluate", "faithfulness", "steps"),
            [0.5, 2],
            "2 is greater than the maximum",
        ),
        (
            ("evaluate", "faithfulness", "random_orders"),
            0,
            "0 is less than the minimum",
        ),
        (
            ("evaluate", "faithfulness", "max_window"),
            1,
            "'max_window' was unexpected",
        ),
        (("evaluate", "faithfulness"), 3, "3 is not of type 'object', 'null'"),
    ],
)
def test_wrong_keys_and_values_are_named(root, demo, path, value, words):
    _put(demo, path, value)
    with pytest.raises(WorkflowError) as error:
        validate(demo, str(root / "config" / "schema.yaml"))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            ("tasks", "r_peak", "dataset"),
            "sleep",
            "tasks.r_peak.dataset: sleep is not a dataset",
        ),
        (
            ("tasks", "r_peak", "classes"),
            ["a", "b", "c"],
            "tasks.r_peak.classes: has 3 names",
        ),
        (
            ("tasks", "r_peak", "length"),
            1.3,
            "tasks.r_peak.length: 1.3 s at 200 Hz",
        ),
        (
            ("tasks", "r_peak", "split", "validation_folds"),
            3,
            "tasks.r_peak.split.folds: leaves no",
        ),
        (
            ("windows", "sampling_rate"),
            100,
            "windows.low_pass: is at or above half",
        ),
        (("windows", "low_pass"), 10, None),
        (("tasks", "sleep"), {}, "tasks.sleep.kind: is missing"),
        (("tasks", "sleep"), {"kind": "r_peak"}, None),
        (
            ("tasks", "sleep"),
            {"kind": "arousal"},
            "tasks.sleep.rating: is missing",
        ),
        (
            ("tasks", "r_peak", "target"),
            "rating",
            "tasks.r_peak.target: is of no use to",
        ),
        (("tasks", "arousal", "target"), "rating", None),
        (
            ("tasks", "arousal", "training"),
            HEART,
            "baselines: heart_rate needs the R-peaks",
        ),
        (
            ("tasks", "sleep"),
            RATED | {"training": HEART, "r_peaks": True},
            None,
        ),
        (
            ("affect", "method"),
            "cp_lrp",
            "affect.method: cp_lrp is not in attribution.methods",
        ),
        (("affect", "method"), "attn_lrp", None),
        (
            ("affect", "region"),
            ["C3", "central"],
            "affect.region: central is no known electrode",
        ),
        (("affect", "region"), ["c3", "Cz"], None),
        (
            ("tasks", "motor_imagery", "permute_events"),
            True,
            "permute_events: is of no use to",
        ),
        (
            ("tasks", "r_peak", "plant"),
            PLANTED,
            "tasks.r_peak.truth: cannot stand beside plant",
        ),
        (("tasks", "sleep"), {"kind": "r_peak", "plant": PLANTED}, None),
        (
            ("tasks", "sleep"),
            {"kind": "r_peak", "plant": GAZE},
            "sleep.plant.saccade: needs trials",
        ),
        (("tasks", "sleep"), {"kind": "motor_imagery", "plant": GAZE}, None),
        (
            ("tasks", "sleep"),
            {"kind": "rest", "length": 2.0, "plant": GAZE},
            None,
        ),
        (
            ("tasks", "sleep"),
            {"kind": "rest", "plant": GAZE},
            "saccade: outlasts windows of 1 s",
        ),
        (
            ("tasks", "sleep"),
            {"kind": "rest", "permute_events": True},
            "is of no use to kind rest",
        ),
        (
            ("tasks", "sleep"),
            {"kind": "rest", "classes": ["a", "b", "c"]},
            "classes: has 3 names",
        ),
        (("model", "heads"), 7, "model.heads: 7 does not divide"),
        (
            ("evaluate", "faithfulness", "piece"),
            30,
            "evaluate.faithfulness.piece: 30 samples do",
        ),
        (("evaluate", "faithfulness", "piece"), 40, None),
        (("weights", "source"), "file", "weights.path: is empty"),
        (
            ("evaluate", "sanity", "methods"),
            ["cp_lrp"],
            "evaluate.sanity.methods: cp_lrp is not in",
        ),
        (("evaluate", "sanity", "methods"), ["gamma"], None),
    ],
)
def test_rules_across_keys(demo, path, value, words):
    if path == ("tasks", "sleep"):
        value = copy.deepcopy(demo["tasks"]["r_peak"]) | {"truth": []} | value
    _put(demo, path, value)
    if path == ("windows", "sampling_rate"):
        for task in demo["tasks"].values():
            task["length"] = 2.0
    if words is None:
        assert settings.check_config(demo) is None
        return
    with pytest.raises(InputError) as error:
        settings.check_config(demo)
    assert words in str(error.value)


def test_controls_are_valid_over_the_demo(root):
    demo, controls = (
        yaml.safe_load((root / "config" / f"{name}.yaml").read_text())
        for name in ("demo", "controls")
    )
    update_config(demo, controls)
    validate(demo, str(root / "config" / "schema.yaml"))
    assert settings.check_config(demo) is None
    assert settings.window_settings(demo, "ecg_regressed")["regress"] == [
        "ECG"
    ]
    assert settings.window_settings(demo, "no_heartbeat")["regress"] == []
    assert settings.regimes(demo, "r_peak") == [
        "finetuned",
        "frozen",
        "scratch",
        "untrained",
    ]
    assert {settings.task_kind(demo, name) for name in controls["tasks"]} == {
        "r_peak"
    }


def test_a_task_is_of_the_kind_that_its_name_or_its_kind_says(demo):
    demo["tasks"]["sleep"] = demo["tasks"]["r_peak"] | {"kind": "r_peak"}
    for name in ("r_peak", "sleep"):
        assert settings.task_kind(demo, name) == "r_peak"
        assert settings.task_settings(demo, name)["kind"] == "r_peak"
    assert settings.task_settings(demo, "valence")["kind"] == "valence"


def test_curves_join_tasks_that_differ_in_a_planted_amplitude(root, demo):
    curves = settings.planted_curves(load(root, "planted"))
    assert list(curves) == ["heartbeat in eegmat"]
    assert curves["heartbeat in eegmat"]["heartbeat_32"] == 32
    assert len(curves["heartbeat in eegmat"]) == 7
    assert settings.planted_curves(demo) == {}
    silent = {"saccade": GAZE["saccade"] | {"amplitude": 0}}
    for name, plant in (("a", GAZE), ("b", silent), ("c", GAZE | PLANTED)):
        demo["tasks"][name] = demo["tasks"]["motor_imagery"] | {"plant": plant}
    assert settings.planted_curves(demo) == {}
    strong = {"saccade": GAZE["saccade"] | {"amplitude": 40}}
    demo["tasks"]["d"] = demo["tasks"]["a"] | {"plant": strong}
    name = "saccade in imagery, trial probability 1, label probability 0.8"
    assert settings.planted_curves(demo) == {name: {"a": 20.0, "d": 40}}


def ladder(config, amplitudes, source="mu", dataset="imagery", **changes):
    """Add tasks whose simulated data sets differ in the amplitude of a source."""
    for number, size in enumerate(amplitudes):
        made = copy.deepcopy(config["datasets"][dataset] | changes)
        made["sources"][source]["amplitude"] = size
        name = f"{source}_{number}" + "".join(f"_{key}" for key in changes)
        config["datasets"][name] = made
        config["tasks"][name] = config["tasks"]["motor_imagery"] | {
            "kind": "motor_imagery",
            "dataset": name,
            "truth": [source],
        }


def test_curves_join_simulated_amplitudes_of_the_truth(demo):
    ladder(demo, [0, 1, 2, 4, 4])
    # The demo's own 20 microvolt differ in nothing else.
    expected = {"motor_imagery": 20, "mu_1": 1, "mu_2": 2, "mu_3": 4}
    assert settings.planted_curves(demo) == {
        "mu in simulated imagery": expected
    }
    ladder(demo, [5, 6], mains=60)
    second = settings.planted_curves(demo)[
        "mu in simulated imagery, from mu_0_mains"
    ]
    assert second == {"mu_0_mains": 5, "mu_1_mains": 6}


@pytest.mark.parametrize(
    "changes",
    [{"truth": []}, {"truth": ["mu", "alpha"]}, {"truth": [], "plant": GAZE}],
)
def test_simulated_curves_want_one_source_that_is_the_truth(demo, changes):
    ladder(demo, [1, 2])
    for name in ("mu_0", "mu_1"):
        demo["tasks"][name] |= changes
    assert not [
        name for name in settings.planted_curves(demo) if "simulated" in name
    ]


@pytest.mark.slow
def test_the_shipped_ladders_make_their_curves(root):
    real = settings.planted_curves(load(root, "planted-eegmmidb"))
    assert [name.split(" in ")[0] for name in real] == ["saccade", "alpha"]
    made = settings.planted_curves(load(root, "planted-simulated"))
    names = [f"{s} in simulated {p}" for s, p in zip(*MADE, strict=True)]
    assert list(made) == names
    for sizes in [*real.values(), *made.values()]:
        assert len(sizes) >= 5
        assert list(sizes.values()) == sorted(sizes.values())


@pytest.mark.slow
def test_the_shipped_dial_turns_from_mu_to_saccades(root):
    places = levels(load(root, "dial"))
    truths = {
        (place["confound"], place["mu"]): place["truth"]
        for place in places.values()
    }
    assert sorted(truths, key=lambda place: -place[1]) == sorted(truths)
    assert [truths[place] for place in sorted(truths)] == [
        "sensorimotor",
        *["both"] * 3,
        "ocular",
    ]
    for end in ("sensorimotor", "ocular"):
        assert (
            len({p["cohort"] for p in places.values() if p["truth"] == end})
            == 3
        )
    assert levels(load(root, "real-small")) == {}


@pytest.mark.slow
def test_the_demo_has_one_task_of_mu_and_one_of_saccades(root):
    """Of known truth: no dial, since other regimes are trained for each."""
    demo = load(root, "demo")
    assert levels(demo) == {}
    del demo["tasks"]["motor_imagery"]["arms"]["regimes"]
    places = levels(demo)
    truths = {name: place["truth"] for name, place in places.items()}
    assert truths == {"motor_imagery": "sensorimotor", "gaze": "ocular"}


def test_missing_rating_is_named(demo):
    del demo["tasks"]["arousal"]["rating"]
    with pytest.raises(
        InputError, match=r"tasks\.arousal\.rating: is missing"
    ):
        settings.check_config(demo)


@pytest.mark.slow
def test_perturbation_curves_may_be_left_out(root, demo):
    assert settings.faithfulness(demo)["occluders"] == ["zero", "removal"]
    demo["evaluate"]["faithfulness"] |= {"occluders": ["removal"], "piece": 30}
    assert settings.check_config(demo) is None
    for value in (None, {"occluders": []}):
        demo["evaluate"]["faithfulness"] = value
        validate(demo, str(root / "config" / "schema.yaml"))
        assert settings.check_config(demo) is None
        assert settings.faithfulness(demo) is None


def test_a_task_overrides_training_and_windows(demo):
    demo["tasks"]["r_peak"]["training"] = {"seeds": [7], "epochs": 2}
    demo["tasks"]["r_peak"]["windows"] = {"notch": 60}
    demo["tasks"]["motor_imagery"]["training"].pop("seeds", None)
    assert settings.seeds(demo, "r_peak") == [7]
    assert settings.seeds(demo, "motor_imagery") == demo["training"]["seeds"]
    assert settings.training_settings(demo, "r_peak")["epochs"] == 2
    assert settings.window_settings(demo, "r_peak")["notch"] == 60
    assert settings.window_settings(demo, "motor_imagery")["notch"] == 50


def test_baselines_have_one_fit_and_networks_one_a_seed(demo):
    defaults = ["csp_lda", "tangent_lr", "mdm"]
    demo["tasks"]["arousal"]["training"] = {}
    assert settings.baselines(demo, "arousal") == [
        (name, 0) for name in defaults
    ]
    demo["tasks"]["r_peak"]["training"] = {
        "baselines": ["shallow", "lda_samples"],
        "seeds": [3, 5],
    }
    expected = [("shallow", 3), ("shallow", 5), ("lda_samples", 0)]
    assert settings.baselines(demo, "r_peak") == expected
    assert settings.check_config(demo) is None


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (
            [64, 16],
            "tasks.r_peak.training.learning_curve: [64, 16] does not ascend",
        ),
        ([16, 64, 64], "[16, 64, 64] does not ascend"),
        ([2, 16], None),
        ([], None),
    ],
)
def test_learning_curves_ascend(demo, sizes, words):
    demo["tasks"]["r_peak"]["training"] = {"learning_curve": sizes}
    assert settings.learning_curve(demo, "r_peak") == sizes
    assert settings.learning_curve(demo, "arousal") == []
    if words is None:
        assert settings.check_config(demo) is None
        return
    with pytest.raises(InputError) as error:
        settings.check_config(demo)
    assert words in str(error.value)


def test_the_first_number_of_a_learning_curve_holds_every_class(demo):
    task = demo["tasks"]["motor_imagery"]
    task |= {
        "classes": ["left", "right", "feet"],
        "training": {"learning_curve": [2, 16]},
    }
    with pytest.raises(
        InputError, match="learning_curve: 2 windows cannot hold 3 classes"
    ):
        settings.check_config(demo)


def test_learning_curves_are_laid_over_the_demo(root):
    files = ("demo", "learning-curve")
    base, over = (
        yaml.safe_load((root / f"config/{name}.yaml").read_text())
        for name in files
    )
    assert over["study"] == "learning-curve"
    for name, task in over["tasks"].items():
        base["tasks"][name].setdefault("training", {}).update(task["training"])
    validate(base, str(root / "config" / "schema.yaml"))
    assert settings.check_config(base) is None
    assert all(
        len(settings.learning_curve(base, name)) > 2 for name in over["tasks"]
    )


def test_baselines_within_subjects_want_a_split_within_subjects(demo):
    demo["tasks"]["r_peak"]["training"] = {
        "baselines": ["lda_samples_subject"]
    }
    with pytest.raises(
        InputError,
        match=r"tasks\.r_peak\.training\.baselines: lda_samples_subject",
    ):
        settings.check_config(demo)
    demo["tasks"]["r_peak"]["split"]["by"] = "block"
    assert settings.check_config(demo) is None


def test_filters_of_subjects_want_a_split_within_subjects_and_no_mixtures(
    demo,
):
    task = demo["tasks"]["r_peak"]
    task["training"] = {"subject_layer": "euclidean"}
    with pytest.raises(
        InputError, match=r"tasks\.r_peak\.training\.subject_layer: learns"
    ):
        settings.check_config(demo)
    task["split"]["by"] = "block"
    assert settings.check_config(demo) is None
    expected = {"subject_layer": "euclidean", "subject_layer_rate": 10.0}
    assert settings.subject_layer(demo, "r_peak") == expected
    assert settings.subject_layer(demo, "arousal")["subject_layer"] is None
    task["training"]["augmentation"] = {"mixup": 0.4}
    with pytest.raises(
        InputError, match=r"augmentation\.mixup: mixes windows of subjects"
    ):
        settings.check_config(demo)


def test_a_split_that_is_named_leaves_out_other_subjects(demo):
    task, everyone = demo["tasks"]["motor_imagery"], ["S1", "S2", "S3", "S4"]

    def found(split):
        return settings.split_subjects(demo, "motor_imagery", split, everyone)

    assert found("test") == found("train") == everyone
    task["split"] |= {
        "by": "subject",
        "test": ["S4", "S9"],
        "validation": ["S2"],
    }
    assert (found("train"), found("validation"), found("test")) == (
        ["S1", "S3"],
        ["S2"],
        ["S4"],
    )
    task["split"]["by"] = "block"
    assert found("test") == everyone


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"by": "subject", "folds": 4}, [0, 1, 2, 3]),
        ({"by": "block", "folds": 3}, [0, 1, 2]),
        ({"by": "subject", "folds": 4, "test": ["001"]}, [0]),
        # Blocks are of every subject.
        ({"by": "block", "folds": 3, "test": ["001"]}, [0, 1, 2]),
    ],
)
def test_every_fold_tests_once(demo, changes, expected):
    demo["tasks"]["r_peak"]["split"] |= changes
    assert settings.folds(demo, "r_peak") == expected


def test_an_arm_has_the_folds_of_its_task(demo):
    demo["tasks"]["motor_imagery"]["split"]["folds"] = 5
    settings.expand_arms(demo)
    arms = [
        name
        for name, task in demo["tasks"].items()
        if task.get("arm_of") == "motor_imagery"
    ]
    assert arms
    for name in arms:
        assert settings.folds(demo, name) == list(range(5))


def test_folds_leave_one_to_train_on(demo):
    demo["tasks"]["r_peak"]["split"] |= {"folds": 3, "validation_folds": 1}
    assert settings.check_config(demo) is None
    demo["tasks"]["r_peak"]["split"]["folds"] = 2
    told = r"config: tasks\.r_peak\.split\.folds: leaves no .*Remedy: raise"
    with pytest.raises(InputError, match=told):
        settings.check_config(demo)


@pytest.mark.slow
def test_a_setting_that_is_gone_is_named(root, demo):
    demo["tasks"]["r_peak"]["split"]["test_folds"] = 1
    with pytest.raises(WorkflowError, match="'test_folds' was unexpected"):
        validate(demo, str(root / "config" / "schema.yaml"))


def name_subjects(demo, **parts):
    """Name subjects of one task; all data sets have ten."""
    available = [f"S{number:03d}" for number in range(1, 11)]
    demo["tasks"]["r_peak"]["split"] |= {"by": "subject"} | parts
    subjects = dict.fromkeys(demo["datasets"], available)
    settings.name_split_subjects(demo, subjects)
    return demo["tasks"]["r_peak"]["split"]


@pytest.mark.slow
def test_subjects_of_splits_are_spelled_as_the_dataset_does(root, demo):
    parts = {"test": [4, "S005", "sub-S006"], "validation": ["7"]}
    demo["tasks"]["r_peak"]["split"] |= parts
    validate(demo, str(root / "config" / "schema.yaml"))
    split = name_subjects(demo, **parts)
    assert split["test"] == ["S004", "S005", "S006"]
    assert split["validation"] == ["S007"]


@pytest.mark.parametrize("part", ["test", "validation"])
def test_an_unknown_subject_of_a_split_is_named(demo, part):
    told = (
        rf"config: tasks\.r_peak\.split\.{part}: subject S011: not found"
        r".*Remedy: choose from S001 \.\.\. S010, 10 in all"
    )
    parts = {"test": ["S002"]} | {part: ["S001", "S011"]}
    with pytest.raises(InputError, match=told):
        name_subjects(demo, **parts)


@pytest.mark.parametrize(
    ("parts", "first"),
    [
        # The same subject, spelled in two ways.
        ({"test": ["S002"], "validation": [2]}, "validation"),
        ({"test": ["S002", "2"]}, "test"),
    ],
)
def test_a_subject_that_is_named_twice_is_refused(demo, parts, first):
    told = (
        r"config: tasks\.r_peak\.split\.test: S002: "
        rf"is named in {first} already.*Remedy: name it once"
    )
    with pytest.raises(InputError, match=told):
        name_subjects(demo, **parts)


def test_fewer_subjects_than_folds_are_refused(demo):
    told = (
        r"config: tasks\.r_peak\.split\.folds: "
        r"10 subjects are fewer than 11 folds.*Remedy: lower folds"
    )
    with pytest.raises(InputError, match=told):
        name_subjects(demo, folds=11)
    assert name_subjects(demo, folds=10)["folds"] == 10
    # Neither named subjects nor blocks need as many subjects.
    assert name_subjects(demo, folds=11, test=["1"])["test"] == ["S001"]
    assert name_subjects(demo, folds=11, test=[], by="block")["folds"] == 11


def test_subjects_that_only_train_are_no_fold(demo):
    split = name_subjects(demo, train=[1, "S002"], folds=8)
    assert split["train"] == ["S001", "S002"]
    told = r"r_peak\.split\.folds: 8 subjects are fewer than 9 folds"
    with pytest.raises(InputError, match=told):
        name_subjects(demo, train=["S001", "S002"], folds=9)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            {"train": ["S001"], "test": ["S002"], "validation": ["S003"]},
            r"split\.train: names subjects, but all whom test and validation",
        ),
        (
            {"train": ["S001"], "by": "block"},
            r"split\.train: names subjects, but the split is by block",
        ),
        ({"train": ["S011"]}, r"split\.train: subject S011: not found"),
        (
            {"train": ["S001", "1"]},
            r"split\.train: S001: is named in train already",
        ),
    ],
)
def test_subjects_that_cannot_only_train_are_refused(demo, parts, words):
    with pytest.raises(InputError, match=words):
        name_subjects(demo, **parts)


def test_the_first_seeds_of_trained_models_are_randomised(demo):
    demo["tasks"]["r_peak"]["training"] = {
        "seeds": [7, 3],
        "regimes": ["scratch", "untrained"],
    }
    assert settings.sanity_models(demo, "r_peak") == [("scratch", 7)]
    demo["evaluate"]["sanity"]["seeds"] = 3
    assert settings.sanity_models(demo, "r_peak") == [
        ("scratch", 7),
        ("scratch", 3),
    ]


def test_methods_to_randomise_keep_their_options(demo):
    methods = {"attn_lrp": {}, "smooth": {"method": "smoothgrad", "draws": 4}}
    demo["attribution"]["methods"] = methods
    assert settings.sanity_methods(demo) == methods
    demo["evaluate"]["sanity"]["methods"] = ["smooth"]
    assert settings.sanity_methods(demo) == {
        "smooth": {"method": "smoothgrad", "draws": 4}
    }
    demo["evaluate"]["sanity"]["methods"] = []
    assert settings.sanity_methods(demo) == {}


def test_job_settings_leave_out_what_other_stages_use(demo):
    more = copy.deepcopy(demo)
    more["datasets"]["rest"]["subjects"] += 1
    more["training"]["seeds"] = [0, 1, 2, 3]
    more["training"]["baselines"] = []
    more["training"]["learning_curve"] = [16, 64]
    more["tasks"]["r_peak"]["split"]["gap"] = 9
    assert settings.dataset_settings(
        more, "rest"
    ) == settings.dataset_settings(demo, "rest")
    assert settings.training_settings(
        more, "r_peak"
    ) == settings.training_settings(demo, "r_peak")
    assert settings.task_settings(more, "r_peak") == settings.task_settings(
        demo, "r_peak"
    )


def test_the_settings_hash_follows_what_a_task_depends_on(demo):
    more = copy.deepcopy(demo)
    more["tasks"]["valence"]["length"] = 4.0
    more["datasets"]["rest"]["subjects"] += 1
    more["training"]["seeds"] = [5]
    assert settings.settings_hash(more, "r_peak") == settings.settings_hash(
        demo, "r_peak"
    )
    assert settings.settings_hash(more, "valence") != settings.settings_hash(
        demo, "valence"
    )


@pytest.mark.slow
def test_numbers_that_came_as_text_are_read(root, demo):
    demo["training"] |= {
        "seeds": ["0", 1],
        "learning_rate": "1e-3",
        "patience": "null",
    }
    schema = str(root / "config" / "schema.yaml")
    for _ in range(3):
        with pytest.raises(WorkflowError) as error:
            validate(demo, schema)
        assert settings.read_as_yaml(demo, error.value.__context__)
    validate(demo, schema)
    assert demo["training"]["seeds"] == [0, 1]
    assert demo["training"]["patience"] is None
    demo["training"]["epochs"] = "many"
    with pytest.raises(WorkflowError) as error:
        validate(demo, schema)
    assert not settings.read_as_yaml(demo, error.value.__context__)


def _put(config, path, value):
    path = (path,) if isinstance(path, str) else path
    for key in path[:-1]:
        config = config.setdefault(key, {})
    config[path[-1]] = value


def test_rule_sets_are_the_methods_that_are_lrp():
    methods = {
        "cp_lrp": {},
        "mine": {"rules": {"base": "cp_lrp"}},
        "again": {"method": "gamma"},
        "smoothgrad": {},
    }
    config = {"attribution": {"methods": methods}}
    assert settings.rule_sets(config) == ["cp_lrp", "mine", "again"]


def test_trials_of_left_and_right_hand_are_grouped_by_gaze(demo):
    imagery = demo["tasks"]["motor_imagery"]
    demo["tasks"] |= {
        "fists": imagery
        | {"kind": "motor_imagery", "classes": ["fists", "feet"]},
        "mirrored": imagery
        | {"kind": "motor_imagery", "classes": ["right", "left"]},
        "guess": imagery | {"kind": "rest", "arms": {"inputs": {}}},
        "again": imagery | {"kind": "motor_imagery"},
    }
    settings.expand_arms(demo)
    assert settings.gaze_tasks(demo) == ["motor_imagery", "gaze", "again"]


@pytest.mark.parametrize(
    ("changes", "early"),
    [
        ({"length": 2.0}, 1.0),
        # The demo's windows end where the early part would.
        ({}, None),
        ({"start": 0.0, "length": 4.0}, 1.5),
        ({"start": -1.0, "length": 2.0}, None),
        ({"start": 1.5}, None),
        ({"start": 2.0}, None),
        ({"kind": "rest"}, None),
    ],
)
def test_the_early_part_ends_at_a_time_after_the_cue_where_windows_hold_it(
    demo, changes, early
):
    demo["tasks"]["motor_imagery"] |= changes
    assert settings.early(demo, "motor_imagery") == early
    assert settings.early(demo, "r_peak") is None


def test_subjects_that_validate_without_any_that_test_are_refused(root):
    config = load(root, "demo")
    config["tasks"]["r_peak"]["split"]["validation"] = ["S001"]
    subjects = {
        name: [f"S{number:03d}" for number in range(1, 9)]
        for name in config["datasets"]
    }
    with pytest.raises(InputError, match=r"tasks\.r_peak\.split\.validation"):
        settings.name_split_subjects(config, subjects)


def with_regimes(valid, *names, **models):
    """The demo whose R-peaks are learned by other networks."""
    config = copy.deepcopy(valid)
    task = config["tasks"]["r_peak"]
    # Tasks share the defaults.
    task["training"] = task["training"] | {"regimes": list(names)}
    config["models"] = models
    return config


def test_a_regime_has_the_settings_of_its_network(valid):
    config = with_regimes(
        valid, "scratch", "cbramod_scratch", cbramod={"layers": 2}
    )
    assert settings.models_of(config, "r_peak") == {
        "scratch": config["model"],
        "cbramod_scratch": {"name": "cbramod", "layers": 2},
    }


def test_other_networks_leave_the_hash_of_a_task_without_them(valid):
    before = settings.settings_hash(valid, "motor_imagery")
    config = with_regimes(valid, "cbramod_scratch", cbramod={"layers": 2})
    assert settings.settings_hash(config, "motor_imagery") == before
    changed = with_regimes(valid, "cbramod_scratch", cbramod={"layers": 3})
    hashes = {
        settings.settings_hash(one, "r_peak") for one in (config, changed)
    }
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("regime", "models", "words"),
    [
        ("gpt_scratch", {}, "gpt_scratch: gpt is no network"),
        (
            "cbramod_finetuned",
            {},
            "cbramod_finetuned: cbramod has no pretrained weights here",
        ),
        (
            "mine_scratch",
            {"mine": {"class": "no_such_module_here:Net"}},
            "there is no module no_such_module_here",
        ),
        ("scratch", {"gpt": {"layers": 2}}, "gpt: unknown"),
        ("scratch", {"eegnet": {"layers": 2}}, "models.eegnet.layers"),
    ],
)
def test_networks_that_cannot_be_trained_are_refused(
    valid, regime, models, words
):
    config = with_regimes(valid, regime, **models)
    with pytest.raises(InputError) as error:
        settings.check_config(config)
    assert words in str(error.value)


def test_any_cued_classes_have_a_kind_of_their_own(demo):
    task = demo["tasks"]["motor_imagery"]
    oddball = task | {"kind": "cued", "classes": ["standard", "target", "new"]}
    demo["tasks"]["oddball"] = oddball
    settings.check_config(demo)
    assert settings.early(demo, "oddball") == settings.early(
        demo, "motor_imagery"
    )
    assert "oddball" not in settings.gaze_tasks(demo)
