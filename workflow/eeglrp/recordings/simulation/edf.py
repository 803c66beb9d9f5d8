"""A simulated recording as an EDF+ file, as an amplifier would write it."""

import datetime

import numpy as np

from eeglrp.files import atomic

#: The same on every day, so that the same settings give the same bytes.
START = datetime.date(2000, 1, 1)
#: Largest digital value of 16 bits; symmetric, so that 0 microvolt is digital 0.
DIGITAL = 32767


def write_edf(path, signal, channels, annotations, sampling_rate, subject):
    """Write an EDF+ file, atomically.

    Parameters
    ----------
    path : Path
    signal : array, shape (n_channels, n_times)
        In microvolt; `n_times` a multiple of the sampling rate. Each channel's physical range fits
        its largest value.
    channels : list of str
        Electrodes, and `ECG`.
    annotations : list of (onset, duration, description)
        In s.
    sampling_rate : int
        In Hz.
    subject : str
        Stored as the patient's code.
    """
    import edfio

    signals = [
        _signal(edfio, values, name, sampling_rate)
        for values, name in zip(signal, channels, strict=True)
    ]
    events = [edfio.EdfAnnotation(*annotation) for annotation in annotations]
    edf = edfio.Edf(
        signals,
        patient=edfio.Patient(code=subject),
        recording=edfio.Recording(startdate=START, equipment_code="simulated"),
        starttime=datetime.time(0, 0, 0),
        data_record_duration=1.0,
        annotations=events,
    )
    with atomic(path) as temporary:
        edf.write(temporary)


def _signal(edfio, values, name, sampling_rate):
    largest = np.ceil(np.abs(values).max())
    limit = float(max(1, largest))
    label, place = f"EEG {name}", "linked ears"
    if name == "ECG":
        label, place = name, "chest"
    return edfio.EdfSignal(
        values.astype(np.float64),
        sampling_rate,
        label=label,
        transducer_type=f"AgAgCl electrode, reference {place}",
        physical_dimension="uV",
        physical_range=(-limit, limit),
        digital_range=(-DIGITAL, DIGITAL),
    )
