"""Where a study's files lie below `results/<study>/`: every pattern once.

Names in braces are Snakemake's wildcards, and `str.format` fills them in. The patterns are a
contract: docs/reference/files.md describes them.
"""

from pathlib import Path

from eeglrp.errors import InputError

#: What tells the models of a study apart.
RUN = "{task}/{regime}/fold-{fold}/seed-{seed}"
#: The models of all folds: every window by the one that never saw it.
RUNS = "{task}/{regime}/seed-{seed}"
#: Models that are tested or explained on windows of another task.
RUNS_ON = f"{RUNS}-on-{{tested}}"

RECORDING = "recordings/{dataset}/{subject}"
WINDOWS = "windows/{task}/{subject}.zarr.zip"
WINDOW_COUNTS = "windows/{task}/{subject}.tsv"
#: Subjects that the configuration excludes; no subject's name has an underscore.
EXCLUDED_COUNTS = "windows/{task}/_excluded.tsv"
FOLD_SPLITS = "splits/{task}/fold-{fold}.tsv"
SPLITS = "splits/{task}.tsv"
#: Backbones that the study pretrains itself.
PRETRAINED = "weights/pretrained-{task}/fold-{fold}"
#: Stems: weights, record and history have their own endings.
MODEL = f"models/{RUN}"
#: Trained on labels that were permuted freely, and on labels whose blocks changed places.
MODEL_PERMUTED = f"{MODEL}-permuted"
MODEL_NULL = "models/{task}/{regime}/fold-{fold}/permuted-{number}"
FOLD_PREDICTIONS = f"predictions/{RUN}.tsv"
PREDICTIONS = f"predictions/{RUNS}.tsv"
PREDICTIONS_ON = f"predictions/{RUNS_ON}.tsv"
#: A baseline stands in the place of the regime.
BASELINE = "predictions/{task}/{baseline}/seed-{seed}"
LEARNING_CURVE = f"learning_curves/{RUNS}/windows-{{size}}"
ATTRIBUTION = f"attributions/{RUNS}/{{method}}"
ATTRIBUTION_ON = f"attributions/{RUNS_ON}/{{method}}"
#: Of one task, and of all.
PART = "metrics/parts/{task}/{table}.tsv"
TABLE = "metrics/{table}.tsv"
FIGURE = "figures/{name}.{ending}"
REPORT = "report.html"
PROVENANCE = "provenance.json"


def of_job(path, together):
    """Path of a job: without the wildcards whose values it does together, if it does any.

    Parameters
    ----------
    path : str
        With wildcards.
    together : sequence
        What the job does together; empty for one thing a job.
    """
    if not together:
        return path
    for name in ("{subject}", "{regime}"):
        path = path.replace(name, "together")
    return path.replace("/fold-{fold}", "")


def check_layout(folder):
    """Refuse a folder that holds results of the layout without folds.

    Parameters
    ----------
    folder : Path
        `results/<study>`.

    Raises
    ------
    InputError
        Naming a file of the former layout.
    """
    former = sorted(Path(folder).glob("models/*/*/seed-*.safetensors"))
    if former:
        problem = "is of a former layout, without folds"
        remedy = f"move or delete {folder}, then run again: old and new results are not mixed"
        raise InputError(former[0], "layout", problem, remedy)
