from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.attribution.run import attribute
    from eeglrp.scripting import device_of, shares_of

    names, params = snakemake.wildcards, snakemake.params
    n_models = len(params.regimes)
    stores = shares_of(snakemake.output.stores, n_models)
    costs = shares_of(snakemake.output.costs, n_models)
    models = shares_of(snakemake.input.models, n_models)
    for place, regime in enumerate(params.regimes):
        attribute(
            models[place],
            snakemake.input.windows,
            snakemake.input.splits,
            stores[place],
            methods=params.methods,
            attribution=params.attribution,
            ids={
                "study": params.study,
                "task": names.task,
                "regime": regime,
                "seed": int(names.seed),
            },
            seed=params.seed,
            device=device_of(snakemake, params.device),
            config_sha256=params.config_sha256,
            costs=costs[place],
        )
