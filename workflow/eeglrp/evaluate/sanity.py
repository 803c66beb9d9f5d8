"""Whether maps depend on what the model learned, and stay when the signal hardly changes.

Weights are replaced by random ones unit by unit, and the maps compared with the trained model's
(Adebayo et al. 2018, arXiv:1810.03292). A map that stays tells nothing about the trained model. The
similarity does not rank methods: its size depends on noise in the maps and on parts of the network
that a random model keeps (Binder et al. 2023, CVPR, arXiv:2211.12486). With models trained on
permuted labels the same is asked of the labels. Sensitivity: see `eeglrp.evaluate.robustness`.

The class explained is always the one that the trained model's map explains.
"""

from tempfile import TemporaryDirectory

import numpy as np

from eeglrp.attribution.explaining import class_scores, maps
from eeglrp.attribution.methods import method_function
from eeglrp.attribution.selection import choose_windows
from eeglrp.attribution.smoothing import smooth
from eeglrp.evaluate.reference import (
    SIMILARITIES,
    Job,
    explain_reference,
    randomised,
    ranked,
    similarities,
)
from eeglrp.evaluate.robustness import METRICS as SENSITIVITIES
from eeglrp.evaluate.robustness import noisy_copies, sensitivity, unchanged
from eeglrp.evaluate.similarity import dots, partners
from eeglrp.files import write_table
from eeglrp.jobs import logger, progress
from eeglrp.models.data import load_windows
from eeglrp.models.trained import load_model
from eeglrp.seeds import integer_seed
from eeglrp.tables import estimate_rows, metric_frame
from eeglrp.training.optimisation import choose_device
from eeglrp.training.predict import check_fit

EXTRA = ("unit", "depth")


def check_sanity(
    models,
    windows,
    splits,
    out,
    *,
    study,
    task,
    methods,
    attribution,
    sanity,
    smoothing,
    statistics,
    seed,
    permuted=(),
    device="auto",
):
    """Write similarity under randomisation, and sensitivity, of every model and method of a task.

    Parameters
    ----------
    models : sequence of Path
        `.safetensors` with their `.json` beside them.
    windows : sequence of Path
        Windows stores, one a subject.
    splits, out : Path
    study, task : str
    methods : dict
        Name in the configuration -> options.
    attribution : dict
        Settings `target`, `score`, `split`, `batch_size`.
    sanity : dict
        `max_windows` (of a subject), `randomisations`, `draws`, `noise`.
    smoothing : float
        Of the maps that are compared, in s.
    statistics : dict
        `bootstrap`, `confidence`.
    seed : int
        The study's.
    permuted : sequence of Path
        Models of the same order that were trained on permuted labels; may be empty.
    device : str

    Raises
    ------
    InputError
        If a model, the windows or a method cannot be used, or do not fit each other.
    """
    if not methods:
        write_table(metric_frame([], EXTRA), out)
        return
    place, names = choose_device(device), {"study": study, "task": task}
    rows = []
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, attribution["split"], folder)
        chosen = choose_windows(
            data.frame["subject"].to_numpy(),
            data.label,
            sanity["max_windows"],
            seed,
        )
        logger.info("%d of %d windows", len(chosen), len(data.frame))
        functions = {
            name: method_function(name, options, windows, splits, seed)
            for name, options in methods.items()
        }
        width = round(smoothing * data.sampling_rate)
        job = Job(
            names,
            functions,
            attribution,
            sanity,
            width,
            statistics,
            seed,
            place,
        )
        for number, path in enumerate(progress(models, f"sanity {task}")):
            other = permuted[number] if permuted else None
            rows += model_rows(path, other, data, chosen, job)
    write_table(metric_frame(rows, EXTRA), out)


def model_rows(path, permuted, data, chosen, job):
    """Rows of one model: every method, every randomisation, every metric."""
    reference = explain_reference(path, data, chosen, job)
    own = {
        name: ranked(found, job.width)
        for name, found in reference.maps.items()
    }
    found = _randomised(reference, own, job)
    if permuted:
        other, record = load_model(permuted)
        check_fit(permuted, record, data)
        other = other.to(job.device).requires_grad_(False)
        found.append(
            ("labels", "labels", 0, similarities(other, reference, own, job))
        )
    names = job.names | {
        name: reference.record[name] for name in ("regime", "seed")
    }
    return [
        *_similarity_rows(found, own, reference, names, job),
        *_robustness_rows(reference, names, job),
    ]


def _randomised(reference, own, job):
    """Kind, unit, depth and similarities by method of every randomisation, mean over draws."""
    count = job.sanity["randomisations"]
    drawn, scores = [], {}
    for draw in range(count):
        drawn = []
        for kind, unit, depth, names, model in randomised(
            reference, job.seed, draw
        ):
            key = (draw, *names)
            # The head alone begins both kinds.
            if key not in scores:
                scores[key] = similarities(model, reference, own, job)
            drawn.append((kind, unit, depth, names))
    return [
        (
            kind,
            unit,
            depth,
            _mean_of([scores[draw, *names] for draw in range(count)]),
        )
        for kind, unit, depth, names in drawn
    ]


def _mean_of(draws):
    return {
        name: np.mean([draw[name] for draw in draws], axis=0)
        for name in draws[0]
    }


def _similarity_rows(found, own, reference, names, job):
    """Rows of all randomisations; `chance` is what maps of windows of one class share."""
    partner = partners(reference.target.cpu().numpy())
    paired, rows = partner >= 0, []
    for method in job.methods:
        chance = [
            _mean(dots(ranks[paired], ranks[partner[paired]]))
            for ranks in own[method]
        ]
        columns = [
            {
                "metric": f"{metric} {kind}",
                "unit": unit,
                "depth": depth,
                "chance": level,
            }
            for kind, unit, depth, _ in found
            for metric, level in zip(SIMILARITIES, chance, strict=True)
        ]
        values = np.hstack([of_method[method] for *_, of_method in found])
        rows += _estimates(
            values, columns, reference, names | {"method": method}, job
        )
    return rows


def _mean(values):
    return float(values.mean()) if len(values) else float("nan")


def _robustness_rows(reference, names, job):
    """Rows of sensitivity, over windows that all draws leave in their class."""
    case, sanity = reference.case, job.sanity
    seed = integer_seed(job.seed, "robustness")
    copies = noisy_copies(case.signal, sanity["noise"], sanity["draws"], seed)
    predicted = [
        class_scores(reference.model, case, copy).argmax(1) for copy in copies
    ]
    kept = unchanged(reference.prediction, predicted).cpu().numpy()
    changed = [{"metric": "changed_prediction"}]
    rows = _estimates(1.0 - kept[:, None], changed, reference, names, job)
    columns = [{"metric": metric} for metric in SENSITIVITIES]
    for method, explain in job.methods.items():
        noisy = [
            maps(explain, reference.model, case, reference.target, copy)
            for copy in copies
        ]
        noisy = np.stack([smooth(each, job.width) for each in noisy])
        values = sensitivity(smooth(reference.maps[method], job.width), noisy)
        values[~kept] = np.nan
        rows += _estimates(
            values, columns, reference, names | {"method": method}, job
        )
    return rows


def _estimates(values, columns, reference, names, job):
    subject = reference.case.subject
    return estimate_rows(
        values, columns, subject, names, job.statistics, job.seed
    )
