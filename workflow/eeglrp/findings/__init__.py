"""What the metric tables say: for each question a sentence, and the numbers behind it."""

from eeglrp.findings.common import Finding, estimate
from eeglrp.findings.comparisons import comparison_finding
from eeglrp.findings.decoding import decoding_finding
from eeglrp.findings.faithfulness import faithfulness_finding
from eeglrp.findings.learning_curve import learning_curve_finding
from eeglrp.findings.ledger import ledger_finding
from eeglrp.findings.localisation import localisation_finding
from eeglrp.findings.maps import sanity_finding, stability_finding
from eeglrp.findings.planted import psychometric_finding
from eeglrp.findings.r_peak import r_peak_finding
from eeglrp.findings.shares import share_finding

__all__ = ["Finding", "estimate", "findings"]


def findings(frames):
    """Every finding that the tables allow.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Metric tables by name: decoding, comparisons, learning_curve, r_peak, shares, localisation,
        psychometric, conservation, sanity, stability, faithfulness; each optional.

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
        "localisation": localisation_finding,
        "psychometric": psychometric_finding,
        "conservation": ledger_finding,
        "sanity": sanity_finding,
        "stability": stability_finding,
        "faithfulness": faithfulness_finding,
    }
    found = [maker(frames[name]) for name, maker in makers.items() if len(frames.get(name, ()))]
    return [finding for finding in found if finding is not None]
