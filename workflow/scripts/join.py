from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.files import read_table, write_table
    from eeglrp.tables import join_tables

    # Several tables are joined by their names; a single one may have none.
    names = dict(snakemake.output.items()) or {"": snakemake.output[0]}
    for name, out in names.items():
        paths = snakemake.input[name] if name else snakemake.input
        write_table(join_tables([read_table(path) for path in paths]), out)
