from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.arms.regression import fit_regression

    params = snakemake.params
    fit_regression(
        snakemake.input.windows,
        snakemake.input.splits,
        params.options,
        snakemake.output[0],
        key=params.key,
        by=params.by,
        seed=params.seed,
    )
