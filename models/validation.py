"""What an order must be before it may leave: rules by name, each a pure function that refuses with code and figures.

The order manager asks `check_order`. A scenario may choose which rules hold; a rule that needs what is not known (a
last price, a largest age) lets the order pass.
"""

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Order, OrderKind, Refusal, Side, TimeInForce

_WITH_LIMIT: Final = (OrderKind.LIMIT, OrderKind.STOP_LIMIT)
_WITH_STOP: Final = (OrderKind.STOP, OrderKind.STOP_LIMIT)
_MARKET: Final = OrderKind.MARKET
_LIMIT: Final = OrderKind.LIMIT
_ZERO: Final = Decimal(0)
_COUNT: Final = Context(prec=28)  # the same for every order, whatever precision a strategy sets for itself


@attrs.define(kw_only=True)
class Circumstances:
    """What the rules know beside the order itself.

    Attributes:
        instruments: what can be traded, by symbol.
        now: ns since the Unix epoch.
        last_price: last price seen of the order's symbol, or None before the first.
        max_age_ns: longest time between the strategy's request and now, or None for no limit.
    """

    instruments: Mapping[str, Instrument]
    now: int
    last_price: float | None = None
    max_age_ns: int | None = None


Rule = Callable[[Order, Circumstances], Refusal | None]


def check_basic(order: Order, _: Circumstances) -> Refusal | None:
    """Ids are not empty; side, kind and time in force are what they should be (`FIELD_MISSING`, `FIELD_INVALID`)."""
    if not (order.order_id and order.strategy and order.symbol):
        name = "order_id" if not order.order_id else "strategy" if not order.strategy else "symbol"
        return Refusal(code="FIELD_MISSING", text=f"{name} must not be empty")
    # A strategy is a user's own Python, so annotations alone promise nothing here.
    if type(order.side) is not Side:
        return _not_one_of("side", Side, order.side)
    if type(order.kind) is not OrderKind:
        return _not_one_of("kind", OrderKind, order.kind)
    if type(order.time_in_force) is not TimeInForce:
        return _not_one_of("time_in_force", TimeInForce, order.time_in_force)
    return None


