"""Left or right fist, imagined: MOABB's published protocol beside the study's own.

MOABB reports 65.75 +- 17.37 (CSP+LDA) and 67.28 +- 19.19 (TS+LR), area under the ROC curve times
100, for 109 subjects (Chevallier et al. 2024, arXiv:2404.15319). Its page calls the second number
the SD over folds, sessions and subjects. Here it is taken as that over subjects: the area of a fold
of 9 trials has an SD of 20 by chance alone, more than either. Numbers and protocol are in
docs/source/paper_results.rst and below, in https://github.com/NeuroTechX/moabb/blob/develop/:

* moabb/datasets/physionet_mi.py: runs 4, 8, 12; T1 left, T2 right; 0 to 3 s after the cue;
* moabb/paradigms/motor_imagery.py and moabb/datasets/preprocessing.py: 8-32 Hz (MNE's IIR filter:
  Butterworth of fourth order, forward and backward) on each run, all electrodes, no rejection;
* moabb/evaluations/evaluations.py, moabb/benchmark.py: five stratified folds of a subject's trials
  in random order, random state 42, the mean of the folds' areas;
* pipelines/CSP.yml and pipelines/TSLR.yml; beside them MNE's CSP with 8 filters, as in a script of
  MOABB's author, https://gist.github.com/sylvchev/8e1ace114ae6d6baeb9d562f38c85bb5.

Each of the two ways to cut windows is scored in four ways, from MOABB's to the study's, to show
which step makes which difference.

    python benchmarks/moabb_protocol.py --data-root FOLDER
"""

import argparse
from pathlib import Path

import mne
import numpy as np
from imagery_trials import TASK, join, moabb_trials, study_trials
from pyriemann.spatialfilters import CSP
from pyriemann.tangentspace import TangentSpace
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import (
    KFold,
    StratifiedKFold,
    cross_validate,
    permutation_test_score,
)
from sklearn.pipeline import make_pipeline

from eeglrp.baselines.covariance import csp_lda
from eeglrp.models.data import Windows
from eeglrp.recordings import eegmmidb
from eeglrp.training.splits import make_splits

ROOT = Path(__file__).resolve().parents[1]
RANDOM_STATE = 42
#: Mean and SD of 109 subjects.
PUBLISHED = {"CSP+LDA": (65.75, 17.37), "TS+LR": (67.28, 19.19)}


#: Name -> (field of the trials that it reads, pipeline).
DECODERS = {
    "CSP+LDA": (
        "covariance",
        make_pipeline(CSP(6), LinearDiscriminantAnalysis()),
    ),
    "TS+LR": (
        "covariance",
        make_pipeline(TangentSpace(), LogisticRegression()),
    ),
    "CSP(8)+LDA": (
        "signal",
        make_pipeline(mne.decoding.CSP(8), LinearDiscriminantAnalysis()),
    ),
}
SCORES = ("roc_auc", "balanced_accuracy")


def study_config():
    import yaml
    from snakemake.utils import validate

    config = yaml.safe_load((ROOT / "config" / "real-small.yaml").read_text())
    # MOABB asks within subjects and takes all electrodes; the study tests on new people.
    task = config["tasks"][TASK]
    task["split"] = {"by": "block", "folds": 5, "gap": 1.0}
    task["windows"]["channels"] = None
    validate(config, str(ROOT / "config" / "schema.yaml"))
    return config


def score(name, trials, folds):
    """Area under the curve and balanced accuracy of a decoder, means over folds."""
    field, decoder = DECODERS[name]
    signal = getattr(trials, field)
    found = cross_validate(
        decoder, signal, trials.label, scoring=SCORES, cv=folds
    )
    return [found[f"test_{score}"].mean() for score in SCORES]


def shuffled(random_state=RANDOM_STATE):
    return StratifiedKFold(5, shuffle=True, random_state=random_state)


def study_split(frame, config):
    """For each trial its split in the first fold; empty where it is in a gap between them."""
    task = config["tasks"][TASK]
    table, *_ = make_splits(
        frame, task["split"], task["classes"], config["seed"], TASK
    )
    return (
        frame["sample"]
        .map(dict(zip(table["sample"], table["split"], strict=True)))
        .fillna("")
    )


def evaluations(name, parts, config):
    """Way of testing -> area and balanced accuracy, shape (n_subjects, 2)."""
    joined = join(parts)
    split, subject = study_split(joined.frame, config), joined.frame["subject"]
    owns = [subject == name for name in subject.unique()]
    train, tests = split == "train", [own & (split == "test") for own in owns]
    pairs = {
        "own trials": [
            (train & own, test) for own, test in zip(owns, tests, strict=True)
        ],
        "all subjects'": [(train, test) for test in tests],
    }
    return {
        "5 shuffled folds (MOABB)": [
            score(name, part, shuffled()) for part in parts
        ],
        "5 blocks of time in turn": [
            score(name, part, KFold(5)) for part in parts
        ],
    } | {
        f"blocks of time, {trained}": [
            score(name, joined, [pair]) for pair in indices(masks)
        ]
        for trained, masks in pairs.items()
    }


