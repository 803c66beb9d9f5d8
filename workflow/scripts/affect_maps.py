from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.affect.maps import write_maps
    from eeglrp.scripting import device_of

    params, splits = snakemake.params, snakemake.input.splits
    n_folds = len(splits)
    # One fold after another, of each model.
    models = [snakemake.input.models[fold::n_folds] for fold in range(n_folds)]
    permuted = snakemake.input.get("permuted", [])
    permuted = [permuted[fold::n_folds] for fold in range(n_folds)]
    write_maps(
        models,
        permuted,
        snakemake.input.windows,
        splits,
        snakemake.output[0],
        study=params.study,
        task=snakemake.wildcards.task,
        method=params.method,
        options=params.options,
        attribution=params.attribution,
        affect=params.affect,
        seed=params.seed,
        device=device_of(snakemake, params.device),
    )
