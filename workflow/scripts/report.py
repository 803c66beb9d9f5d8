from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.threads):
    from importlib.metadata import version
    from pathlib import Path

    from eeglrp import __version__
    from eeglrp.report import write_report

    packages = ("torch", "braindecode", "mne", "numpy", "xarray", "zarr", "snakemake")
    inputs = snakemake.input

    def paths(name):
        value = inputs[name]
        return [Path(value)] if isinstance(value, str) else [Path(path) for path in value]

    write_report(
        snakemake.params.study,
        snakemake.params.config,
        {name: paths(name) for name in snakemake.params.tables},
        paths("figures"),
        {"eeglrp": __version__} | {name: version(name) for name in packages},
        paths("weights"),
        paths("assets")[0].parent,
        snakemake.output[0],
    )