def indices(masks):
    return [tuple(map(np.flatnonzero, pair)) for pair in masks]


def study_baseline(parts, arrays, config):
    """Scores of the study's own CSP+LDA on its own windows, as its table of decoding has them."""
    frame = join(parts).frame
    frame = frame.assign(split=study_split(frame, config))
    frame, signal = (
        frame[frame["split"] != ""],
        np.concatenate([a["signal"] for a in arrays]),
    )
    channels, rate = (
        tuple(arrays[0]["channels"]),
        float(arrays[0]["sampling_rate"]),
    )
    windows = Windows(signal[frame.index], frame, channels, rate)
    margin = np.diff(csp_lda(windows), axis=1)[:, 0]
    scores = []
    for subject in frame["subject"].unique():
        test = (
            (frame["subject"] == subject) & (frame["split"] == "test")
        ).to_numpy()
        label, own = windows.label[test], margin[test]
        scores.append(
            (
                roc_auc_score(label, own),
                balanced_accuracy_score(label, own > 0),
            )
        )
    return scores


def show(text, scores):
    columns = np.vstack([scores, np.mean(scores, axis=0)]).T * 100
    cells = [
        "".join(f"{value:6.1f}" for value in column) for column in columns
    ]
    print(f"{text:54}{' |'.join(cells)}", flush=True)


def compare(name, areas):
    """Whether the mean of these subjects lies where that of as many random ones would."""
    from scipy.stats import norm

    mean, spread = PUBLISHED[name]
    error = spread / np.sqrt(len(areas))
    z = (100 * np.mean(areas) - mean) / error
    low, high = mean - 1.96 * error, mean + 1.96 * error
    print(
        f"{name}: mean {100 * np.mean(areas):.1f}, published {mean} +- {spread};",
        end=" ",
    )
    print(
        f"the mean of {len(areas)} subjects lies in [{low:.1f}, {high:.1f}] 95 times in",
        end=" ",
    )
    print(f"100; z = {z:.2f}, p = {2 * norm.sf(abs(z)):.2f}")


def luck(trials, options):
    """How much an area varies with the order of the trials, and without any information."""
    areas = [
        100 * score("CSP+LDA", trials, shuffled(k))[0]
        for k in range(options.orders)
    ]
    _, null, p = permutation_test_score(
        DECODERS["CSP+LDA"][1],
        trials.covariance,
        trials.label,
        cv=shuffled(),
        scoring="roc_auc",
        n_permutations=options.permutations,
        random_state=RANDOM_STATE,
    )
    low, high = np.quantile(100 * null, [0.025, 0.975])
    print(
        f"{trials.frame['subject'][0]}: {len(trials.label)} trials; {len(areas)} orders",
        end=" ",
    )
    print(
        f"{np.mean(areas):.1f} +- {np.std(areas, ddof=1):.1f}; labels permuted",
        end=" ",
    )
    print(f"{len(null)} times: [{low:.1f}, {high:.1f}], p = {p:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-root", type=Path, required=True, help="holds eegmmidb/"
    )
    parser.add_argument(
        "--subjects", nargs="+", help="such as S001; the study's unless given"
    )
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--permutations", type=int, default=500)
    options = parser.parse_args()
    mne.set_log_level("ERROR")
    config = study_config()
    dataset = config["datasets"]["eegmmidb"]
    dataset |= {"subjects": options.subjects} if options.subjects else {}
    subjects = eegmmidb.subjects(dataset, options.data_root)
    records = [
        eegmmidb.prepare(dataset, options.data_root, s, config["seed"])
        for s in subjects
    ]
    moabb = [moabb_trials(record) for record in records]
    study, arrays = zip(
        *(study_trials(record, config) for record in records), strict=True
    )
    print(
        "area under the curve and balanced accuracy, times 100:",
        *subjects,
        "mean",
    )
    areas = {}
    for name in DECODERS:
        for windows, parts in {
            "MOABB's windows": moabb,
            "study's windows": study,
        }.items():
            for way, scores in evaluations(name, parts, config).items():
                show(f"{name}, {windows}, {way}", scores)
                areas.setdefault(name, np.array(scores)[:, 0])
    show(
        "the study's own csp_lda, windows and split",
        study_baseline(study, arrays, config),
    )
    for name in PUBLISHED:
        compare(name, areas[name])
    for part in moabb:
        luck(part, options)


if __name__ == "__main__":
    main()
