"""A known field added to a recording, so that real EEG holds something whose truth is known.

The fields are those of the simulated recordings (`eeglrp.recordings.simulation`), of a spherical
head that every subject has one of, referenced to linked ears:

- `heartbeat`: QRS-T complexes at the R-peaks of the recorded ECG, all of one size, or at permuted
  R-peaks where the task has these: then the subject's own heart says nothing of the label;
- `saccade`: gaze to the side of a trial's label after its cue, or to the other side;
- `alpha`: posterior rhythm in trials of the second class, or of the first.

Windows at rest follow no cue: each is a trial of its own, and its first sample stands for the cue.
`label_probability` is the probability with which a trial's event takes the side of its label: 0.5
makes the two unrelated, and trials that follow their label at some probability also do at a larger
one. Everything but the size is the same at every amplitude. The ECG channel stays as it was
recorded.
"""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.recordings.simulation import eyes, rhythms
from eeglrp.recordings.simulation.head import fit_sphere, lead_fields
from eeglrp.recordings.simulation.heart import ecg_course
from eeglrp.recordings.simulation.timeline import RAMP, Timeline, follow_label
from eeglrp.scalp.channels import MONTAGE
from eeglrp.seeds import generator
from eeglrp.windowing.candidates import recording_file
from eeglrp.windowing.chain import VOLT_IN_MICROVOLT
from eeglrp.windowing.r_peaks import detect_r_peaks

#: Scale of the differences between subjects' heads, as in simulated recordings.
VARIATION = 0.2


def planted_sources(task):
    """Names of the sources that a task plants; an amplitude of 0 plants nothing."""
    plant = task.get("plant", {})
    return [
        source for source, options in plant.items() if options["amplitude"]
    ]


def planted_in_trials(task):
    """Those of them that are events of trials."""
    sources = planted_sources(task)
    return [source for source in sources if source in _EVENTS]


def plant(recording, channels, task, seed, subject, candidates=None):
    """Add the task's planted fields to a recording.

    Parameters
    ----------
    recording : Recording
        Left as it is.
    channels : list of str
        Its EEG channels.
    task : dict
        `plant` (source -> options, amplitudes in microvolt at the strongest electrode: the peak of
        an event, the root mean square of a rhythm) and `length` in s.
    seed : int
        The study's.
    subject : str
    candidates : Candidates, optional
        The recording's windows, before any is rejected: R-peaks, where known, or trials. A heart
        beats without them at the R-peaks that are detected.

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
    courses = {}
    for source in sources:
        options = task | task["plant"][source]
        rng = _draws(seed, source, subject, recording)
        course = _SOURCES[source](fields, recording, candidates, options, rng)
        courses[source] = course / VOLT_IN_MICROVOLT
    total = sum(courses.values())
    raw = recording.raw.copy().load_data(verbose="ERROR")
    raw.apply_function(
        lambda x: x + total,
        picks=channels,
        channel_wise=False,
        verbose="ERROR",
    )

    def truth(wanted):
        contribution = sum(courses[source] for source in wanted)
        return _like(recording.raw, channels, contribution)

    return recording._replace(raw=raw, truth=truth)


def planted_events(recording, task, seed, subject, candidates):
    """Whether the event that is planted into each trial goes with the trial's label.

    Of several sources, the one that `plant` names first.

    Parameters
    ----------
    recording, task, seed, subject, candidates
        As of `plant`.

    Returns
    -------
    array of int, shape (n,)
        1 if it does, -1 if it goes against it, 0 in trials without an event; None if nothing is
        planted into trials.
    """
    sources = planted_in_trials(task)
    if not sources:
        return None
    source = sources[0]
    timeline = _trials(recording.raw, candidates)
    rng = _draws(seed, source, subject, recording)
    options = task["plant"][source]
    happens, side = _EVENTS[source](timeline, options, rng)
    direction = np.where(side == timeline.label, 1, -1)
    return np.where(happens, direction, 0)


def _draws(seed, source, subject, recording):
    """Random numbers that know neither the task's name nor the size of what is planted."""
    name = recording.name
    return generator(seed, "planted", source, subject, name)


def _like(raw, channels, signal):
    """A raw object of some channels of another, with a signal (volt) of its own."""
    import mne

    picks = [raw.ch_names.index(name) for name in channels]
    info = mne.pick_info(raw.info, picks)
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
    anatomy = generator(seed, "planted", "head", subject)
    return lead_fields(sphere, 1, VARIATION, anatomy)


def _heartbeat(fields, recording, candidates, options, rng):
    """Field of the heart at the R-peaks."""
    beats = None if candidates is None else candidates.event
    if beats is None:
        beats = detect_r_peaks(recording).times
    raw = recording.raw
    sizes = np.ones(len(beats))
    course = ecg_course(beats, sizes, raw.n_times, raw.info["sfreq"])
    topography = fields["heartbeat"].sum(axis=1)
    strongest = np.abs(topography).max()
    gains = options["amplitude"] * topography / strongest
    return gains[:, None] * course


def _saccade(fields, recording, candidates, options, rng):
    """Gaze aside after cues; no other saccades."""
    timeline = _trials(recording.raw, candidates)
    person = {"amplitude": options["amplitude"], "rate": 0}
    potential = eyes.saccade(fields, timeline, person, options, rng)
    # Without the ECG.
    return potential[:-1]


def _saccade_events(timeline, options, rng):
    happens, side, time = eyes.cued_saccades(timeline, options, rng)
    # The simulation leaves out those that come too near to the recording's end.
    last = timeline.duration - eyes.SACCADE_INTERVAL
    return happens & (time < last), side


def _alpha(fields, recording, candidates, options, rng):
    """Posterior alpha from cue to window's end in trials of the second side, and off otherwise."""
    timeline = _trials(recording.raw, candidates)
    on, _ = _alpha_events(timeline, options, rng)
    # Windows without cues touch each other: the ramps, centred on the ends, lie inside.
    inset = RAMP / 2 if candidates.cue is None else 0.0
    rate = timeline.sampling_rate
    cues = timeline.onset[on]
    ends = candidates.onset[on] + options["length"]
    gate = np.zeros(timeline.n_times)
    for cue, end in zip(cues, ends, strict=True):
        span = np.array([cue + inset, end - inset]) * rate
        first, last = np.rint(span).astype(int)
        gate[first:last] = 1
    ramp = round(RAMP * rate)
    kernel = np.ones(ramp) / ramp
    gate = np.convolve(gate, kernel, "same")
    potential = rhythms.alpha(fields, timeline, options, options, rng)
    # Without the ECG.
    return potential[:-1] * gate


def _alpha_events(timeline, options, rng):
    side = follow_label(timeline, options["label_probability"], rng)
    return side == 1, side


_SOURCES = {"heartbeat": _heartbeat, "saccade": _saccade, "alpha": _alpha}
#: Which trials hold an event, and its side.
_EVENTS = {"saccade": _saccade_events, "alpha": _alpha_events}


def _trials(raw, candidates):
    """The recording's trials as the simulation knows them."""
    onset = candidates.cue
    if onset is None:
        onset = candidates.onset
    return Timeline(
        sampling_rate=raw.info["sfreq"],
        n_times=raw.n_times,
        onset=onset,
        length=0.0,
        label=candidates.label,
        ratings=np.zeros((0, 2)),
        annotations=[],
    )
