from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.baselines.run import predict_baseline
    from eeglrp.scripting import device_of

    names, params = snakemake.wildcards, snakemake.params
    predict_baseline(
        names.baseline,
        snakemake.input.windows,
        snakemake.input.splits,
        params.classes,
        snakemake.output.predictions,
        task=names.task,
        seed=int(names.seed),
        study_seed=params.seed,
        device=device_of(snakemake, params.device),
        layer=params.layer,
        target=params.target,
    )
