from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.evaluate.cost import summarise_cost

    summarise_cost(
        snakemake.input, snakemake.params.study, snakemake.output[0]
    )
