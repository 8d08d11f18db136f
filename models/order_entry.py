"""What a strategy, or a scenario file, writes to ask for an order, and the kind, prices and terms that it means.

| written | kind |
|---|---|
| nothing more | MARKET |
| `limit` | LIMIT |
| `stop` | STOP |
| `stop` and `limit` | STOP_LIMIT |
| `touch` | MARKET_IF_TOUCHED |
| `touch` and `limit` | LIMIT_IF_TOUCHED |
| `trail` | TRAILING_STOP |
| `trail` and `trail_limit` | TRAILING_STOP_LIMIT |
| `display` and `limit` | ICEBERG |
| `peg` | PEGGED |
| `kind="MARKET_TO_LIMIT"` | MARKET_TO_LIMIT |

`kind` may be written for the others, too, and must then be the one that the rest means.
"""

import difflib
import operator
import re
from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypedDict, TypeVar

import attrs

from tradepit.models.orders import Contingency, OffsetUnit, OrderKind, OrderTerms, PegTo, TimeInForce

Number = int | float | Decimal | str
"""How a strategy may write a number; a float counts as the digits that it shows."""

_E = TypeVar("_E", bound=StrEnum)
_HUNDRED: Final = Decimal(100)
_EXACT: Final = Context(prec=200)
_OFFSET: Final = re.compile(r"([+-]?[\d._]+(?:[eE][+-]?\d+)?)\s*(%|bps|ticks?)", re.ASCII)
_PLAIN: Final = {
    (False, False): OrderKind.MARKET,
    (True, False): OrderKind.LIMIT,
    (False, True): OrderKind.STOP,
    (True, True): OrderKind.STOP_LIMIT,
}


class MoreOfAnOrder(TypedDict, total=False):
    """What only some orders are asked for with.

    Attributes:
        kind: name of the kind, where the rest does not say it.
        touch: price at which the order begins to work, reached from the other side than a stop.
        trail: how far a trailing stop follows: `0.50` in money, `"10 ticks"`, `"2%"` or `"50bps"`; `stop` may name its
            first trigger.
        trail_limit: how far its limit lies beyond its trigger, in the same unit.
        display: what an iceberg shows at a time.
        peg: what the order follows: `bid`, `ask` or `mid`; `limit` is the bound that it never goes beyond.
        peg_offset: what is added to that, in money, ticks or percent; signed.
        post_only: whether it is refused where it would take liquidity.
        reduce_only: whether it is cut to what makes the position smaller.
        do_not_reduce: whether a cash dividend leaves its prices as they are.
        expires_at: last instant at which it may fill, ns since the Unix epoch; the order is GTD.
        oco: name of a group of which the first fill cancels the others.
        ouo: name of a group of which each fill takes its quantity off the others.
        after: id of the order that it waits for; it then works for what that has filled.
        venue: the one venue where it may go.
    """

    kind: OrderKind | str
    touch: Number
    trail: Number
    trail_limit: Number
    display: Number
    peg: PegTo | str
    peg_offset: Number
    post_only: bool
    reduce_only: bool
    do_not_reduce: bool
    expires_at: int
    oco: str
    ouo: str
    after: str
    venue: str


class MoreOfAnEntry(MoreOfAnOrder, total=False):
    """What an order that opens a position may be asked for with, too.

    Attributes:
        stop_loss: price of a stop that is placed behind what it opens, as it fills.
        take_profit: price of a limit that is placed beyond what it opens, as it fills.
    """

    stop_loss: Number
    take_profit: Number


KEYWORDS: Final = tuple(MoreOfAnEntry.__annotations__)
_KINDS_OF: Final = ("touch", "trail", "display", "peg")
_BESIDE: Final = {"trail_limit": "trail", "peg_offset": "peg"}


class OrderEntryError(ValueError):
    """Something that is no order.

    Attributes:
        keyword: what is wrong.
        rule: what it must be.
        suggestion: what to write instead; may be empty.
    """

    def __init__(self, keyword: str, rule: str, suggestion: str = "") -> None:
        self.keyword = keyword
        self.rule = rule
        self.suggestion = suggestion
        super().__init__(f"{keyword}: {rule}" + (f"; {suggestion}" if suggestion else ""))


