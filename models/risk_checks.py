"""The risk checks one by one, each a pure function that refuses with code and figures; `risk` asks them in order.

What only makes a position smaller passes the checks on its size and on losses, so that one can always get out.
"""

from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits, MissingStop, PartOfEquity, amount_of
from tradepit.models.orders import Order, Refusal, Side
from tradepit.models.risk_view import RiskView

_EXACT: Final = Context(prec=200)
_SHOWN: Final = Context(prec=28)
_SHORT: Final = Context(prec=6)
_ZERO: Final = Decimal(0)
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


@attrs.define
class Case:
    """An order before the checks.

    Attributes:
        order: the order.
        unit: what a quantity of 1 of it is valued at.
        entry: the price at which it is expected to trade: its limit, its stop, or the last price.
        instrument: what is traded.
        limits: the limits.
        account: with all open orders reserved for.
        view: the account's figures.
        fee: expected of the order, in the account's currency, where it is to be reserved.
        held: signed quantity held.
        before: signed quantity held with the open orders of its side filled.
        after: the same with this order filled too.
    """

    order: Order
    unit: Decimal
    entry: Decimal
    instrument: Instrument
    limits: Limits
    account: Account
    view: RiskView
    fee: Decimal = _ZERO
    held: Decimal = attrs.field(init=False)
    before: Decimal = attrs.field(init=False)
    after: Decimal = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Work out the positions."""
        order = self.order
        self.held = self.account.position(order.symbol)
        self.before = self.account.worst_position(order.symbol, order.side)
        signed = order.quantity if order.side is _BUY else order.quantity.copy_negate()
        self.after = _EXACT.add(self.before, signed)

    @property
    def reduces(self) -> bool:
        """Tell whether the order only makes a position smaller: against it, and not through zero."""
        held, after = self.held, self.after
        return held < _ZERO and after <= _ZERO if self.order.side is _BUY else held > _ZERO and after >= _ZERO


Check = Callable[[Case], Refusal | None]


def check_open_positions(case: Case) -> Refusal | None:
    """Not too many symbols have a position or an open order (`MAX_OPEN_POSITIONS`)."""
    most, engaged = case.limits.max_open_positions, case.account.engaged
    if most is None or case.order.symbol in engaged or len(engaged) < most:
        return None
    return Refusal(code="MAX_OPEN_POSITIONS", text=f"limit={most}, was={len(engaged) + 1}")


def check_reward(case: Case) -> Refusal | None:
    """The take profit lies far enough from the entry, compared with the stop loss (`REWARD_TO_RISK`)."""
    least, terms = case.limits.min_reward_to_risk, case.order.terms
    if least is None or terms is None or terms.stop_loss is None or terms.take_profit is None or case.reduces:
        return None
    risk = _EXACT.subtract(case.entry, terms.stop_loss).copy_abs()
    reward = _EXACT.subtract(terms.take_profit, case.entry).copy_abs()
    if reward >= _EXACT.multiply(least, risk):
        return None
    return Refusal(code="REWARD_TO_RISK", text=f"limit={plain(least)}, was={_ratio(reward, risk)}")


def check_stop_distance(case: Case) -> Refusal | None:
    """The stop loss is there where it must be, and near enough to the entry (`STOP_MISSING`, `STOP_DISTANCE`)."""
    largest, order = case.limits.max_stop_distance, case.order
    stop = None if order.terms is None else order.terms.stop_loss
    if stop is None:
        if case.limits.missing_stop is MissingStop.REFUSE and not case.reduces:
            return Refusal(code="STOP_MISSING", text="an order that opens or enlarges a position must have a stop loss")
        return None
    if largest is None or case.reduces:
        return None
    distance = _EXACT.subtract(case.entry, stop).copy_abs()
    if distance <= _EXACT.multiply(largest, case.entry.copy_abs()):
        return None
    was = _ratio(distance, case.entry.copy_abs())
    return Refusal(code="STOP_DISTANCE", text=f"limit={plain(largest)}, was={was}")


def check_buying_power(case: Case) -> Refusal | None:
    """Cash covers what the order ties up, and its fee where that is reserved (`BUYING_POWER`)."""
    order = case.order
    need = case.account.requirement(order.symbol, order.side, order.quantity, case.unit)
    if need > _ZERO:
        need = _EXACT.add(need, case.fee)
        power = case.view.buying_power
        if need > power:
            return over("BUYING_POWER", power, need)
    return None


def check_notional(case: Case) -> Refusal | None:
    """The order is not worth too much (`MAX_ORDER_NOTIONAL`)."""
    largest = case.limits.max_order_notional
    if largest is None:
        return None
    notional = _EXACT.multiply(case.order.quantity, case.view.size_of(case.order.symbol, case.unit))
    return over("MAX_ORDER_NOTIONAL", largest, notional) if notional > largest else None


def check_position(case: Case) -> Refusal | None:
    """The position cannot become too large (`MAX_POSITION`)."""
    largest = case.limits.max_position
    if largest is None:
        return None
    size = case.after.copy_abs()
    return over("MAX_POSITION", largest, size) if size > largest and size > case.held.copy_abs() else None


def check_exposure(case: Case) -> Refusal | None:
    """All positions together cannot become too large (`MAX_GROSS_EXPOSURE`, `MAX_NET_EXPOSURE`).

    Open orders count as filled: for the gross exposure each symbol's worse side, for the net one all those of the
    order's side.
    """
    limits, order, view = case.limits, case.order, case.view
    if (limits.max_gross_exposure is None and limits.max_net_exposure is None) or case.reduces:
        return None
    values = view.worst_values()
    bought, sold = values.get(order.symbol, (_ZERO, _ZERO))
    value = _EXACT.multiply(order.quantity, view.size_of(order.symbol, case.unit))
    if order.side is _BUY:
        values[order.symbol] = (_EXACT.add(bought, value), sold)
    else:
        values[order.symbol] = (bought, _EXACT.subtract(sold, value))
    if limits.max_gross_exposure is not None:
        gross = _sum(max(buys.copy_abs(), sells.copy_abs()) for buys, sells in values.values())
        limit = amount_of(limits.max_gross_exposure, view.equity)
        if gross > limit:
            return over("MAX_GROSS_EXPOSURE", limit, gross)
    if limits.max_net_exposure is not None:
        buys_, sells_ = zip(*values.values(), strict=True)
        net = _sum(buys_) if order.side is _BUY else _sum(sells_).copy_negate()
        limit = amount_of(limits.max_net_exposure, view.equity)
        if net > limit:
            return over("MAX_NET_EXPOSURE", limit, net)
    return None


def check_collar(case: Case) -> Refusal | None:
    """The order's own prices lie near the last price (`PRICE_COLLAR`); without one they cannot be judged."""
    collar, order = case.limits.price_collar, case.order
    if collar is None or (order.limit_price is None and order.stop_price is None):
        return None
    last = case.view.price(order.symbol)
    if last is None:
        return Refusal(code="NO_PRICE", text=f"a price of {order.symbol} is needed for the collar, none was seen")
    reference = Decimal(repr(last))
    largest = _EXACT.multiply(collar, reference.copy_abs())
    for price in (order.limit_price, order.stop_price):
        if price is not None:
            distance = _EXACT.subtract(price, reference).copy_abs()
            if distance > largest:
                was = _ratio(distance, reference.copy_abs())
                text = f"{plain(price)} against a last price of {reference}: limit={plain(collar)}, was={was}"
                return Refusal(code="PRICE_COLLAR", text=text)
    return None


