"""What a trained model says about every window."""

from tempfile import TemporaryDirectory

import torch

from eeglrp.errors import InputError
from eeglrp.files import write_table
from eeglrp.models.data import load_windows
from eeglrp.models.trained import load_model, logits
from eeglrp.training.optimisation import choose_device, read_batch
from eeglrp.training.predictions import predictions_table

_BATCH = 256


def predict_model(model_path, windows, splits, out, device="auto", split=None):
    """Predict the windows of all splits, or of one, and write the table.

    Parameters
    ----------
    model_path : Path
        `.safetensors` with its `.json` beside it.
    windows : sequence of Path
    splits, out : Path
        `out` gets columns sample, subject, split, label, prediction, logit_<class> ...
    device : str
        `auto`, `cpu` or `cuda`.
    split : str, optional
        `train`, `validation` or `test`; all of them if left out.

    Raises
    ------
    InputError
        If the model or the windows cannot be used, or do not fit each other.
    """
    table = model_predictions(model_path, windows, splits, device, split)
    write_table(table, out)


def model_predictions(model_path, windows, splits, device="auto", split=None):
    """The table of `predict_model`; parameters and errors are the same."""
    model, record = load_model(model_path)
    place = choose_device(device)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        data = load_windows(windows, splits, split, folder)
        check_fit(model_path, record, data)

        def forward(batch, subject):
            return logits(model, batch, data.channels, subject)

        subject = data.frame["subject"].to_numpy(str)
        model = model.to(place)
        scores = in_batches(forward, model, data.signal, place, subject)
        return predictions_table(data.frame, scores, record["classes"])


def check_fit(model_path, record, data):
    """Refuse windows of other electrodes or another length than the model was trained on.

    Windows may lack some of its electrodes: a network reads any selection, by name.

    Raises
    ------
    InputError
    """
    n_times = data.signal.shape[2]
    is_other_length = n_times != record["n_times"]
    unknown = set(data.channels) - set(record["channels"])
    if unknown or is_other_length:
        problem = (
            "was trained on windows with other electrodes or of another length"
        )
        remedy = "train again on these windows"
        raise InputError(model_path, "channels, n_times", problem, remedy)


def in_batches(forward, module, array, device, subject=None):
    """Apply a module in evaluation mode to a long array, batch by batch.

    Parameters
    ----------
    forward : callable
        Calls `module` on a batch, and on its subjects where they are given.
    module : torch.nn.Module
        Left in the mode it came in.
    array : array, shape (n, ...)
    device : torch.device
    subject : array of str, shape (n,), optional

    Returns
    -------
    array of float32, shape (n, k)
    """
    training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            outputs = []
            for start in range(0, len(array), _BATCH):
                rows = slice(start, start + _BATCH)
                inputs = _inputs(array, subject, rows, device)
                outputs.append(forward(*inputs).float().cpu())
    finally:
        module.train(training)
    return torch.cat(outputs).numpy()


def _inputs(array, subject, rows, device):
    """What `forward` takes of a batch: the windows, and their subjects where they are given."""
    batch = read_batch(array, rows, device)
    if subject is None:
        return (batch,)
    return batch, subject[rows]
