"""Small recordings written for the tests of their sources."""

import numpy as np
import pytest


@pytest.fixture
def write_edf():
    """Function that writes an EDF+ file of noise, 10 microvolt, and returns its path."""

    def write(
        path, names, sampling_rate=160, seconds=4, annotations=(), signals=None
    ):
        import edfio

        rng = np.random.default_rng(0)
        shape = (len(names), int(sampling_rate * seconds))
        signals = rng.normal(0, 10, shape) if signals is None else signals
        edf = edfio.Edf(
            [
                edfio.EdfSignal(
                    signal, sampling_rate, label=name, physical_dimension="uV"
                )
                for name, signal in zip(names, signals, strict=True)
            ],
            annotations=[
                edfio.EdfAnnotation(*annotation) for annotation in annotations
            ],
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        edf.write(path)
        return path

    return write
