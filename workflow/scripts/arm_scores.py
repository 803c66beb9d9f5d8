from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.arms.scores import score_arms

    # The files as Snakemake names them: a module may have put a prefix before them.
    files = {
        kind: iter(snakemake.input[kind])
        for kind in ("predictions", "store", "electrodes")
    }
    models = [
        model
        | {kind: next(paths) for kind, paths in files.items() if model[kind]}
        for model in snakemake.params.models
    ]
    score_arms(
        models,
        study=snakemake.params.study,
        task=snakemake.wildcards.task,
        method=snakemake.params.method,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        out=snakemake.output.arms,
        out_topography=snakemake.output.topography,
    )
