"""A model trained on a part of the training split: one point of a learning curve.

A part is drawn by the seeds of study and model, the same for every regime, and lies inside every
larger one. A pass over few windows has few steps, so that one recipe would train the smaller parts
less: the windows of a part stand in an epoch several times, until it has about as many steps as an
epoch of the whole split. All else, validation split and choice of the epoch too, stays as it is.
"""

from collections import Counter
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.seeds import generator

#: A window stands in an epoch at most so many times.
MOST_REPEATS = 50


def train_on_part(
    windows, splits, weights, *, size, out, run, model, training
):
    """Train a model a fold on `size` windows of its training split and write their predictions.

    Parameters
    ----------
    windows : sequence of Path
    splits : sequence of Path
        One a fold.
    weights : sequence of Path
        Pretrained backbones, one a fold; empty for `scratch`.
    size : int
    out : Path
        As the models' predictions of all folds; of the training split, only the windows that were
        trained on.
    run, model, training : dict
        As for `eeglrp.training.loop.train_model`, without the fold; the models are not kept.

    Raises
    ------
    InputError
        If a training split has no more than `size` windows, or as `train_model`.
    """
    from eeglrp.training.predictions import join_folds

    tables = []
    for fold, table in enumerate(splits):
        backbone = weights[fold] if weights else None
        of_fold = run | {"fold": fold}
        tables.append(
            _of_fold(windows, table, backbone, size, of_fold, model, training)
        )
    join_folds(tables, out)


def _of_fold(windows, splits, weights, size, run, model, training):
    """Predictions of the model of one fold."""
    from eeglrp.models.data import load_windows
    from eeglrp.training.loop import train_model
    from eeglrp.training.predict import model_predictions

    task = run["task"]
    rng = generator(run["study_seed"], "learning curve", task, run["seed"])
    with TemporaryDirectory(prefix="eeglrp-") as name:
        folder = Path(name)
        whole = load_windows(windows, splits, "train", folder)
        n_windows = len(whole.frame)
        check_size(size, n_windows, task)
        subject = whole.frame["subject"].to_numpy(str)
        order = balanced_order(subject, whole.label, rng)
        index = np.sort(list(islice(order, size)))
        part = folder / "part.zarr.zip"
        _write_part(whole, index, part)
        # Windows of a store that is named several times are read as often.
        again = [part] * (repeats(n_windows, size) - 1)
        stores = [*windows, *again]
        samples = whole.frame["sample"].iloc[index]
        reduced = folder / "splits.tsv"
        write_table(_reduced(splits, samples), reduced)
        outputs = {
            "model": folder / "model.safetensors",
            "record": folder / "model.json",
            "history": folder / "history.tsv",
        }
        train_model(
            stores,
            reduced,
            weights,
            run=run,
            model=model,
            training=training,
            outputs=outputs,
        )
        device = training["device"]
        return model_predictions(outputs["model"], windows, reduced, device)


def check_size(size, n_windows, task):
    """Refuse a part that is not smaller than the whole, which is a point of the curve anyway.

    Raises
    ------
    InputError
    """
    if size >= n_windows:
        key = f"tasks.{task}.training.learning_curve"
        problem = f"{size} windows are not fewer than the {n_windows} of the training split"
        raise InputError(
            "config", key, problem, "leave this number out, or lower it"
        )


def repeats(n_windows, size):
    """How often a part's windows stand in an epoch that should be as long as the whole split's."""
    times = round(n_windows / size)
    return max(1, min(MOST_REPEATS, times))


def balanced_order(subject, label, rng):
    """Windows in an order of which every beginning is even over classes, then over subjects.

    The next window is always one of the class, and then of the subject, that was drawn least often
    so far and has windows left. The random order of all windows decides between equals.

    Parameters
    ----------
    subject : array of str, shape (n,)
    label : array of int, shape (n,)
    rng : numpy.random.Generator

    Yields
    ------
    int
        Every number below n once.
    """
    left = {}
    for place in rng.permutation(len(label)):
        both = label[place], subject[place]
        left.setdefault(both, []).append(int(place))
    of_class = Counter()
    of_subject = Counter()
    of_both = Counter()

    def drawn(both):
        class_, person = both
        return of_class[class_], of_subject[person], of_both[both]

    while left:
        both = min(left, key=drawn)
        yield left[both].pop()
        class_, person = both
        of_class[class_] += 1
        of_subject[person] += 1
        of_both[both] += 1
        if not left[both]:
            del left[both]


def _write_part(whole, index, path):
    """A store of the part alone: quicker to read again than the subjects' own."""
    from eeglrp.store import write_windows

    frame = whole.frame.iloc[index]
    write_windows(
        path,
        whole.signal[index],
        whole.label[index],
        channels=whole.channels,
        sampling_rate=whole.sampling_rate,
        samples=frame["sample"].tolist(),
        subject=frame["subject"].tolist(),
        recording=frame["recording"].tolist(),
        onset=frame["onset"].to_numpy(float),
    )


def _reduced(splits, samples):
    """The table of the splits without the training windows that are not in the part."""
    table = read_table(splits, ("sample", "subject", "split"))
    is_other_split = table["split"] != "train"
    is_in_part = table["sample"].isin(samples)
    return table[is_other_split | is_in_part]
