from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.evaluate.psychometric import score_psychometric

    score_psychometric(
        snakemake.input.decoding,
        snakemake.input.localisation,
        snakemake.params.curves,
        snakemake.params.statistics,
        snakemake.params.seed,
        snakemake.params.study,
        snakemake.output[0],
    )