@attrs.frozen
class EnteredOrder:
    """What was meant.

    Attributes:
        kind: how the order finds its price.
        limit_price: or None.
        stop_price: its trigger, also one of a touched order, or None.
        time_in_force: or None for the scenario's default.
        terms: what only some orders carry, or None.
    """

    kind: OrderKind
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce | None
    terms: OrderTerms | None


def exact(number: object) -> Decimal:
    """Return a number that a strategy gave as the Decimal that it wrote; what is no number becomes NaN.

    A NaN is refused with a code when the order is validated, so a slip in a strategy does not end the run.
    """
    kind = type(number)
    try:
        if kind is int or kind is Decimal or kind is str:
            return Decimal(number)  # type: ignore[arg-type]  # one of the three
        if kind is float:
            return Decimal(repr(number))
        return _exact_other(number)
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        return Decimal("NaN")


def _exact_other(number: object) -> Decimal:
    """Return a number of another library, such as numpy's, as a Decimal."""
    try:
        return Decimal(operator.index(number))  # type: ignore[arg-type]  # what is no integer raises TypeError
    except TypeError:
        return Decimal(repr(float(number)))  # type: ignore[arg-type]  # as above


def named(kind: type[_E], word: str, keyword: str = "") -> _E:
    """Return a member of an enumeration by its name, or say which there are.

    Raises:
        ValueError: there is none of that name; an OrderEntryError where a keyword is given.
    """
    try:
        return kind(word.upper())
    except (ValueError, AttributeError):
        rule = f"must be one of {', '.join(kind)}, was {word!r}"
        near = difflib.get_close_matches(str(word).upper(), [one.upper() for one in kind], n=1)
        hint = f"did you mean {kind(near[0])}?" if near else ""
        if keyword:
            raise OrderEntryError(keyword, rule, hint) from None
        raise ValueError(f"{rule}; {hint}" if hint else rule) from None


def enter(
    limit: Number | None,
    stop: Number | None,
    time_in_force: TimeInForce | str | None,
    more: Mapping[str, Any],
    *,
    group_prefix: str = "",
) -> EnteredOrder:
    """Return the order that was meant.

    Args:
        limit: limit price, or None.
        stop: stop price, or None.
        time_in_force: or None.
        more: what else was written, by the keywords of `MoreOfAnEntry`; what is None counts as not written.
        group_prefix: put before the names of groups, so that two strategies may use the same.

    Raises:
        OrderEntryError: a keyword is unknown, has no sense beside the others, or has no such value.
    """
    given = {word: value for word, value in more.items() if value is not None}
    _check_words(given, limit, stop)
    force = None if time_in_force is None else named(TimeInForce, time_in_force, "time_in_force")
    kind = _kind(given, limit=limit is not None, stop=stop is not None)
    expires_at = given.get("expires_at")
    if (expires_at is not None) is not (force is TimeInForce.GTD) and (expires_at is None or force is not None):
        rule = "a GTD order has an expires_at" if expires_at is None else f"only a GTD order has it, was {force}"
        raise OrderEntryError("expires_at", rule)
    if expires_at is not None:
        force = TimeInForce.GTD
    trigger = given.get("touch", stop)
    return EnteredOrder(
        kind,
        None if limit is None else exact(limit),
        None if trigger is None else exact(trigger),
        force,
        _terms(given, group_prefix) if given.keys() - {"kind", "touch"} else None,
    )


def _check_words(given: Mapping[str, Any], limit: Number | None, stop: Number | None) -> None:
    for word, value in given.items():
        if word not in KEYWORDS:
            near = difflib.get_close_matches(word, (*KEYWORDS, "limit", "stop", "time_in_force", "quantity"), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(KEYWORDS)}"
            raise OrderEntryError(word, "an order has nothing of that name", hint)
        if word in ("post_only", "reduce_only", "do_not_reduce") and type(value) is not bool:
            raise OrderEntryError(word, f"must be true or false, was {value!r}")
        if word in ("oco", "ouo", "after", "venue") and not (isinstance(value, str) and value):
            raise OrderEntryError(word, f"must be a text, was {value!r}")
    several = [word for word in _KINDS_OF if word in given]
    if len(several) > 1:
        raise OrderEntryError(several[1], f"an order has only one of {', '.join(_KINDS_OF)}, has {several[0]}")
    for word, other in _BESIDE.items():
        if word in given and other not in given:
            raise OrderEntryError(word, f"has a sense only beside {other}")
    if "oco" in given and "ouo" in given:
        raise OrderEntryError("ouo", "an order is in one group, and has oco already")
    if stop is not None and not {"touch", "display", "peg"}.isdisjoint(given):
        raise OrderEntryError("stop", f"an order with {several[0]} has no stop")
    if limit is not None and "trail" in given:
        raise OrderEntryError("limit", "the limit of a trailing stop follows it", "write trail_limit")
    if limit is None and "display" in given:
        raise OrderEntryError("display", "an iceberg has a limit", "write limit")
    expires_at = given.get("expires_at")
    if expires_at is not None and type(expires_at) is not int:
        raise OrderEntryError("expires_at", f"must be whole ns since the Unix epoch, was {expires_at!r}")


