"""Risk checks before an order leaves the portfolio: in order, the first refusal wins, with code and figures.

Open orders count as if they were filled, those of the other side as if they were not: several small orders must not
pass where one large order would be refused. What makes a position smaller passes the checks on its size.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, Final

import attrs

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Order, Refusal, Side

_EXACT: Final = Context(prec=200)
_multiply: Final = _EXACT.multiply
_SHOWN: Final = Context(prec=28)
_ZERO: Final = Decimal(0)
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


def _not_negative(_instance: object, attribute: "attrs.Attribute[Any]", given: Decimal | int | None) -> None:
    if given is not None and not given >= 0:
        raise ValueError(f"{attribute.name} must be 0 or more, was {given}")


@attrs.frozen(kw_only=True)
class Limits:
    """Risk limits; what is None is off. Buying power is always checked.

    Attributes:
        max_open_positions: largest number of symbols with a position or an open order.
        max_order_notional: largest value of one order, in the account's currency.
        max_position: largest quantity held in one symbol, long or short.
        short_allowed: whether positions may go below zero, where the instrument may be sold short at all.
        none_is_set: whether all of them are off and short positions allowed.

    Raises:
        ValueError: a limit is below zero.
    """

    max_open_positions: int | None = attrs.field(default=None, validator=_not_negative)
    max_order_notional: Decimal | None = attrs.field(default=None, validator=_not_negative)
    max_position: Decimal | None = attrs.field(default=None, validator=_not_negative)
    short_allowed: bool = True
    none_is_set: bool = attrs.field(init=False, repr=False, eq=False)

    @none_is_set.default
    def _none_of_them(self) -> bool:
        return (
            self.max_open_positions is None
            and self.max_order_notional is None
            and self.max_position is None
            and self.short_allowed
        )


def unit_value(order: Order, instrument: Instrument, last_price: float | None) -> Decimal | None:
    """Return what a quantity of 1 of an order is valued at, or None when there is no price to go by.

    A buy with a limit is valued at the limit, the most that it can cost. All others are valued at the highest of
    their own prices and the last price: a sell with a limit far below the market would be filled near the market.

    Args:
        order: the order.
        instrument: what is traded.
        last_price: last price seen of it, or None before the first.

    Returns:
        Price times multiplier, in the account's currency, above or at zero.
    """
    limit = order.limit_price
    price = order.stop_price if limit is None else limit
    if last_price is not None and (limit is None or order.side is _SELL):
        last = Decimal(repr(last_price))
        if price is None or last > price:
            price = last
    if price is None:
        return None
    return (_multiply(price, instrument.multiplier) if instrument.multiplies else price).copy_abs()


def check(
    order: Order, account: Account, instrument: Instrument, limits: Limits, marks: Mapping[str, float]
) -> Refusal | None:
    """Return the first refusal of an order, or None when it may go.

    In order: `NO_PRICE`, `MAX_OPEN_POSITIONS`, `BUYING_POWER`, `MAX_ORDER_NOTIONAL`, `MAX_POSITION`,
    `SHORT_NOT_ALLOWED`. An order that may go is then to be reserved for: `Account.reserve`, at `unit_value`.

    Args:
        order: the order, sized and valid.
        account: with all open orders reserved for.
        instrument: what is traded.
        limits: the limits.
        marks: last price seen, by symbol.
    """
    unit = unit_value(order, instrument, marks.get(order.symbol))
    return _no_price(order) if unit is None else _check_at(unit, order, account, instrument, limits, marks)


def reserve_for(
    order: Order, account: Account, instrument: Instrument, limits: Limits, marks: Mapping[str, float]
) -> Refusal | None:
    """Check an order and, when it may go, tie up what it needs; the arguments and refusals are those of `check`.

    Raises:
        ValueError: the account has reserved for the order already.
    """
    unit = unit_value(order, instrument, marks.get(order.symbol))
    if unit is None:
        return _no_price(order)
    if limits.none_is_set and instrument.shortable:  # then buying power is all that can refuse it
        short = account.reserve(order.order_id, order.symbol, order.side, order.quantity, unit, marks)
        return None if short is None else _over("BUYING_POWER", *short)
    refusal = _check_at(unit, order, account, instrument, limits, marks)
    if refusal is None:
        account.reserve(order.order_id, order.symbol, order.side, order.quantity, unit)
    return refusal


def _no_price(order: Order) -> Refusal:
    text = f"a {order.kind} order needs a price to be valued at, none of {order.symbol} was seen"
    return Refusal(code="NO_PRICE", text=text)


def _check_at(
    unit: Decimal, order: Order, account: Account, instrument: Instrument, limits: Limits, marks: Mapping[str, float]
) -> Refusal | None:
    """Check an order at its unit value."""
    symbol, side, quantity = order.symbol, order.side, order.quantity
    most = limits.max_open_positions
    if most is not None and symbol not in account.engaged and len(account.engaged) >= most:
        return Refusal(code="MAX_OPEN_POSITIONS", text=f"limit={most}, was={len(account.engaged) + 1}")
    need = account.requirement(symbol, side, quantity, unit)
    if need > _ZERO:
        power = account.buying_power(marks)
        if need > power:
            return _over("BUYING_POWER", power, need)
    largest = limits.max_order_notional
    if largest is not None:
        notional = _multiply(quantity, unit)
        if notional > largest:
            return _over("MAX_ORDER_NOTIONAL", largest, notional)
    return _check_position(order, account, instrument, limits)


def _check_position(order: Order, account: Account, instrument: Instrument, limits: Limits) -> Refusal | None:
    """Check what the position can become at worst."""
    largest = limits.max_position
    may_short = limits.short_allowed and instrument.shortable
    if largest is None and (may_short or order.side is _BUY):
        return None
    before = account.worst_position(order.symbol, order.side)
    after = _EXACT.add(before, order.quantity) if order.side is _BUY else _EXACT.subtract(before, order.quantity)
    if largest is not None:
        size = after.copy_abs()
        if size > largest and size > account.position(order.symbol).copy_abs():
            return _over("MAX_POSITION", largest, size)
    if not may_short and after < _ZERO and order.side is _SELL:
        who = "the portfolio" if instrument.shortable else order.symbol
        return Refusal(code="SHORT_NOT_ALLOWED", text=f"{who} allows no short position: limit=0, was={_plain(after)}")
    return None


def _over(code: str, limit: Decimal, was: Decimal) -> Refusal:
    return Refusal(code=code, text=f"limit={_plain(limit)}, was={_plain(was)}")


def _plain(amount: Decimal) -> str:
    """Return an amount without exponent and without zeros at its end, to 28 significant digits."""
    return f"{amount.normalize(_SHOWN):f}"
