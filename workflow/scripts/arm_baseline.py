from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from eeglrp.arms.baselines import predict_with_arms

    names, params = snakemake.wildcards, snakemake.params
    windows, of_arms = snakemake.input.windows, snakemake.input.arms
    n = len(windows)
    # As many windows stores an arm as the task has.
    parts = [of_arms[start : start + n] for start in range(0, len(of_arms), n)]
    predict_with_arms(
        names.baseline,
        windows,
        snakemake.input.splits,
        params.classes,
        snakemake.output.predictions,
        snakemake.output.electrodes,
        arms=list(zip(parts, snakemake.output.arms, strict=True)),
        attribution=params.attribution,
        task=names.task,
        seed=int(names.seed),
        study_seed=params.seed,
        # `--resources gpu=0` takes a job's graphics card away.
        device=params.device if snakemake.resources.get("gpu", 1) else "cpu",
        layer=params.layer,
    )
