from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.scripting import device_of
    from eeglrp.training.job import LABELS

    names, params = snakemake.wildcards, snakemake.params
    device = device_of(snakemake, params.training["device"])
    run = {
        "task": names.task,
        "classes": params.classes,
        "regime": names.regime,
        "seed": int(names.get("seed", names.get("number"))),
        "study_seed": params.seed,
    }
    # Only a job that can be interrupted and go on has a checkpoint.
    checkpoint = params.get("checkpoint")
    LABELS[params.labels](
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.input.get("weights") or None,
        run=run,
        model=params.model,
        training=params.training | {"device": device},
        outputs=dict(snakemake.output.items()),
        **({"checkpoint": checkpoint} if checkpoint else {}),
    )
