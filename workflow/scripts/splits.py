from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.training.splits import split_task

    split_task(
        snakemake.input.windows,
        snakemake.wildcards.task,
        snakemake.params.split,
        snakemake.params.classes,
        snakemake.params.seed,
        snakemake.output.folds,
        snakemake.output.all,
    )
