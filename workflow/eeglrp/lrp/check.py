r"""Can an explanation of this model be trusted? `python -m eeglrp.lrp.check MODEL`, on one page.

The model is copied to double precision and explained there. Checked are: that the explained output
is the model's own, that the ledger closes, and that the relevance is what finite differences of the
network with its constants held (`eeglrp.lrp.frozen`) give, which share no code with the engine's
backward pass. Listed are which rule every operation got, and what is a constant.

    python -m eeglrp.lrp.check braindecode.models:EEGNet --shape 22 1000 \
        --arguments '{"n_chans": 22, "n_times": 1000, "n_outputs": 4}'
"""

import argparse
import copy
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error
from eeglrp.lrp.frozen import FrozenRun
from eeglrp.lrp.modules import followed, uncompiled
from eeglrp.lrp.nesting import undisturbed
from eeglrp.lrp.targets import score_output

#: Gaps that rounding may leave in double precision: exact sums, and finite differences.
_EXACT, _DIFFERENCES = 1e-8, 1e-5
#: Steps of finite differences, relative to the signal's standard deviation: the next where one may
#: have stepped over a kink, such as another winner of a maximum.
_STEPS = (1e-6, 1e-7, 1e-8)


class Check(NamedTuple):
    """What a check of a model found; `str` makes a page of it.

    Attributes
    ----------
    name : str
        The model's class.
    output_gap : float
        Largest difference of the explained output and the model's, relative to the latter.
    closure : float
        Largest gap of the ledger, relative to its parts.
    agreement : float or None
        Largest difference of the coefficients and finite differences along random directions,
        relative to the coefficients' length; None where `untested` names a rule.
    untested : tuple of str
        Rules that are not the gradient of a network with constants.
    operations : dict of (str, str, str) to int
        (operation, kind, rule) -> calls.
    constants : dict of str to float
        Source -> mean share of the magnitude of the ledger.
    detached : dict of str to int
        Module -> values that it takes out of the gradient.
    missing : tuple of str
        Operations without a rule, given their plain gradient.
    """

    name: str
    output_gap: float
    closure: float
    agreement: float | None
    untested: tuple
    operations: dict
    constants: dict
    detached: dict
    missing: tuple

    @property
    def passed(self):
        """Whether everything that could be tested is right."""
        exact = max(self.output_gap, self.closure) <= _EXACT
        agrees = self.agreement is None or self.agreement <= _DIFFERENCES
        return exact and agrees and not self.missing

    def __str__(self):
        return _page(self)


@undisturbed()
def check(
    model,
    signal,
    target="predicted",
    rules="attn_lrp",
    forward_kwargs=None,
    n_directions=4,
    seed=0,
):
    """Check the explanation of a model on a signal.

    Parameters
    ----------
    model, signal, target, rules, forward_kwargs
        As `eeglrp.lrp.explain.explain` has them; the target is no `all`.
    n_directions : int
        Random directions of finite differences.
    seed : int
        Of the directions.

    Returns
    -------
    Check

    Raises
    ------
    InputError
        As `explain` raises, but for operations without a rule: those are listed.
    """
    if isinstance(target, str) and target == "all":
        remedy = "check one class at a time"
        raise InputError("check", "target", "is all classes", remedy)
    if isinstance(model, torch.nn.Module):
        model = _copy(model).double()
    signal = torch.as_tensor(signal).detach().double()
    kwargs = {
        key: _double(value) for key, value in (forward_kwargs or {}).items()
    }
    if isinstance(target, str) and target == "predicted":
        with torch.no_grad():
            target = model(signal, **kwargs).argmax(1)
    settings = {"forward_kwargs": kwargs, "on_missing": "gradient"}
    explanation = explain(model, signal, target, rules, **settings)
    with torch.no_grad():
        logits = model(signal.clone(), **kwargs)
        own = score_output(logits, target, "logit", len(signal))
    frozen = _Frozen(model, rules, signal, target, kwargs)
    untested = tuple(sorted(frozen.first.untested))
    agreement = None
    if not untested:
        coefficients = explanation.coefficients
        agreement = _agreement(frozen, coefficients, n_directions, seed)
    gap = (explanation.output - own).abs().max() / own.abs().max()
    return Check(
        name=type(model).__name__,
        output_gap=gap.nan_to_num(0).item(),
        closure=closure_error(explanation),
        agreement=agreement,
        untested=untested,
        operations=dict(sorted(frozen.first.counts.items())),
        constants=_shares(explanation.ledger),
        detached=dict(frozen.first.held),
        missing=explanation.missing,
    )


