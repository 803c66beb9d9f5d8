"""SmoothGrad: gradients averaged over noisy copies of the signal."""

import torch

from eeglrp.attribution.draws import normal_like, window_generators
from eeglrp.attribution.question import answer, ask, score_gradient
from eeglrp.lrp.nesting import undisturbed

#: Sources of the ledger.
SOURCES = ("input", "unexplained")
SUMS_TO = {
    "smoothgrad": "No known part of the score: it is a gradient, averaged and times the input."
}


@undisturbed()
@torch.inference_mode(False)
def smoothgrad(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    draws=16,
    noise=0.1,
    seed=0,
):
    """Input times the mean gradient around it (Smilkov et al. 2017, arXiv:1706.03825, section 3).

    The values sum to no known part of the score; the ledger books the rest as `unexplained`.
    A window's noise depends on the seed and the window alone, which captum's noise tunnel, with
    one global random state, cannot give.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As in `eeglrp.lrp.explain.explain`.
    layers : bool
        Must be off.
    draws : int
        Noisy copies of each window.
    noise : float
        SD of the noise over the SD of the window, all its electrodes together.
    seed : int

    Returns
    -------
    Explanation
    """
    question = ask(
        "smoothgrad", model, signal, target, score, forward_kwargs, layers
    )
    signal = question.signal
    deviation = signal.flatten(1).std(1, correction=0)
    scale = noise * deviation[:, None, None]
    generators = window_generators(seed, signal)
    gradient = torch.zeros_like(signal)
    for _ in range(draws):
        noisy = signal + scale * normal_like(signal, generators)
        gradient += score_gradient(question, noisy)
    return answer(question, signal * gradient / draws)
