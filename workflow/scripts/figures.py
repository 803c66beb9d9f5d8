from eeglrp.jobs import job

with job(snakemake.log[0]):
    from importlib import import_module

    from eeglrp.drawing import import_seaborn_alone

    import_seaborn_alone()
    import_module(snakemake.params.module).draw(
        list(snakemake.input),
        snakemake.output.pdf,
        snakemake.output.png,
        snakemake.output.tsv,
    )