def _kind(given: Mapping[str, Any], *, limit: bool, stop: bool) -> OrderKind:
    """Return the kind that the rest means, and hold a kind that is named to it."""
    if "touch" in given:
        meant = OrderKind.LIMIT_IF_TOUCHED if limit else OrderKind.MARKET_IF_TOUCHED
    elif "trail" in given:
        meant = OrderKind.TRAILING_STOP_LIMIT if "trail_limit" in given else OrderKind.TRAILING_STOP
    elif "display" in given:
        meant = OrderKind.ICEBERG
    elif "peg" in given:
        meant = OrderKind.PEGGED
    else:
        meant = _PLAIN[limit, stop]
    if "kind" not in given:
        return meant
    kind = named(OrderKind, given["kind"], "kind")
    if kind is not meant and not (kind is OrderKind.MARKET_TO_LIMIT and meant is OrderKind.MARKET):
        raise OrderEntryError("kind", f"what else is written makes it {meant}, was {kind}")
    return kind


def _terms(given: Mapping[str, Any], group_prefix: str) -> OrderTerms:
    trail, unit = _offset("trail", given)
    limit_offset, limit_unit = _offset("trail_limit", given)
    peg_offset, peg_unit = _offset("peg_offset", given)
    if limit_offset is not None and limit_unit is not unit:
        raise OrderEntryError("trail_limit", f"must be in the unit of trail, {unit}, was in {limit_unit}")
    if trail is not None and trail <= 0:
        raise OrderEntryError("trail", f"must be above 0, was {given['trail']}")
    if limit_offset is not None and limit_offset < 0:
        raise OrderEntryError("trail_limit", f"must be 0 or more, was {given['trail_limit']}")
    group = given.get("oco", given.get("ouo"))
    display, stop_loss, take_profit = given.get("display"), given.get("stop_loss"), given.get("take_profit")
    return OrderTerms(
        post_only=given.get("post_only", False),
        reduce_only=given.get("reduce_only", False),
        display_quantity=None if display is None else exact(display),
        trail_offset=trail,
        limit_offset=limit_offset,
        peg_to=named(PegTo, given["peg"], "peg") if "peg" in given else None,
        peg_offset=peg_offset,
        offset_unit=peg_unit if peg_offset is not None else unit,
        expires_at=given.get("expires_at"),
        group=None if group is None else f"{group_prefix}{group}",
        contingency=None if group is None else Contingency.OCO if "oco" in given else Contingency.OUO,
        parent_id=given.get("after"),
        venue=given.get("venue"),
        stop_loss=None if stop_loss is None else exact(stop_loss),
        take_profit=None if take_profit is None else exact(take_profit),
        do_not_reduce=given.get("do_not_reduce", False),
    )


def _offset(keyword: str, given: Mapping[str, Any]) -> tuple[Decimal | None, OffsetUnit]:
    """Return an offset and its unit: `0.5` is money, `5 ticks` ticks, `2%` and `200bps` two percent."""
    written = given.get(keyword)
    if written is None:
        return None, OffsetUnit.PRICE
    match = _OFFSET.fullmatch(written.strip()) if isinstance(written, str) else None
    amount = exact(written if match is None else match[1])
    if not amount.is_finite():
        raise OrderEntryError(keyword, f"must be a number, or one with %, bps or ticks behind it, was {written!r}")
    if match is None:
        return amount, OffsetUnit.PRICE
    if match[2] == "%":
        return _EXACT.multiply(amount, _HUNDRED), OffsetUnit.BPS
    return amount, OffsetUnit.BPS if match[2] == "bps" else OffsetUnit.TICKS
