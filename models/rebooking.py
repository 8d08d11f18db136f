"""Fills that are taken back or corrected: the position as if they had never been, or had been as they really were.

A position keeps what was booked last: at least its last 1,000 entries, and the position as it was before them. To take
one back is to book the others again. Average and realised profit are then exactly those of a history without it. What
is older than that is undone by the opposite fill at its price: quantity, cash and fees are exact, but average and
realised profit are those of a trade that was closed again.
"""

from copy import copy
from decimal import Context, Decimal
from typing import Final, Protocol

import attrs

from tradepit.models.corporate_actions import CashDividend, Split, apply_split
from tradepit.models.orders import Fill, Side
from tradepit.models.positions import KEPT, Position

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_BUY: Final = Side.BUY
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Entry(Protocol):
    """Anything but a plain fill that was booked."""

    def book(self, position: Position) -> Decimal:
        """Book it, and return the cash that it brings apart from fees, in the position's currency."""


@attrs.frozen
class BookedSplit:
    """A split that was booked.

    Attributes:
        split: the ratio.
        lot: quantity step of the instrument.
        price: at which fractions were paid out.
    """

    split: Split
    lot: Decimal
    price: Decimal

    def book(self, position: Position) -> Decimal:
        """Split, and return the cash for fractions."""
        return apply_split(position, self.split, self.lot, self.price)


@attrs.frozen
class BookedDividend:
    """A cash dividend that was booked.

    Attributes:
        dividend: what each unit gets.
        rate: how much of the position's currency a unit of the dividend's is.
    """

    dividend: CashDividend
    rate: Decimal

    def book(self, position: Position) -> Decimal:
        """Return what the quantity held gets or pays now; what is paid later is owed."""
        due = _multiply(self.dividend.due(position.quantity, position.multiplier), self.rate)
        position.dividends = _add(position.dividends, due)
        number = self.dividend.number
        if number is None:
            return due
        if due:
            position.owed = {**(position.owed or {}), number: due}
        return _ZERO


@attrs.frozen
class BookedPayment:
    """A dividend that was owed and is paid.

    Attributes:
        number: the dividend's.
    """

    number: int

    def book(self, position: Position) -> Decimal:
        """Return what was owed, below zero on what was short."""
        owed = dict(position.owed or {})
        paid = owed.pop(self.number, _ZERO)
        position.owed = owed or None
        return paid


@attrs.frozen
class BookedBorrow:
    """Rent that was charged; what was held then was borrowed, whatever comes out later.

    Attributes:
        charge: above zero.
    """

    charge: Decimal

    def book(self, position: Position) -> Decimal:
        """Add to what was paid; the cash is none of what hangs on the quantity."""
        position.borrow = _add(position.borrow, self.charge)
        return _ZERO


@attrs.frozen
class BookedFill:
    """A fill with what it was booked at, where that is not all its own.

    Attributes:
        fill: the execution.
        fee: in the position's currency; 0 where the fee was taken in kind.
        in_kind: fee in units of the instrument, taken off what is held.
    """

    fill: Fill
    fee: Decimal
    in_kind: Decimal = _ZERO

    def book(self, position: Position) -> Decimal:
        """Book it; what it pays is `paid_for`."""
        return self.paid_for(position).copy_negate()

    def paid_for(self, position: Position) -> Decimal:
        """Book it, and return the cash that it costs apart from the fee."""
        fill = self.fill
        paid = position.change(signed(fill), fill.price, fill.time)
        position.fees = _add(position.fees, self.fee)
        if self.in_kind:
            # The units of the fee are held no more: sold at the fill's price, to pay a fee of the same value.
            value = position.change(self.in_kind.copy_negate(), fill.price, fill.time).copy_negate()
            position.fees = _add(position.fees, value)
        return paid


def signed(fill: Fill) -> Decimal:
    """Return a fill's quantity with its sign: above zero for a buy."""
    return fill.quantity if fill.side is _BUY else fill.quantity.copy_negate()


def opposite(fill: Fill) -> Fill:
    """Return the fill that undoes another at its price; its fee comes back."""
    return Fill(
        fill_id=fill.fill_id,
        order_id=fill.order_id,
        child_id=fill.child_id,
        strategy=fill.strategy,
        symbol=fill.symbol,
        side=fill.side.opposite,
        quantity=fill.quantity,
        price=fill.price,
        reference_price=fill.reference_price,
        fee=fill.fee.copy_negate(),
        currency=fill.currency,
        venue=fill.venue,
        liquidity=fill.liquidity,
        time=fill.time,
        fee_currency=fill.fee_currency,
    )


def forget(position: Position) -> None:
    """Let go what a position keeps beyond its last `KEPT` entries; to be called when it has `keep_until`."""
    if position.between is not None:
        position.earlier = position.between
        del position.entries[:KEPT]
    position.between = copy(position)
    position.keep_until = 2 * KEPT


def note(position: Position, entry: Entry) -> None:
    """Keep an entry that was booked."""
    position.entries.append(entry)
    if len(position.entries) >= position.keep_until:
        forget(position)


def rebooked(
    position: Position, fill_id: str, instead: BookedFill | None, empty: Position
) -> tuple[Position, Decimal, Decimal] | None:
    """Return a position with a fill replaced or left out.

    Args:
        position: as it is; it stays so.
        fill_id: the fill.
        instead: what takes its place, or None.
        empty: a flat and new position of the instrument, to begin with.

    Returns:
        The position, the cash that all its entries bring more, fees apart, and how much of that is not of the fill
        itself; or None where the fill is none of those kept.
    """
    before = empty if position.earlier is None else position.earlier
    entries: list[Fill | Entry] = []
    found = False
    for entry in position.entries:
        if id_of(entry) == fill_id:
            found = True
            if instead is not None:
                entries.append(instead)
        else:
            entries.append(entry)
    if not found:
        return None
    old, new = copy(before), copy(before)
    was, was_besides = _sum_of(old, position.entries, [])
    middles: list[Position] = []
    now, now_besides = _sum_of(new, entries, middles)
    new.earlier = position.earlier
    new.entries = entries
    if middles:
        new.between, new.keep_until = middles[0], 2 * KEPT
    return new, _subtract(now, was), _subtract(now_besides, was_besides)


def id_of(entry: Fill | Entry) -> str | None:
    """Return the id of the fill that an entry is, or None."""
    if isinstance(entry, Fill):
        return entry.fill_id
    return entry.fill.fill_id if isinstance(entry, BookedFill) else None


def _sum_of(position: Position, entries: list[Fill | Entry], middles: list[Position]) -> tuple[Decimal, Decimal]:
    """Book entries one after another; return the cash of all, and of those that are no fills.

    `middles` gets the position half way.
    """
    cash = besides = _ZERO
    for number, entry in enumerate(entries):
        if number == KEPT:
            middles.append(copy(position))
        if isinstance(entry, Fill):
            cash = _subtract(cash, position.change(signed(entry), entry.price, entry.time))
            position.fees = _add(position.fees, entry.fee)
        else:
            brings = entry.book(position)
            cash = _add(cash, brings)
            if not isinstance(entry, BookedFill):
                besides = _add(besides, brings)
    if len(entries) == KEPT:
        middles.append(copy(position))
    return cash, besides
