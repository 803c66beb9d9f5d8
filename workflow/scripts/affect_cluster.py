from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.affect.table import write_clusters

    inputs, params = snakemake.input, snakemake.params
    pairs = zip(inputs.topography, inputs.maps, strict=True)
    write_clusters(
        dict(zip(params.tasks, pairs, strict=True)),
        snakemake.output[0],
        study=params.study,
        method=params.method,
        affect=params.affect,
        statistics=params.statistics,
        seed=params.seed,
    )
