"""Settings of a simulated data set: defaults, the ranges that are accepted, and why."""

from numbers import Real
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.scalp.channels import electrode_name

CONFIGURATION = "configuration of the simulated data set"


class Setting(NamedTuple):
    """A number with its default and the range that is accepted."""

    default: float
    low: float
    high: float


_COMMON = (
    "background",
    "alpha",
    "mu",
    "blink",
    "saccade",
    "heartbeat",
    "line",
)
#: The sources that are active in each paradigm.
PARADIGMS = {
    "rest": _COMMON,
    "imagery": _COMMON,
    "affect": (*_COMMON, "arousal", "valence"),
    "naturalistic": (*_COMMON, "arousal", "valence", "visual", "muscle"),
}


def active_sources(dataset):
    """Names of the sources of a recording; in imagery muscles only where they tell the side."""
    names = list(PARADIGMS[dataset["paradigm"]])
    if (
        dataset["paradigm"] == "imagery"
        and dataset["sources"]["muscle"]["lateralisation"]
    ):
        names.append("muscle")
    return names


#: Numbers of the data set as a whole.
NUMBERS = {
    "subjects": Setting(8, 1, 10_000),
    "duration": Setting(180.0, 10.0, 7200.0),  # s, at rest and naturalistic
    "trials": Setting(60, 2, 2000),
    "trial_length": Setting(4.0, 1.0, 120.0),  # s
    "sampling_rate": Setting(250, 100, 5000),  # Hz
    "mains": Setting(50.0, 40.0, 70.0),  # Hz
    "variation": Setting(0.2, 0.0, 0.5),  # relative SD between subjects
    # Naturalistic recordings: rides with breaks between them, rated throughout, as in Hofmann et
    # al. 2021, doi:10.7554/eLife.64812. The numbers are planted here, not claimed of people.
    "ride_length": Setting(60.0, 5.0, 3600.0),  # s
    "break_length": Setting(20.0, 0.0, 3600.0),  # s; 0: rides alone
    "ride_arousal": Setting(
        2.0, 0.0, 4.0
    ),  # points by which arousal tends higher in rides
    "rating_time": Setting(
        15.0, 1.0, 600.0
    ),  # s in which autocorrelation falls to 1/e
    "rating_rate": Setting(1.0, 0.1, 100.0),  # Hz
    "rating_lag": Setting(0.0, 0.0, 30.0),  # s from a state to its rating
    "drift": Setting(
        0.3, 0.0, 1.0
    ),  # SD of the logarithm of ongoing amplitudes
}
WHOLE_NUMBERS = (
    "subjects",
    "first_subject",
    "trials",
    "sampling_rate",
    "background.dipoles",
)
#: Number of the first subject; another one makes another cohort.
FIRST_SUBJECT = Setting(1, 1, 1_000_000)

