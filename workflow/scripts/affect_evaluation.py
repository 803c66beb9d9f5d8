from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.affect.decoding import score_affect

    inputs, params = snakemake.input, snakemake.params
    models = zip(params.models, inputs.predictions, strict=True)
    score_affect(
        inputs.windows,
        [
            {"regime": regime, "seed": seed, "path": path}
            for (regime, seed), path in models
        ],
        study=params.study,
        task=snakemake.wildcards.task,
        target=params.target,
        nulls=params.affect["nulls"],
        statistics=params.statistics,
        seed=params.seed,
        out=snakemake.output[0],
    )
