from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.arms.windows import make_arm_windows
    from eeglrp.scripting import files_of

    params = snakemake.params
    for place, store in enumerate(snakemake.input.stores):
        make_arm_windows(
            store,
            files_of(snakemake.output, place),
            ids=params.ids,
            options=params.options,
            seed=params.seed,
        )
