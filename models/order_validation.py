"""What an order must be before it may leave: rules by name, each a pure function that refuses with code and figures.

The order manager asks `check_order`. A scenario chooses which rules hold; a rule that needs what is not known (a last
price, a largest age) lets the order pass. The rules on prices are in `price_validation`.
"""

import difflib
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from tradepit.models.circumstances import Circumstances, TradingState
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Contingency, Order, OrderKind, OrderTerms, Refusal, Side, TimeInForce
from tradepit.models.price_validation import a_kind, bad_price, check_price, check_stop, remainder

_MARKET: Final = OrderKind.MARKET
_LIMIT: Final = OrderKind.LIMIT
_GTD: Final = TimeInForce.GTD
_OPEN: Final = TradingState.OPEN
_ZERO: Final = Decimal(0)
_MAY_REST: Final = frozenset({OrderKind.LIMIT, OrderKind.STOP_LIMIT, OrderKind.LIMIT_IF_TOUCHED, OrderKind.ICEBERG,
                              OrderKind.PEGGED, OrderKind.TRAILING_STOP_LIMIT})  # fmt: skip
_AT_ONCE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})
# Who cannot wait finds nobody to trade with while a market is closed or halted; the rest waits for it.
_NOT_IN_STATE: Final[Mapping[TradingState, frozenset[TimeInForce]]] = {
    TradingState.OPEN: frozenset(),
    TradingState.HALTED: _AT_ONCE,
    TradingState.CLOSED: _AT_ONCE,
}

Rule = Callable[[Order, Circumstances], Refusal | None]


def check_basic(order: Order, _: Circumstances) -> Refusal | None:
    """Ids are not empty; side, kind, time in force and terms are what they should be, and fit each other.

    Codes: `FIELD_MISSING`, `FIELD_INVALID`, `TERM_MISSING`, `TERM_UNEXPECTED`.
    """
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
    terms: object = order.terms
    if terms is None:
        return None
    if not isinstance(terms, OrderTerms):
        return Refusal(code="FIELD_INVALID", text=f"terms must be OrderTerms, was {terms!r}")
    return _bad_group(order, terms)


def _bad_group(order: Order, terms: OrderTerms) -> Refusal | None:
    """Refuse flags that the order cannot keep, and a group without what its orders do to one another."""
    if terms.post_only and (order.kind not in _MAY_REST or order.time_in_force in _AT_ONCE):
        what = order.kind if order.kind not in _MAY_REST else order.time_in_force
        return Refusal(code="TERM_UNEXPECTED", text=f"{a_kind(what)} order cannot rest, so it cannot be post_only")
    if terms.contingency is not None and type(terms.contingency) is not Contingency:
        return _not_one_of("contingency", Contingency, terms.contingency)
    if (terms.group is None) is not (terms.contingency is None):
        name = "group" if terms.group is None else "contingency"
        return Refusal(code="TERM_MISSING", text=f"group and contingency go together: {name} is missing")
    if terms.parent_id == order.order_id:
        return Refusal(code="TERM_UNEXPECTED", text=f"parent_id must be another order's, was {terms.parent_id}")
    return None


def check_symbol(order: Order, around: Circumstances) -> Refusal | None:
    """The symbol is one of the scenario's instruments (`UNKNOWN_SYMBOL`)."""
    return unknown_symbol(order.symbol, around.instruments)


