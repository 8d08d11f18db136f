"""How orders were executed: how much of them filled, at what cost, how fast, and what was refused, in all and by venue.

Fed with the order manager's news, so what a bust takes back or a correction changes is told as it was corrected.
Positions that are closed at the end of a run are no executions. Money is in the price's currency; a fee in another one
is left out of the sums. Latencies are virtual time, in ns, as the order manager hears of things: from a strategy's
request to the news that a venue works the order, and to the news of its first fill.
"""

from array import array
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.ieee_arithmetic import divide
from tradepit.models.order_events import OrderClosed, OrderFilled
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Side
from tradepit.models.tail_metrics import percentile

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # sums never round, whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_SHARES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
_BUY: Final = Side.BUY
_FILLED: Final = OrderState.FILLED
_REJECTED: Final = OrderState.REJECTED


class VenueExecution:
    """What one venue, or all together, made of the orders that it worked.

    Attributes:
        orders: how many orders ended.
        filled: sum of the filled parts of these orders, each from 0 to 1.
        fills: how many executions.
        value: their cash value at the prices before slippage, multiplier included; of each fill its size.
        fees: commissions, rebates negative.
        slippage: what was paid beyond the prices before slippage; below zero when it was saved.
        accept_ns: of each order, from the request to the news that it works.
        fill_ns: of each order that traded, from the request to the news of the first fill.
    """

    __slots__ = ("accept_ns", "fees", "fill_ns", "filled", "fills", "orders", "slippage", "value")

    def __init__(self) -> None:
        self.orders = self.fills = 0
        self.filled = 0.0
        self.value = self.fees = self.slippage = _ZERO
        self.accept_ns, self.fill_ns = array("q"), array("q")

    def add(self, value: Decimal, fee: Decimal, slippage: Decimal) -> None:
        """Count a fill."""
        self.fills += 1
        self.value = _add(self.value, value)
        self.fees = _add(self.fees, fee)
        self.slippage = _add(self.slippage, slippage)

    def take_back(self, value: Decimal, fee: Decimal, slippage: Decimal) -> None:
        """Count a fill no more."""
        self.fills -= 1
        self.value = _subtract(self.value, value)
        self.fees = _subtract(self.fees, fee)
        self.slippage = _subtract(self.slippage, slippage)

    def figures(self) -> dict[str, float]:
        """Return every figure by name; docs/metrics.md says what each means. What has nothing to stand on is NaN."""
        fees, slippage, value = float(self.fees), float(self.slippage), float(self.value)
        return {
            "order_count": float(self.orders),
            "fill_count": float(self.fills),
            "fill_rate": divide(self.filled, self.orders),
            "commission": fees,
            "commission_per_fill": divide(fees, self.fills),
            "commission_bps": divide(fees, value) * 1e4,
            "slippage": slippage,
            "slippage_per_fill": divide(slippage, self.fills),
            "slippage_bps": divide(slippage, value) * 1e4,
            **_latencies("accept_latency", self.accept_ns),
            **_latencies("fill_latency", self.fill_ns),
        }


@attrs.frozen(kw_only=True)
class Execution:
    """How a run's orders were executed.

    Attributes:
        figures: of all orders and fills, by name.
        venues: the same by venue, of the orders that it worked and its fills.
        rejects: how many orders ended as rejected, by code.
    """

    figures: Mapping[str, float]
    venues: Mapping[str, Mapping[str, float]]
    rejects: Mapping[str, int]


