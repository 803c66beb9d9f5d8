"""What the scripts of the rules have in common."""


def device_of(snakemake, setting):
    """The device of a job: the study's setting, or the CPU where `--resources gpu=0` says so.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The job's.
    setting : str
        `auto`, `cpu` or `cuda`.
    """
    return setting if snakemake.resources.get("gpu", 1) else "cpu"