#: Numbers of each source. Amplitudes in microvolt at the electrode where the source is strongest:
#: root mean square of an ongoing source, peak of an event; 0 switches the source off.
SOURCES = {
    # Scalp EEG of waking adults: 10-100 uV peak to peak. Aperiodic spectrum ~ 1/f^b with b about
    # 0.5-2 (Donoghue et al. 2020, doi:10.1038/s41593-020-00744-x).
    "background": {
        "amplitude": Setting(8.0, 0.0, 200.0),
        "exponent": Setting(1.0, 0.0, 3.0),
        "dipoles": Setting(200, 1, 2000),
    },
    # Posterior alpha, 8-13 Hz, mostly below 50 uV peak to peak in adults (IFSECN glossary, Kane et
    # al. 2017, doi:10.1016/j.cnp.2017.07.002). Peak at 10.3 Hz on average (Haegens et al. 2014,
    # doi:10.1016/j.neuroimage.2014.01.049).
    "alpha": {
        "amplitude": Setting(6.0, 0.0, 100.0),
        "frequency": Setting(10.0, 7.0, 14.0),
    },
    # Mu, 7-11 Hz at C3/C4, below 50 uV (Kane et al. 2017). Desynchronisation starts about 0.3 s
    # after the cue (Pfurtscheller et al. 2008, doi:10.1111/j.1460-9568.2008.06441.x) and takes
    # some 20-80 % of the power, i.e. 0.1-0.55 of the amplitude (Pfurtscheller & Lopes da Silva
    # 1999, doi:10.1016/S1388-2457(99)00141-8).
    "mu": {
        "amplitude": Setting(6.0, 0.0, 100.0),
        "frequency": Setting(11.0, 7.0, 14.0),
        "desynchronisation": Setting(0.7, 0.0, 1.0),
    },
    # Blinks: 50-500 uV at Fp1/Fp2 (ocular artefacts reviewed in Croft & Barry 2000,
    # doi:10.1016/S0987-7053(00)00055-1); 4.5 (reading), 17 (rest), 26 (talking) a minute
    # (Bentivoglio et al. 1997, doi:10.1002/mds.870120629).
    "blink": {
        "amplitude": Setting(80.0, 0.0, 1000.0),
        "rate": Setting(8.0, 0.0, 40.0),
        "trial_probability": Setting(0.25, 0.0, 0.5),
        "label_probability": Setting(0.5, 0.0, 1.0),
    },
    # Saccades: 5-20 uV for each degree in the horizontal EOG (Malmivuo & Plonsey 1995,
    # Bioelectromagnetism, ch. 28), so glances of 2-5 degrees give 10-100 uV.
    "saccade": {
        "amplitude": Setting(40.0, 0.0, 500.0),
        "rate": Setting(6.0, 0.0, 25.0),
        "trial_probability": Setting(0.5, 0.0, 1.0),
        "label_probability": Setting(0.5, 0.0, 1.0),
    },
    # Cardiac field on the scalp: a few uV, tens of uV in people with a short neck (Dirlich et al.
    # 1997, Electroencephalogr Clin Neurophysiol 102:307-315); the R-peak of the ECG itself 0.5-2
    # mV. Resting heart rate 50-100 a minute, SD of beat intervals about 50 ms, i.e. 3-5 beats a
    # minute (Shaffer & Ginsberg 2017, doi:10.3389/fpubh.2017.00258).
    "heartbeat": {
        "amplitude": Setting(25.0, 0.0, 300.0),
        "rate": Setting(58.0, 40.0, 150.0),
        "rate_sd": Setting(4.0, 0.0, 10.0),
        "label_probability": Setting(0.5, 0.0, 1.0),
        "effect": Setting(0.05, 0.0, 0.5),
    },
    # Mains hum: below 1 uV in a shielded room, tens of uV beside an unshielded supply; how it
    # couples into electrodes: Ferree et al. 2001, doi:10.1016/S1388-2457(00)00533-2.
    "line": {"amplitude": Setting(2.0, 0.0, 200.0)},
    # Beta over the central scalp, 13-30 Hz, below 20-30 uV (Kane et al. 2017). That it grows with
    # arousal is planted here, not claimed of brains.
    "arousal": {
        "amplitude": Setting(6.0, 0.0, 100.0),
        "frequency": Setting(20.0, 14.0, 30.0),
        "effect": Setting(0.8, 0.0, 1.0),
    },
    # Frontal alpha: less on the left with pleasant, approach-related affect; a small effect
    # (Coan & Allen 2004, doi:10.1016/j.biopsycho.2004.03.002).
    "valence": {
        "amplitude": Setting(6.0, 0.0, 100.0),
        "frequency": Setting(10.0, 7.0, 14.0),
        "effect": Setting(0.4, 0.0, 1.0),
    },
    # Posterior alpha that something to look at weakens: alpha is blocked or attenuated by visual
    # attention (IFSECN glossary, Kane et al. 2017).
    "visual": {
        "amplitude": Setting(8.0, 0.0, 100.0),
        "frequency": Setting(10.0, 7.0, 14.0),
        "effect": Setting(0.5, 0.0, 1.0),
    },
    # Weak contraction already shows at temporal electrodes, most of it above 20 Hz (Goncharova et
    # al. 2003, doi:10.1016/S1388-2457(03)00093-2). That it grows with arousal, or in imagery on the
    # side of the hand, is planted here.
    "muscle": {
        "amplitude": Setting(4.0, 0.0, 200.0),
        "effect": Setting(0.5, 0.0, 1.0),
        "lateralisation": Setting(0.0, 0.0, 1.0),
    },
}

