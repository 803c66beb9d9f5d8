from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.verify.r_decoding import write_correlations

    write_correlations(
        snakemake.input.r_peak,
        snakemake.input.decoding,
        snakemake.params.statistics,
        snakemake.params.seed,
        snakemake.output[0],
    )
