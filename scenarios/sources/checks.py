"""The rules that a row of market data must keep, one row at a time and a whole batch at once.

The batch's check only says whether all its rows are clean; rows of a batch that is not go through the other, which
decides what each of them is. So there is one place that judges a row.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tradepit.scenarios.sources.faults import Fault
from tradepit.scenarios.sources.source import written
from tradepit.scenarios.tree import Faulty, MarketKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What files write where they have no number.
MISSING = ("", "nan", "NaN", "NAN", "na", "NA", "n/a", "N/A", "#N/A", "null", "NULL", "Null", "none", "None", "-")
_MISSING = frozenset(MISSING)


class RowRules:
    """Judges rows, and repairs them where that is wanted and there is one obvious way.

    Attributes:
        kind: what the rows are.
        names: the columns after time, in the order of `COLUMNS`.
        faulty: what happens with a row that breaks a rule.
        may_be_negative: whether prices at and below zero are allowed.
        may_cross: whether a quote's bid may be above its ask, as where two feeds are out of step.
        problems: counts of what was skipped and repaired.
    """

    def __init__(
        self,
        kind: MarketKind,
        names: tuple[str, ...],
        faulty: Faulty,
        problems: Counter[str],
        *,
        may_be_negative: bool,
        may_cross: bool = False,
    ) -> None:
        self.kind = kind
        self.names = names
        self.faulty = faulty
        self.may_be_negative = may_be_negative
        self.may_cross = may_cross
        self.problems = problems
        self._floor = -math.inf if may_be_negative else 0.0
        self.strict_time = kind is MarketKind.BARS
        judges: dict[MarketKind, Callable[..., tuple[float | None, ...]]] = {
            MarketKind.BARS: self._bar,
            MarketKind.QUOTES: self._quote,
            MarketKind.TRADES: self._trade,
        }
        self._judge = judges[kind]

    def repair(self, fault: Fault) -> None:
        """Count a fault that is going to be repaired; raise it where nothing may be."""
        if self.faulty is not Faulty.REPAIR:
            raise fault
        self.problems[f"{fault.rule} repaired"] += 1

    def may_stay(self, time_ns: int, previous_ns: int) -> bool:
        """Tell whether a row may stay whose time is not after the row before; a repair drops a repeated bar.

        Raises:
            Fault: time runs backwards, or stands still where it must not.
        """
        if time_ns == previous_ns and not self.strict_time:
            return True
        was, before = written(time_ns), written(previous_ns)
        if time_ns == previous_ns:
            self.repair(Fault("time_duplicate", f"time must be after the row before, was {was} again", was))
            return False
        raise Fault("time_order", f"time must not run backwards, was {was} after {before}", was)

    def judge(self, cells: tuple[Any, ...]) -> tuple[float | None, ...]:
        """Return a row's numbers, repaired where needed.

        Raises:
            Fault: a rule is broken, and not repaired.
        """
        try:
            numbers = [*map(float, cells)]
            text = "".join(cells) if isinstance(cells[0], str) else "".join(c for c in cells if isinstance(c, str))
            plain = "_" not in text
        except (TypeError, ValueError):
            plain = False
        if not plain:
            numbers = [number(name, cell) for name, cell in zip(self.names, cells, strict=True)]
        return self._judge(*numbers)

    def all_clean(self, times: "NDArray[np.int64]", previous_ns: int, columns: "list[NDArray[np.float64]]") -> bool:
        """Tell whether every row of a batch keeps every rule."""
        import numpy as np

        steps = np.diff(times)
        least_ns = 1 if self.strict_time else 0
        if int(times[0]) - previous_ns < least_ns or (len(steps) and int(steps.min()) < least_ns):
            return False
        floor = self._floor
        # A comparison with NaN is false, so each of these also finds what is missing.
        if self.kind is MarketKind.BARS:
            open_, high, low, close, volume, *vwap = columns
            return bool(
                (low > floor).all()
                and (high < math.inf).all()
                and (high >= np.maximum(open_, close)).all()
                and (low <= np.minimum(open_, close)).all()
                and _sizes_clean(volume)
                and not any(np.isinf(column).any() for column in vwap)
            )
        if self.kind is MarketKind.QUOTES:
            bid, ask, bid_size, ask_size = columns
            return bool(
                (bid > floor).all()
                and (ask < math.inf).all()
                and (self.may_cross or (bid <= ask).all())
                and (bid < math.inf).all()
                and (ask > floor).all()
                and _sizes_clean(bid_size)
                and _sizes_clean(ask_size)
            )
        price, size = columns
        return bool((price > floor).all() and (price < math.inf).all() and _sizes_clean(size))

    def _bar(
        self, open_: float, high: float, low: float, close: float, volume: float, vwap: float | None = None
    ) -> tuple[float | None, ...]:
        if (
            self._floor < low <= open_ <= high < math.inf
            and low <= close <= high
            and 0 <= volume < math.inf
            and vwap is None
        ):
            return open_, high, low, close, volume
        for name, price in (("open", open_), ("high", high), ("low", low), ("close", close)):
            self._check_price(name, price)
        volume = self._size("volume", volume)
        top, bottom = max(open_, high, low, close), min(open_, high, low, close)
        if high < top:
            others = f"open {open_!r}, low {low!r}, close {close!r}"
            self.repair(Fault("high", f"high must be at or above open, low and close, was {high!r} ({others})", high))
        if low > bottom:
            others = f"open {open_!r}, high {high!r}, close {close!r}"
            self.repair(Fault("low", f"low must be at or below open, high and close, was {low!r} ({others})", low))
        if len(self.names) == _WITHOUT_VWAP or vwap is None:
            return open_, top, bottom, close, volume
        if math.isinf(vwap):
            raise Fault("finite", f"vwap must be a finite number, was {vwap!r}", vwap)
        return open_, top, bottom, close, volume, None if math.isnan(vwap) else vwap

    def _quote(self, bid: float, ask: float, bid_size: float, ask_size: float) -> tuple[float | None, ...]:
        self._check_price("bid", bid)
        self._check_price("ask", ask)
        if bid > ask and not self.may_cross:
            raise Fault("crossed", f"bid must not be above ask, was {bid!r} over {ask!r}", bid)
        return bid, ask, self._size("bid_size", bid_size), self._size("ask_size", ask_size)

    def _trade(self, price: float, size: float) -> tuple[float | None, ...]:
        self._check_price("price", price)
        return price, self._size("size", size)

    def _check_price(self, name: str, price: float) -> None:
        if not math.isfinite(price):
            raise Fault("finite", f"{name} must be a finite number, was {price!r}", price)
        if price <= 0 and not self.may_be_negative:
            text = f"{name} must be above 0 (or set price_may_be_negative of the instrument), was {price!r}"
            raise Fault("price_sign", text, price)

    def _size(self, name: str, size: float) -> float:
        if math.isnan(size):
            self.repair(Fault(name, f"{name} must be a number at or above 0, was nan", size))
            return 0.0
        if size < 0 or math.isinf(size):
            raise Fault(name, f"{name} must be a finite number at or above 0, was {size!r}", size)
        return size


_WITHOUT_VWAP = 5


def _sizes_clean(sizes: "NDArray[np.float64]") -> bool:
    return bool((sizes >= 0).all() and (sizes < math.inf).all())


def number(name: str, cell: Any) -> float:
    """Return a cell as a float; what is empty is NaN.

    Raises:
        Fault: it is no number.
    """
    if cell is None:
        return math.nan
    if isinstance(cell, str):
        text = cell.strip()
        if text in _MISSING or text[:4].lower() == "nan(":
            return math.nan
        if "_" in text:  # Python takes 1_000 for a number; files do not mean it
            raise _no_number(name, cell)
        cell = text
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise _no_number(name, cell) from None


def _no_number(name: str, cell: object) -> Fault:
    return Fault("number", f"{name} must be a number, was {cell!r}", cell)
