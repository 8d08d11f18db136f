"""What happens where two of our own orders would trade with each other: self-trade prevention.

The modes are those of the exchanges (CME and Nasdaq: cancel newest, cancel oldest, cancel both; decrement and cancel).
All orders that reach a venue are one owner's, whichever strategy sent them.
"""

from decimal import Decimal
from typing import Literal

Prevention = Literal["none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"]
PREVENTIONS: tuple[Prevention, ...] = ("none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement")

_ZERO = Decimal(0)


def cuts(mode: Prevention, newest: Decimal, oldest: Decimal) -> tuple[Decimal, Decimal]:
    """Return what is taken off the open quantities of the order that comes and of the one that rests.

    | mode | off the one that comes | off the one that rests |
    |---|---|---|
    | none | nothing | nothing |
    | cancel_newest | all | nothing |
    | cancel_oldest | nothing | all |
    | cancel_both | all | all |
    | decrement | the smaller of the two | the same |
    """
    match mode:
        case "cancel_newest":
            return newest, _ZERO
        case "cancel_oldest":
            return _ZERO, oldest
        case "cancel_both":
            return newest, oldest
        case "decrement":
            smaller = min(newest, oldest)
            return smaller, smaller
    return _ZERO, _ZERO


def meets(*, buys: bool, limit: float | None, market: float | None, resting_limit: float) -> bool:
    """Tell whether an order that comes could trade with one of the other side that rests.

    Args:
        buys: which way the order that comes goes.
        limit: its limit, or None for a market order.
        market: what the market shows for it, for an order without limit: the resting order stands in its way when it
            is at least as good. None when nothing is known; then a market order meets every resting order.
        resting_limit: limit of the order that rests.
    """
    bound = market if limit is None else limit
    if bound is None:
        return True
    return resting_limit <= bound if buys else resting_limit >= bound
