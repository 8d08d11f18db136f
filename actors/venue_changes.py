"""What a venue does to orders and executions that it has: it replaces the first, and takes back or corrects the second.

Receives: `ReplaceChild` and `AdjustChild` from its broker, `BustFill` and `CorrectFill` from whoever lets things go
wrong.
Sends: to its broker `ChildReplaced` or `ChildReplaceRejected` for each change, `ChildRestated` for each adjustment,
`FillBusted` and `FillCorrected`; publishes `TradeCorrectionRefused` for what it cannot take back or correct.

Chosen where the field has no single custom:

- What is taken back of an order that still rests works again, behind all others; an order that is done is not put back
  on the book (exchanges that annul a trade do not reinstate its orders).
- The fee of an execution that is taken back is given back with it. A corrected execution pays what the schedule asks
  for it as it really was, at its own time; fees of executions after it stay. It keeps its distance from the price
  before slippage.
- A correction keeps to tick, lot and limit, and executes no more than the order has open.
"""

import abc
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.actors.venue_ends import VenueEnds
from tradepit.models.billed_fill import FeeMoment, OrderSoFar
from tradepit.models.instruments import Instrument
from tradepit.models.matching import AnyBook, Replaced
from tradepit.models.messages import (
    AdjustChild,
    BustFill,
    ChildReplaced,
    ChildReplaceRejected,
    ChildRestated,
    CorrectFill,
    FillBusted,
    FillCorrected,
    ReplaceChild,
    TradeCorrectionRefused,
)
from tradepit.models.orders import ChildOrder, Fill, Refusal, Side
from tradepit.models.price_validation import bad_price, remainder
from tradepit.models.values import changed

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract


@attrs.frozen
class KeptFill:
    """An execution that may be taken back or corrected.

    Attributes:
        fill: as it was reported last.
        child: the order that was executed.
        so_far: what that had done and paid before.
        moment: for fees by time and volume.
    """

    fill: Fill
    child: ChildOrder
    so_far: OrderSoFar
    moment: FeeMoment


