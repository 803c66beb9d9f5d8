from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.verdict.dial import write_dial

    write_dial(
        snakemake.input[0],
        snakemake.params.levels,
        snakemake.params.confidence,
        snakemake.output[0],
    )
