"""A network built for certain electrodes, which is told by name which of them a signal holds."""

import torch

from eeglrp.errors import InputError


class NamedElectrodes(torch.nn.Module):
    """Puts the electrodes of a signal where the network expects them; absent ones are 0.

    Parameters
    ----------
    adapter : eeglrp.models.networks.Adapter
    inner : torch.nn.Module
        Called with (n, n_channels, n_times); it returns logits (n, n_classes).
    channels : sequence of str
        Electrodes that it was built for, in order.
    scale : float
        What the signal is multiplied by.
    """

    def __init__(self, adapter, inner, channels, scale=1.0):
        super().__init__()
        self.adapter = adapter
        self.inner = inner
        self.channels = tuple(channels)
        self.scale = scale

    def forward(self, signal, ch_names):
        """Logits of a signal (n, n_channels, n_times) whose electrodes are `ch_names`."""
        if tuple(ch_names) != self.channels:
            signal = self._placed(signal, ch_names)
        return self.inner(self.scale * signal)

    def _placed(self, signal, ch_names):
        """The signal at all electrodes of the network, (n, n_all_channels, n_times)."""
        unknown = [name for name in ch_names if name not in self.channels]
        if unknown:
            problem = f"{self.adapter.CLASS} was not built for them"
            remedy = "train it on windows with these electrodes"
            raise InputError("windows", ", ".join(unknown), problem, remedy)
        size = (len(self.channels), len(ch_names))
        place = signal.new_zeros(size)
        for column, name in enumerate(ch_names):
            place[self.channels.index(name), column] = 1
        return place @ signal