class ExecutionTally:
    """Counts orders and fills as the order manager tells of them, in memory that grows by 16 bytes an order.

    Args:
        multipliers: cash value of a price move of 1.00 on a quantity of 1, by symbol; 1 where it is missing.
    """

    __slots__ = ("_by_order", "_multipliers", "all", "rejects", "venues")

    def __init__(self, multipliers: Mapping[str, Decimal] | None = None) -> None:
        self._multipliers = multipliers or {}
        self._by_order: dict[str, list[tuple[int, str, Decimal]]] = {}  # time, venue, quantity of each fill
        self.all = VenueExecution()
        self.venues: dict[str, VenueExecution] = {}
        self.rejects: dict[str, int] = {}

    def on_filled(self, event: OrderFilled) -> None:
        """Count an execution."""
        fill = event.fill
        figures = self._figures(fill)
        self.all.add(*figures)
        self._venue(fill.venue).add(*figures)
        self._by_order.setdefault(event.order_id, []).append((event.time, fill.venue, fill.quantity))

    def on_busted(self, fill: Fill) -> None:
        """Count an execution no more that was taken back."""
        figures = self._figures(fill)
        self.all.take_back(*figures)
        self._venue(fill.venue).take_back(*figures)
        if fill.order_id in self._by_order:
            self._by_order[fill.order_id].append((0, fill.venue, -fill.quantity))

    def on_corrected(self, before: Fill, fill: Fill) -> None:
        """Count an execution as it was corrected."""
        was, now = self._figures(before), self._figures(fill)
        for venue in (self.all, self._venue(fill.venue)):
            venue.take_back(*was)
            venue.add(*now)
        if fill.order_id in self._by_order:
            self._by_order[fill.order_id].append((0, fill.venue, _subtract(fill.quantity, before.quantity)))

    def on_closed(self, closed: OrderClosed) -> None:
        """Count an order that has ended."""
        order, venues, whole = closed.order, closed.venues, self.all
        sent, ordered = order.created_at, float(order.quantity)
        whole.orders += 1
        if closed.state is _REJECTED:
            self.rejects[closed.code] = self.rejects.get(closed.code, 0) + 1
        if not venues:
            return
        filled = 1.0 if closed.state is _FILLED else float(closed.cumulative) / ordered
        fills = self._by_order.pop(order.order_id, ())
        whole.filled += filled
        for name in venues:
            venue = self._venue(name)
            venue.orders += 1
            if len(venues) > 1:
                filled = sum([float(quantity) for _, at, quantity in fills if at == name]) / ordered
            venue.filled += filled
        # Only the first venue's acceptance stands in the history; the others' came behind it.
        for _, time, cause in closed.history:
            if cause == "ACCEPTED":
                whole.accept_ns.append(time - sent)
                self._venue(venues[0]).accept_ns.append(time - sent)
                break
        if fills:
            time, at, _ = fills[0]
            whole.fill_ns.append(time - sent)
            self._venue(at).fill_ns.append(time - sent)

    def execution(self) -> Execution:
        """Return what was counted so far; venues and codes by name."""
        figures = self.all.figures()
        figures["reject_rate"] = divide(float(sum(self.rejects.values())), self.all.orders)
        return Execution(
            figures=figures,
            venues={name: self.venues[name].figures() for name in sorted(self.venues)},
            rejects=dict(sorted(self.rejects.items())),
        )

    def _venue(self, name: str) -> VenueExecution:
        venue = self.venues.get(name)
        if venue is None:
            venue = self.venues[name] = VenueExecution()
        return venue

    def _figures(self, fill: Fill) -> tuple[Decimal, Decimal, Decimal]:
        """Return value, fee and slippage of a fill."""
        units = _multiply(fill.quantity, self._multipliers.get(fill.symbol, _ONE))
        reference = fill.reference_price
        worse = _subtract(fill.price, reference) if fill.side is _BUY else _subtract(reference, fill.price)
        fee = fill.fee if fill.fee_currency is None else _ZERO
        return _multiply(reference, units).copy_abs(), fee, _multiply(worse, units)


def _latencies(name: str, spans: Sequence[int]) -> dict[str, float]:
    ordered = sorted(spans)
    return {f"{name}_{word}_ns": float(percentile(ordered, share)) for word, share in _SHARES}


EXECUTION_METRICS: Final = tuple(ExecutionTally().execution().figures)
"""The name of every figure, in the order in which results show them."""

LATENCY_METRICS: Final = tuple(name for name in EXECUTION_METRICS if name.endswith("_ns"))
"""Those that are durations, in ns."""
