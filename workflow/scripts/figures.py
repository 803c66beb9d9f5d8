from eeglrp.jobs import job

with job(snakemake.log[0]):
    from importlib import import_module

    import_module(snakemake.params.module).draw(
        list(snakemake.input),
        snakemake.output.pdf,
        snakemake.output.png,
        snakemake.output.tsv,
    )