class VenueChanges(VenueEnds, abc.ABC):
    """The part of a venue that changes what it has."""

    _instruments: Mapping[str, Instrument]
    _kept_fills: dict[str, KeptFill] | None

    def on_replace(self, message: ReplaceChild) -> None:
        """Change an order on the book, or say why that cannot be (FIX 4.4 CxlRejReason)."""
        child_id = message.child_id
        child = self._resting.get(child_id)
        if child is None:
            order_id = self._parent_of_done(child_id)
            code = "UNKNOWN_ORDER" if order_id is None else "TOO_LATE_TO_CANCEL"
            self._refuse_replace(message, order_id or "", Refusal(code=code, text=f"{child_id} is not on the book"))
            return
        quantity, back = message.quantity, self._put_back.get(child_id, _ZERO)
        if quantity is not None:
            quantity = _add(quantity, back)
        book = self._book(child.symbol)
        assert book is not None
        outcome = book.replace(child_id, quantity, message.limit_price, message.stop_price)
        if not isinstance(outcome, Replaced):
            self._refuse_replace(message, child.order_id, outcome)
            return
        self._resting[child_id] = now_is = outcome.child
        self.send(
            self._broker,
            ChildReplaced(
                child_id=child_id,
                order_id=child.order_id,
                venue=self._venue,
                quantity=_subtract(now_is.quantity, back),
                leaves=outcome.leaves,
                limit_price=now_is.limit_price,
                stop_price=now_is.stop_price,
                time=self.now,
                for_group=message.for_group,
            ),
        )
        if outcome.leaves:
            self._look_again(child.symbol)
        else:
            self._forget(now_is)

    def on_adjust(self, message: AdjustChild) -> None:
        """Restate an order on the book after a split or a dividend; of one that is done, its end is on the way."""
        child_id, new_id = message.child_id, message.new_id
        child = self._resting.get(child_id)
        if child is None:
            return
        book = self._book(child.symbol)
        assert book is not None
        outcome = book.restate(child_id, new_id, message.adjustment)
        if outcome is None:
            leaves = book.cancel(child_id)
            assert leaves is not None
            self._cancelled(child, leaves, "CORPORATE_ACTION")
            return
        so_far = self._so_far.get(child_id)
        self._forget(child)
        if so_far is not None:
            self._so_far[new_id] = so_far
        self._resting[new_id] = now_is = outcome.child
        self.send(
            self._broker,
            ChildRestated(
                child_id=child_id,
                new_id=new_id,
                order_id=child.order_id,
                venue=self._venue,
                adjustment=message.adjustment,
                open_before=outcome.open_before,
                leaves=now_is.quantity,
                limit_price=now_is.limit_price,
                stop_price=now_is.stop_price,
                time=self.now,
            ),
        )

    def on_bust(self, message: BustFill) -> None:
        """Take back an execution."""
        found = self._kept(message.fill_id)
        if found is None:
            self._refuse_correction(message.fill_id, _unknown(message.fill_id))
            return
        fill, child = found.fill, found.child
        assert self._kept_fills is not None
        del self._kept_fills[fill.fill_id]
        self._work_again(child.child_id, fill.quantity)
        report = FillBusted(order_id=fill.order_id, fill=fill, reason=message.reason, time=self.now)
        self.send(self._broker, report)

    def on_correct(self, message: CorrectFill) -> None:
        """Correct an execution."""
        found = self._kept(message.fill_id)
        if found is None:
            self._refuse_correction(message.fill_id, _unknown(message.fill_id))
            return
        before, child = found.fill, found.child
        quantity = before.quantity if message.quantity is None else message.quantity
        price = before.price if message.price is None else message.price
        refusal = self._wrong_correction(before, child, quantity, price)
        if refusal is not None:
            self._refuse_correction(before.fill_id, refusal)
            return
        slipped = _subtract(before.price, before.reference_price)
        fill = changed(
            before,
            quantity=quantity,
            price=price,
            reference_price=_subtract(price, slipped),
            fee=self._fee_of(found, quantity, price),
        )
        assert self._kept_fills is not None
        self._kept_fills[fill.fill_id] = attrs.evolve(found, fill=fill)
        self._work_again(child.child_id, _subtract(before.quantity, quantity))
        self.send(
            self._broker,
            FillCorrected(order_id=fill.order_id, before=before, fill=fill, reason=message.reason, time=self.now),
        )

    # --- inside ---------------------------------------------------------------------------------------------------

    def _kept(self, fill_id: str) -> KeptFill | None:
        """Return an execution and its order; the last one where none is named."""
        fills = self._kept_fills
        if not fills:
            return None
        return fills.get(fill_id or next(reversed(fills)))

    def _wrong_correction(self, before: Fill, child: ChildOrder, quantity: Decimal, price: Decimal) -> Refusal | None:
        """Return why an execution cannot have been so, or None."""
        instrument = self._instruments[before.symbol]
        if not (quantity.is_finite() and quantity > _ZERO):
            return Refusal(code="QUANTITY_NOT_POSITIVE", text=f"quantity must be a number above 0, was {quantity}")
        if remainder(quantity, instrument.lot) != 0:
            text = f"quantity must be a whole number of lots of {instrument.lot}, was {quantity}"
            return Refusal(code="OFF_LOT", text=text)
        book = self._book(before.symbol)
        leaves = None if book is None else book.leaves(child.child_id)
        most = _add(before.quantity, leaves or _ZERO)
        if quantity > most:
            return Refusal(code="OVERFILL", text=f"fill {before.fill_id}: limit={most}, was={quantity}")
        limit = self._resting.get(child.child_id, child).limit_price
        buys = before.side is Side.BUY
        if limit is not None and (price > limit if buys else price < limit):
            return Refusal(code="FILL_THROUGH_LIMIT", text=f"fill {before.fill_id}: limit={limit}, was={price}")
        return bad_price("price", price, instrument)

    def _work_again(self, child_id: str, quantity: Decimal) -> None:
        """Put a quantity of an order that rests back on the book, or take one off it where it is negative."""
        child = self._resting.get(child_id)
        if child is None or not quantity:
            return
        book = self._book(child.symbol)
        assert book is not None
        outcome = book.replace(child_id, _add(child.quantity, quantity), None, None)
        assert isinstance(outcome, Replaced), f"{self._venue} cannot put {quantity} of {child_id} back: {outcome}"
        self._resting[child_id] = outcome.child
        self._put_back[child_id] = _add(self._put_back.get(child_id, _ZERO), quantity)
        if not outcome.leaves:
            self._forget(outcome.child)

    def _refuse_replace(self, message: ReplaceChild, order_id: str, refusal: Refusal) -> None:
        self.send(
            self._broker,
            ChildReplaceRejected(
                child_id=message.child_id,
                order_id=order_id,
                venue=self._venue,
                code=refusal.code,
                text=refusal.text,
                time=self.now,
                for_group=message.for_group,
            ),
        )

    def _refuse_correction(self, fill_id: str, refusal: Refusal) -> None:
        self.publish(
            TradeCorrectionRefused(
                venue=self._venue, fill_id=fill_id, code=refusal.code, text=refusal.text, time=self.now
            )
        )

    @abc.abstractmethod
    def _fee_of(self, kept: KeptFill, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what an execution costs, had it been of another quantity or price."""

    @abc.abstractmethod
    def _book(self, symbol: str) -> AnyBook | None:
        """Return the book of a symbol, or None."""

    @abc.abstractmethod
    def _look_again(self, symbol: str) -> None:
        """Match what has changed against the market as it stands, where that has a state and not only events."""


def _unknown(fill_id: str) -> Refusal:
    return Refusal(code="UNKNOWN_FILL", text=f"no execution {fill_id}" if fill_id else "no execution so far")
