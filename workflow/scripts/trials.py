from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.ocular.trials import score_trials

    params = snakemake.params
    predictions = [
        {"regime": regime, "seed": seed, "path": path}
        for (regime, seed), path in zip(
            params.models, snakemake.input.predictions, strict=True
        )
    ]
    score_trials(
        snakemake.input.windows,
        predictions,
        snakemake.input.stores,
        study=params.study,
        task=snakemake.wildcards.task,
        statistics=params.statistics,
        seed=params.seed,
        out=snakemake.output[0],
    )
