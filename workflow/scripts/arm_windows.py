from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.arms.windows import make_arm_windows
    from eeglrp.scripting import files_of

    inputs, params = snakemake.input, snakemake.params
    for place, store in enumerate(inputs.stores):
        make_arm_windows(
            store,
            inputs.get("splits") or None,
            inputs.get("regression") or None,
            files_of(snakemake.output, place),
            ids=params.ids,
            options=params.options,
            by=params.by,
            seed=params.seed,
        )
