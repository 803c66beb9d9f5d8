"""A simulated cohort as a BIDS dataset, for any program that reads BIDS.

Of a data set of a study::

    python -m eeglrp.recordings.simulation.write_bids config/affect.yaml naturalistic FOLDER

The truth is not part of it: who analyses the folder knows no more than of a real recording.
"""

import argparse
import gzip
import sys
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.files import atomic, write_json, write_table
from eeglrp.recordings.simulated import subjects
from eeglrp.recordings.simulation.edf import write_edf
from eeglrp.recordings.simulation.naturalistic import RATED
from eeglrp.recordings.simulation.recording import simulate

BIDS_VERSION = "1.10.0"


def write_bids(dataset, seed, root):
    """Simulate a cohort and write it as BIDS.

    Parameters
    ----------
    dataset : dict
        Complete settings of a simulated data set.
    seed : int
        The study's: the recordings are those of the study.
    root : Path
        The dataset's folder; files in it are replaced.

    Raises
    ------
    InputError
        If a setting is missing, unknown or out of its range, or the folder cannot be written to.
    """
    import pandas as pd

    root, names = Path(root), subjects(dataset)
    for subject in names:
        _write_subject(
            simulate(dataset, subject, seed), dataset, subject, root
        )
    people = pd.DataFrame(
        {"participant_id": [f"sub-{name}" for name in names]}
    )
    write_table(people, root / "participants.tsv")
    title = f"Simulated EEG, paradigm {dataset['paradigm']}"
    about = {"Name": title, "BIDSVersion": BIDS_VERSION, "DatasetType": "raw"}
    write_json(about, root / "dataset_description.json")


def _write_subject(simulation, dataset, subject, root):
    line, task = simulation.timeline, dataset["paradigm"]
    stem = root / f"sub-{subject}" / "eeg" / f"sub-{subject}_task-{task}"
    signal, rate = simulation.contribution.sum(axis=0), line.sampling_rate
    eeg = Path(f"{stem}_eeg.edf")
    write_edf(eeg, signal, simulation.channels, [], rate, subject)
    about = {
        "TaskName": task,
        "EEGReference": "linked ears",
        "SamplingFrequency": rate,
        "PowerLineFrequency": dataset["mains"],
        "SoftwareFilters": "n/a",
    }
    write_json(about, Path(f"{stem}_eeg.json"))
    write_table(_channels(simulation.channels), Path(f"{stem}_channels.tsv"))
    write_table(_events(line), Path(f"{stem}_events.tsv"))
    if line.course is not None:
        _write_series(line.course, dataset["rating_rate"], stem)


def _channels(names):
    """Table of the channels, by the labels in the EDF file."""
    import pandas as pd

    kinds = ["ECG" if name == "ECG" else "EEG" for name in names]
    labels = [name if name == "ECG" else f"EEG {name}" for name in names]
    return pd.DataFrame({"name": labels, "type": kinds, "units": "uV"})


def _events(line):
    """Table of the annotations; ratings of segments in columns of their own."""
    import pandas as pd

    table = pd.DataFrame(
        line.annotations, columns=["onset", "duration", "trial_type"]
    )
    if line.ratings.size:
        table["trial_type"] = "segment"
        table[list(RATED)] = line.ratings
    return table


def _write_series(course, rate, stem):
    rows = "\n".join(
        "\t".join(f"{value:g}" for value in row) for row in course.ratings
    )
    with atomic(f"{stem}_physio.tsv.gz") as temporary:
        temporary.write_bytes(gzip.compress(f"{rows}\n".encode(), mtime=0))
    about = {"SamplingFrequency": rate, "StartTime": float(course.times[0])}
    about |= {"Columns": list(RATED)}
    about |= {
        name: {"Description": f"Rated {name}, from 1 to 9"} for name in RATED
    }
    write_json(about, Path(f"{stem}_physio.json"))


def main(given=None):
    """Write a simulated data set of a study's configuration.

    Raises
    ------
    InputError
        If the configuration cannot be read or has no such data set.
    """
    from eeglrp.plan.planned import read_config

    parser = argparse.ArgumentParser(
        "python -m eeglrp.recordings.simulation.write_bids"
    )
    parser.add_argument("configfile")
    parser.add_argument("dataset", help="name of a simulated data set in it")
    parser.add_argument("folder", help="where the BIDS dataset goes")
    options = parser.parse_args(given)
    config = read_config([options.configfile])
    known = [
        name
        for name, one in config["datasets"].items()
        if one["source"] == "simulated"
    ]
    if options.dataset not in known:
        problem = "is not a simulated data set"
        remedy = f"choose from {', '.join(known) or 'another configuration'}"
        raise InputError(
            options.configfile, f"datasets.{options.dataset}", problem, remedy
        )
    write_bids(
        config["datasets"][options.dataset], config["seed"], options.folder
    )


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
