"""Does relevance lie where physiology says it should?

Needs attribution stores and windows with their events. Writes the tables below `metrics/` on
locking to the R-peak, topography, shares of scalp, time and frequency, and the ledger.
"""

from eeglrp.manifest import Question, Table, always
from eeglrp.verify.findings.ledger import ledger_finding
from eeglrp.verify.findings.r_peak import at_the_r_peak, r_peak_finding
from eeglrp.verify.findings.shares import share_finding, shares_view

QUESTION = Question(
    tables={
        "r_peak": Table("Relevance around the R-peak", finding=r_peak_finding),
        "r_decoding": Table(
            "Locking to the R-peak and balanced accuracy, over subjects"
        ),
        "cardiac_field": Table(
            "Relevance at the R-peak and the heart's field, correlation over electrodes",
            columns=("lag", "p_field"),
            view=at_the_r_peak,
        ),
        "shares": Table(
            "Shares of relevance",
            columns=("class", "signal", "p"),
            finding=share_finding,
            view=shares_view,
        ),
        "conservation": Table("Ledger", finding=ledger_finding),
    },
    figures={
        "topomaps": always,
        "r_locked": always,
        "r_topography": always,
        "r_decoding": always,
        "sampling_grid": always,
        "layers": always,
        "ledger": always,
        "shares": always,
        "lateralisation": always,
    },
    metrics={
        "r_locked_z": "z at the peak",
        "r_locked_p": "p",
        "peak_latency": "latency of the peak (s)",
        "latency_sd": "SD of the latency, bootstrap (s)",
        "latency_jitter": "SD of the latency, subjects (s)",
        "spearman": "Spearman's correlation",
        "share early": "share early in the window",
    },
)
