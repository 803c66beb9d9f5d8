"""Random changes of training windows: shift in time, amplitude, lost electrodes, mixtures.

All are off unless asked for. Draws come from the job's own generator, so that a seed repeats them,
and few numbers are drawn: the windows themselves change on the device that trains.
"""

import numpy as np
import torch
from torch.nn.functional import one_hot

from eeglrp.errors import InputError

OFF = {
    "time_shift": 0,
    "time_shift_mode": "circular",
    "amplitude": None,
    "channel_dropout": 0.0,
    "mixup": 0.0,
}
_KEY = "training.augmentation"


def complete(settings, n_times):
    """Settings with what is left out switched off.

    Parameters
    ----------
    settings : dict
        Any of `time_shift` (samples, at most), `time_shift_mode` (`circular` or `reflect`),
        `amplitude` (lowest and highest factor, or None), `channel_dropout` (probability),
        `mixup` (alpha of the Beta distribution).
    n_times : int
        Samples of a window.

    Raises
    ------
    InputError
        If a shift is as long as a window, or the range of factors is reversed.
    """
    settings = OFF | settings
    shift = settings["time_shift"]
    amplitude = settings["amplitude"]
    if shift >= n_times:
        problem = f"{shift} samples are not less than a window's {n_times}"
        raise InputError("config", f"{_KEY}.time_shift", problem, "lower it")
    if amplitude and amplitude[0] > amplitude[1]:
        problem = f"{amplitude[0]} is above {amplitude[1]}"
        remedy = "name the lower factor first"
        raise InputError("config", f"{_KEY}.amplitude", problem, remedy)
    return settings


def is_on(settings):
    """Whether anything is asked for."""
    names = ("time_shift", "amplitude", "channel_dropout", "mixup")
    complete_settings = OFF | settings
    return any(complete_settings[name] for name in names)


def augment(signal, label, subject, settings, n_classes, rng):
    """Change a batch of training windows at random.

    Parameters
    ----------
    signal : Tensor, shape (n, n_channels, n_times)
    label : Tensor of int, shape (n,)
    subject : array of str, shape (n,)
        Whose windows they are; only `mixup` asks.
    settings : dict
        From `complete`.
    n_classes : int
    rng : numpy.random.Generator

    Returns
    -------
    signal : Tensor, shape (n, n_channels, n_times)
    target : Tensor
        Labels as they came, or after `mixup` the share of every class, (n, n_classes).
    """
    if settings["time_shift"]:
        signal = time_shift(
            signal, settings["time_shift"], settings["time_shift_mode"], rng
        )
    if settings["amplitude"]:
        signal = scale_amplitude(signal, settings["amplitude"], rng)
    if settings["channel_dropout"]:
        signal = drop_channels(signal, settings["channel_dropout"], rng)
    if settings["mixup"]:
        return mixup(signal, label, subject, settings["mixup"], n_classes, rng)
    return signal, label


def time_shift(signal, most, mode, rng):
    """Shift every window by -`most` to `most` samples, all of its electrodes alike.

    `circular` brings back at one end what leaves at the other; `reflect` mirrors the signal at the
    end, without repeating the last sample.
    """
    n, n_channels, n_times = signal.shape
    shift = rng.integers(-most, most + 1, (n, 1))
    # Which sample comes to every place: (n, n_times).
    source = np.arange(n_times) - shift
    if mode == "circular":
        source %= n_times
    else:
        last = n_times - 1
        there_and_back = source % max(1, 2 * last)
        source = last - np.abs(last - there_and_back)
    index = torch.from_numpy(source).to(signal.device)
    of_electrodes = index[:, None].expand(-1, n_channels, -1)
    return signal.gather(2, of_electrodes)


def scale_amplitude(signal, bounds, rng):
    """Multiply every electrode of every window by a factor drawn evenly from `bounds`.

    After Mohsenvand et al. (2020, PMLR 136:238-253). One factor for a whole window would change
    little: LaBraM's first group norm divides by the power over all electrodes.
    """
    from braindecode.augmentation.functional import amplitude_scale

    # The same stream of random numbers, in the form that braindecode reads.
    shared = np.random.RandomState(rng.bit_generator)
    return amplitude_scale(signal, None, bounds, random_state=shared)[0]


def drop_channels(signal, probability, rng):
    """Set electrodes of single windows to zero, each with the same probability.

    After Saeed et al. (2020, arXiv:2010.13694). Braindecode's transform leaves a fraction of the
    signal in about one electrode of a hundred; here it is all or nothing.
    """
    n, n_channels, _ = signal.shape
    is_kept = rng.random((n, n_channels)) >= probability
    factor = torch.from_numpy(is_kept).to(signal)
    return signal * factor[..., None]


def mixup(signal, label, subject, alpha, n_classes, rng):
    """Mix every window with one of another subject, and their classes in the same shares.

    Zhang et al. (2018), arXiv:1710.09412: the share of the window itself is drawn from
    Beta(alpha, alpha), for each window anew. A window without partner in its batch stays as it is.
    """
    n = len(label)
    # A row a window: its partner is the window with the largest number.
    draws = rng.random((n, n))
    is_same_subject = subject[:, None] == subject
    draws[is_same_subject] = -1
    has_partner = (draws >= 0).any(1)
    partner = np.where(has_partner, draws.argmax(1), np.arange(n))
    partner = torch.from_numpy(partner).to(signal.device)
    share = torch.from_numpy(rng.beta(alpha, alpha, n)).to(signal)
    # Axes: window, electrode, sample.
    share = share[:, None, None]
    rest = 1 - share
    mixed = share * signal + rest * signal[partner]
    classes = one_hot(label, n_classes).to(signal.dtype)
    target = share[..., 0] * classes + rest[..., 0] * classes[partner]
    return mixed, target
