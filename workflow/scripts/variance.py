from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.variance.run import write_variance

    write_variance(
        snakemake.input.decoding,
        snakemake.input.shares,
        snakemake.input.topography,
        snakemake.output[0],
    )
