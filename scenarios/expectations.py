"""What a scenario expects of its run, compared with what the run was."""

import math
from collections.abc import Mapping
from decimal import Decimal

import attrs

from tradepit.models.metrics import loss_size
from tradepit.scenarios.tree import ExpectSpec, ExpectWhat


@attrs.frozen(kw_only=True)
class Expectation:
    """One expectation and how it went.

    Attributes:
        text: what was expected, in words.
        passed: whether it held.
        was: what was found, in words.
    """

    text: str
    passed: bool
    was: str


@attrs.frozen(kw_only=True)
class Findings:
    """What expectations look at.

    Attributes:
        metrics: by name.
        events: how many of each kind were published.
        positions: signed quantity at the end, by symbol, before positions were closed.
        open_orders: ids of orders that had not ended.
    """

    metrics: Mapping[str, float]
    events: Mapping[str, int]
    positions: Mapping[str, Decimal]
    open_orders: tuple[str, ...]


def judge(spec: ExpectSpec, found: Findings) -> Expectation:
    """Compare one expectation with what was found.

    A metric that is zero or below for a loss, such as a drawdown, is compared by its size: below 3% means that no
    more than 3% was lost. A metric that the run leaves undefined (NaN) satisfies nothing.
    """
    if spec.what is ExpectWhat.ORDERS:
        still = ", ".join(found.open_orders[:3]) + (" ..." if len(found.open_orders) > 3 else "")
        was = f"{len(found.open_orders)} still open: {still}" if found.open_orders else "every order has ended"
        return Expectation(text=str(spec), passed=not found.open_orders, was=was)
    measured: float | Decimal
    if spec.what is ExpectWhat.METRIC:
        measured = loss_size(spec.name, found.metrics[spec.name])
        percent = any(bound.unit == "%" for bound in spec.bounds)
        was = _words(measured, percent=percent)
    elif spec.what is ExpectWhat.EVENT:
        measured = Decimal(found.events.get(spec.name, 0))
        was = f"{measured:,f}"
    else:
        measured = found.positions.get(spec.name, Decimal(0))
        was = f"{measured:,f}"
    return Expectation(text=str(spec), passed=all(bound.holds(measured) for bound in spec.bounds), was=was)


def _words(figure: float, *, percent: bool) -> str:
    """Return a metric as it is read, for one that is no finite number in words."""
    if math.isnan(figure):
        return "undefined"
    if math.isinf(figure):
        return "infinite" if figure > 0 else "minus infinite"
    return f"{figure * 100:,.6g}%" if percent else f"{figure:,.10g}"