def check_short(case: Case) -> Refusal | None:
    """A short position is allowed, and enough was located to borrow (`SHORT_NOT_ALLOWED`, `NOT_LOCATED`)."""
    order, instrument, after = case.order, case.instrument, case.after
    if order.side is _BUY or after >= _ZERO:
        return None
    if not (case.limits.short_allowed and instrument.shortable):
        who = "the portfolio" if instrument.shortable else order.symbol
        return Refusal(code="SHORT_NOT_ALLOWED", text=f"{who} allows no short position: limit=0, was={plain(after)}")
    located = case.limits.locates.get(order.symbol)
    if located is not None and after.copy_negate() > located:
        return over("NOT_LOCATED", located, after.copy_negate())
    return None


def check_pace(case: Case) -> Refusal | None:
    """Not too many orders are sent within a second (`ORDER_RATE`)."""
    most, sent = case.limits.max_orders_per_second, case.view.sent_in_last_second
    if most is None or sent < most:
        return None
    return Refusal(code="ORDER_RATE", text=f"orders within a second: limit={most}, was={sent + 1}")


def check_daily_loss(case: Case) -> Refusal | None:
    """The account has not lost too much today (`MAX_DAILY_LOSS`)."""
    limit, began = case.limits.max_daily_loss, case.view.day_start_equity
    if limit is None or began is None or case.reduces:
        return None
    loss, most = _EXACT.subtract(began, case.view.equity), amount_of(limit, began)
    return over("MAX_DAILY_LOSS", most, loss) if loss > most else None


def check_drawdown(case: Case) -> Refusal | None:
    """The account has not fallen too far from its peak (`MAX_DRAWDOWN`)."""
    limit, peak = case.limits.max_drawdown, case.view.peak_equity
    if limit is None or peak is None or case.reduces:
        return None
    fall = _EXACT.subtract(peak, case.view.equity)
    most = amount_of(limit, peak)
    if fall <= most:
        return None
    if isinstance(limit, PartOfEquity) and peak > _ZERO:
        return Refusal(code="MAX_DRAWDOWN", text=f"limit={plain(limit.fraction)}, was={_ratio(fall, peak)}")
    return over("MAX_DRAWDOWN", most, fall)


def check_own(case: Case) -> Refusal | None:
    """The user's own checks let the order pass (`OWN_CHECK`, or the code that a check gives).

    Raises:
        TypeError: a check answers neither nothing nor a refusal nor a text.
    """
    for own in case.limits.own:
        said: object = own(case.order, case.view)
        if said is None:
            continue
        if isinstance(said, str):
            return Refusal(code="OWN_CHECK", text=said)
        if not isinstance(said, Refusal):
            name = getattr(own, "__name__", repr(own))
            raise TypeError(f"risk check {name} must return None, a text or a Refusal, was {said!r}")
        return said
    return None


IN_ORDER: Final[tuple[Check, ...]] = (
    check_open_positions,
    check_reward,
    check_stop_distance,
    check_buying_power,
    check_notional,
    check_position,
    check_exposure,
    check_collar,
    check_short,
    check_pace,
    check_daily_loss,
    check_drawdown,
    check_own,
)
"""All checks, in the order in which they are asked."""


def over(code: str, limit: Decimal, was: Decimal) -> Refusal:
    """Return the refusal of what is beyond a limit."""
    return Refusal(code=code, text=f"limit={plain(limit)}, was={plain(was)}")


def plain(amount: Decimal) -> str:
    """Return an amount without exponent and without zeros at its end, to 28 significant digits."""
    return f"{amount.normalize(_SHOWN):f}"


def _ratio(part: Decimal, whole: Decimal) -> str:
    """Return a quotient to six significant digits, as figures of refusals show it."""
    return f"{_SHORT.divide(part, whole).normalize(_SHORT):f}" if whole else "infinite"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total
