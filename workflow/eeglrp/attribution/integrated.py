"""Integrated gradients, by captum."""

import torch

from eeglrp.attribution.question import answer, ask
from eeglrp.errors import InputError
from eeglrp.lrp.nesting import undisturbed

#: Sources of the ledger.
SOURCES = ("input", "baseline", "unexplained")
SUMS_TO = {
    "integrated_gradients": "The score minus that of the baseline, up to the error of the "
    "numerical integral."
}


@undisturbed()
@torch.inference_mode(False)
def integrated_gradients(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    steps=50,
    baseline="zero",
    n_baselines=10,
    background=None,
):
    """Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365, section 3).

    The values sum to the score minus the baseline's. The ledger has the baseline's score as
    `baseline` and the error of the numerical integral as `unexplained`: models that normalise
    their input are nearly singular at zero, and there this error is large.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As in `eeglrp.lrp.explain.explain`.
    layers : bool
        Must be off.
    steps : int
        Points of the Gauss-Legendre rule.
    baseline : str
        Where the path starts: at `zero`; at each electrode's `mean` over time; or at `other`
        windows, whose attributions are averaged.
    n_baselines : int
        For `other`: how many windows of the background, its first ones.
    background : Tensor, shape (n_windows, n_channels, n_times), optional
        For `other`: windows to start from.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        If there is no such baseline, or `other` has no background that fits.
    """
    from captum.attr import IntegratedGradients

    method = "integrated_gradients"
    question = ask(
        method, model, signal, target, score, forward_kwargs, layers
    )
    starts = _starts(question.signal, baseline, n_baselines, background)
    integral = IntegratedGradients(question.score)
    relevance = torch.zeros_like(question.signal)
    of_starts = torch.zeros_like(question.output)
    for start in starts:
        # One step at a time: the model sees the windows in their own order, and so its targets.
        relevance += integral.attribute(
            question.signal,
            start,
            n_steps=steps,
            internal_batch_size=len(start),
        )
        with torch.no_grad():
            of_starts += question.score(start)
    n_starts = len(starts)
    return answer(
        question, relevance / n_starts, baseline=of_starts / n_starts
    )


def _starts(signal, baseline, n_baselines, background):
    """Baselines, each like the signal."""
    if baseline == "zero":
        return [torch.zeros_like(signal)]
    if baseline == "mean":
        return [signal.mean(2, keepdim=True).expand_as(signal)]
    if baseline != "other":
        problem = f"{baseline} is not a baseline of integrated gradients"
        remedy = "choose zero, mean or other"
        raise InputError("integrated_gradients", "baseline", problem, remedy)
    windows = torch.as_tensor(() if background is None else background)
    windows = windows[:n_baselines].to(signal)
    if not len(windows) or windows.shape[1:] != signal.shape[1:]:
        problem = f"has shape {tuple(windows.shape)}, which does not fit {tuple(signal.shape)}"
        remedy = "give windows (n_windows, n_channels, n_times) to start from"
        raise InputError("integrated_gradients", "background", problem, remedy)
    return [window.expand_as(signal) for window in windows]
