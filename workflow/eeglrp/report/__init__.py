"""The whole study in one HTML file that opens offline.

It needs the study's metric tables, counts, splits, figures, benchmarks and logs, as far as there
are any. `write_report` writes the page: findings, figures, tables, settings and how the run went.
"""

from eeglrp.report.page import write_report as write_report