def unknown_symbol(symbol: str, instruments: Mapping[str, Instrument]) -> Refusal | None:
    """Refuse a symbol that is none of the instruments, and say which one may be meant."""
    if symbol in instruments:
        return None
    near = difflib.get_close_matches(symbol, list(instruments), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Refusal(code="UNKNOWN_SYMBOL", text=f"symbol must be one of the scenario's instruments, was {symbol}{hint}")


def check_quantity(order: Order, around: Circumstances) -> Refusal | None:
    """The quantity is above zero, in whole lots, neither too small nor too large; so is what an iceberg shows.

    Codes: `FIELD_INVALID`, `QUANTITY_NOT_POSITIVE`, `OFF_LOT`, `BELOW_MIN_QUANTITY`, `ABOVE_MAX_QUANTITY`, and for
    `display_quantity` `TERM_MISSING`, `TERM_UNEXPECTED`, `TERM_INVALID`.
    """
    instrument = around.instruments.get(order.symbol)
    refusal = bad_quantity(order.quantity, instrument)
    if refusal is not None:
        return refusal
    shown: object = None if order.terms is None else order.terms.display_quantity
    if (shown is not None) is not (order.kind is OrderKind.ICEBERG):
        if shown is None:
            return Refusal(code="TERM_MISSING", text="an ICEBERG order must have a display_quantity")
        return Refusal(
            code="TERM_UNEXPECTED", text=f"{a_kind(order.kind)} order must have no display_quantity, was {shown}"
        )
    if shown is None:
        return None
    if not (isinstance(shown, Decimal) and shown.is_finite() and 0 < shown <= order.quantity):
        text = f"display_quantity must be above 0 and at most the quantity of {order.quantity}, was {shown}"
        return Refusal(code="TERM_INVALID", text=text)
    if instrument is not None and remainder(shown, instrument.lot) != 0:
        text = f"display_quantity must be a whole number of lots of {instrument.lot}, was {shown}"
        return Refusal(code="OFF_LOT", text=text)
    return None


def bad_quantity(quantity: object, instrument: Instrument | None) -> Refusal | None:
    """Refuse a quantity that is no positive number, and one that the instrument does not allow."""
    if not isinstance(quantity, Decimal):
        return Refusal(code="FIELD_INVALID", text=f"quantity must be a Decimal, was {quantity!r}")
    if not quantity.is_finite() or quantity <= 0:
        return Refusal(code="QUANTITY_NOT_POSITIVE", text=f"quantity must be a number above 0, was {quantity}")
    if instrument is None:
        return None
    largest = instrument.max_quantity
    if largest is not None and quantity > largest:
        return Refusal(code="ABOVE_MAX_QUANTITY", text=f"quantity: limit={largest}, was={quantity}")
    rest = remainder(quantity, instrument.lot)
    if rest is None:
        text = f"quantity must have at most 28 digits when counted in lots of {instrument.lot}, was {quantity}"
        return Refusal(code="ABOVE_MAX_QUANTITY", text=text)
    if rest:
        text = f"quantity must be a whole number of lots of {instrument.lot}, was {quantity}"
        return Refusal(code="OFF_LOT", text=text)
    if quantity < instrument.min_quantity:
        return Refusal(code="BELOW_MIN_QUANTITY", text=f"quantity: limit={instrument.min_quantity}, was={quantity}")
    return None


def check_order_type(order: Order, around: Circumstances) -> Refusal | None:
    """Some venue takes the kind, and the market is in a state for the order.

    Codes: `ORDER_TYPE_NOT_ALLOWED`, `NOT_IN_TRADING_STATE`.
    """
    allowed = around.order_types
    if allowed is not None and order.kind not in allowed:
        names = ", ".join(kind for kind in OrderKind if kind in allowed)
        text = f"the venues take {names or 'no orders'}, was {order.kind}"
        return Refusal(code="ORDER_TYPE_NOT_ALLOWED", text=text)
    if order.time_in_force in _NOT_IN_STATE[around.state]:
        text = f"{a_kind(order.time_in_force)} order cannot wait, and the market is {around.state}"
        return Refusal(code="NOT_IN_TRADING_STATE", text=text)
    return None


def check_timestamps(order: Order, around: Circumstances) -> Refusal | None:
    """The order is not from the future, not older than allowed, and a GTD order ends later than now.

    Codes: `FROM_THE_FUTURE`, `TOO_OLD`, `TERM_MISSING`, `TERM_UNEXPECTED`, `TERM_INVALID`.
    """
    age_ns = around.now - order.created_at
    if age_ns < 0:
        return Refusal(code="FROM_THE_FUTURE", text=f"created_at must not be after now, was {-age_ns} ns after")
    if around.max_age_ns is not None and age_ns > around.max_age_ns:
        return Refusal(code="TOO_OLD", text=f"age in ns: limit={around.max_age_ns}, was={age_ns}")
    ends = None if order.terms is None else order.terms.expires_at
    if (ends is not None) is not (order.time_in_force is _GTD):
        if ends is None:
            return Refusal(code="TERM_MISSING", text="a GTD order must have an expires_at")
        text = f"{a_kind(order.time_in_force)} order must have no expires_at, was {ends}"
        return Refusal(code="TERM_UNEXPECTED", text=text)
    if ends is not None and not (type(ends) is int and ends > around.now):
        return Refusal(code="TERM_INVALID", text=f"expires_at must be after now, {around.now} ns, was {ends!r}")
    return None


RULES: Final[Mapping[str, Rule]] = {
    "basic": check_basic,
    "symbol": check_symbol,
    "quantity": check_quantity,
    "price": check_price,
    "stop": check_stop,
    "order_type": check_order_type,
    "timestamps": check_timestamps,
}
ALL_RULES: Final = tuple(RULES)
_ALL_CHECKS: Final = tuple(RULES.values())

DEFAULT_RULES: Final = tuple(name for name in RULES if name not in ("stop", "order_type"))
"""What holds where a scenario chooses nothing.

A stop on the wrong side of the market is no error then: it triggers at once, as at most venues. An order of a kind that
a venue does not take is refused there, and goes on to the next one.
"""


def check_order(
    order: Order,
    instruments: Mapping[str, Instrument],
    now: int,
    last_price: float | None = None,
    *,
    max_age_ns: int | None = None,
    order_types: Collection[OrderKind] | None = None,
    state: TradingState = _OPEN,
    rules: Sequence[str | Rule] = ALL_RULES,
) -> Refusal | None:
    """Return the first rule's refusal of an order, or None when it may go.

    That an order id was used before is for the order manager to see, which alone knows them all.

    Args:
        order: the order.
        instruments: what can be traded, by symbol.
        now: ns since the Unix epoch.
        last_price: last price seen of the order's symbol, or None before the first.
        max_age_ns: longest time between the strategy's request and now, or None for no limit.
        order_types: kinds that some venue takes, or None when all are taken.
        state: of the market.
        rules: names of the rules that hold, keys of `RULES`, and a user's own; they are asked in this order.

    Raises:
        KeyError: there is no rule of a name.
    """
    checks, own = (_ALL_CHECKS, ()) if rules is ALL_RULES else _checks(tuple(rules))
    if (
        state is _OPEN
        and (order_types is None or order.kind in order_types)
        and passes_every_rule(order, instruments, now, max_age_ns)
    ):
        if not own:
            return None
        checks = own
    around = Circumstances(
        instruments=instruments,
        now=now,
        last_price=last_price,
        max_age_ns=max_age_ns,
        order_types=order_types,
        state=state,
    )
    for check in checks:
        refusal = check(order, around)
        if refusal is not None:
            return refusal
    return None


@functools.lru_cache(maxsize=16)
def _checks(rules: tuple[str | Rule, ...]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return what is asked, and what of it is a user's own."""
    checks = tuple([RULES[rule] if isinstance(rule, str) else rule for rule in rules])
    return checks, tuple([rule for rule in rules if not isinstance(rule, str)])


def passes_every_rule(order: Order, instruments: Mapping[str, Instrument], now: int, max_age_ns: int | None) -> bool:
    """Tell at once that no rule refuses a plain market or limit order; False only says that the rules must be asked.

    Nearly every order is such a one, and asking rule by rule costs three times as much. What passes every rule passes
    any choice of them.
    """
    kind, quantity, limit = order.kind, order.quantity, order.limit_price
    if not (
        (kind is _LIMIT if limit is not None else kind is _MARKET)
        and order.stop_price is None
        and order.terms is None
        and type(order.side) is Side
        and type(order.time_in_force) is TimeInForce
        and order.time_in_force is not _GTD
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
    if limit is not None and bad_price("limit_price", limit, instrument) is not None:
        return False
    age_ns = now - order.created_at
    return age_ns >= 0 and (max_age_ns is None or age_ns <= max_age_ns)


def _not_one_of(field: str, kinds: type[StrEnum], was: object) -> Refusal:
    names = [kind.value for kind in kinds]
    near = difflib.get_close_matches(str(was).upper(), names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    text = f"{field} must be one of {', '.join(names)}, was {was!r}{hint}"
    return Refusal(code="FIELD_INVALID", text=text)
