from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from eeglrp.training.metrics import score_decoding

    models = zip(snakemake.params.models, snakemake.input.predictions, strict=True)
    score_decoding(
        [
            {"task": snakemake.wildcards.task, "regime": regime, "seed": seed, "path": path}
            for (regime, seed), path in models
        ],
        snakemake.params.study,
        snakemake.params.statistics,
        snakemake.params.seed,
        snakemake.output[0],
    )
