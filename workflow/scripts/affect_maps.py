from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.affect.maps import write_maps
    from eeglrp.scripting import device_of

    params = snakemake.params
    write_maps(
        snakemake.input.models,
        snakemake.input.get("permuted", []),
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.output[0],
        study=params.study,
        task=snakemake.wildcards.task,
        method=params.method,
        options=params.options,
        attribution=params.attribution,
        affect=params.affect,
        seed=params.seed,
        device=device_of(snakemake, params.device),
    )
