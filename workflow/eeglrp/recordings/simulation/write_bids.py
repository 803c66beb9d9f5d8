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

    root = Path(root)
    names = subjects(dataset)
    for subject in names:
        simulation = simulate(dataset, subject, seed)
        _write_subject(simulation, dataset, subject, root)
    identifiers = [f"sub-{name}" for name in names]
    people = pd.DataFrame({"participant_id": identifiers})
    write_table(people, root / "participants.tsv")
    about = {
        "Name": f"Simulated EEG, paradigm {dataset['paradigm']}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
    }
    write_json(about, root / "dataset_description.json")


def _write_subject(simulation, dataset, subject, root):
    task = dataset["paradigm"]
    timeline = simulation.timeline
    channels = simulation.channels
    rate = timeline.sampling_rate
    folder = root / f"sub-{subject}" / "eeg"
    stem = folder / f"sub-{subject}_task-{task}"
    signal = simulation.contribution.sum(axis=0)
    eeg = Path(f"{stem}_eeg.edf")
    write_edf(eeg, signal, channels, [], rate, subject)
    about = {
        "TaskName": task,
        "EEGReference": "linked ears",
        "SamplingFrequency": rate,
        "PowerLineFrequency": dataset["mains"],
        "SoftwareFilters": "n/a",
    }
    write_json(about, Path(f"{stem}_eeg.json"))
    write_table(_channels(channels), Path(f"{stem}_channels.tsv"))
    write_table(_events(timeline), Path(f"{stem}_events.tsv"))
    if timeline.course is not None:
        _write_series(timeline.course, dataset["rating_rate"], stem)


def _channels(names):
    """Table of the channels, by the labels in the EDF file."""
    import pandas as pd

    kinds = ["ECG" if name == "ECG" else "EEG" for name in names]
    labels = [name if name == "ECG" else f"EEG {name}" for name in names]
    return pd.DataFrame({"name": labels, "type": kinds, "units": "uV"})


def _events(timeline):
    """Table of the annotations; ratings of segments in columns of their own."""
    import pandas as pd

    columns = ["onset", "duration", "trial_type"]
    table = pd.DataFrame(timeline.annotations, columns=columns)
    if timeline.ratings.size:
        table["trial_type"] = "segment"
        table[list(RATED)] = timeline.ratings
    return table


def _write_series(course, rate, stem):
    lines = []
    for row in course.ratings:
        lines.append("\t".join(f"{value:g}" for value in row))
    rows = "\n".join(lines)
    with atomic(f"{stem}_physio.tsv.gz") as temporary:
        temporary.write_bytes(gzip.compress(f"{rows}\n".encode(), mtime=0))
    about = {
        "SamplingFrequency": rate,
        "StartTime": float(course.times[0]),
        "Columns": list(RATED),
    }
    for name in RATED:
        about[name] = {"Description": f"Rated {name}, from 1 to 9"}
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
    datasets = config["datasets"]
    known = [
        name
        for name, dataset in datasets.items()
        if dataset["source"] == "simulated"
    ]
    if options.dataset not in known:
        problem = "is not a simulated data set"
        remedy = f"choose from {', '.join(known) or 'another configuration'}"
        raise InputError(
            options.configfile, f"datasets.{options.dataset}", problem, remedy
        )
    dataset = datasets[options.dataset]
    write_bids(dataset, config["seed"], options.folder)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
