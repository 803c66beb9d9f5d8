"""Are all samples of a recording there? By the format's own header, where one is checked."""


def check_whole(path):
    """Check a recording before anything is read; formats without a check pass.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        As the format's check.
    """
    from eeglrp.recordings.brainvision import check_brainvision
    from eeglrp.recordings.edf import check_edf
    from eeglrp.recordings.eeglab import check_eeglab

    checks = {
        ".edf": check_edf,
        ".bdf": check_edf,
        ".vhdr": check_brainvision,
        ".set": check_eeglab,
    }
    check = checks.get(path.suffix.lower())
    if check is not None:
        check(path)
