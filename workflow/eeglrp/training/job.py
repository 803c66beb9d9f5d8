"""The job that trains a model: on its own labels, or on labels without meaning."""

from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.seeds import integer_seed
from eeglrp.training.loop import train_model
from eeglrp.training.permuted_labels import permuted_windows
from eeglrp.training.predict import predict_model


def train(windows, splits, outputs, *, checkpoint, **settings):
    """Train a model, and predict all windows with it.

    Parameters
    ----------
    windows : sequence of Path
    splits : Path
    outputs : dict of str to Path
        `model`, `record`, `history`, `predictions`.
    checkpoint : Path
        Of an interrupted run; removed at the end.
    **settings
        Further ones of `eeglrp.training.loop.train_model`.
    """
    _train(windows, splits, outputs, checkpoint=checkpoint, **settings)
    device = settings["training"]["device"]
    predict_model(
        outputs["model"], windows, splits, outputs["predictions"], device
    )
    Path(checkpoint).unlink(missing_ok=True)


def train_permuted(windows, splits, outputs, **settings):
    """Train a model on labels that were permuted freely within subject and split.

    Parameters are those of `train`, without `predictions` and `checkpoint`.
    """
    seed = settings["study_seed"]
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        permuted = permuted_windows(windows, splits, seed, folder)
        _train(permuted, splits, outputs, **settings)


def train_null(windows, splits, outputs, **settings):
    """Train a model on labels whose blocks changed places, which keeps their autocorrelation.

    Parameters are those of `train_permuted`; `seed` is the number of the model, which has other
    labels and other first weights than the next, whatever the seeds of the models.
    """
    # A question's own null: only its rule comes here.
    from eeglrp.affect.permuted import in_blocks

    seed = integer_seed(settings["study_seed"], "null", settings["seed"])
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        permuted = permuted_windows(windows, splits, seed, folder, in_blocks)
        _train(permuted, splits, outputs, **settings | {"study_seed": seed})


def _train(windows, splits, outputs, *, weights, **settings):
    train_model(
        windows,
        splits,
        weights,
        out_model=outputs["model"],
        out_record=outputs["record"],
        out_history=outputs["history"],
        **settings,
    )


#: Which labels a model learns -> how it is trained.
LABELS = {"own": train, "permuted": train_permuted, "blocks": train_null}
