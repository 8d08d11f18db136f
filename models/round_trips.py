"""Round trips: from flat to flat, made from fills as they come.

A round trip opens with the first fill out of a flat position and closes with the fill that brings it back to flat or
through to the other side. A fill that goes through closes one trip and opens the next, and its fee is split in
proportion to the quantities. Everything obliged is an exact Decimal; excursions are observations, so floats.
"""

from decimal import Decimal
from typing import Final

import attrs

from tradepit.models.inverse_positions import turned, turned_back
from tradepit.models.orders import Fill, Side
from tradepit.models.positions import scaled
from tradepit.models.values import positional, value

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1).as_tuple()
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


@value
class RoundTrip:
    """A position from flat to flat.

    Attributes:
        symbol: the instrument.
        strategy: whose fill opened it; empty for a position held at the start.
        side: BUY for a long trip, SELL for a short one.
        quantity: sum of all entries, in units of the instrument.
        entry_time: first entry, ns since the Unix epoch.
        exit_time: last exit, ns since the Unix epoch.
        entry_price: average price of all entries.
        exit_price: average price of all exits.
        entry_value: cash value of all entries, multiplier included.
        gross_pnl: profit or loss before fees.
        fees: sum of fees, rebates negative.
        net_pnl: `gross_pnl` less `fees`.
        mae: maximum adverse excursion: lowest open profit before fees, 0 or below.
        mfe: maximum favourable excursion: highest open profit before fees, 0 or above.
        drawdown: largest fall of the open profit from its highest so far, the entry included; 0 or above.
        fills: number of fills that took part.
    """

    symbol: str
    strategy: str
    side: Side
    quantity: Decimal
    entry_time: int
    exit_time: int
    entry_price: Decimal
    exit_price: Decimal
    entry_value: Decimal
    gross_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    mae: float
    mfe: float
    drawdown: float
    fills: int

    @property
    def holding_ns(self) -> int:
        """Return the time from first entry to last exit."""
        return self.exit_time - self.entry_time

    def in_currency(self, rate: Decimal) -> "RoundTrip":
        """Return the trip with its amounts in another currency; prices stay as they were quoted.

        Args:
            rate: how much of that currency a unit of the trip's own is.
        """
        factor = float(rate)
        return _round_trip(
            self.symbol,
            self.strategy,
            self.side,
            self.quantity,
            self.entry_time,
            self.exit_time,
            self.entry_price,
            self.exit_price,
            self.entry_value * rate,
            self.gross_pnl * rate,
            self.fees * rate,
            self.net_pnl * rate,
            self.mae * factor,
            self.mfe * factor,
            self.drawdown * factor,
            self.fills,
        )


_round_trip: Final = positional(RoundTrip)


@attrs.frozen
class TripSoFar:
    """A trip that is under way: what was bought and sold, and how far it went.

    Attributes:
        direction: of its first entry.
        signed: quantity held.
        entries: quantity of all entries.
        bought_value: price times quantity of what was bought.
        sold_value: of what was sold.
        fees: so far.
        fills: how many.
        entry_time: of the first, ns since the Unix epoch.
        least: lowest open profit.
        most: highest.
        largest_fall: from a high to a low after it.
    """

    direction: Side
    signed: Decimal
    entries: Decimal
    bought_value: Decimal
    sold_value: Decimal
    fees: Decimal
    fills: int
    entry_time: int
    least: float
    most: float
    largest_fall: float

    def entered(self, direction: Side) -> Decimal:
        """Return the quantity that went in a direction."""
        return self.entries if self.direction is direction else self.entries - abs(self.signed)


