"""The whole study in one HTML file that opens offline."""

from eeglrp.report.names import METRIC_NAMES as METRIC_NAMES
from eeglrp.report.names import METRIC_TABLES as METRIC_TABLES
from eeglrp.report.page import write_report as write_report
