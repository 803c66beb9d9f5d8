from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.arms.windows import make_arm_windows

    inputs, params = snakemake.input, snakemake.params
    make_arm_windows(
        inputs.store,
        inputs.get("splits") or None,
        inputs.get("regression") or None,
        dict(snakemake.output.items()),
        ids=params.ids,
        options=params.options,
        by=params.by,
        seed=params.seed,
    )
