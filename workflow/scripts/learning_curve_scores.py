from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.decoding.learning_curve_scores import score_learning_curves

    points = zip(snakemake.params.points, snakemake.input, strict=True)
    score_learning_curves(
        [
            {"task": task, "regime": regime, "seed": seed, "path": path}
            for (task, regime, seed), path in points
        ],
        snakemake.params.study,
        snakemake.params.statistics,
        snakemake.params.seed,
        snakemake.output[0],
    )