class _Frozen:
    """A model whose constants keep the values that they have at a signal."""

    def __init__(self, model, rules, signal, target, kwargs):
        self.model, self.rules, self.signal = model, rules, signal
        self.target, self.kwargs = target, kwargs
        _, self.first = self._run(signal, None)

    def __call__(self, signal):
        """Scores (n_samples,) of a signal near the first."""
        scores, _ = self._run(signal, self.first.memory)
        return scores

    def _run(self, signal, memory):
        n_samples = len(signal)
        run = FrozenRun(self.model, self.rules, n_samples, "gradient", memory)
        leaf = signal.clone().requires_grad_()
        start = run.mark(leaf.clone())
        with torch.enable_grad(), uncompiled(self.model), run:
            with followed(self.model, run.modules, _ignore, _ignore):
                logits = self.model(start, **self.kwargs)
            scores = score_output(logits, self.target, "logit", n_samples)
        run.belongings.restore()
        return scores.detach(), run


def _ignore(name, value):
    """What modules take and return is of no interest."""


def _agreement(frozen, coefficients, n_directions, seed):
    """Largest gap between central differences and coefficients, relative to their length."""
    signal = frozen.signal
    generator = torch.Generator().manual_seed(seed)
    axes = tuple(range(1, signal.ndim))
    length = coefficients.square().sum(axes).sqrt()
    scale = max(signal.std().item(), 1e-30)
    gaps = []
    for _ in range(n_directions):
        ones = torch.randint(0, 2, signal.shape, generator=generator)
        direction = (2 * ones - 1).to(signal)
        expected = (coefficients * direction).sum(axes)
        gap = torch.full_like(length, torch.inf)
        for step in _STEPS:
            slope = _slope(frozen, signal, direction, step * scale)
            off = (slope - expected).abs() / length.clamp_min(1e-300)
            gap = torch.minimum(gap, off)
            if (gap <= _DIFFERENCES).all():
                break
        gaps.append(gap)
    return torch.stack(gaps).max().item()


def _slope(frozen, signal, direction, step):
    """Central difference (n_samples,) of the scores along a direction."""
    ahead = frozen(signal + step * direction)
    behind = frozen(signal - step * direction)
    return (ahead - behind) / (2 * step)


def _shares(ledger):
    """Mean share of each source in the ledger's magnitude, the largest first."""
    magnitudes = {source: term.abs().mean() for source, term in ledger.items()}
    total = sum(magnitudes.values()).clamp_min(1e-300)
    shares = {s: (size / total).item() for s, size in magnitudes.items()}
    ordered = sorted(shares, key=shares.get, reverse=True)
    return {source: shares[source] for source in ordered if shares[source]}


def _copy(model):
    try:
        return copy.deepcopy(model)
    except RuntimeError as error:
        name, problem = type(model).__name__, f"cannot be copied: {error}"
        remedy = "detach the tensors that it keeps as attributes"
        raise InputError(name, "model", problem, remedy) from error


def _double(value):
    is_tensor = isinstance(value, torch.Tensor)
    return value.double() if is_tensor and value.is_floating_point() else value


