"""The score that is explained: one number a sample, linear in the logits."""

import torch

from eeglrp.errors import InputError


def score_output(logits, target, score, n_samples):
    """Score of each sample from a model's output.

    Parameters
    ----------
    logits : Tensor, shape (n_samples, n_classes)
    target : int, sequence of int, `predicted`, or callable
    score : str
        `logit` or `contrast`.
    n_samples : int

    Returns
    -------
    Tensor, shape (n_samples,)

    Raises
    ------
    InputError
        If the output has another shape, or the target or the score does not exist.
    """
    if callable(target):
        return target(logits)
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or len(logits) != n_samples:
        problem = "is not a tensor (n_samples, n_classes)"
        raise InputError("model", "output", problem, "give a function of the output as target")
    if isinstance(target, str) and target == "predicted":
        target = logits.argmax(1)
    weights = class_weights(target, score, n_samples, logits.shape[1])
    return (logits * weights.to(logits.device, logits.dtype)).sum(1)


def class_weights(target, score, n_samples, n_classes):
    """Weights (n_samples, n_classes) that turn logits into the score.

    The contrast is the target's logit minus the mean of the others': adding a constant to all
    logits, which changes no probability, does not change it.
    """
    target = torch.as_tensor(target).cpu()
    if target.is_floating_point() or target.shape not in ((), (1,), (n_samples,)):
        problem = f"is {tuple(target.shape)} numbers for {n_samples} samples"
        raise InputError("explain", "target", problem, "give one class, or one a sample")
    if target.numel() and not ((target >= 0) & (target < n_classes)).all():
        problem = f"has no class of the {n_classes}: {target.min()}-{target.max()}"
        raise InputError("explain", "target", problem, f"choose 0 to {n_classes - 1}")
    chosen = torch.nn.functional.one_hot(target.long().expand(n_samples), n_classes).double()
    if score == "logit":
        return chosen
    if score == "contrast" and n_classes > 1:
        return chosen - (1 - chosen) / (n_classes - 1)
    problem = f"{score} is not a score of {n_classes} classes"
    raise InputError("explain", "score", problem, "choose logit or contrast")
