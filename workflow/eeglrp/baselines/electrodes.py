"""Which electrodes a baseline's decisions rest on, as far as it can be read off it.

Networks are explained as the models are: AttnLRP, absolute relevance of an electrode summed over
the window. The weights of a spatial filter are not where its signal comes from (Haufe et al. 2014,
doi:10.1016/j.neuroimage.2013.10.067), so CSP+LDA is read by its activation patterns. Relevance and
patterns are different quantities; only the shares over electrodes stand beside each other.
"""

import numpy as np

from eeglrp.baselines.registry import NETWORKS, load

#: Rules by which the networks are explained.
RULES = "attn_lrp"
#: Baseline -> what is read, as the column `method` of tables calls it.
READ_BY = dict.fromkeys(NETWORKS, RULES) | {"csp_lda": "pattern"}
#: Windows explained at once.
_BATCH = 64


def scores_and_electrodes(name, data, rows, score, options):
    """Fit a baseline once, score all windows, and weigh the electrodes where that can be done.

    Parameters
    ----------
    name : str
        One of `eeglrp.baselines.registry.BASELINES`.
    data : eeglrp.models.data.Windows
    rows : array of int, shape (n_rows,)
        Windows to explain.
    score : str
        `logit` or `contrast`, for networks.
    options : dict
        Further arguments of the baseline's function.

    Returns
    -------
    scores : array, shape (n, n_classes)
    weights : array, shape (n_rows, n_channels), or None
        Not negative, in no common unit; None for a baseline that is not read.
    """
    if name in NETWORKS:
        from eeglrp.baselines.networks import scores_of, train_network

        trained = train_network(name, data, **options)
        scores = scores_of(trained, data)
        weights = network_relevance(trained, data, rows, score)
        return scores, weights
    if name == "csp_lda":
        return _csp(data, rows)
    return load(name)(data, **options), None


def network_relevance(trained, data, rows, score):
    """Sum over time of |relevance| for the predicted class, by window and electrode.

    Parameters
    ----------
    trained : eeglrp.baselines.networks.Trained
    data : eeglrp.models.data.Windows
    rows : array of int, shape (n_rows,)
    score : str

    Returns
    -------
    array, shape (n_rows, n_channels)
    """
    from eeglrp.models.subjects import subject_keywords
    from eeglrp.training.optimisation import read_batch

    module = trained.module.eval().requires_grad_(False)
    subject = data.frame["subject"].to_numpy(str)[rows]
    result = np.zeros((len(rows), len(data.channels)))
    for name in np.unique(subject):
        keywords = subject_keywords(module, [name])
        of_subject = np.flatnonzero(subject == name)
        for start in range(0, len(of_subject), _BATCH):
            batch = of_subject[start : start + _BATCH]
            signal = read_batch(data.signal, rows[batch], trained.device)
            signal = signal / trained.scale
            result[batch] = _relevance(module, signal, score, keywords)
    return result


def _relevance(module, signal, score, keywords):
    from eeglrp.lrp.explain import explain

    explanation = explain(module, signal, "predicted", RULES, score, keywords)
    magnitude = explanation.relevance.abs().double()
    return magnitude.sum(2).cpu().numpy()


def _csp(data, rows):
    from eeglrp.baselines.covariance import covariances, csp_decoder
    from eeglrp.baselines.linear import fit_scores, in_training

    decoder = csp_decoder(data)
    matrices = covariances(data)
    scores = fit_scores(decoder, matrices, data.label, in_training(data))
    shrinkage, csp, lda = (step for _, step in decoder.steps)
    # Two classes have one row of coefficients, several one a class.
    coefficients = np.atleast_2d(lda.coef_)
    importance = np.abs(coefficients).mean(0)
    subject = data.frame["subject"].to_numpy(str)[rows]
    weights = np.zeros((len(rows), len(data.channels)))
    for name in np.unique(subject):
        is_subject = subject == name
        shrunk = shrinkage.transform(matrices[rows[is_subject]])
        mean = shrunk.mean(0)
        weights[is_subject] = pattern_weights(csp.filters_, mean, importance)
    return scores, weights


def pattern_weights(filters, covariance, importance):
    """Size of the filters' activation patterns at each electrode, weighted by the discriminant.

    The pattern of a filter is what its source adds to the electrodes, A = C W' (W C W')^-1 (Haufe
    et al. 2014, equation 6), here times the source's standard deviation, so that neither the unit
    nor the length of a filter matters. The discriminant acts on the log variance of the sources,
    which is not linear in the signal: a weight says how much of the decision hangs on a source,
    the pattern where that source is seen.

    Parameters
    ----------
    filters : array, shape (n_filters, n_channels)
    covariance : array, shape (n_channels, n_channels)
        Of the windows that are explained, in microvolt squared.
    importance : array, shape (n_filters,)
        Absolute weight of each filter in the discriminant, mean over its scores.

    Returns
    -------
    array, shape (n_channels,)
        In microvolt times the unit of the weights.
    """
    sources = filters @ covariance @ filters.T
    inverse = np.linalg.pinv(sources, hermitian=True)
    patterns = covariance @ filters.T @ inverse
    deviation = np.sqrt(np.diag(sources))
    weight = importance * deviation
    return np.abs(patterns) @ weight


def share_table(weights, subject, channels):
    """Share of every electrode in the sum over electrodes, averaged over a subject's windows.

    Parameters
    ----------
    weights : array, shape (n, n_channels)
    subject : array of str, shape (n,)
    channels : sequence of str

    Returns
    -------
    DataFrame
        Columns subject, channel, share, n (windows). Windows without any weight are left out, and
        with them subjects that have no other.
    """
    import pandas as pd

    shares = channel_shares(weights)
    known = np.isfinite(shares).all(1)
    shares = shares[known]
    subject = np.asarray(subject)[known]
    frames = []
    for name in np.unique(subject):
        is_subject = subject == name
        columns = {
            "subject": name,
            "channel": channels,
            "share": shares[is_subject].mean(0),
            "n": int(is_subject.sum()),
        }
        frames.append(pd.DataFrame(columns))
    if not frames:
        return empty_shares()
    return pd.concat(frames, ignore_index=True)


def channel_shares(weights):
    """Weights (n, n_channels) over their sum over electrodes; NaN where that is 0."""
    total = weights.sum(1, keepdims=True)
    is_known = total > 0
    unknown = np.full(weights.shape, np.nan)
    return np.divide(weights, total, out=unknown, where=is_known)


def empty_shares():
    """The table of a baseline that is not read."""
    import pandas as pd

    return pd.DataFrame(columns=["subject", "channel", "share", "n"])
