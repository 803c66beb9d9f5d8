from pathlib import Path

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.scripting import device_of, files_of
    from eeglrp.training.job import LABELS

    names, params = snakemake.wildcards, snakemake.params
    device = device_of(snakemake, params.training["device"])
    run = {
        "task": names.task,
        "classes": params.classes,
        "seed": int(names.get("seed", names.get("number"))),
        "study_seed": params.seed,
    }
    # Only a job that can be interrupted and go on has checkpoints.
    checkpoints = params.get("checkpoints", [])
    for place, regime in enumerate(params.regimes):
        checkpoint = checkpoints[place] if checkpoints else None
        LABELS[params.labels](
            snakemake.input.windows,
            snakemake.input.splits,
            snakemake.input.get("weights") or None,
            run=run | {"regime": regime},
            model=params.model,
            training=params.training | {"device": device},
            outputs=files_of(snakemake.output, place),
            **({"checkpoint": checkpoint} if checkpoint else {}),
        )
    for checkpoint in checkpoints:
        Path(checkpoint).unlink(missing_ok=True)
