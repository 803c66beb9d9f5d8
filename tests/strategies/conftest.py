"""Windows and relevance of a made-up task whose strategies are known."""

import numpy as np
import pytest

from eeglrp.store import LEDGER_SOURCES, attribution_writer, write_windows

CHANNELS = ["F7", "F8", "FZ", "C3", "CZ", "C4", "P3", "PZ", "P4", "O1"]
RATE, N_TIMES = 200, 400
#: Rows of `CHANNELS` that carry the relevance of a window with and without a saccade.
EYES, HANDS = [0, 1], [3, 5]


class Study:
    """Three subjects; in half of all windows gaze turns aside by 60 microvolt after 0.3 s.

    `bound`: it turns to the cued side, or to either. `used`: relevance of windows with a saccade
    lies beside the eyes, or as that of all others over the hands.
    """

    def __init__(self, folder, bound=True, used=True, n=30, channels=CHANNELS):
        self.folder, self.channels = folder, channels
        self.rng = np.random.default_rng(2)
        self.subject = np.repeat(["01", "02", "03"], n)
        self.label = np.arange(3 * n) % 2
        self.saccade = self.rng.random(3 * n) < 0.5
        side = self.label if bound else self.rng.integers(2, size=3 * n)
        # Gaze to the left, which is class 0, is positive.
        self.gaze = np.where(self.saccade, 60.0 * (1 - 2 * side), 0.0)
        self.sample = [
            f"{who}/r/{k:03d}" for k, who in enumerate(self.subject)
        ]
        self.prediction = np.where(
            np.arange(3 * n) % 10 == 0, 1 - self.label, self.label
        )
        self.relevance = self._relevance(self.saccade & used)
        self.windows = [self._windows(who) for who in np.unique(self.subject)]

    def _relevance(self, at_eyes):
        size = np.full((len(at_eyes), len(CHANNELS), 1), 0.3)
        size[np.ix_(at_eyes, EYES)] = 1.0
        size[np.ix_(~at_eyes, HANDS)] = 1.0
        # One size a window and electrode: noise that bins do not average away.
        size = size * np.exp(0.3 * self.rng.normal(size=size.shape))
        noise = self.rng.normal(size=(*size.shape[:2], N_TIMES))
        return (size * noise).astype(np.float32)

    def _windows(self, who):
        own = np.flatnonzero(self.subject == who)
        signal = 0.01 * self.rng.normal(
            size=(len(own), len(self.channels), N_TIMES)
        )
        signal[:, 0, 60:260] += self.gaze[own, None] / 100
        path = self.folder / f"{who}.zarr.zip"
        write_windows(
            path,
            signal,
            self.label[own],
            channels=self.channels,
            sampling_rate=RATE,
            samples=[self.sample[k] for k in own],
            subject=[who] * len(own),
            recording=["r"] * len(own),
            onset=np.arange(len(own)),
            attrs={"settings": {"unit": 100.0, "start": 0.0}},
        )
        return path

    def store(self, name="attn_lrp", samples=None, rows=slice(None)):
        """One attribution store of these windows."""
        relevance = self.relevance[rows]
        ledger = np.zeros((len(relevance), len(LEDGER_SOURCES)))
        ledger[:, 0] = relevance.sum((1, 2), dtype=np.float64)
        values = {
            "relevance": relevance,
            "ledger": ledger,
            "logit": ledger.sum(1),
            "target": self.prediction[rows],
            "label": self.label[rows],
            "prediction": self.prediction[rows],
            "subject": self.subject[rows].astype(object),
            "recording": np.full(len(relevance), "r", object),
            "onset": np.arange(len(relevance)),
            "fold": np.zeros(len(relevance)),
        }
        path = self.folder / f"{name}.zarr.zip"
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / RATE,
            samples=samples or np.array(self.sample)[rows].tolist(),
            attrs={"regime": "scratch", "seed": 0, "method": "attn_lrp"},
        ) as writer:
            for start in range(0, len(relevance), 32):
                part = slice(start, start + 32)
                writer.write(
                    start,
                    **{key: value[part] for key, value in values.items()},
                )
        return path


@pytest.fixture
def make_study(tmp_path):
    """Make a study: `make_study(bound=..., used=...)`."""
    return lambda **settings: Study(tmp_path, **settings)


@pytest.fixture
def statistics():
    """The section of the configuration."""
    return {"bootstrap": 200, "permutations": 200, "confidence": 0.95}
