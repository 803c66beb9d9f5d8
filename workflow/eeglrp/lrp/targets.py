"""The score that is explained: one number a sample, linear in the logits."""

import torch

from eeglrp.errors import InputError


def score_output(logits, target, score, n_samples):
    """Score of each sample from a model's output.

    Parameters
    ----------
    logits : Tensor, shape (n_samples, n_classes)
    target : int, sequence of int, `predicted`, dict, or callable
        As `eeglrp.lrp.explain.explain` takes it, but for `all`.
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
        return _checked(target(logits), n_samples)
    _check_logits(logits, n_samples)
    if isinstance(target, str) and target == "predicted":
        target = logits.argmax(1)
    n_classes = logits.shape[1]
    if isinstance(target, dict):
        weights = _combination(target, score, n_samples, n_classes)
    else:
        weights = class_weights(target, score, n_samples, n_classes)
    return (logits * weights.to(logits.device, logits.dtype)).sum(1)


def scores_of(logits, target, score, n_samples):
    """One score a sample, or those of each class in turn for the target `all`.

    Returns
    -------
    list of Tensor, shape (n_samples,)
    """
    if not (isinstance(target, str) and target == "all"):
        return [score_output(logits, target, score, n_samples)]
    _check_logits(logits, n_samples)
    return [
        score_output(logits, k, score, n_samples)
        for k in range(logits.shape[1])
    ]


def class_weights(target, score, n_samples, n_classes):
    """Weights (n_samples, n_classes) that turn logits into the score.

    The contrast is the target's logit minus the mean of the others': adding a constant to all
    logits, which changes no probability, does not change it.
    """
    try:
        target = torch.as_tensor(target).cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        remedy = "give a class, one a sample, predicted, all, {class: weight} or a function"
        raise InputError(
            "explain", "target", f"is {target!r}", remedy
        ) from error
    if target.is_floating_point() or target.shape not in (
        (),
        (1,),
        (n_samples,),
    ):
        problem = f"is {tuple(target.shape)} numbers for {n_samples} samples"
        remedy = "give one class, one a sample, or {class: weight}"
        raise InputError("explain", "target", problem, remedy)
    if target.numel() and not ((target >= 0) & (target < n_classes)).all():
        problem = (
            f"has no class of the {n_classes}: {target.min()}-{target.max()}"
        )
        raise InputError(
            "explain", "target", problem, f"choose 0 to {n_classes - 1}"
        )
    chosen = torch.nn.functional.one_hot(
        target.long().expand(n_samples), n_classes
    ).double()
    if score == "logit":
        return chosen
    if score == "contrast" and n_classes > 1:
        return chosen - (1 - chosen) / (n_classes - 1)
    problem = f"{score} is not a score of {n_classes} classes"
    raise InputError("explain", "score", problem, "choose logit or contrast")


def of_rows(target, rows, n_samples):
    """The part of a target that concerns some rows (a slice) of the samples."""
    if callable(target) or isinstance(target, (str, dict)):
        return target
    try:
        target = torch.as_tensor(target)
    except (TypeError, ValueError, RuntimeError):
        # Told with the class names, where the number of classes is known.
        return target
    return target[rows] if target.shape == (n_samples,) else target


def _combination(target, score, n_samples, n_classes):
    """Weights of classes, `{1: 1, 0: -1}` being a difference, for every sample."""
    if score != "logit":
        problem = f"is a combination of classes, with the score {score}"
        raise InputError(
            "explain", "target", problem, "choose the score logit"
        )
    weights = torch.zeros(n_samples, n_classes, dtype=torch.float64)
    for number, weight in target.items():
        weights += weight * class_weights(
            number, "logit", n_samples, n_classes
        )
    return weights


def _check_logits(logits, n_samples):
    if (
        not isinstance(logits, torch.Tensor)
        or logits.ndim != 2
        or len(logits) != n_samples
    ):
        problem = "is not a tensor (n_samples, n_classes)"
        raise InputError(
            "model",
            "output",
            problem,
            "give a function of the output as target",
        )


def _checked(output, n_samples):
    if not isinstance(output, torch.Tensor) or output.shape != (n_samples,):
        found = (
            tuple(output.shape)
            if isinstance(output, torch.Tensor)
            else type(output).__name__
        )
        problem = f"returned {found} for {n_samples} samples"
        raise InputError(
            "explain", "target", problem, "return one number a sample"
        )
    return output
