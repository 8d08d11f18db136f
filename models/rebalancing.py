"""Rebalancing: from target weights or a ready plan to orders, and from their ends to a summary.

Sells go first; what is bought waits until they have ended, for it may need their cash. A plan's quantities are worked
out once, from its amounts and the prices of that moment, and never again. A target weight's quantity is worked out at
the same moment, and cut to what can be paid when the order goes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Refusal, Side
from tradepit.models.rebalance_messages import (
    ItemResult,
    ItemStatus,
    PlanAction,
    PlanItem,
    RebalanceSummary,
)

_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_ZERO: Final = Decimal(0)
MOST_DIGITS: Final = 28

PriceOf = Callable[[str], float | None]
SizeOf = Callable[[str, Decimal], Decimal]
"""Makes of a value in the currency of a symbol's price one in the account's."""


def _as_it_is(_symbol: str, value: Decimal) -> Decimal:
    return value


@attrs.define
class Line:
    """One line of a plan on its way.

    Attributes:
        symbol: the instrument.
        action: what is to be done.
        amount: value to trade, in the account's currency.
        quantity: what is to be ordered, 0 where no order comes of it.
        order_id: of its order, or empty.
        status: what became of it, or None while its order is out or waits.
        filled: what was filled.
        average_price: at which.
        code: why not all of it was filled.
        text: the figures.
    """

    symbol: str
    action: PlanAction
    amount: Decimal
    quantity: Decimal = _ZERO
    order_id: str = ""
    status: ItemStatus | None = None
    filled: Decimal = _ZERO
    average_price: Decimal = _ZERO
    code: str = ""
    text: str = ""

    def refuse(self, refusal: Refusal) -> "Line":
        """End it without an order."""
        self.status, self.code, self.text = ItemStatus.REFUSED, refusal.code, refusal.text
        return self

    @property
    def side(self) -> Side:
        """Return the side of its order."""
        return Side.BUY if self.action is PlanAction.BUY else Side.SELL


def lines_of_plan(
    items: Iterable[PlanItem], instruments: Mapping[str, Instrument], price_of: PriceOf, size_of: SizeOf = _as_it_is
) -> list[Line]:
    """Return the lines of a ready plan: quantities from amounts and present prices, rounded down to lots.

    Refusals of a line: `UNKNOWN_SYMBOL`, `AMOUNT_NOT_POSITIVE`, `NO_PRICE`, `SIZE_BELOW_LOT`.

    Args:
        items: the plan.
        instruments: what can be traded, by symbol.
        price_of: last price seen of a symbol, or None.
        size_of: for prices in other currencies than the account's.
    """
    lines: list[Line] = []
    for item in items:
        line = Line(item.symbol, item.action, item.amount)
        lines.append(line)
        if item.action is PlanAction.HOLD:
            line.status = ItemStatus.HELD
            continue
        instrument, unit = _unit(item.symbol, instruments, price_of, size_of)
        if isinstance(unit, Refusal):
            line.refuse(unit)
        elif not (item.amount.is_finite() and item.amount > _ZERO) or item.amount.adjusted() >= MOST_DIGITS:
            text = f"the amount of a {item.action} must be above 0, was {item.amount}"
            line.refuse(Refusal(code="AMOUNT_NOT_POSITIVE", text=text))
        else:
            assert instrument is not None
            wanted = _DIVIDE.divide(item.amount, unit)
            line.quantity = instrument.quantity(wanted)
            if line.quantity < instrument.lot:
                text = f"quantity: lot={instrument.lot}, was={wanted:.6g}"
                line.refuse(Refusal(code="SIZE_BELOW_LOT", text=text))
    return lines


def lines_of_weights(
    weights: Iterable[tuple[str, Decimal]],
    band: Decimal,
    equity: Decimal,
    instruments: Mapping[str, Instrument],
    price_of: PriceOf,
    expected: Callable[[str], Decimal],
    size_of: SizeOf = _as_it_is,
) -> list[Line]:
    """Return what is to be traded so that each position is worth its part of the equity, and never more.

    The target is rounded to lots towards zero; the line is the difference to what will be held.

    Refusals of a line: `UNKNOWN_SYMBOL`, `WEIGHT_NOT_A_NUMBER`, `NO_PRICE`.

    Args:
        weights: (symbol, part of the equity); negative is short.
        band: how far the weight of a position may be off, 0 or more; at the band's edge it is not traded.
        equity: of the account.
        instruments: what can be traded, by symbol.
        price_of: last price seen of a symbol, or None.
        expected: signed quantity of a symbol with all open orders filled.
        size_of: for prices in other currencies than the account's.
    """
    lines: list[Line] = []
    for symbol, weight in weights:
        line = Line(symbol, PlanAction.HOLD, _ZERO)
        lines.append(line)
        instrument, unit = _unit(symbol, instruments, price_of, size_of)
        if not weight.is_finite() or weight.adjusted() >= MOST_DIGITS:
            line.refuse(Refusal(code="WEIGHT_NOT_A_NUMBER", text=f"a weight must be a finite number, was {weight}"))
        elif isinstance(unit, Refusal):
            line.refuse(unit)
        else:
            assert instrument is not None
            held = expected(symbol)
            missing = _EXACT.subtract(_EXACT.multiply(weight, equity), _EXACT.multiply(held, unit))
            line.action = PlanAction.BUY if missing > _ZERO else PlanAction.SELL
            line.amount = missing.copy_abs()
            if band and line.amount <= _EXACT.multiply(band, max(equity, _ZERO)):
                line.status = ItemStatus.WITHIN_BAND
                continue
            target = instrument.quantity(_DIVIDE.divide(_EXACT.multiply(weight, equity), unit))
            difference = instrument.quantity(_EXACT.subtract(target, held))
            if not difference:
                line.status = ItemStatus.ON_TARGET
                continue
            line.action = PlanAction.BUY if difference > _ZERO else PlanAction.SELL
            line.quantity = difference.copy_abs()
    return lines


def _unit(
    symbol: str, instruments: Mapping[str, Instrument], price_of: PriceOf, size_of: SizeOf
) -> tuple[Instrument | None, Decimal | Refusal]:
    """Return an instrument and what a quantity of 1 of it is worth now, or why that is not known."""
    instrument = instruments.get(symbol)
    if instrument is None:
        text = f"symbol must be one of the scenario's instruments, was {symbol}"
        return None, Refusal(code="UNKNOWN_SYMBOL", text=text)
    price = price_of(symbol)
    if price is None or price <= 0:
        was = "none was seen" if price is None else f"was {price!r}"
        return instrument, Refusal(code="NO_PRICE", text=f"a price of {symbol} above 0 is needed, {was}")
    unit = size_of(symbol, _EXACT.multiply(Decimal(repr(price)), instrument.multiplier))
    if unit:
        return instrument, unit
    return instrument, Refusal(code="NO_RATE", text=f"no rate of {instrument.currency} was seen")


@attrs.define
class RunningPlan:
    """A plan whose orders have not all ended.

    Attributes:
        plan_id: its correlation id.
        strategy: who asked.
        lines: in the order of the plan.
        by_weights: whether it came from target weights.
        by_order: the lines whose orders are out, by order id.
    """

    plan_id: str
    strategy: str
    lines: Sequence[Line]
    by_weights: bool
    by_order: dict[str, Line] = attrs.Factory(dict)
    _bought: bool = False

    def next_lines(self) -> list[Line]:
        """Return the lines whose orders go now, with their order ids: the sells, or the buys when those have ended."""
        if self.by_order or self._bought:
            return []
        waiting = [(number, line) for number, line in enumerate(self.lines, 1) if line.status is None]
        next_ = [(number, line) for number, line in waiting if line.side is Side.SELL]
        if not next_:
            self._bought = True
            next_ = waiting
        for number, line in next_:
            line.order_id = f"{self.plan_id}/{number}"
            self.by_order[line.order_id] = line
        return [line for _, line in next_]

    def order_ended(
        self, order_id: str, filled: Decimal, average_price: Decimal, *, rejected: bool, code: str = "", text: str = ""
    ) -> None:
        """Take the end of one of its orders."""
        line = self.by_order.pop(order_id)
        line.filled, line.average_price, line.code, line.text = filled, average_price, code, text
        if filled == line.quantity:
            line.status = ItemStatus.FILLED
        elif filled:
            line.status = ItemStatus.PARTLY_FILLED
        else:
            line.status = ItemStatus.REFUSED if rejected else ItemStatus.UNFILLED

    def supersede(self) -> None:
        """Give up what has not been sent, as the strategy wants other weights by now."""
        for line in self.lines:
            if line.status is None and not line.order_id:
                line.status = ItemStatus.SUPERSEDED

    @property
    def done(self) -> bool:
        """Tell whether all its lines have ended."""
        return all(line.status is not None for line in self.lines)

    def summary(self, time: int) -> RebalanceSummary:
        """Return what became of it; it must be done."""
        items: list[ItemResult] = []
        for line in self.lines:
            assert line.status is not None
            items.append(
                ItemResult(
                    symbol=line.symbol,
                    action=line.action,
                    amount=line.amount,
                    order_id=line.order_id,
                    status=line.status,
                    quantity=line.quantity,
                    filled=line.filled,
                    average_price=line.average_price,
                    code=line.code,
                    text=line.text,
                )
            )
        return RebalanceSummary(plan_id=self.plan_id, strategy=self.strategy, items=tuple(items), time=time)
