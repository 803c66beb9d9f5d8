from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.baselines.arms import predict_with_arms
    from eeglrp.baselines.registry import NETWORKS
    from eeglrp.optional import without
    from eeglrp.scripting import device_of, shares_of

    names, params = snakemake.wildcards, snakemake.params
    windows, of_arms = snakemake.input.windows, snakemake.input.arms
    n_arms = len(snakemake.output.arms)
    parts = shares_of(of_arms, n_arms)
    run = {
        "task": names.task,
        "classes": params.classes,
        "seed": int(names.seed),
        "study_seed": params.seed,
    }
    outputs = {
        "predictions": snakemake.output.predictions,
        "electrodes": snakemake.output.electrodes,
    }
    # Only networks need it.
    left_out = [] if names.baseline in NETWORKS else ["torch"]
    with without(*left_out):
        predict_with_arms(
            names.baseline,
            windows,
            snakemake.input.splits,
            list(zip(parts, snakemake.output.arms, strict=True)),
            outputs,
            run=run,
            attribution=params.attribution,
            device=device_of(snakemake, params.device),
            layer=params.layer,
            target=params.target,
        )
