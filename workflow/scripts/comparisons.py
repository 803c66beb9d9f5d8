from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.decoding.comparisons import compare_models

    compare_models(
        snakemake.input[0],
        snakemake.params.statistics,
        snakemake.output[0],
    )
