from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.transfer.scores import score_transfer

    params = snakemake.params
    # The files as Snakemake names them: a module may have put a prefix before them.
    files = zip(
        params.models,
        snakemake.input.predictions,
        snakemake.input.store,
        strict=True,
    )
    models = [
        model | {"predictions": predictions, "store": store}
        for model, predictions, store in files
    ]
    score_transfer(
        models,
        study=params.study,
        task=snakemake.wildcards.task,
        method=params.method,
        statistics=params.statistics,
        seed=params.seed,
        out=snakemake.output[0],
    )
