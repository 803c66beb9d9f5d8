from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.verify.run import verify_task

    verify_task(
        snakemake.input.windows,
        snakemake.input.stores,
        snakemake.input.splits,
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        kind=snakemake.params.kind,
        classes=snakemake.params.classes,
        early=snakemake.params.early,
        verify=snakemake.params.verify,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        outputs=dict(snakemake.output.items()),
    )
