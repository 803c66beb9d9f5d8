"""The signal behind explained windows."""

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.store import open_attribution, open_windows, window_array
from eeglrp.verify.signals import explained_signal, signal_reader

PRODUCT = {
    "algorithm": "cp_lrp",
    "options": '{"rules": "cp_lrp"}',
    "split": "train",
}


@pytest.fixture
def read(task, tmp_path):
    """Signal of a store, which explains the training windows in `train`; all unless told."""

    def function(path, windows=None, train=None):
        windows = task.windows() if windows is None else windows
        reader = signal_reader(windows, task.splits(train), tmp_path)
        return explained_signal(path, open_attribution(path), reader)

    return function


@pytest.mark.slow
def test_every_window_gets_its_own_signal_whatever_the_order(task, read):
    windows = task.windows()
    stored = np.concatenate(
        [window_array(open_windows(path)) for path in windows]
    )
    turned = list(reversed(task.sample))
    signal = read(task.store(samples=turned, **PRODUCT).path, windows)
    np.testing.assert_array_equal(signal(slice(0, 60)), stored[::-1])
    np.testing.assert_array_equal(signal(slice(5, 7)), stored[::-1][5:7])


@pytest.mark.parametrize(
    "changes",
    [{}, {"algorithm": "occlusion"}, {"algorithm": "mine"}]
    + [
        {
            "algorithm": "integrated_gradients",
            "options": '{"baseline": "mean"}',
        }
    ],
)
def test_relevance_that_is_no_product_has_no_signal(task, read, changes):
    assert read(task.store(**changes).path, windows=["absent"]) is None


@pytest.mark.slow
def test_a_window_of_another_split_is_named(task, read):
    train = np.arange(60) > 0
    with pytest.raises(
        InputError, match=f"{task.sample[0]} is in no windows store"
    ):
        read(task.store(**PRODUCT).path, train=train)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cut", "field"), [({"channel": 5}, "channel"), ({"time": 100}, "time")]
)
def test_other_electrodes_or_lengths_are_refused(task, read, cut, field):
    path = task.store(**PRODUCT).path
    reader = signal_reader(task.windows(), task.splits(), task.folder)
    dataset = open_attribution(path).isel(
        {name: slice(n) for name, n in cut.items()}
    )
    with pytest.raises(
        InputError, match=f"{field}: differs from that of the windows"
    ):
        explained_signal(path, dataset, reader)
