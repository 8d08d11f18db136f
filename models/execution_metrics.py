"""How orders were executed: how much of them filled, at what cost, how fast, and what was refused, in all and by venue.

Fed with the order manager's news, so what a bust takes back or a correction changes is told as it was corrected.
Positions that are closed at the end of a run are no executions. Money is in the account's currency, at the rate of the
fill's news; `execution_costs` says how. Latencies are virtual time, in ns, as the order manager hears of things: from a
strategy's request to the news that a venue works the order, and to the news of its first fill.
"""

from array import array
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.execution_costs import Costs, FillCosts, FillPricing
from tradepit.models.ieee_arithmetic import divide
from tradepit.models.order_events import OrderClosed, OrderFilled, OrderRevised
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Side
from tradepit.models.tail_metrics import percentile

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # sums never round, whatever precision a strategy sets for itself
_add, _subtract, _multiply, _fma = _EXACT.add, _EXACT.subtract, _EXACT.multiply, _EXACT.fma
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
        apart: the part of value, fees and slippage that is not plainly in the account's currency.
        own: what that part was, by the currency in which it came.
    """

    __slots__ = ("accept_ns", "apart", "fees", "fill_ns", "filled", "fills", "orders", "own", "slippage", "value")

    def __init__(self) -> None:
        self.orders = self.fills = 0
        self.filled = 0.0
        self.value = self.fees = self.slippage = _ZERO
        self.accept_ns, self.fill_ns = array("q"), array("q")
        self.apart = Costs()
        self.own: dict[str, Costs] = {}

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

    def add_apart(self, costs: FillCosts) -> None:
        """Count a fill that is not plainly in the account's currency."""
        self.add(*costs.home)
        self.apart = self.apart.plus(costs.home)
        for currency, own in costs.own.items():
            self.own[currency] = self.own.get(currency, Costs()).plus(own)

    def take_back_apart(self, costs: FillCosts) -> None:
        """Count such a fill no more."""
        self.take_back(*costs.home)
        self.apart = self.apart.minus(costs.home)
        for currency, own in costs.own.items():
            self.own[currency] = self.own.get(currency, Costs()).minus(own)

    def by_currency(self, home: str) -> dict[str, Costs]:
        """Return value, fees and slippage in the currencies in which they came, the account's first.

        Args:
            home: the account's currency.
        """
        plain = Costs(self.value, self.fees, self.slippage).minus(self.apart).plus(self.own.get(home, Costs()))
        return {home: plain, **{currency: self.own[currency] for currency in sorted(self.own) if currency != home}}

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
        costs: by venue, value, commission and slippage in the currencies in which they came, the account's first.
    """

    figures: Mapping[str, float]
    venues: Mapping[str, Mapping[str, float]]
    rejects: Mapping[str, int]
    costs: Mapping[str, Mapping[str, Costs]] = attrs.Factory(dict)


class ExecutionTally:
    """Counts orders and fills as the order manager tells of them, in memory that grows by 16 bytes an order.

    Attributes:
        venues: what each venue made of its orders.
        rejects: how many orders ended as rejected, by code.

    Args:
        pricing: works out what fills cost; by default all is in the account's currency, times 1.
    """

    __slots__ = ("_by_order", "_filled", "_last", "_orders", "_pricing", "_unusual", "rejects", "venues")

    def __init__(self, pricing: FillPricing | None = None) -> None:
        self._pricing = pricing or FillPricing()
        self._unusual = self._pricing.unusual()  # a factor of 1 changes no digit: it is left out
        self._by_order: dict[str, list[tuple[int, str, Decimal]]] = {}  # time, venue, quantity of each fill
        self._last: OrderFilled | None = None  # the last fill: the end of its order mostly comes next
        self._orders = 0
        self._filled = 0.0
        self.venues: dict[str, VenueExecution] = {}
        self.rejects: dict[str, int] = {}

    @property
    def all(self) -> VenueExecution:
        """Return what all venues together made of the orders: their sums, but that each order counts once."""
        whole = VenueExecution()
        whole.orders, whole.filled = self._orders, self._filled
        for venue in self.venues.values():
            whole.add(venue.value, venue.fees, venue.slippage)
            whole.apart = whole.apart.plus(venue.apart)
            for currency, own in venue.own.items():
                whole.own[currency] = whole.own.get(currency, Costs()).plus(own)
            whole.accept_ns.extend(venue.accept_ns)
            whole.fill_ns.extend(venue.fill_ns)
        whole.fills = sum(venue.fills for venue in self.venues.values())
        return whole

    def on_filled(self, event: OrderFilled) -> None:
        """Count an execution."""
        fill = event.fill
        if self._last is not None:
            self._keep_last()
        self._last = event
        name, units, price, reference = fill.venue, fill.quantity, fill.price, fill.reference_price
        if fill.symbol in self._unusual or fill.fee_currency is not None:
            multiplier = self._unusual.get(fill.symbol, _ONE)
            if multiplier is None or fill.fee_currency is not None:
                self._venue(name).add_apart(self._pricing.of(fill))
                return
            units = _multiply(units, multiplier)
        # What adds nothing is left out: most fills are at the price before slippage, many cost no fee.
        venue = self.venues.get(name) or self._venue(name)
        venue.fills += 1
        venue.value = _fma(units, reference.copy_abs(), venue.value)
        if fill.fee:
            venue.fees = _add(venue.fees, fill.fee)
        if price != reference:
            worse = _subtract(price, reference) if fill.side is _BUY else _subtract(reference, price)
            venue.slippage = _fma(worse, units, venue.slippage)

    def _keep_last(self) -> None:
        """Keep the last fill with its order, which goes on."""
        event, self._last = self._last, None
        assert event is not None
        fill = event.fill
        self._by_order.setdefault(event.order_id, []).append((event.time, fill.venue, fill.quantity))

    def _recount(self, fill: Fill, difference: Decimal) -> None:
        """Note by how much the quantity of a fill is another now, while its order is not over."""
        if self._last is not None:
            self._keep_last()
        if fill.order_id in self._by_order:
            self._by_order[fill.order_id].append((0, fill.venue, difference))

    def on_busted(self, fill: Fill) -> None:
        """Count an execution no more that was taken back."""
        self._venue(fill.venue).take_back_apart(self._pricing.of(fill))
        self._recount(fill, fill.quantity.copy_negate())

    def on_corrected(self, before: Fill, fill: Fill) -> None:
        """Count an execution as it was corrected."""
        venue = self._venue(fill.venue)
        venue.take_back_apart(self._pricing.of(before))
        venue.add_apart(self._pricing.of(fill))
        self._recount(fill, _subtract(fill.quantity, before.quantity))

    def on_closed(self, closed: OrderClosed) -> None:
        """Count an order that has ended."""
        order, venues, last = closed.order, closed.venues, self._last
        self._orders += 1
        if (
            last is not None
            and last.order_id == order.order_id
            and closed.state is _FILLED
            and closed.fills == 1
            and len(venues) == 1
            and len(closed.history) == 5
            and closed.history[3][2] == "ACCEPTED"
        ):
            # What most orders are: received, validated, released, accepted by the one venue, and filled at once.
            self._last = None
            self._filled += 1.0
            venue = self.venues.get(venues[0]) or self._venue(venues[0])
            venue.orders += 1
            venue.filled += 1.0
            venue.accept_ns.append(closed.history[3][1] - order.created_at)
            venue.fill_ns.append(last.time - order.created_at)
            return
        if last is not None:
            self._keep_last()
        self._count_closed(closed)

    def _count_closed(self, closed: OrderClosed) -> None:
        """Count an order that has ended in any way."""
        order, venues = closed.order, closed.venues
        sent, ordered = order.created_at, float(order.quantity)
        if closed.state is _REJECTED:
            self.rejects[closed.code] = self.rejects.get(closed.code, 0) + 1
        if not venues:
            return
        filled = 1.0 if closed.state is _FILLED else float(closed.cumulative) / ordered
        fills = self._by_order.pop(order.order_id, ())
        self._filled += filled
        for name in venues:
            venue = self._venue(name)
            venue.orders += 1
            if len(venues) > 1:
                filled = sum([float(quantity) for _, at, quantity in fills if at == name]) / ordered
            venue.filled += filled
        # Only the first venue's acceptance stands in the history; the others' came behind it.
        for _, time, cause in closed.history:
            if cause == "ACCEPTED":
                self._venue(venues[0]).accept_ns.append(time - sent)
                break
        if fills:
            time, at, _ = fills[0]
            self._venue(at).fill_ns.append(time - sent)

    def on_revised(self, event: OrderRevised) -> None:
        """Count an order that had ended as it is now."""
        closed = event.closed
        more = float(_subtract(closed.cumulative, event.before)) / float(closed.order.quantity)
        self._filled += more
        self._venue(event.venue).filled += more

    def execution(self) -> Execution:
        """Return what was counted so far; venues and codes by name."""
        figures = self.all.figures()
        figures["reject_rate"] = divide(float(sum(self.rejects.values())), self._orders)
        return Execution(
            figures=figures,
            venues={name: self.venues[name].figures() for name in sorted(self.venues)},
            rejects=dict(sorted(self.rejects.items())),
            costs={name: self.venues[name].by_currency(self._pricing.currency) for name in sorted(self.venues)},
        )

    def _venue(self, name: str) -> VenueExecution:
        venue = self.venues.get(name)
        if venue is None:
            venue = self.venues[name] = VenueExecution()
        return venue


def _latencies(name: str, spans: Sequence[int]) -> dict[str, float]:
    ordered = sorted(spans)
    return {f"{name}_{word}_ns": float(percentile(ordered, share)) for word, share in _SHARES}


EXECUTION_METRICS: Final = tuple(ExecutionTally().execution().figures)
"""The name of every figure, in the order in which results show them."""

LATENCY_METRICS: Final = tuple(name for name in EXECUTION_METRICS if name.endswith("_ns"))
"""Those that are durations, in ns."""
