from eeglrp.jobs import job

with job(snakemake.log[0]):
    from pathlib import Path

    from eeglrp import __version__
    from eeglrp.provenance import package_versions
    from eeglrp.report import write_report

    out = Path(snakemake.output[0])
    files = snakemake.params.files.items()
    # The report so far shows those that are there; for the report itself they all are.
    paths = {
        name: [out.parent / path for path in paths] for name, paths in files
    }
    write_report(
        snakemake.params.study,
        snakemake.params.config,
        {
            name: [path for path in some if path.is_file()]
            for name, some in paths.items()
        },
        {"eeglrp": __version__} | package_versions(),
        Path(snakemake.input.assets[0]).parent,
        out.parent,
        out,
    )
