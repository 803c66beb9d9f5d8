"""What an attribution method says about a signal."""

from typing import NamedTuple

import torch

from eeglrp.errors import InputError
from eeglrp.lrp.inspection import in_components, in_frequency


class Explanation(NamedTuple):
    """Relevance of a signal for a model's output.

    Where all classes were explained at once, a class axis follows that of the samples.

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
    layer_ledger : dict of str to dict, or None
        Module name -> ledger above it: `layer`, the sum of its relevance, and the sources that
        come after. Sums to `output` where all relevance passes through the module.
    position_relevance : dict of str to Tensor, or None
        Under `pa_lrp`: source -> relevance of positions, in the shape in which they were added.
    missing : tuple of str
        Operations without a rule that were given their plain gradient.
    signal, coefficients : Tensor, or None
        What was explained, and what the rules make of the gradient: relevance is their product.
    """

    relevance: torch.Tensor
    ledger: dict
    output: torch.Tensor
    logits: torch.Tensor | None
    layer_relevance: dict | None = None
    layer_ledger: dict | None = None
    position_relevance: dict | None = None
    missing: tuple = ()
    signal: torch.Tensor | None = None
    coefficients: torch.Tensor | None = None

    def in_frequency(self, sfreq, frame=None):
        """Relevance by frequency; sums to that of the signal (arXiv:2303.06365).

        Parameters
        ----------
        sfreq : float
            Sampling rate in Hz.
        frame : float, optional
            Length in seconds of frames that overlap by half, for relevance by frequency and time.

        Returns
        -------
        eeglrp.lrp.inspection.SpectralRelevance

        Raises
        ------
        InputError
            If the method gave no coefficients (LRP does), or a number does not fit.
        """
        signal = self._operand("in_frequency")
        return in_frequency(signal, self.coefficients, sfreq, frame)

    def in_components(self, patterns):
        """Relevance by component, such as of an ICA, and of what the components leave.

        Parameters
        ----------
        patterns : array, shape (n_channels, n_components)
            What each component adds to the electrodes: columns of the mixing matrix.

        Returns
        -------
        relevance : Tensor, shape (n_samples, n_components, n_times)
        rest : Tensor, shape (n_samples, n_channels, n_times)
        """
        signal = self._operand("in_components")
        return in_components(signal, self.coefficients, patterns)

    def _operand(self, name):
        """The signal, with an axis where the coefficients have classes."""
        if not isinstance(self.coefficients, torch.Tensor):
            problem = "has no coefficients of one signal"
            remedy = "explain one signal by eeglrp.explain"
            raise InputError(name, "explanation", problem, remedy)
        if self.coefficients.ndim > self.signal.ndim:
            return self.signal.unsqueeze(1)
        return self.signal


def closure_error(explanation):
    """Largest gap between the ledger's sum and the output, relative to sum(|ledger|)."""
    output = explanation.output
    ledger = torch.stack(list(explanation.ledger.values()))
    gap = (ledger.sum(0) - output).abs()
    scale = torch.maximum(ledger.abs().sum(0), output.abs())
    # Where all is zero, the gap is too.
    smallest = torch.finfo(scale.dtype).tiny
    relative = gap / scale.clamp_min(smallest)
    return relative.max().item()


def join_explanations(parts):
    """Explanations of consecutive samples as one."""
    return _joined(parts, torch.cat)


def stack_classes(parts):
    """Explanations of the same samples for one class each as one, with classes along axis 1."""
    first = parts[0]

    def stack(tensors):
        return torch.stack(tensors, 1)

    joined = _joined(parts, stack)
    return joined._replace(logits=first.logits, signal=first.signal)


def _joined(parts, join):
    missing = {}
    for part in parts:
        missing |= dict.fromkeys(part.missing)
    return Explanation(
        join([part.relevance for part in parts]),
        _join_ledgers([part.ledger for part in parts], join),
        join([part.output for part in parts]),
        _join_tensors([part.logits for part in parts], join),
        _join_tables([part.layer_relevance for part in parts], join),
        _join_layers([part.layer_ledger for part in parts], join),
        _join_tables([part.position_relevance for part in parts], join),
        tuple(missing),
        _join_tensors([part.signal for part in parts], join),
        _join_tensors([part.coefficients for part in parts], join),
    )


def _join_tensors(tensors, join):
    """Tensors as one, or None where a method gives none."""
    return None if tensors[0] is None else join(tensors)


def _join_tables(tables, join):
    """Tables of tensors as one; what is none or empty stays so."""
    first = tables[0]
    if not first:
        return first
    return {name: join([table[name] for table in tables]) for name in first}


def _join_layers(tables, join):
    """Tables of layers' ledgers as one; what is none or empty stays so."""
    first = tables[0]
    if not first:
        return first
    joined = {}
    for name in first:
        ledgers = [table[name] for table in tables]
        joined[name] = _join_ledgers(ledgers, join)
    return joined


def _join_ledgers(ledgers, join):
    """Ledgers as one; a source that a part lacks received nothing there."""
    sources, zeros = {}, []
    for ledger in ledgers:
        sources |= dict.fromkeys(ledger)
        term = next(iter(ledger.values()))
        zeros.append(torch.zeros_like(term))
    joined = {}
    for source in sources:
        terms = [
            ledger.get(source, zero)
            for ledger, zero in zip(ledgers, zeros, strict=True)
        ]
        joined[source] = join(terms)
    return joined


def detached(value):
    """A tensor without its gradients; None for anything else."""
    if isinstance(value, torch.Tensor):
        return value.detach()
    return None
