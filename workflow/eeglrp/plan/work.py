"""What a job is, by the path of its benchmark, and how much work it has.

Work is counted in what the job's time grows with: window-tokens through layers for jobs that run
the model, window-samples for the others.
"""

import re
from typing import NamedTuple

from eeglrp.models.labram import n_patches

#: Path below `benchmarks/`, kind of job, and the part of the path whose jobs differ in speed.
_KINDS = [
    (
        r"models/(?P<task>[^/]+)/(?P<variant>[^/]+)/(fold-\d+/)?(seed-\d+(-permuted)?|permuted-\d+)",
        "train",
    ),
    (
        r"learning_curves/(?P<task>[^/]+)/(?P<variant>[^/]+)/seed-\d+/windows-(?P<size>\d+)",
        "curve",
    ),
    (
        r"attributions/(?P<task>[^/]+)/[^/]+/seed-\d+(-on-[^/]+)?/(?P<variant>[^/]+)",
        "attribute",
    ),
    (r"predictions/(?P<task>[^/]+)/[^/]+/seed-\d+-on-[^/]+", "predict"),
    (r"predictions/(?P<task>[^/]+)/(?P<variant>[^/]+)/seed-\d+", "baseline"),
    (r"weights/pretrained-(?P<task>[^/]+)(/fold-\d+)?", "pretrain"),
    (r"windows/(?P<task>[^/]+)/[^/]+", "windows"),
    (r"recordings/[^/]+/[^/]+", "recordings"),
    (
        r"(?P<variant>metrics|figures|components|weights|join_predictions)/.+",
        "small",
    ),
    (r"(?P<variant>[\w-]+)", "small"),
    (r"(?P<variant>\w+)/(?P<task>[^/]+)", "table"),
]


class Size(NamedTuple):
    """What the work of a task's jobs depends on."""

    channels: int
    n_times: int
    layers: int
    #: Windows of the three splits of a fold, and those of all folds that a method explains.
    train: int
    validation: int
    test: int
    explained: int
    epochs: int
    #: Passes over windows in pretraining.
    pretraining: int = 0
    #: What a job does that does them together.
    subjects: int = 1
    regimes: int = 1
    folds: int = 1

    @property
    def windows(self):
        """Windows of all splits."""
        learning = self.train + self.validation
        return learning + self.test

    @property
    def samples(self):
        """Values of one window."""
        return self.channels * self.n_times

    @property
    def network(self):
        """Tokens of one window times layers of the model."""
        tokens = self.channels * n_patches(self.n_times)
        return tokens * self.layers


def kind_of(path):
    """Kind, variant, task and number of windows (of a learning curve) of a job.

    Parameters
    ----------
    path : str
        Of its benchmark, below `benchmarks/`, without ending.

    Returns
    -------
    tuple
        (kind, variant, task, size); None and "" where there is none. The kind is None where the
        path is not one of the workflow's.
    """
    for pattern, kind in _KINDS:
        match = re.fullmatch(pattern, path)
        if match:
            names = match.groupdict()
            variant = names.get("variant") or ""
            size = names.get("size")
            return kind, variant, names.get("task"), size and int(size)
    return None, "", None, None


def n_together(path, sizes):
    """How many jobs of the setting `jobs: single` a job does.

    Parameters
    ----------
    path : str
    sizes : dict of Size
        By task.
    """
    kind, _, task, _ = kind_of(path)
    if task not in sizes:
        return 1
    size = sizes[task]
    if kind == "pretrain":
        return 1 if "/fold-" in path else size.folds
    if "together" not in path.split("/"):
        return 1
    each = {
        "windows": size.subjects,
        "train": size.regimes * size.folds,
    }
    return each.get(kind, size.regimes)


def work_of(path, paths, sizes):
    """Work of a job.

    Parameters
    ----------
    path : str
    paths : collections.Counter
        Number of jobs of the study by (kind, task).
    sizes : dict of Size
        By task.
    """
    kind, _, task, trained_on = kind_of(path)
    size = sizes.get(task)
    if size is None:
        return 0.0
    n_learned = trained_on or size.train
    # A pass that only looks takes a third of one that learns.
    epoch = size.network * (n_learned + size.validation / 3)
    stores = max(1, paths["windows", task])
    maps = max(1, paths["attribute", task])
    work = {
        "train": size.epochs * epoch,
        # One job does all folds.
        "curve": size.epochs * epoch * size.folds,
        "attribute": size.explained * size.network,
        "predict": size.test * size.network * size.folds,
        "pretrain": size.pretraining * size.network,
        "baseline": size.windows * size.samples * size.folds,
        "windows": size.windows * size.samples / stores,
        "table": size.explained * size.samples * maps,
    }
    return float(work.get(kind, 0)) * n_together(path, sizes)
