from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.attribution.run import attribute

    params, names = snakemake.params, snakemake.wildcards
    ids = {"study": params.study, "task": names.task, "regime": names.regime}
    attribute(
        snakemake.input.model,
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.output.store,
        method=names.method,
        attribution=params.attribution,
        ids=ids | {"seed": int(names.seed)},
        seed=params.seed,
        options=params.options,
        # `--resources gpu=0` takes a job's graphics card away.
        device=params.device if snakemake.resources.get("gpu", 1) else "cpu",
        config_sha256=params.config_sha256,
        out_cost=snakemake.output.cost,
    )
