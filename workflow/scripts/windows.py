from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.scripting import files_of
    from eeglrp.windowing.windows import make_task_windows

    for place, manifest in enumerate(snakemake.input.manifests):
        files = files_of(snakemake.output, place)
        make_task_windows(
            manifest,
            snakemake.wildcards.task,
            snakemake.params.task,
            snakemake.params.windows,
            snakemake.params.seed,
            files["store"],
            files["counts"],
            *snakemake.input.first,
        )
