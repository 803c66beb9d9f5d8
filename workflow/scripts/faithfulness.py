from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.evaluate.faithfulness import score_faithfulness
    from eeglrp.scripting import device_of, shares_of

    params, splits = snakemake.params, snakemake.input.splits
    n_models = len(snakemake.input.models) // len(splits)
    models = shares_of(snakemake.input.models, n_models)
    stores = shares_of(snakemake.input.stores, n_models)
    score_faithfulness(
        snakemake.input.windows,
        list(zip(models, stores, strict=True)),
        splits,
        study=params.study,
        task=snakemake.wildcards.task,
        split=params.split,
        settings=params.faithfulness,
        statistics=params.statistics,
        seed=params.seed,
        device=device_of(snakemake, params.device),
        outputs=dict(snakemake.output.items()),
    )
