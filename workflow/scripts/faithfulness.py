from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.evaluate.faithfulness import score_faithfulness
    from eeglrp.scripting import device_of

    params, models, stores = (
        snakemake.params,
        snakemake.input.models,
        snakemake.input.stores,
    )
    # Equally many stores a model, in the same order.
    size = len(stores) // len(models)
    score_faithfulness(
        snakemake.input.windows,
        [
            (path, stores[k * size : (k + 1) * size])
            for k, path in enumerate(models)
        ],
        snakemake.input.splits,
        study=params.study,
        task=snakemake.wildcards.task,
        split=params.split,
        settings=params.faithfulness,
        statistics=params.statistics,
        seed=params.seed,
        device=device_of(snakemake, params.device),
        outputs=dict(snakemake.output.items()),
    )