_CHANNELS = "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2"
#: A complete data set; configurations override single entries.
DEFAULTS = {
    "source": "simulated",
    "paradigm": "rest",
    "montage": "colin27_1020",
    "channels": _CHANNELS.split(),
    **{name: setting.default for name, setting in NUMBERS.items()},
    "sources": {
        source: {name: setting.default for name, setting in settings.items()}
        for source, settings in SOURCES.items()
    },
}


def check_settings(dataset):
    """Check a complete data set.

    Raises
    ------
    InputError
        Naming the first setting that is missing, unknown or out of its range.
    """
    # How many subjects there are is no matter of one recording.
    numbers = {
        name: setting
        for name, setting in NUMBERS.items()
        if name != "subjects"
    }
    names = ("paradigm", "montage", "channels", "sources", *numbers)
    _check_names("the data set", dataset, names)
    _check_choice("paradigm", dataset["paradigm"], tuple(PARADIGMS))
    for name, setting in numbers.items():
        check_number(name, dataset[name], setting)
    _check_sources(dataset["sources"])
    _check_channels(dataset["channels"])
    mains, rate = dataset["mains"], dataset["sampling_rate"]
    if mains >= rate / 2:
        problem = f"{mains} Hz cannot be sampled at {rate} Hz"
        remedy = "sample faster than twice the mains"
        raise InputError(CONFIGURATION, "mains", problem, remedy)


def _check_sources(sources):
    _check_names("sources", sources, SOURCES, complete=True)
    for source, settings in SOURCES.items():
        values = sources[source]
        _check_names(f"sources.{source}", values, settings, complete=True)
        for name, setting in settings.items():
            check_number(f"{source}.{name}", values[name], setting)


def _check_names(field, settings, expected, complete=False):
    missing = [name for name in expected if name not in settings]
    if missing:
        remedy = "give it, or leave it to the defaults of the schema"
        raise InputError(
            CONFIGURATION, field, f"{', '.join(missing)} missing", remedy
        )
    unknown = [name for name in settings if name not in expected]
    if unknown and complete:
        problem = f"unknown: {', '.join(map(str, unknown))}"
        raise InputError(
            CONFIGURATION, field, problem, f"use {', '.join(expected)}"
        )


def _check_choice(field, value, choices):
    if value not in choices:
        problem = f"{value!r} is unknown"
        raise InputError(
            CONFIGURATION, field, problem, f"use one of {', '.join(choices)}"
        )


def check_number(field, value, setting):
    """Raise `InputError` unless `value` is of the right kind and within the range."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    whole = field in WHOLE_NUMBERS
    if not is_number or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise InputError(
            CONFIGURATION, field, f"{value!r} is not {kind}", f"give {kind}"
        )
    if not setting.low <= value <= setting.high:
        remedy = f"choose from {setting.low:g} to {setting.high:g}"
        raise InputError(
            CONFIGURATION, field, f"{value:g} is out of range", remedy
        )


def _check_channels(channels):
    if not channels:
        remedy = "name at least one electrode"
        raise InputError(CONFIGURATION, "channels", "is empty", remedy)
    names = [electrode_name(str(channel)) for channel in channels]
    unknown = [
        str(channel)
        for channel, name in zip(channels, names, strict=True)
        if name is None
    ]
    if unknown:
        problem = f"{', '.join(unknown)} unknown"
        remedy = (
            "use names of the 10-10 system; the ECG channel comes by itself"
        )
        raise InputError(CONFIGURATION, "channels", problem, remedy)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problem = f"{', '.join(twice)} twice"
        raise InputError(CONFIGURATION, "channels", problem, "name each once")
