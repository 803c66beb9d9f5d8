from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.reliance.models import measure_models

    files, params = snakemake.input, snakemake.params
    regressed = files.get("regressed") or [None] * len(params.models)
    stores = iter(files.stores)
    models = [
        {
            "regime": model[0],
            "seed": model[1],
            "own": own,
            "matched": matched,
            "neutral": neutral,
        }
        | {
            "regressed": rest,
            "stores": {method: next(stores) for method in params.methods},
        }
        for model, own, matched, neutral, rest in zip(
            params.models,
            files.own,
            files.matched,
            files.neutral,
            regressed,
            strict=True,
        )
    ]
    measure_models(
        models,
        files.windows,
        files.matched_windows,
        files.neutral_windows,
        names=params.names | {"task": snakemake.wildcards.task},
        statistics=params.statistics,
        seed=params.seed,
        out=snakemake.output[0],
    )
