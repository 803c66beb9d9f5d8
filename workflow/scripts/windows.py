from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.windowing.windows import make_task_windows

    make_task_windows(
        snakemake.input[0],
        snakemake.wildcards.task,
        snakemake.params.task,
        snakemake.params.windows,
        snakemake.params.seed,
        snakemake.output.store,
        snakemake.output.counts,
    )
