from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.evaluate.localisation import score_localisation

    score_localisation(
        snakemake.input.windows,
        snakemake.input.stores,
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        kind=snakemake.params.kind,
        verify=snakemake.params.verify,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        out=snakemake.output[0],
    )
