from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.strategies.run import score_strategies

    params = snakemake.params
    score_strategies(
        snakemake.input.windows,
        list(zip(params.arms, snakemake.input.stores, strict=True)),
        study=params.study,
        task=snakemake.wildcards.task,
        classes=params.classes,
        statistics=params.statistics,
        seed=params.seed,
        out=snakemake.output[0],
    )
