"""What an attribution method says about a signal."""

from typing import NamedTuple

import torch


class Explanation(NamedTuple):
    """Relevance of a signal for a model's output.

    Attributes
    ----------
    relevance : Tensor
        Like the signal, (n_samples, n_channels, n_times), in units of the output (logits).
    ledger : dict of str to Tensor
        Source -> (n_samples,), float64: where the output comes from. Sums to `output`.
    output : Tensor, shape (n_samples,)
        The explained score.
    logits : Tensor, shape (n_samples, n_classes), or None
        What the model returned, if that was a tensor.
    layer_relevance : dict of str to Tensor, or None
        Module name -> relevance of its output, like that output; `<first block>.input` is what
        enters the first block.
    """

    relevance: torch.Tensor
    ledger: dict
    output: torch.Tensor
    logits: torch.Tensor | None
    layer_relevance: dict | None = None


def closure_error(explanation):
    """Largest gap between the ledger's sum and the output, relative to sum(|ledger|)."""
    ledger = torch.stack(list(explanation.ledger.values()))
    gap = (ledger.sum(0) - explanation.output).abs()
    scale = torch.maximum(ledger.abs().sum(0), explanation.output.abs())
    # Where all is zero, the gap is too.
    return (gap / scale.clamp_min(torch.finfo(scale.dtype).tiny)).max().item()


def join_explanations(parts):
    """Explanations of consecutive samples as one."""
    sources = dict.fromkeys(source for part in parts for source in part.ledger)
    ledgers = {name: [_entry(part.ledger, name) for part in parts] for name in sources}
    layers = [part.layer_relevance for part in parts]
    return Explanation(
        torch.cat([part.relevance for part in parts]),
        {name: torch.cat(values) for name, values in ledgers.items()},
        torch.cat([part.output for part in parts]),
        parts[0].logits if parts[0].logits is None else torch.cat([p.logits for p in parts]),
        layers[0] and {name: torch.cat([each[name] for each in layers]) for name in layers[0]},
    )


def _entry(ledger, source):
    return ledger.get(source, torch.zeros_like(ledger["input"]))


def detached(value):
    """A tensor without its gradients; None for anything else."""
    return value.detach() if isinstance(value, torch.Tensor) else None
