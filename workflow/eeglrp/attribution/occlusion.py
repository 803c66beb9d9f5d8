"""Occlusion: how much of the score is lost without a piece of the signal."""

import torch

from eeglrp.attribution.question import answer, ask
from eeglrp.errors import InputError
from eeglrp.lrp.nesting import undisturbed

#: Sources of the ledger.
SOURCES = ("input", "unexplained")
SUMS_TO = {
    "occlusion": "No known part of the score: the drops of the score for one piece at a time."
}


@undisturbed()
@torch.inference_mode(False)
@torch.no_grad()
def occlusion(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    baseline="zero",
    width=200,
):
    """Score drop when one piece of one electrode is replaced (Zeiler & Fergus 2014).

    After arXiv:1311.2901, section 4.2; a piece's drop is spread evenly over its samples. The
    drops sum to no known part of the score where pieces act together; the ledger books the rest
    as `unexplained`.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As in `eeglrp.lrp.explain.explain`.
    layers : bool
        Must be off.
    baseline : str
        What takes a piece's place: `zero`; the electrode's `mean` over time; or nothing, by
        `removal` of the whole electrode from the signal and from `forward_kwargs["ch_names"]`.
    width : int
        Samples of a piece, the last one of a window may be shorter; not used by `removal`.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        If there is no such baseline, or electrodes cannot be removed.
    """
    question = ask(
        "occlusion", model, signal, target, score, forward_kwargs, layers
    )
    if baseline == "removal":
        names = (forward_kwargs or {}).get("ch_names")
        drops = _removed(question, type(model).__name__, names)
        return answer(question, drops)
    if baseline not in ("zero", "mean"):
        problem = f"{baseline} is not a baseline of occlusion"
        remedy = "choose zero, mean or removal"
        raise InputError("occlusion", "baseline", problem, remedy)
    drops = _replaced(question, baseline, width)
    return answer(question, drops)


def _replaced(question, baseline, width):
    """Drops where a value takes the place of one piece after the other."""
    signal = question.signal
    _, n_channels, n_times = signal.shape
    # One value a window and electrode.
    values = torch.zeros_like(signal[..., 0])
    if baseline == "mean":
        values = signal.mean(2)
    drops = torch.empty_like(signal)
    for channel in range(n_channels):
        for start in range(0, n_times, width):
            stop = min(start + width, n_times)
            piece = slice(start, stop)
            without = signal.clone()
            without[:, channel, piece] = values[:, channel, None]
            drop = question.output - question.score(without)
            drops[:, channel, piece] = drop[:, None] / (stop - start)
    return drops


def _removed(question, model_name, names):
    """Drops where one electrode after the other is left out."""
    signal = question.signal
    _, n_channels, n_times = signal.shape
    is_named = names is not None and len(names) == n_channels
    if not is_named or n_channels < 2:
        problem = "an electrode can be removed only from a model that takes the names of several"
        remedy = "give forward_kwargs={'ch_names': [...]}, or choose baseline zero or mean"
        raise InputError(model_name, "baseline", problem, remedy)
    drops = torch.empty_like(signal)
    for channel in range(n_channels):
        kept = [other for other in range(n_channels) if other != channel]
        kept_names = [names[other] for other in kept]
        without = question.score(signal[:, kept], ch_names=kept_names)
        drop = question.output - without
        drops[:, channel] = (drop / n_times)[:, None]
    return drops
