"""One linear spatial filter a subject in front of a network.

Where a source lies differs from head to head, so that one set of weights may serve no head well.
A layer of filters, one a subject, is learned with the network (Défossez et al. 2023,
doi:10.1038/s42256-023-00714-5). Euclidean alignment (He & Wu 2020, arXiv:1808.05464) may stand in
front of it, which makes the mean covariance of every subject's training windows the same: filters
then learn from signals of equal size that are not correlated, which is faster. Both are linear:
relevance goes through them to the electrodes as they were recorded.
"""

import numpy as np
import torch

from eeglrp.errors import InputError

#: Share of the average variance mixed into a covariance, so that no direction is blown up.
_SHRINKAGE = 0.05
_BLOCK = 256


class SubjectLayer(torch.nn.Module):
    """A network behind a spatial filter for each subject.

    Parameters
    ----------
    network : torch.nn.Module
        Called with the filtered signal and the keyword arguments.
    subjects, channels : sequence of str
    alignment : array, shape (n_subjects, n_channels, n_channels), optional
        Stays as it is; the identity if left out.
    """

    def __init__(self, network, subjects, channels, alignment=None):
        super().__init__()
        self.network = network
        self.subjects = tuple(subjects)
        self.channels = tuple(channels)
        # One matrix a subject that changes nothing.
        identity = torch.eye(len(channels)).repeat(len(subjects), 1, 1)
        fixed = identity
        if alignment is not None:
            fixed = torch.as_tensor(alignment, dtype=torch.float32)
        self.register_buffer("alignment", fixed)
        self.filters = torch.nn.Parameter(identity.clone())

    def matrices(self):
        """What electrodes are multiplied by: (n_subjects, n_channels, n_channels)."""
        return self.filters @ self.alignment

    def filtered(self, signal, subject):
        """Windows (n, n_channels, n_times) through the filters of their subjects (n,)."""
        place = torch.tensor(self.places(subject), device=signal.device)
        # What tells classes apart may be a hundredth of the signal: too small for bfloat16.
        with torch.autocast(signal.device.type, enabled=False):
            aligned = self.alignment[place] @ signal
            return self.filters[place] @ aligned

    def filtered_part(self, signal, subject, names):
        """The same for windows that lack electrodes, which are left out before and behind."""
        place = torch.tensor(self.places(subject), device=signal.device)
        channels = [self.channels.index(name) for name in names]
        index = torch.tensor(channels, device=signal.device)
        with torch.autocast(signal.device.type, enabled=False):
            of_windows = self.matrices()[place]
            rows = of_windows[:, index]
            square = rows[:, :, index]
            return square @ signal

    def places(self, subject):
        """Position of each subject's filter.

        Raises
        ------
        InputError
            If a subject has none.
        """
        known = {name: place for place, name in enumerate(self.subjects)}
        strange = sorted({str(name) for name in subject} - known.keys())
        if strange:
            problem = f"no filter was learned for subject {', '.join(strange)}"
            remedy = "split by: block, or leave out training.subject_layer"
            raise InputError("model", "subject", problem, remedy)
        return [known[str(name)] for name in subject]

    def forward(self, signal, subject, ch_names=None, **kwargs):
        """What the network makes of windows whose subjects are named, electrodes too if given."""
        if ch_names is None:
            return self.network(self.filtered(signal, subject), **kwargs)
        if tuple(ch_names) == self.channels:
            filtered = self.filtered(signal, subject)
        else:
            filtered = self.filtered_part(signal, subject, ch_names)
        return self.network(filtered, ch_names=ch_names, **kwargs)


class OneSubject(torch.nn.Module):
    """The network with one subject's filter in front; it is called as the network alone is.

    Electrodes that `ch_names` leaves out are left out before and behind the filter.
    """

    def __init__(self, layer, subject):
        super().__init__()
        self.network = layer.network
        self.channels = layer.channels
        (place,) = layer.places([subject])
        matrix = layer.matrices().detach()[place]
        self.register_buffer("filter", matrix.clone())

    def forward(self, signal, ch_names, **kwargs):
        """What the network makes of this subject's windows."""
        matrix = self.filter
        if tuple(ch_names) != self.channels:
            channels = [self.channels.index(name) for name in ch_names]
            index = torch.tensor(channels).to(matrix.device)
            matrix = matrix[index][:, index]
        return self.network(matrix @ signal, ch_names=ch_names, **kwargs)


def for_subject(model, subject):
    """The module to call for windows of one subject: `module(signal, ch_names=names)`.

    Parameters
    ----------
    model : torch.nn.Module
        From `eeglrp.models.labram.load_model`; itself the answer where it has no subject layer.
    subject : str

    Raises
    ------
    InputError
        If no filter was learned for the subject.
    """
    if not isinstance(model, SubjectLayer):
        return model
    return OneSubject(model, subject).eval()


def network_of(model):
    """The network without a layer of filters in front."""
    return model.network if isinstance(model, SubjectLayer) else model


def subject_keywords(model, subject):
    """Keyword arguments that tell a model whose windows it sees, if it asks."""
    return {"subject": subject} if isinstance(model, SubjectLayer) else {}


def add_subject_layer(network, start, windows):
    """Put a layer of filters in front of a network, one for each subject of the windows.

    Parameters
    ----------
    network : torch.nn.Module
    start : str
        `identity` or `euclidean`.
    windows : eeglrp.models.data.Windows
        Of the training split.

    Returns
    -------
    SubjectLayer
    """
    subject = windows.frame["subject"].to_numpy(str)
    names = list(dict.fromkeys(subject))
    fixed = None
    if start == "euclidean":
        matrices = [
            alignment(windows.signal, subject == name) for name in names
        ]
        fixed = np.stack(matrices)
    return SubjectLayer(network, names, windows.channels, fixed)


def alignment(signal, chosen):
    """Symmetric filter after which the chosen windows have a mean covariance of c * identity.

    He & Wu (2020), arXiv:1808.05464, equation 10; c keeps the mean variance of the electrodes. The
    covariance is shrunk a little towards c * identity.

    Parameters
    ----------
    signal : array, shape (n, n_channels, n_times)
    chosen : array of bool, shape (n,)

    Returns
    -------
    array, shape (n_channels, n_channels)

    Raises
    ------
    InputError
        If the chosen windows hold no signal.
    """
    from pyriemann.geometry.base import invsqrtm

    n_channels = signal.shape[1]
    covariance = np.zeros((n_channels, n_channels))
    rows = np.flatnonzero(chosen)
    for start in range(0, len(rows), _BLOCK):
        block = signal[rows[start : start + _BLOCK]]
        block = np.asarray(block, np.float64)
        block -= block.mean(-1, keepdims=True)
        covariance += np.einsum("nct,ndt->cd", block, block)
    variance = np.trace(covariance) / n_channels
    if variance == 0:
        problem = "the training windows of a subject are flat"
        raise InputError("windows", "signal", problem, "leave the subject out")
    covariance /= variance
    sphere = np.eye(n_channels)
    shrunk = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * sphere
    return invsqrtm(shrunk)
