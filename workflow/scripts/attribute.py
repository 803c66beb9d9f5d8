from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.attribution.run import attribute
    from eeglrp.scripting import device_of

    names, params = snakemake.wildcards, snakemake.params
    attribute(
        snakemake.input.model,
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.output.stores,
        methods=params.methods,
        attribution=params.attribution,
        ids={
            "study": params.study,
            "task": names.task,
            "regime": names.regime,
            "seed": int(names.seed),
        },
        seed=params.seed,
        device=device_of(snakemake, params.device),
        config_sha256=params.config_sha256,
        costs=snakemake.output.costs,
    )
