"""The one OrdStatus that FIX reports where several hold at once.

FIX 4.4 (volume 4, Execution Report) gives each value of OrdStatus (39) a precedence, the highest of which is reported:
an order that is filled while a cancel is unanswered is Pending Cancel. `OrderLife.state` says instead what still works,
so such an order is FILLED there; `fix_status` is what a counterparty would read.
"""

from collections.abc import Iterable
from typing import Final

from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import FIX_ORD_STATUS

ORD_STATUS: Final[dict[str, str]] = {
    "Pending Cancel": "6",
    "Pending Replace": "E",
    "Done for Day": "3",
    "Calculated": "B",
    "Filled": "2",
    "Stopped": "7",
    "Suspended": "9",
    "Canceled": "4",
    "Expired": "C",
    "Partially Filled": "1",
    "New": "0",
    "Rejected": "8",
    "Pending New": "A",
    "Accepted for Bidding": "D",
}
"""OrdStatus by FIX's name for it, the highest precedence first."""

NAMES: Final[dict[str, str]] = {code: name for name, code in ORD_STATUS.items()}
"""FIX's name of each OrdStatus."""

_PRECEDENCE: Final = {code: place for place, code in enumerate(ORD_STATUS.values())}


def first_in_precedence(statuses: Iterable[str]) -> str:
    """Return the OrdStatus that FIX reports where all of these hold.

    Args:
        statuses: values of OrdStatus, such as `6`; at least one.

    Raises:
        ValueError: there is none, or one is no OrdStatus.
    """
    held = list(statuses)
    for status in held:
        if status not in _PRECEDENCE:
            raise ValueError(f"an OrdStatus must be one of {', '.join(_PRECEDENCE)}, was {status!r}")
    if not held:
        raise ValueError("an order must have at least one OrdStatus, had none")
    return min(held, key=_PRECEDENCE.__getitem__)


def fix_status(life: OrderLife) -> str:
    """Return the OrdStatus (39) that FIX 4.4 reports of an order now, such as `6` for Pending Cancel."""
    return first_in_precedence(FIX_ORD_STATUS[state] for state in life.states)