def _page(check):
    verdict = "as it should be" if check.passed else "NOT as it should be"
    lines = [
        f"Explanation of {check.name}: {verdict}",
        "",
        f"explained output against the model's   {check.output_gap:8.1e}",
        f"gap of the ledger                      {check.closure:8.1e}",
        _line_of_agreement(check),
    ]
    if check.missing:
        lines += ["", "Without a rule, so given their plain gradient:"]
        lines += [f"  {operation}" for operation in check.missing]
    lines += [
        "",
        "Where the output comes from (share of the ledger's magnitude):",
    ]
    lines += [
        f"  {share:6.1%}  {name}" for name, share in check.constants.items()
    ]
    if check.detached:
        lines += ["", "Taken out of the gradient (values, module):"]
        lines += [f"  {n:6d}  {name}" for name, n in check.detached.items()]
    lines += ["", "Operations on the signal (calls, operation, kind: rule):"]
    for (operation, kind, rule), calls in check.operations.items():
        lines.append(f"  {calls:6d}  {operation:24} {kind}: {rule}")
    return "\n".join(lines)


def _line_of_agreement(check):
    label = "relevance against finite differences"
    if check.agreement is None:
        return (
            f"{label}   not tested, no gradient: {', '.join(check.untested)}"
        )
    return f"{label}   {check.agreement:8.1e}"


def _load(name, arguments, weights):
    """The model that a name `module:attribute` stands for, built by a class or function."""
    place, _, attribute = name.partition(":")
    try:
        # As `python -m` and pytest do: what lies here can be imported.
        sys.path.insert(0, str(Path.cwd()))
        made = getattr(import_module(place), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        remedy = "give module:name of a model, or of a class or function that makes one"
        raise InputError(name, "model", str(error), remedy) from error
    if not isinstance(made, torch.nn.Module):
        try:
            made = made(**arguments)
        except TypeError as error:
            remedy = "give what it wants in --arguments"
            raise InputError(name, "model", str(error), remedy) from error
    if weights:
        made.load_state_dict(_state(weights))
    return made.eval()


def _state(weights):
    try:
        return torch.load(weights, map_location="cpu", weights_only=True)
    except OSError as error:
        remedy = "give a file with a state_dict"
        raise InputError(weights, "weights", str(error), remedy) from error


def _signal(options):
    """The signal of a file, or a random one."""
    if options.signal:
        import numpy as np

        try:
            return torch.as_tensor(np.load(options.signal))
        except (OSError, ValueError) as error:
            remedy = "give a .npy file of numbers"
            raise InputError(
                options.signal, "signal", str(error), remedy
            ) from error
    if not options.shape:
        remedy = "give --shape N_CHANNELS N_TIMES or --signal FILE.npy"
        raise InputError("check", "signal", "is missing", remedy)
    generator = torch.Generator().manual_seed(options.seed)
    return torch.randn(2, *options.shape, generator=generator)


def main(given=None):
    """Print the page; returns 1 where something is not as it should be."""
    lines = __doc__.splitlines()
    parser = argparse.ArgumentParser(
        prog="python -m eeglrp.lrp.check", description=lines[0]
    )
    parser.add_argument(
        "model", help="module:name of a model, class or function"
    )
    parser.add_argument("--arguments", default="{}", help="JSON, of the class")
    parser.add_argument("--weights", help="file with the model's state_dict")
    parser.add_argument(
        "--signal", help=".npy, (n_samples, n_channels, n_times)"
    )
    parser.add_argument(
        "--shape", type=int, nargs="+", help="of a random signal"
    )
    parser.add_argument(
        "--forward", default="{}", help="JSON, of the forward pass"
    )
    parser.add_argument("--target", default="predicted", help="a class")
    parser.add_argument("--rules", default="attn_lrp", help="name, or JSON")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(given)
    try:
        torch.manual_seed(options.seed)
        arguments = _json("--arguments", options.arguments)
        model = _load(options.model, arguments, options.weights)
        found = check(
            model,
            _signal(options),
            _target(options.target),
            _rules(options.rules),
            _json("--forward", options.forward),
            seed=options.seed,
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(found)
    return 0 if found.passed else 1


def _target(text):
    if text == "predicted":
        return text
    try:
        return int(text)
    except ValueError as error:
        remedy = "give a class, or predicted"
        raise InputError("check", "--target", f"is {text}", remedy) from error


def _rules(text):
    return _json("--rules", text) if text.startswith("{") else text


def _json(option, text):
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError("check", option, str(error), "give JSON") from error


if __name__ == "__main__":
    sys.exit(main())
