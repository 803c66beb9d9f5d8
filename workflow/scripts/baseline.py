from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.baselines.run import predict_baseline
    from eeglrp.scripting import device_of

    names, params = snakemake.wildcards, snakemake.params
    run = {
        "task": names.task,
        "classes": params.classes,
        "seed": int(names.seed),
        "study_seed": params.seed,
    }
    predict_baseline(
        names.baseline,
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.output.predictions,
        run=run,
        device=device_of(snakemake, params.device),
        layer=params.layer,
        target=params.target,
    )
