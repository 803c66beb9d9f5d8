from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.decoding.learning_curve import train_on_part

    inputs, names, params = (
        snakemake.input,
        snakemake.wildcards,
        snakemake.params,
    )
    # `--resources gpu=0` takes a job's graphics card away.
    device = (
        params.training["device"]
        if snakemake.resources.get("gpu", 1)
        else "cpu"
    )
    train_on_part(
        inputs.windows,
        inputs.splits,
        inputs.get("weights") or None,
        size=int(names.size),
        out=snakemake.output.predictions,
        task=names.task,
        classes=params.classes,
        regime=names.regime,
        seed=int(names.seed),
        study_seed=params.seed,
        model=params.model,
        training=params.training | {"device": device},
    )
