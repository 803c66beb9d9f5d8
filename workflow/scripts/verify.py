from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from eeglrp.verify.run import verify_task

    verify_task(
        snakemake.input.windows,
        snakemake.input.stores,
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        classes=snakemake.params.classes,
        verify=snakemake.params.verify,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        outputs=dict(snakemake.output.items()),
    )
