from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.windowing.counts import write_excluded

    write_excluded(snakemake.params.excluded, snakemake.output[0])
