"""Where the electrodes that an arm names lie among those of the windows."""

from eeglrp.errors import InputError


def positions(channels, names, key):
    """Positions of named electrodes, whatever the case of their names.

    Parameters
    ----------
    channels, names : sequence of str
    key : str
        In the configuration, for messages.

    Returns
    -------
    list of int

    Raises
    ------
    InputError
        If the windows lack one.
    """
    upper = [channel.upper() for channel in channels]
    absent = [name for name in names if name.upper() not in upper]
    if absent:
        problem = f"{', '.join(absent)} is not among the electrodes"
        remedy = f"choose from {', '.join(channels)}"
        raise InputError("config", key, problem, remedy)
    return [upper.index(name.upper()) for name in names]
