from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.baselines.registry import NETWORKS
    from eeglrp.baselines.run import predict_baseline
    from eeglrp.optional import without
    from eeglrp.scripting import device_of

    names, params = snakemake.wildcards, snakemake.params
    run = {
        "task": names.task,
        "classes": params.classes,
        "seed": int(names.seed),
        "study_seed": params.seed,
    }
    # Only networks need it.
    left_out = [] if names.baseline in NETWORKS else ["torch"]
    with without(*left_out):
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
