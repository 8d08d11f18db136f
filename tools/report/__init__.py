"""The HTML report of a run."""

from tradepit.tools.report.page import ReportUnavailable, report_html, write_report

__all__ = ["ReportUnavailable", "report_html", "write_report"]
