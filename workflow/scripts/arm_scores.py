from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from eeglrp.arms.scores import score_arms

    score_arms(
        snakemake.params.models,
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        method=snakemake.params.method,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        out=snakemake.output.arms,
        out_topography=snakemake.output.topography,
    )