def check_symbol(order: Order, around: Circumstances) -> Refusal | None:
    """The symbol is one of the scenario's instruments (`UNKNOWN_SYMBOL`)."""
    if order.symbol in around.instruments:
        return None
    near = difflib.get_close_matches(order.symbol, list(around.instruments), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Refusal(
        code="UNKNOWN_SYMBOL", text=f"symbol must be one of the scenario's instruments, was {order.symbol}{hint}"
    )


def check_quantity(order: Order, around: Circumstances) -> Refusal | None:
    """The quantity is above zero, in whole lots, neither too small nor too large.

    Codes: `FIELD_INVALID`, `QUANTITY_NOT_POSITIVE`, `OFF_LOT`, `BELOW_MIN_QUANTITY`, `ABOVE_MAX_QUANTITY`.
    """
    quantity: object = order.quantity
    if not isinstance(quantity, Decimal):
        return Refusal(code="FIELD_INVALID", text=f"quantity must be a Decimal, was {quantity!r}")
    if not quantity.is_finite() or quantity <= 0:
        return Refusal(code="QUANTITY_NOT_POSITIVE", text=f"quantity must be a number above 0, was {quantity}")
    instrument = around.instruments.get(order.symbol)
    if instrument is None:
        return None
    largest = instrument.max_quantity
    if largest is not None and quantity > largest:
        return Refusal(code="ABOVE_MAX_QUANTITY", text=f"quantity: limit={largest}, was={quantity}")
    rest = _remainder(quantity, instrument.lot)
    if rest is None:
        text = f"quantity must have at most 28 digits when counted in lots of {instrument.lot}, was {quantity}"
        return Refusal(code="ABOVE_MAX_QUANTITY", text=text)
    if rest:
        text = f"quantity must be a whole number of lots of {instrument.lot}, was {quantity}"
        return Refusal(code="OFF_LOT", text=text)
    if quantity < instrument.min_quantity:
        return Refusal(code="BELOW_MIN_QUANTITY", text=f"quantity: limit={instrument.min_quantity}, was={quantity}")
    return None


def check_price(order: Order, around: Circumstances) -> Refusal | None:
    """Each price is there when the kind needs it and only then, is positive and on the tick.

    Codes: `LIMIT_PRICE_MISSING`, `LIMIT_PRICE_UNEXPECTED`, `STOP_PRICE_MISSING`, `STOP_PRICE_UNEXPECTED`,
    `FIELD_INVALID`, `PRICE_NOT_A_NUMBER`, `PRICE_NOT_POSITIVE`, `OFF_TICK`.
    """
    kind = order.kind
    limit, stop = order.limit_price, order.stop_price
    if kind in _WITH_LIMIT:
        if limit is None:
            return Refusal(code="LIMIT_PRICE_MISSING", text=f"a {kind} order must have a limit_price")
    elif limit is not None:
        return Refusal(code="LIMIT_PRICE_UNEXPECTED", text=f"a {kind} order must have no limit_price, was {limit}")
    if kind in _WITH_STOP:
        if stop is None:
            return Refusal(code="STOP_PRICE_MISSING", text=f"a {kind} order must have a stop_price")
    elif stop is not None:
        return Refusal(code="STOP_PRICE_UNEXPECTED", text=f"a {kind} order must have no stop_price, was {stop}")
    if limit is None and stop is None:
        return None
    instrument = around.instruments.get(order.symbol)
    if limit is not None and (refusal := _bad_price("limit_price", limit, instrument)) is not None:
        return refusal
    return None if stop is None else _bad_price("stop_price", stop, instrument)


def check_stop(order: Order, around: Circumstances) -> Refusal | None:
    """A buy stop lies above the last price and a sell stop below it (`STOP_WRONG_SIDE`).

    A stop that the market has reached already would trigger at once, which is a market order by another name; what
    most exchanges do is refuse it. Before the first price there is no market to be on the wrong side of.
    """
    stop = order.stop_price
    if stop is None or around.last_price is None:
        return None
    last = Decimal(repr(around.last_price))  # the price as it was written, so that equal means equal
    if order.side is Side.BUY:
        if stop > last:
            return None
        where = "above"
    else:
        if stop < last:
            return None
        where = "below"
    text = f"stop_price of a {order.side} order must be {where} the last price {last}, was {stop}"
    return Refusal(code="STOP_WRONG_SIDE", text=text)


def check_timestamps(order: Order, around: Circumstances) -> Refusal | None:
    """The order is not from the future, nor older than allowed (`FROM_THE_FUTURE`, `TOO_OLD`)."""
    age_ns = around.now - order.created_at
    if age_ns < 0:
        return Refusal(code="FROM_THE_FUTURE", text=f"created_at must not be after now, was {-age_ns} ns after")
    if around.max_age_ns is not None and age_ns > around.max_age_ns:
        return Refusal(code="TOO_OLD", text=f"age in ns: limit={around.max_age_ns}, was={age_ns}")
    return None


RULES: Final[Mapping[str, Rule]] = {
    "basic": check_basic,
    "symbol": check_symbol,
    "quantity": check_quantity,
    "price": check_price,
    "stop": check_stop,
    "timestamps": check_timestamps,
}
ALL_RULES: Final = tuple(RULES)
_ALL_CHECKS: Final = tuple(RULES.values())


def check_order(
    order: Order,
    instruments: Mapping[str, Instrument],
    now: int,
    last_price: float | None = None,
    *,
    max_age_ns: int | None = None,
    rules: Sequence[str] = ALL_RULES,
) -> Refusal | None:
    """Return the first rule's refusal of an order, or None when it may go.

    That an order id was used before is for the order manager to see, which alone knows them all.

    Args:
        order: the order.
        instruments: what can be traded, by symbol.
        now: ns since the Unix epoch.
        last_price: last price seen of the order's symbol, or None before the first.
        max_age_ns: longest time between the strategy's request and now, or None for no limit.
        rules: names of the rules that hold, keys of `RULES`; they are asked in this order.
    """
    checks = _ALL_CHECKS if rules is ALL_RULES else _checks(tuple(rules))
    if _passes_every_rule(order, instruments, now, max_age_ns):
        return None
    around = Circumstances(instruments=instruments, now=now, last_price=last_price, max_age_ns=max_age_ns)
    for check in checks:
        refusal = check(order, around)
        if refusal is not None:
            return refusal
    return None


@functools.lru_cache(maxsize=16)
def _checks(rules: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple([RULES[name] for name in rules])


def _passes_every_rule(order: Order, instruments: Mapping[str, Instrument], now: int, max_age_ns: int | None) -> bool:
    """Tell at once that no rule refuses a plain market or limit order; False only says that the rules must be asked.

    Nearly every order is such a one, and asking rule by rule costs three times as much. What passes every rule passes
    any choice of them.
    """
    kind, quantity, limit = order.kind, order.quantity, order.limit_price
    if not (
        (kind is _LIMIT if limit is not None else kind is _MARKET)
        and order.stop_price is None
        and type(order.side) is Side
        and type(order.time_in_force) is TimeInForce
        and order.order_id
        and order.strategy
        and order.symbol
        and type(quantity) is Decimal
        and quantity.is_finite()
        and quantity > _ZERO
    ):
        return False
    instrument = instruments.get(order.symbol)
    if instrument is None or quantity < instrument.min_quantity:
        return False
    largest = instrument.max_quantity
    if largest is not None and quantity > largest:
        return False
    try:
        if quantity % instrument.lot:
            return False
    except InvalidOperation:
        return False
    if limit is not None and _bad_price("limit_price", limit, instrument) is not None:
        return False
    age_ns = now - order.created_at
    return age_ns >= 0 and (max_age_ns is None or age_ns <= max_age_ns)


def _bad_price(field: str, price: object, instrument: Instrument | None) -> Refusal | None:
    if not isinstance(price, Decimal):
        return Refusal(code="FIELD_INVALID", text=f"{field} must be a Decimal, was {price!r}")
    if not price.is_finite():
        return Refusal(code="PRICE_NOT_A_NUMBER", text=f"{field} must be a finite number, was {price}")
    if instrument is None:
        return None
    if price <= 0 and not instrument.price_may_be_negative:
        return Refusal(code="PRICE_NOT_POSITIVE", text=f"{field} must be above 0, was {price}")
    if _remainder(price, instrument.tick) != 0:
        return Refusal(code="OFF_TICK", text=f"{field} must be on the tick of {instrument.tick}, was {price}")
    return None


def _remainder(amount: Decimal, step: Decimal) -> Decimal | None:
    """Return what is left over from whole steps, or None when the steps are too many to count in 28 digits."""
    try:
        return _COUNT.remainder(amount, step)
    except InvalidOperation:
        return None


def _not_one_of(field: str, kinds: type[Side | OrderKind | TimeInForce], was: object) -> Refusal:
    names = [kind.value for kind in kinds]
    near = difflib.get_close_matches(str(was).upper(), names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    text = f"{field} must be one of {', '.join(names)}, was {was!r}{hint}"
    return Refusal(code="FIELD_INVALID", text=text)
