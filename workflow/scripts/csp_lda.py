from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from eeglrp.training.baselines import predict_csp_lda

    predict_csp_lda(
        snakemake.input.windows,
        snakemake.input.splits,
        snakemake.params.classes,
        snakemake.output.predictions,
    )
