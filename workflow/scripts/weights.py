from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.models.weights import provide_weights

    provide_weights(
        snakemake.params.weights,
        snakemake.output.weights,
        snakemake.output.record,
    )
