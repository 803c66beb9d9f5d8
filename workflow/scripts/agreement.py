from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.evaluate.agreement import compare_maps

    compare_maps(
        snakemake.input,
        dict(snakemake.output.items()),
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        max_windows=snakemake.params.max_windows,
        smoothing=snakemake.params.smoothing,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
    )
