"""The ledger while it is written: hooks book what constants receive in the backward pass."""

import torch

from eeglrp.lrp.sources import SOURCES, per_sample_dot


class Booking:
    """What a backward pass hands to sources, and where.

    Parameters
    ----------
    n_samples : int
        Samples in the batch.
    booking : bool
        Whether to keep the ledger.

    Attributes
    ----------
    clock : int
        Operations on the signal so far: the number of the operation that books.
    retain : bool
        Whether there will be another backward pass.
    places : dict
        Source -> relevance in the shape in which it was added.
    """

    def __init__(self, n_samples, booking):
        super().__init__()
        self.n_samples, self.booking = n_samples, booking
        self.clock, self.retain = 0, False
        self.forget()

    def forget(self):
        """Forget what a backward pass told, before the next."""
        self._absorbed = []
        self.places = {}

    def add(self, source, term, clock=None):
        """Add absorbed relevance (n_samples,) to a source, from the operation of that number."""
        if clock is None:
            clock = self.clock
        self._absorbed.append((source, term, clock))

    def absorb(self, output, source, value):
        """Book to `source` what `value`, a constant part of `output`, receives."""
        if not self.booking:
            return
        value, clock = value.detach(), self.clock

        def book(coefficient):
            term = per_sample_dot(coefficient, value, self.n_samples)
            self.add(source, term, clock)

        output.register_hook(book)

    def absorb_vector(self, output, source, vector, axis):
        """Book to `source` what a vector added along an axis of `output` receives."""
        if not self.booking:
            return
        vector, clock = vector.detach(), self.clock
        axis = axis % output.ndim

        def book(coefficient):
            if axis < coefficient.ndim - 1:
                coefficient = coefficient.flatten(axis + 1).sum(-1)
            term = per_sample_dot(coefficient, vector, self.n_samples)
            self.add(source, term, clock)

        output.register_hook(book)

    def held(self, tensor):
        """Function that gives a tensor's values, and lets go of them on its last use."""
        # Detached, so that a hook does not keep its own tensor alive.
        box = [tensor.detach()]
        return lambda: box[0] if self.retain else box.pop()

    def keep_places(self, output, source, value):
        """Keep what each entry of `value`, a constant part of `output`, receives."""
        value = value.detach()

        def keep(coefficient):
            relevance = (coefficient * value.conj()).real
            before = self.places.get(source)
            if before is not None and before.shape == relevance.shape:
                relevance = before + relevance
            self.places[source] = relevance

        output.register_hook(keep)

    def ledger(self, device, after=-1):
        """Absorbed relevance by source, (n_samples,) in double precision.

        The sources of `SOURCES` are there even if they received nothing, others if they did.
        `after` leaves out what operations up to that number absorbed.
        """
        zero = torch.zeros(self.n_samples, dtype=torch.float64, device=device)
        ledger = dict.fromkeys(SOURCES, zero)
        by_source = {}
        for source, term, clock in self._absorbed:
            if clock > after:
                by_source.setdefault(source, []).append(term)
        for source, terms in by_source.items():
            precise = [term.detach().double() for term in terms]
            total = torch.stack(precise).sum(0)
            if source in SOURCES or total.any():
                ledger[source] = total
        return ledger
