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
    weights = weights.to(logits.device, logits.dtype)
    return (logits * weights).sum(1)


def scores_of(logits, target, score, n_samples):
    """One score a sample, or those of each class in turn for the target `all`.

    Returns
    -------
    list of Tensor, shape (n_samples,)
    """
    if not (isinstance(target, str) and target == "all"):
        return [score_output(logits, target, score, n_samples)]
    _check_logits(logits, n_samples)
    classes = range(logits.shape[1])
    return [score_output(logits, k, score, n_samples) for k in classes]


def class_weights(target, score, n_samples, n_classes):
    """Weights (n_samples, n_classes) that turn logits into the score.

    The contrast is the target's logit minus the mean of the others': adding a constant to all
    logits, which changes no probability, does not change it.
    """
    try:
        target = torch.as_tensor(target).cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        problem = f"is {target!r}"
        remedy = "give a class, one a sample, predicted, all, {class: weight} or a function"
        raise InputError("explain", "target", problem, remedy) from error
    shapes = ((), (1,), (n_samples,))
    if target.is_floating_point() or target.shape not in shapes:
        problem = f"is {tuple(target.shape)} numbers for {n_samples} samples"
        remedy = "give one class, one a sample, or {class: weight}"
        raise InputError("explain", "target", problem, remedy)
    is_class = (target >= 0) & (target < n_classes)
    if not is_class.all():
        numbers = dict.fromkeys([int(target.min()), int(target.max())])
        listed = " to ".join(map(str, numbers))
        problem = f"has no class of the {n_classes}: {listed}"
        remedy = f"choose 0 to {n_classes - 1}"
        raise InputError("explain", "target", problem, remedy)
    by_sample = target.long().expand(n_samples)
    chosen = torch.nn.functional.one_hot(by_sample, n_classes).double()
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
    if target.shape == (n_samples,):
        return target[rows]
    return target


def _combination(target, score, n_samples, n_classes):
    """Weights of classes, `{1: 1, 0: -1}` being a difference, for every sample."""
    if score != "logit":
        problem = f"is a combination of classes, with the score {score}"
        remedy = "choose the score logit"
        raise InputError("explain", "target", problem, remedy)
    weights = torch.zeros(n_samples, n_classes, dtype=torch.float64)
    for number, weight in target.items():
        chosen = class_weights(number, "logit", n_samples, n_classes)
        weights += weight * chosen
    return weights


def _check_logits(logits, n_samples):
    if (
        not isinstance(logits, torch.Tensor)
        or logits.ndim != 2
        or len(logits) != n_samples
    ):
        problem = "is not a tensor (n_samples, n_classes)"
        remedy = (
            "name one with output=, or give a function of the output as target"
        )
        raise InputError("model", "output", problem, remedy)


def _checked(output, n_samples):
    if isinstance(output, torch.Tensor):
        if output.shape == (n_samples,):
            return output
        returned = tuple(output.shape)
    else:
        returned = type(output).__name__
    problem = f"returned {returned} for {n_samples} samples"
    remedy = "return one number a sample"
    raise InputError("explain", "target", problem, remedy)
