"""The job that trains a model: on its own labels, or on labels without meaning."""

from tempfile import TemporaryDirectory

from eeglrp.seeds import integer_seed
from eeglrp.training.loop import train_model
from eeglrp.training.permuted_labels import permuted_windows
from eeglrp.training.predict import predict_model


def train(
    windows, splits, weights, *, run, model, training, outputs, checkpoint
):
    """Train a model, and predict all windows with it.

    Parameters
    ----------
    windows, splits, weights, run, model, training
        As for `eeglrp.training.loop.train_model`.
    outputs : dict of str to Path
        `model`, `record`, `history`, `predictions`.
    checkpoint : Path
        Of an interrupted run; the caller removes it when all its models are done.
    """
    train_model(
        windows,
        splits,
        weights,
        run=run,
        model=model,
        training=training,
        outputs=outputs,
        checkpoint=checkpoint,
    )
    device = training["device"]
    predict_model(
        outputs["model"], windows, splits, outputs["predictions"], device
    )


def train_permuted(windows, splits, weights, *, run, **settings):
    """Train a model on labels that were permuted freely within subject and split.

    Parameters are those of `train`, without `predictions` and `checkpoint`.
    """
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        permuted = permuted_windows(windows, splits, run["study_seed"], folder)
        train_model(permuted, splits, weights, run=run, **settings)


def train_null(windows, splits, weights, *, run, **settings):
    """Train a model on labels whose blocks changed places, which keeps their autocorrelation.

    Parameters are those of `train_permuted`; `seed` is the number of the model, which has other
    labels and other first weights than the next, whatever the seeds of the models.
    """
    # A question's own null: only its rule comes here.
    from eeglrp.affect.permuted import in_blocks

    seed = integer_seed(run["study_seed"], "null", run["seed"])
    run = run | {"study_seed": seed}
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        permuted = permuted_windows(windows, splits, seed, folder, in_blocks)
        train_model(permuted, splits, weights, run=run, **settings)


#: Which labels a model learns -> how it is trained.
LABELS = {"own": train, "permuted": train_permuted, "blocks": train_null}