class RoundTripBuilder:
    """Makes the round trips of one symbol, in constant time and memory for each fill and mark.

    Args:
        symbol: the instrument.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
    """

    __slots__ = (
        "_bought_value",
        "_direction",
        "_entered",
        "_entry_time",
        "_fees",
        "_fills",
        "_largest_fall",
        "_least",
        "_most",
        "_multiplier",
        "_multiplies",
        "_settled_cash",
        "_signed",
        "_signed_float",
        "_sold_value",
        "_strategy",
        "_symbol",
    )

    def __init__(self, symbol: str, multiplier: Decimal = Decimal(1)) -> None:
        self._symbol = symbol
        self._multiplier = multiplier
        self._multiplies = multiplier.as_tuple() != _ONE  # a factor of 1 changes no digit
        self._direction = _BUY
        self._signed = self._entered = self._fees = self._bought_value = self._sold_value = _ZERO
        self._entry_time = self._fills = 0
        self._strategy = ""
        self._signed_float = self._settled_cash = self._least = self._most = self._largest_fall = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether a trip is under way."""
        return bool(self._signed)

    @property
    def is_long(self) -> bool:
        """Tell whether a trip is under way that gains when the price rises."""
        return self._signed > _ZERO

    @property
    def entry_time(self) -> int | None:
        """Return when the trip under way began, ns since the Unix epoch, or None when flat."""
        return self._entry_time if self._signed else None

    def hold(self, time: int, signed_quantity: Decimal, price: Decimal) -> None:
        """Begin with a position that was held at the start of the run, taken in at `price`, free of fees.

        Raises:
            ValueError: a trip is under way already.
        """
        if self._signed:
            raise ValueError(f"{self._symbol}: a held position must come before any fill, was at {self._signed}")
        if signed_quantity:
            self._begin(_BUY if signed_quantity > 0 else _SELL, time, "")
            self._take(self._direction, abs(signed_quantity), price, _ZERO)
            self._fills = 0

    def add(self, fill: Fill) -> RoundTrip | None:
        """Take in a fill; return the trip that it closed, if it closed one.

        Raises:
            ValueError: the fill is of another symbol or its quantity is not above zero.
        """
        side, quantity = fill.side, fill.quantity
        if fill.symbol != self._symbol:
            raise ValueError(f"fill {fill.fill_id} must be of {self._symbol}, was of {fill.symbol}")
        if not quantity > _ZERO:
            raise ValueError(f"fill {fill.fill_id}: quantity must be above 0, was {quantity}")
        if not self._signed:
            self._begin(side, fill.time, fill.strategy)
        if side is self._direction:
            self._take(side, quantity, fill.price, fill.fee)
            return None
        held = abs(self._signed)
        if quantity < held:
            self._take(side, quantity, fill.price, fill.fee)
            return None
        closing_fee = fill.fee if quantity == held else fill.fee * held / quantity
        self._take(side, held, fill.price, closing_fee)
        trip = self._close(fill.time)
        if quantity > held:
            self._begin(side, fill.time, fill.strategy)
            self._take(side, quantity - held, fill.price, fill.fee - closing_fee)
        return trip

    def split(self, new: Decimal, old: Decimal) -> None:
        """Turn every `old` units of the trip under way into `new`, at the same values."""
        if self._signed:
            self._signed, self._entered = scaled(self._signed, new, old), scaled(self._entered, new, old)
            self._signed_float = float(self._signed * self._multiplier)

    def renamed(self, symbol: str) -> None:
        """Go on under another symbol."""
        self._symbol = symbol

    def take_over(self, other: "RoundTripBuilder", time: int) -> RoundTrip | None:
        """Go on with the trip of another symbol as well, which has become this one; return the trip if nothing is left.

        Both are one trip from then on, with the entries and exits of both, in the direction of what is left; of each
        excursion the larger counts.
        """
        own, came = self.hand_over(), other.hand_over()
        signed = own.signed + came.signed
        self._direction = direction = own.direction if not signed else _BUY if signed > 0 else _SELL
        self._signed, self._entered = signed, own.entered(direction) + came.entered(direction)
        self._bought_value, self._sold_value = own.bought_value + came.bought_value, own.sold_value + came.sold_value
        self._fees, self._fills = own.fees + came.fees, own.fills + came.fills
        self._entry_time = min(own.entry_time, came.entry_time)
        self._least, self._most = min(own.least, came.least), max(own.most, came.most)
        self._largest_fall = max(own.largest_fall, came.largest_fall)
        cash = self._sold_value - self._bought_value
        self._signed_float, self._settled_cash = float(signed * self._multiplier), float(cash * self._multiplier)
        return None if signed else self._close(time)

    def hand_over(self) -> "TripSoFar":
        """Return the trip that is under way, and forget it."""
        so_far = TripSoFar(
            self._direction,
            self._signed,
            self._entered,
            self._bought_value,
            self._sold_value,
            self._fees,
            self._fills,
            self._entry_time,
            self._least,
            self._most,
            self._largest_fall,
        )
        self._signed, self._signed_float = _ZERO, 0.0
        return so_far

    def mark(self, price: float) -> None:
        """Take in an observed price, for the excursions; nothing happens while flat."""
        signed = self._signed_float
        if signed:
            open_profit = self._settled_cash + signed * price
            most = self._most
            if open_profit > most:
                self._most = open_profit
                return
            if open_profit < self._least:
                self._least = open_profit
            if most - open_profit > self._largest_fall:
                self._largest_fall = most - open_profit

    def _begin(self, side: Side, time: int, strategy: str) -> None:
        self._direction, self._entry_time, self._strategy = side, time, strategy
        self._entered = self._fees = self._bought_value = self._sold_value = _ZERO
        self._fills = 0
        self._least = self._most = self._largest_fall = 0.0

    def _take(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book one side of a fill, and mark what was held until then at the fill's price."""
        if self._signed_float:
            RoundTripBuilder.mark(self, float(price))
        if side is _BUY:
            self._signed = signed = self._signed + quantity
            self._bought_value += quantity * price
        else:
            self._signed = signed = self._signed - quantity
            self._sold_value += quantity * price
        if side is self._direction:
            self._entered += quantity
        self._fees += fee
        self._fills += 1
        if not signed:
            self._signed_float = 0.0  # flat: there is nothing to mark
            return
        cash = self._sold_value - self._bought_value
        if self._multiplies:
            signed, cash = signed * self._multiplier, cash * self._multiplier
        self._signed_float, self._settled_cash = float(signed), float(cash)

    def _close(self, time: int) -> RoundTrip:
        entered, left = self._bought_value, self._sold_value
        gross = left - entered
        if self._direction is _SELL:
            entered, left = left, entered
        entry_value = entered
        if self._multiplies:
            gross, entry_value = gross * self._multiplier, entered * self._multiplier
        return _round_trip(
            self._symbol,
            self._strategy,
            self._direction,
            self._entered,
            self._entry_time,
            time,
            entered / self._entered,
            left / self._entered,
            abs(entry_value),
            gross,
            self._fees,
            gross - self._fees,
            self._least,
            self._most,
            self._largest_fall,
            self._fills,
        )


class InverseRoundTripBuilder(RoundTripBuilder):
    """The same for an inverse contract: profit is quantity x multiplier x (1/entry - 1/exit), in the base currency."""

    __slots__ = ()

    def mark(self, price: float) -> None:
        """Take in an observed price."""
        if price > 0:
            super().mark(-1.0 / price)

    def _take(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        super()._take(side, quantity, turned(price), fee)

    def _close(self, time: int) -> RoundTrip:
        trip = super()._close(time)
        return _round_trip(
            trip.symbol,
            trip.strategy,
            trip.side,
            trip.quantity,
            trip.entry_time,
            trip.exit_time,
            turned_back(trip.entry_price),
            turned_back(trip.exit_price),
            trip.entry_value,
            trip.gross_pnl,
            trip.fees,
            trip.net_pnl,
            trip.mae,
            trip.mfe,
            trip.drawdown,
            trip.fills,
        )
