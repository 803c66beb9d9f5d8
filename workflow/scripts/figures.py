from eeglrp.jobs import job

with job(snakemake.log[0]):
    import gc
    from importlib import import_module

    from eeglrp.optional import without

    # The process ends before memory matters; looking for it takes a tenth of the time.
    gc.disable()
    # No figure uses seaborn's statistics.
    with without("scipy"):
        import seaborn  # noqa: F401
    import_module(snakemake.params.module).draw(
        list(snakemake.input),
        snakemake.output.pdf,
        snakemake.output.png,
        snakemake.output.tsv,
    )
