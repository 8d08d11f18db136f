"""Risk checks before an order leaves the portfolio: in order, the first refusal wins, with code and figures.

Open orders count as if they were filled, those of the other side as if they were not: several small orders must not
pass where one large order would be refused. What makes a position smaller passes the checks on its size and on losses.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.orders import Order, Refusal, Side
from tradepit.models.risk_checks import IN_ORDER, Case, over
from tradepit.models.risk_view import RiskView

_ZERO: Final = Decimal(0)
_multiply: Final = Context(prec=200).multiply
_SELL: Final = Side.SELL


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


def entry_price(order: Order, last_price: float | None) -> Decimal | None:
    """Return the price at which an order is expected to trade: its limit, its stop, or the last price."""
    if order.limit_price is not None:
        return order.limit_price
    if order.stop_price is not None:
        return order.stop_price
    return None if last_price is None else Decimal(repr(last_price))


def check(
    order: Order,
    account: Account,
    instrument: Instrument,
    limits: Limits,
    marks: Mapping[str, float],
    view: RiskView | None = None,
    fee: Decimal = _ZERO,
) -> Refusal | None:
    """Return the first refusal of an order, or None when it may go.

    In order: `NO_PRICE`, `MAX_OPEN_POSITIONS`, `REWARD_TO_RISK`, `STOP_MISSING`, `STOP_DISTANCE`, `BUYING_POWER`,
    `MAX_ORDER_NOTIONAL`, `MAX_POSITION`, `MAX_GROSS_EXPOSURE`, `MAX_NET_EXPOSURE`, `PRICE_COLLAR`,
    `SHORT_NOT_ALLOWED`, `NOT_LOCATED`, `ORDER_RATE`, `MAX_DAILY_LOSS`, `MAX_DRAWDOWN`, and those of a user's own
    checks. An order that may go is then to be reserved for: `Account.reserve`, at `unit_value`.

    Args:
        order: the order, sized and valid.
        account: with all open orders reserved for.
        instrument: what is traded.
        limits: the limits.
        marks: last price seen, by symbol.
        view: the account's figures at this moment; without it those that the account itself knows.
        fee: expected of the order, in the account's currency, where it is to be reserved.
    """
    unit = unit_value(order, instrument, marks.get(order.symbol))
    return _no_price(order) if unit is None else _check_at(unit, order, account, instrument, limits, marks, view, fee)


def reserve_for(
    order: Order,
    account: Account,
    instrument: Instrument,
    limits: Limits,
    marks: Mapping[str, float],
    view: RiskView | None = None,
    fee: Decimal = _ZERO,
) -> Refusal | None:
    """Check an order and, when it may go, tie up what it needs; the arguments and refusals are those of `check`.

    Raises:
        ValueError: the account has reserved for the order already.
    """
    unit = unit_value(order, instrument, marks.get(order.symbol))
    if unit is None:
        return _no_price(order)
    if limits.none_is_set and instrument.shortable:  # then buying power is all that can refuse it
        short = account.reserve(order.order_id, order.symbol, order.side, order.quantity, unit, marks, fee)
        return None if short is None else over("BUYING_POWER", *short)
    refusal = _check_at(unit, order, account, instrument, limits, marks, view, fee)
    if refusal is None:
        account.reserve(order.order_id, order.symbol, order.side, order.quantity, unit, None, fee)
    return refusal


def _no_price(order: Order) -> Refusal:
    text = f"a {order.kind} order needs a price to be valued at, none of {order.symbol} was seen"
    return Refusal(code="NO_PRICE", text=text)


def _check_at(
    unit: Decimal,
    order: Order,
    account: Account,
    instrument: Instrument,
    limits: Limits,
    marks: Mapping[str, float],
    view: RiskView | None,
    fee: Decimal,
) -> Refusal | None:
    """Ask all checks of an order at its unit value."""
    if view is None:
        view = RiskView(account=account, marks=marks)
    entry = entry_price(order, marks.get(order.symbol))
    assert entry is not None  # else there would be no unit value
    case = Case(order, unit, entry, instrument, limits, account, view, fee)
    for one in IN_ORDER:
        refusal = one(case)
        if refusal is not None:
            return refusal
    return None
