"""One forward pass and its backward passes: the explanation of a batch."""

from contextlib import contextmanager
from functools import partial

import torch
from torch.autograd.graph import disable_saved_tensors_hooks

from eeglrp.errors import InputError
from eeglrp.lrp.explanation import Explanation, detached, stack_classes
from eeglrp.lrp.first_layer import without_zeros
from eeglrp.lrp.layers import in_order, watchers
from eeglrp.lrp.mode import Propagation
from eeglrp.lrp.modules import followed
from eeglrp.lrp.own_output import check_own_output
from eeglrp.lrp.signals import pick
from eeglrp.lrp.sources import per_sample
from eeglrp.lrp.targets import scores_of

#: What torch is to say of hooks on saved tensors: they would bring back those of plain operations.
_HOOKED = "hooks on saved tensors while relevance is propagated"


def explain_batch(
    model,
    signal,
    target,
    *,
    score,
    forward_kwargs,
    layers,
    nudged=False,
    layout=None,
    output=None,
    **settings,
):
    """Explain a batch in one forward and one backward pass, or one backward pass a class.

    Parameters
    ----------
    model, signal, target, score, forward_kwargs
        As `eeglrp.lrp.explain.explain` has them.
    layers : list of str
        Modules whose relevance is wanted, `.input` or `.heads` appended to some.
    nudged : bool
        Whether the rules need a signal without exact zeros.
    layout : eeglrp.lrp.signals.Layout, optional
        Of several signals in one.
    output : str or int, optional
        Which of the model's outputs is explained.
    **settings
        Of `eeglrp.lrp.mode.Propagation`.

    Returns
    -------
    Explanation
    """
    if nudged:
        signal = without_zeros(signal)
    run = Propagation(model, n_samples=len(signal), **settings)
    captured, clocks = {}, {}

    def note_clock(name):
        clocks[name] = run.clock

    watching = watchers(layers, run.depends, captured, note_clock)
    if any(name.endswith(".heads") for name in layers):
        run.on_heads = watching[1]
    leaf = signal.clone().requires_grad_()
    # The model sees a copy, which it may change in place.
    start = run.mark(leaf.clone())
    with _unchanged(run):
        with _unhooked(model), run, followed(model, run.modules, *watching):
            logits = pick(
                _called(model, start, layout, forward_kwargs), output
            )
            outputs = scores_of(logits, target, score, len(signal))
        for explained in outputs:
            _check_output(model, explained, run)
        explanations = []
        for explained in outputs:
            run.retain = explained is not outputs[-1]
            coefficients = _coefficients(leaf, explained, run.retain)
            explanation = Explanation(
                relevance=signal * coefficients,
                ledger={},
                output=explained.detach(),
                logits=detached(logits),
                layer_relevance=in_order(model, layers, captured),
                signal=signal,
                coefficients=coefficients,
            )
            explanations.append(_accounted(explanation, run, clocks))
            run.forget()
        changed = run.belongings.is_changed()
    if not (run.random or nudged):
        plain = partial(
            _plain, model, signal, layout, forward_kwargs, output, settings
        )
        alone = layout is None and not changed
        check_own_output(model, plain, logits, alone)
    if isinstance(target, str) and target == "all":
        return stack_classes(explanations)
    return explanations[0]


def _called(model, signal, layout, kwargs):
    """What the model makes of one signal, or of several in one."""
    if layout is None:
        return model(signal, **kwargs)
    arguments, named = layout.arguments(signal)
    return model(*arguments, **named, **kwargs)


def _plain(model, signal, layout, kwargs, output, settings, n):
    """What the model returns for the first samples, without any rule; it stays as it was."""
    # Nothing depends on a signal without a mark: every operation is applied as it is.
    run = Propagation(model, n_samples=n, **settings)
    with _unchanged(run), run, torch.no_grad():
        returned = _called(model, signal[:n].clone(), layout, kwargs)
    return pick(returned, output)


def _coefficients(leaf, output, retain):
    """What the rules make of the output's gradient."""
    (gradient,) = torch.autograd.grad(output.sum(), leaf, retain_graph=retain)
    return gradient


def _accounted(explanation, run, clocks):
    """An explanation with all that its backward pass booked."""
    output = explanation.output.double()
    of_input = per_sample(explanation.relevance.double(), run.n_samples)
    if run.booking:
        run.add("input", of_input)
        ledger = run.ledger(of_input.device)
    else:
        ledger = {"input": of_input, "unexplained": output - of_input}
    if run.unseen:
        # What torch did not show could not be booked where it happened.
        rest = output - torch.stack(list(ledger.values())).sum(0)
        ledger["missing"] = ledger.get("missing", 0) + rest
    layer_ledger = None
    if run.booking:
        layers = explanation.layer_relevance
        layer_ledger = layers and {
            name: _above(run, clocks[name], layers[name]) for name in layers
        }
    return explanation._replace(
        ledger=ledger,
        layer_ledger=layer_ledger,
        position_relevance=run.places or None,
        missing=tuple(dict.fromkeys(run.missing)),
    )


def _above(run, clock, relevance):
    """Ledger of what came after a layer: the layer in place of the input."""
    above = run.ledger(relevance.device, clock)
    above.pop("input")
    of_layer = per_sample(relevance.double(), run.n_samples)
    return {"layer": of_layer, **above}


@contextmanager
def _unhooked(model):
    """Refuse what would recompute or move activations, such as gradient checkpointing."""
    try:
        with disable_saved_tensors_hooks(_HOOKED):
            yield
    except RuntimeError as error:
        if _HOOKED not in str(error):
            raise
        problem = "recomputes activations in the backward pass, or hooks them; no rule applies then"
        remedy = "switch gradient checkpointing and hooks on saved tensors off"
        raise InputError(
            type(model).__name__, "model", problem, remedy
        ) from error


def _check_output(model, output, run):
    name = type(model).__name__
    if not output.requires_grad or not run.depends(output):
        problem = (
            "does not depend on the signal in a way these rules can follow"
        )
        remedy = "choose another rule set, or explain logits"
        raise InputError(name, "output", problem, remedy)
    if not output.isfinite().all():
        remedy = "check the signal and the model's weights"
        raise InputError(name, "output", "is not finite", remedy)


@contextmanager
def _unchanged(run):
    """Undo what a model does to its own tensors and to the state of the random numbers.

    A model that changes its own tensors cannot run in several threads at once, here or elsewhere.
    """
    random = torch.get_rng_state()
    on_gpu = None
    if torch.cuda.is_initialized():
        on_gpu = torch.cuda.get_rng_state_all()
    try:
        yield
    finally:
        run.belongings.restore()
        # Only if numbers were drawn here: other threads may draw theirs meanwhile.
        if run.random:
            torch.set_rng_state(random)
            if on_gpu is not None:
                torch.cuda.set_rng_state_all(on_gpu)
