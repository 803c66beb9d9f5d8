from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.reliance.table import write_reliance

    write_reliance(
        snakemake.input,
        snakemake.params.statistics,
        snakemake.params.seed,
        snakemake.output[0],
    )
