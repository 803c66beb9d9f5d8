from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import attribute_on
    from eeglrp.scripting import device_of

    inputs, params = snakemake.input, snakemake.params
    names = snakemake.wildcards
    attribute_on(
        inputs.models,
        inputs.windows,
        inputs.splits,
        snakemake.output.store,
        methods=params.methods,
        attribution=params.attribution,
        ids={
            "study": params.study,
            "task": names.task,
            "regime": names.regime,
            "seed": int(names.seed),
            "tested": names.tested,
        },
        seed=params.seed,
        device=device_of(snakemake, params.device),
        config_sha256=params.config_sha256,
        costs=[snakemake.output.cost],
    )
