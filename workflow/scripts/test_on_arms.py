from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import attribute_on, predict_on
    from eeglrp.scripting import device_of, files_of, shares_of

    inputs, params = snakemake.input, snakemake.params
    names = snakemake.wildcards
    n_arms = len(params.arms)
    tested = shares_of(inputs.tested, n_arms)
    explained = shares_of(inputs.explained, n_arms)
    device = device_of(snakemake, params.device)
    for place, arm in enumerate(params.arms):
        files = files_of(snakemake.output, place)
        predict_on(
            inputs.models,
            tested[place],
            inputs.splits,
            files["predictions"],
            device,
        )
        attribute_on(
            inputs.models,
            explained[place],
            inputs.splits,
            files["store"],
            methods=params.methods,
            attribution=params.attribution,
            ids={
                "study": params.study,
                "task": names.task,
                "regime": names.regime,
                "seed": int(names.seed),
                "tested": arm,
            },
            seed=params.seed,
            device=device,
            config_sha256=params.config_sha256,
            costs=[files["cost"]],
        )
