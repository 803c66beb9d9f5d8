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
    place = choose_device(device)
    names = {"study": study, "task": task}
    rows = []
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, attribution["split"], folder)
        subject = data.frame["subject"].to_numpy()
        limit = sanity["max_windows"]
        chosen = choose_windows(subject, data.label, limit, seed)
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
    ranks = {}
    for method, relevance in reference.maps.items():
        ranks[method] = ranked(relevance, job.width)
    compared = _randomised(reference, ranks, job)
    if permuted:
        other, record = load_model(permuted)
        check_fit(permuted, record, data)
        other = other.to(job.device).requires_grad_(False)
        of_methods = similarities(other, reference, ranks, job)
        compared.append(("labels", "labels", 0, of_methods))
    names = {
        **job.names,
        "regime": reference.record["regime"],
        "seed": reference.record["seed"],
    }
    return [
        *_similarity_rows(compared, ranks, reference, names, job),
        *_robustness_rows(reference, names, job),
    ]


def _randomised(reference, ranks, job):
    """Kind, unit, depth and similarities by method of every randomisation, mean over draws."""
    draws = range(job.sanity["randomisations"])
    scores = {}
    stages = []
    for draw in draws:
        stages = []
        states = randomised(reference, job.seed, draw)
        for kind, unit, depth, names, model in states:
            key = (draw, *names)
            # The head alone begins both kinds.
            if key not in scores:
                scores[key] = similarities(model, reference, ranks, job)
            stages.append((kind, unit, depth, names))
    compared = []
    for kind, unit, depth, names in stages:
        of_methods = _mean_of([scores[draw, *names] for draw in draws])
        compared.append((kind, unit, depth, of_methods))
    return compared


def _mean_of(draws):
    """Mean over draws of the similarities, by method."""
    means = {}
    for method in draws[0]:
        values = [of_methods[method] for of_methods in draws]
        means[method] = np.mean(values, axis=0)
    return means


def _similarity_rows(compared, ranks, reference, names, job):
    """Rows of all randomisations; `chance` is what maps of windows of one class share."""
    partner = partners(reference.target.cpu().numpy())
    rows = []
    for method in job.methods:
        chance = [_chance(vectors, partner) for vectors in ranks[method]]
        columns = []
        for kind, unit, depth, _ in compared:
            for metric, level in zip(SIMILARITIES, chance, strict=True):
                column = {
                    "metric": f"{metric} {kind}",
                    "unit": unit,
                    "depth": depth,
                    "chance": level,
                }
                columns.append(column)
        values = np.hstack([of_methods[method] for *_, of_methods in compared])
        of_method = names | {"method": method}
        rows += _estimates(values, columns, reference, of_method, job)
    return rows


def _chance(ranks, partner):
    """Mean similarity of maps and their partners', of those windows that have one."""
    has_partner = partner >= 0
    values = dots(ranks[has_partner], ranks[partner[has_partner]])
    if len(values) == 0:
        return float("nan")
    return float(values.mean())


def _robustness_rows(reference, names, job):
    """Rows of sensitivity, over windows that all draws leave in their class."""
    model = reference.model
    case = reference.case
    noise = job.sanity["noise"]
    draws = job.sanity["draws"]
    seed = integer_seed(job.seed, "robustness")
    copies = noisy_copies(case.signal, noise, draws, seed)
    predicted = [class_scores(model, case, copy).argmax(1) for copy in copies]
    kept = unchanged(reference.prediction, predicted).cpu().numpy()
    changed = [{"metric": "changed_prediction"}]
    rows = _estimates(1.0 - kept[:, None], changed, reference, names, job)
    columns = [{"metric": metric} for metric in SENSITIVITIES]
    for method, explain in job.methods.items():
        noisy = []
        for copy in copies:
            relevance = maps(explain, model, case, reference.target, copy)
            noisy.append(smooth(relevance, job.width))
        undisturbed = smooth(reference.maps[method], job.width)
        values = sensitivity(undisturbed, np.stack(noisy))
        values[~kept] = np.nan
        of_method = names | {"method": method}
        rows += _estimates(values, columns, reference, of_method, job)
    return rows


def _estimates(values, columns, reference, names, job):
    subject = reference.case.subject
    return estimate_rows(
        values, columns, subject, names, job.statistics, job.seed
    )
