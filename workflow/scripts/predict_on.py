from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import predict_on
    from eeglrp.scripting import device_of

    inputs = snakemake.input
    predict_on(
        inputs.models,
        inputs.windows,
        inputs.splits,
        snakemake.output.predictions,
        device_of(snakemake, snakemake.params.device),
    )
