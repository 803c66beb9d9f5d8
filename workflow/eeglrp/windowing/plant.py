"""A known field added to a recording, so that real EEG holds something whose truth is known.

The fields are those of the simulated recordings (`eeglrp.recordings.simulation`), of a spherical
head that every subject has one of, referenced to linked ears:

- `heartbeat`: QRS-T complexes at the R-peaks of the recorded ECG, all of one size, or at permuted
  R-peaks where the task has these: then the subject's own heart says nothing of the label;
- `saccade`: gaze to the side of a trial's label after its cue, or to the other side;
- `alpha`: posterior rhythm in trials of the second class, or of the first.

`label_probability` is the probability with which a trial's event takes the side of its label: 0.5
makes the two unrelated. Everything but the size is the same at every amplitude. The ECG channel
stays as it was recorded.
"""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.recordings.channels import MONTAGE
from eeglrp.recordings.simulation import eyes, rhythms
from eeglrp.recordings.simulation.head import fit_sphere, lead_fields
from eeglrp.recordings.simulation.heart import ecg_course
from eeglrp.recordings.simulation.timeline import RAMP, Timeline, follow_label
from eeglrp.seeds import generator
from eeglrp.windowing.candidates import annotated, recording_file
from eeglrp.windowing.chain import VOLT_IN_MICROVOLT
from eeglrp.windowing.r_peaks import detect_r_peaks

#: Scale of the differences between subjects' heads, as in simulated recordings.
VARIATION = 0.2


def planted_sources(task):
    """Names of the sources that a task plants; an amplitude of 0 plants nothing."""
    plant = task.get("plant", {})
    return [source for source, options in plant.items() if options["amplitude"]]


def plant(recording, channels, task, seed, subject, events=None):
    """Add the task's planted fields to a recording.

    Parameters
    ----------
    recording : Recording
        Left as it is.
    channels : list of str
        Its EEG channels.
    task : dict
        `plant` (source -> options, amplitudes in microvolt at the strongest electrode: the peak of
        an event, the root mean square of a rhythm), `classes`, `start` and `length`.
    seed : int
        The study's.
    subject : str
    events : array, optional
        R-peaks in s that the task's windows know; without them they are detected.

    Returns
    -------
    Recording
        `truth(sources)` gives the sum of these planted fields. The recording itself if nothing is
        planted.

    Raises
    ------
    InputError
        If a channel has no position, or there is no ECG channel where one is needed.
    CannotUse
        If the ECG cannot be read.
    """
    sources = planted_sources(task)
    if not sources:
        return recording
    fields = _fields(recording, channels, seed, subject)
    courses = {
        source: _SOURCES[source](
            fields,
            recording,
            task | task["plant"][source] | {"events": events},
            generator(seed, "planted", source, subject, recording.name),
        )
        / VOLT_IN_MICROVOLT
        for source in sources
    }
    total = sum(courses.values())
    raw = recording.raw.copy().load_data(verbose="ERROR")
    raw.apply_function(lambda x: x + total, picks=channels, channel_wise=False, verbose="ERROR")

    def truth(wanted):
        return _like(recording.raw, channels, sum(courses[source] for source in wanted))

    return recording._replace(raw=raw, truth=truth)


def _like(raw, channels, signal):
    """A raw object of some channels of another, with a signal (volt) of its own."""
    import mne

    info = mne.pick_info(raw.info, [raw.ch_names.index(name) for name in channels])
    made = mne.io.RawArray(signal, info, raw.first_samp, verbose="ERROR")
    return made.set_annotations(raw.annotations)


def _fields(recording, channels, seed, subject):
    """Lead fields of the subject's spherical head at the recording's electrodes."""
    try:
        sphere = fit_sphere(channels, MONTAGE)
    except InputError as error:
        file = recording_file(recording)
        remedy = "leave them out, or plant nothing"
        raise InputError(file, "channels", error.problem, remedy) from error
    return lead_fields(sphere, 1, VARIATION, generator(seed, "planted", "head", subject))


def _heartbeat(fields, recording, options, rng):
    """Field of the heart at the R-peaks."""
    beats = options["events"]
    if beats is None:
        beats = detect_r_peaks(recording).times
    raw = recording.raw
    course = ecg_course(beats, np.ones(len(beats)), raw.n_times, raw.info["sfreq"])
    topography = fields["heartbeat"].sum(axis=1)
    gains = options["amplitude"] * topography / np.abs(topography).max()
    return gains[:, None] * course


def _saccade(fields, recording, options, rng):
    """Gaze aside after cues; no other saccades."""
    timeline = _trials(recording.raw, options["classes"])
    person = {"amplitude": options["amplitude"], "rate": 0}
    return eyes.saccade(fields, timeline, person, options, rng)[:-1]


def _alpha(fields, recording, options, rng):
    """Posterior alpha from cue to window's end in trials of the second side, and off otherwise."""
    timeline = _trials(recording.raw, options["classes"])
    side = follow_label(timeline, options["label_probability"], rng)
    gate = np.zeros(timeline.n_times)
    for onset in timeline.onset[side == 1]:
        within = np.array([onset, onset + options["start"] + options["length"]])
        first, last = np.rint(within * timeline.sampling_rate).astype(int)
        gate[first:last] = 1
    ramp = round(RAMP * timeline.sampling_rate)
    gate = np.convolve(gate, np.ones(ramp) / ramp, "same")
    return rhythms.alpha(fields, timeline, options, options, rng)[:-1] * gate


_SOURCES = {"heartbeat": _heartbeat, "saccade": _saccade, "alpha": _alpha}


def _trials(raw, classes):
    """The recording's trials as the simulation knows them."""
    rows = sorted(row for row in annotated(raw) if row[2] in classes)
    onset = np.array([row[0] for row in rows], float)
    label = np.array([classes.index(row[2]) for row in rows], int)
    rate = raw.info["sfreq"]
    return Timeline(rate, raw.n_times, onset, 0.0, label, np.zeros((0, 2)), [])
