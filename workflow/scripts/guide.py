from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.evaluate.guide import write_guide

    write_guide(
        dict(snakemake.input),
        rule_sets=snakemake.params.rule_sets,
        statistics=snakemake.params.statistics,
        seed=snakemake.params.seed,
        study=snakemake.params.study,
        out=snakemake.output[0],
    )
