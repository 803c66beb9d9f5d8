from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.baselines.run import predict_baseline

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
        # `--resources gpu=0` takes a job's graphics card away.
        device=params.device if snakemake.resources.get("gpu", 1) else "cpu",
        layer=params.layer,
        target=params.target,
    )
