from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.evaluate.sanity import check_sanity
    from eeglrp.scripting import device_of

    params = snakemake.params
    check_sanity(
        snakemake.input.models,
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.output[0],
        study=params.study,
        task=snakemake.wildcards.task,
        methods=params.methods,
        attribution=params.attribution,
        sanity=params.sanity,
        smoothing=params.smoothing,
        statistics=params.statistics,
        seed=params.seed,
        permuted=snakemake.input.get("permuted", []),
        device=device_of(snakemake, params.device),
    )
