from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.decoding.confusion_table import tabulate_confusion
    from eeglrp.decoding.scores import score_decoding

    params = snakemake.params
    predictions = [
        {
            "task": snakemake.wildcards.task,
            "regime": regime,
            "seed": seed,
            "path": path,
        }
        for (regime, seed), path in zip(
            params.models, snakemake.input.predictions, strict=True
        )
    ]
    shared = params.study, params.statistics, params.seed
    score_decoding(predictions, *shared, snakemake.output.decoding)
    tabulate_confusion(
        predictions, params.classes, *shared, snakemake.output.confusion
    )
