from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.affect.confounds import write_confounds

    params = snakemake.params
    write_confounds(
        params.cases,
        params.files,
        snakemake.output[0],
        study=params.study,
        task=snakemake.wildcards.task,
        method=params.method,
        affect=params.affect,
        job=params.job,
        statistics=params.statistics,
    )
