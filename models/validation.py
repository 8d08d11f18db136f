"""The three families of validation, each chosen by the names of its rules: of orders, of fills, of signals.

The rules themselves are in `order_validation` (with `price_validation`), `fill_validation` and `signal_validation`.
"""

from tradepit.models.circumstances import Circumstances, TradingState
from tradepit.models.fill_validation import FILL_RULES, FillBounds, check_fill
from tradepit.models.order_validation import ALL_RULES, DEFAULT_RULES, RULES, check_order, passes_every_rule
from tradepit.models.signal_validation import ALL_SIGNAL_RULES, SIGNAL_RULES, SignalValidation, check_signal

__all__ = [
    "ALL_RULES",
    "ALL_SIGNAL_RULES",
    "DEFAULT_RULES",
    "FILL_RULES",
    "RULES",
    "SIGNAL_RULES",
    "Circumstances",
    "FillBounds",
    "SignalValidation",
    "TradingState",
    "check_fill",
    "check_order",
    "check_signal",
    "passes_every_rule",
]
