from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.scripting import device_of
    from eeglrp.training.job import LABELS

    names, params = snakemake.wildcards, snakemake.params
    device = device_of(snakemake, params.training["device"])
    # Only a job that can be interrupted and go on has a checkpoint.
    checkpoint = params.get("checkpoint")
    LABELS[params.labels](
        snakemake.input.windows,
        snakemake.input.splits,
        dict(snakemake.output.items()),
        weights=snakemake.input.get("weights") or None,
        task=names.task,
        regime=names.regime,
        seed=int(names.get("seed", names.get("number"))),
        classes=params.classes,
        study_seed=params.seed,
        model=params.model,
        training=params.training | {"device": device},
        **({"checkpoint": checkpoint} if checkpoint else {}),
    )
