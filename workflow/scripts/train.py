from itertools import product
from pathlib import Path

from eeglrp.jobs import job
from eeglrp.optional import without_compiler

with job(snakemake.log[0], snakemake.params.threads), without_compiler():
    from eeglrp.scripting import device_of, files_of
    from eeglrp.training.job import LABELS

    inputs, params = snakemake.input, snakemake.params
    names = snakemake.wildcards
    device = device_of(snakemake, params.training["device"])
    run = {
        "task": names.task,
        "classes": params.classes,
        "seed": int(names.get("seed", names.get("number"))),
        "study_seed": params.seed,
    }
    folds = list(map(int, params.folds))
    weights = inputs.get("weights") or [None] * len(folds)
    # Only a job that can be interrupted and go on has checkpoints.
    checkpoints = params.get("checkpoints", [])
    models = product(params.regimes, range(len(folds)))
    for place, (regime, number) in enumerate(models):
        checkpoint = checkpoints[place] if checkpoints else None
        LABELS[params.labels](
            inputs.windows,
            inputs.splits[number],
            weights[number],
            run=run | {"regime": regime, "fold": folds[number]},
            model=params.models[regime],
            training=params.training | {"device": device},
            outputs=files_of(snakemake.output, place),
            **({"checkpoint": checkpoint} if checkpoint else {}),
        )
    for checkpoint in checkpoints:
        Path(checkpoint).unlink(missing_ok=True)
