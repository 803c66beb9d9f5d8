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


def files_of(files, place):
    """One file of every name, of what a job does together: `{"model": model, "record": record}`.

    Parameters
    ----------
    files : snakemake.iocontainers.Namedlist
        A list a name, equally long.
    place : int
        Which of them.
    """
    return {name: paths[place] for name, paths in files.items()}


def shares_of(files, n):
    """Files in `n` shares of equal size, in their order.

    Parameters
    ----------
    files : sequence of str
    n : int

    Returns
    -------
    list of list of str
    """
    size = len(files) // max(n, 1)
    return [list(files[k * size : (k + 1) * size]) for k in range(n)]
