"""The whole study in one HTML file that opens offline."""

from eeglrp.report.page import write_report as write_report
