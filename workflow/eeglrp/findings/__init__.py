"""What the metric tables say: for each question a sentence, and the numbers behind it."""

from eeglrp.findings.affect_cluster import cluster_finding, confounds_finding
from eeglrp.findings.affect_decoding import affect_decoding_finding
from eeglrp.findings.arms import arms_finding
from eeglrp.findings.common import Finding, estimate
from eeglrp.findings.comparisons import comparison_finding
from eeglrp.findings.decoding import decoding_finding
from eeglrp.findings.faithfulness import faithfulness_finding
from eeglrp.findings.guide import guide_finding
from eeglrp.findings.learning_curve import learning_curve_finding
from eeglrp.findings.ledger import ledger_finding
from eeglrp.findings.localisation import localisation_finding
from eeglrp.findings.maps import sanity_finding, stability_finding
from eeglrp.findings.ocular import trials_finding
from eeglrp.findings.planted import psychometric_finding
from eeglrp.findings.r_peak import r_peak_finding
from eeglrp.findings.reliance import reliance_finding
from eeglrp.findings.shares import share_finding
from eeglrp.findings.strategies import strategy_finding
from eeglrp.findings.verdict import dial_finding, verdict_finding

__all__ = ["Finding", "estimate", "findings"]


def findings(frames):
    """Every finding that the tables allow.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Metric tables by name, each optional; those that say something are the keys of `makers`.

    Returns
    -------
    list of Finding
    """
    makers = {
        "decoding": decoding_finding,
        "comparisons": comparison_finding,
        "learning_curve": learning_curve_finding,
        "r_peak": r_peak_finding,
        "shares": share_finding,
        "arms": arms_finding,
        "trials": trials_finding,
        "strategies": strategy_finding,
        "reliance": reliance_finding,
        "verdict": verdict_finding,
        "dial": dial_finding,
        "affect_decoding": affect_decoding_finding,
        "affect_cluster": cluster_finding,
        "affect_confounds": confounds_finding,
        "guide": guide_finding,
        "localisation": localisation_finding,
        "psychometric": psychometric_finding,
        "conservation": ledger_finding,
        "sanity": sanity_finding,
        "stability": stability_finding,
        "faithfulness": faithfulness_finding,
    }
    found = [maker(frames[name]) for name, maker in makers.items() if len(frames.get(name, ()))]
    return [finding for finding in found if finding is not None]
