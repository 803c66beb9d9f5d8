"""Maps that know nothing of the model: what any method must beat."""

import torch

from eeglrp.attribution.draws import normal_like, window_generators
from eeglrp.attribution.question import answer, ask
from eeglrp.lrp.nesting import undisturbed

#: Sources of the ledger.
SOURCES = ("input", "unexplained")
SUMS_TO = {
    "random": "Nothing; the sum of absolute values is the absolute score."
}


@undisturbed()
@torch.inference_mode(False)
@torch.no_grad()
def random(
    model,
    signal,
    target,
    score="logit",
    forward_kwargs=None,
    layers=False,
    seed=0,
):
    """Normal random values, scaled so that their absolute values sum to the absolute score.

    Their sum itself is as random, so the ledger books the rest of the score as `unexplained`;
    scaling by that sum instead would let a sum near zero decide the size of the map.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As in `eeglrp.lrp.explain.explain`.
    layers : bool
        Must be off.
    seed : int
        A window's values depend on the seed and the window alone.

    Returns
    -------
    Explanation
    """
    question = ask(
        "random", model, signal, target, score, forward_kwargs, layers
    )
    signal = question.signal
    generators = window_generators(seed, signal)
    drawn = normal_like(signal, generators)
    share = drawn / drawn.abs().sum((1, 2), keepdim=True)
    size = question.output.abs()[:, None, None]
    return answer(question, share * size)
