from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.affect.refits import refit_affect
    from eeglrp.optional import without

    params = snakemake.params
    with without("torch"):
        refit_affect(
            params.names,
            snakemake.input.windows,
            snakemake.input.splits,
            snakemake.input.folds,
            study=params.study,
            task=snakemake.wildcards.task,
            target=params.target,
            gap=params.gap,
            affect=params.affect,
            statistics=params.statistics,
            seed=params.seed,
            out=snakemake.output[0],
        )
