"""Trades by lots: each fill that opens or adds is a lot; each fill that reduces closes lots, oldest or newest first.

`round_trips` has the trades from flat to flat. The rules here are those of QuantConnect LEAN's `TradeBuilder`: fill to
fill gives one trade for each lot that a fill closes, flat to reduced one for each fill that reduces the position, at
the average price of the lots that it closes. A fee is booked whole to the first trade that uses its fill.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.orders import Fill, Side
from tradepit.models.price_path import PriceStretch
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # sums never round, whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_shown: Final = Context(prec=28).divide


class TradeMatching(StrEnum):
    """How fills become trades."""

    FLAT_TO_FLAT = "flat_to_flat"
    FIFO = "fifo"
    LIFO = "lifo"
    REDUCED_FIFO = "reduced_fifo"
    REDUCED_LIFO = "reduced_lifo"


class Excursions(StrEnum):
    """Since when the prices of a trade's excursions count: its own entry, or the position's opening as in LEAN."""

    ENTRY = "entry"
    POSITION = "position"


@attrs.define
class _Lot:
    """What is left of a fill that opened or added.

    Attributes:
        strategy: whose fill it was.
        time: of the fill, ns since the Unix epoch.
        price: of each unit.
        quantity: what is left of it.
        fee: what is not yet booked of its fee.
        prices: from its entry to that of the next lot.
        fills: 1 until the lot was part of a trade, or 0 for one that was held at the start.
    """

    strategy: str
    time: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    prices: PriceStretch
    fills: int = 1


@attrs.define
class _Part:
    """A part of a lot that a fill closed."""

    lot: _Lot
    quantity: Decimal
    fee: Decimal
    prices: PriceStretch
    fills: int


class LotTradeBuilder:
    """Makes the trades of one symbol by lots; a mark costs the same however many lots are open.

    Args:
        symbol: the instrument.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        matching: how fills become trades; not from flat to flat, which `RoundTripBuilder` does.
        excursions: since when prices count.

    Raises:
        ValueError: the matching is from flat to flat.
    """

    __slots__ = ("_by_position", "_lots", "_multiplier", "_newest_first", "_prices", "_side", "_symbol", "_whole")

    def __init__(
        self,
        symbol: str,
        multiplier: Decimal = Decimal(1),
        matching: TradeMatching = TradeMatching.FIFO,
        excursions: Excursions = Excursions.ENTRY,
    ) -> None:
        if matching is TradeMatching.FLAT_TO_FLAT:
            raise ValueError("matching must be by lots, was flat_to_flat; RoundTripBuilder makes those trades")
        self._symbol = symbol
        self._multiplier = multiplier
        self._newest_first = matching in (TradeMatching.LIFO, TradeMatching.REDUCED_LIFO)
        self._whole = matching in (TradeMatching.REDUCED_FIFO, TradeMatching.REDUCED_LIFO)
        self._by_position = excursions is Excursions.POSITION
        self._side = Side.BUY
        self._lots: list[_Lot] = []
        self._prices = PriceStretch(0.0, 0.0)  # of the whole position

    @property
    def is_open(self) -> bool:
        """Tell whether a lot is open."""
        return bool(self._lots)

    @property
    def entry_time(self) -> int | None:
        """Return when the oldest open lot was bought or sold short, ns since the Unix epoch, or None when flat."""
        return min(lot.time for lot in self._lots) if self._lots else None

    def hold(self, time: int, signed_quantity: Decimal, price: Decimal) -> None:
        """Begin with a position that was held at the start of the run, one lot at `price`, free of fees.

        Raises:
            ValueError: a lot is open already.
        """
        if self._lots:
            raise ValueError(f"{self._symbol}: a held position must come before any fill")
        if signed_quantity:
            self._side = Side.BUY if signed_quantity > 0 else Side.SELL
            self._open("", time, price, signed_quantity.copy_abs(), _ZERO)
            self._lots[0].fills = 0

    def mark(self, price: float) -> None:
        """Take in an observed price, for the excursions; nothing happens while flat."""
        if self._lots:
            self._lots[-1].prices.mark(price)
            self._prices.mark(price)

    def add(self, fill: Fill) -> tuple[RoundTrip, ...]:
        """Take in a fill; return the trades that it closed, in the order in which their lots were closed.

        Raises:
            ValueError: the fill is of another symbol or its quantity is not above zero.
        """
        if fill.symbol != self._symbol:
            raise ValueError(f"fill {fill.fill_id} must be of {self._symbol}, was of {fill.symbol}")
        if not fill.quantity > _ZERO:
            raise ValueError(f"fill {fill.fill_id}: quantity must be above 0, was {fill.quantity}")
        self.mark(float(fill.price))
        if not self._lots:
            self._side = fill.side
        if fill.side is self._side:
            self._open(fill.strategy, fill.time, fill.price, fill.quantity, fill.fee)
            return ()
        left, parts = fill.quantity, list[_Part]()
        while self._lots and left:
            part = self._take(left)
            left = _subtract(left, part.quantity)
            parts.append(part)
        trades = (
            (self._trade(parts, fill, fill.fee),)
            if self._whole
            else tuple(self._trade([part], fill, _ZERO if number else fill.fee) for number, part in enumerate(parts))
        )
        if left:  # through zero: what is left opens the other way, its fee booked already
            self._side = fill.side
            self._open(fill.strategy, fill.time, fill.price, left, _ZERO)
        return trades

    def _open(self, strategy: str, time: int, price: Decimal, quantity: Decimal, fee: Decimal) -> None:
        level = float(price)
        if not self._lots:
            self._prices = PriceStretch(level, level)
        self._lots.append(_Lot(strategy, time, price, quantity, fee, PriceStretch(level, level)))

    def _take(self, most: Decimal) -> _Part:
        """Take at most a quantity out of the lot whose turn it is."""
        index = len(self._lots) - 1 if self._newest_first else 0
        lot = self._lots[index]
        prices = lot.prices
        for later in self._lots[index + 1 :]:
            prices = prices.then(later.prices)
        part = _Part(lot, min(lot.quantity, most), lot.fee, prices, lot.fills)
        lot.quantity, lot.fee, lot.fills = _subtract(lot.quantity, part.quantity), _ZERO, 0
        if not lot.quantity:
            del self._lots[index]
            if index:
                self._lots[-1].prices = self._lots[-1].prices.then(lot.prices)
        return part

    def _trade(self, parts: Sequence[_Part], fill: Fill, fee: Decimal) -> RoundTrip:
        quantity = cost = _ZERO
        fees, fills = fee, 1
        for part in parts:
            quantity = _add(quantity, part.quantity)
            cost = _add(cost, _multiply(part.quantity, part.lot.price))
            fees = _add(fees, part.fee)
            fills += part.fills
        proceeds = _multiply(quantity, fill.price)
        gained = _subtract(proceeds, cost) if self._side is Side.BUY else _subtract(cost, proceeds)
        gross = _multiply(gained, self._multiplier)
        worst = best = drawdown = 0.0
        for part in parts:
            prices = self._prices if self._by_position else part.prices
            entry, units = float(part.lot.price), float(part.quantity) * float(self._multiplier)
            down, up = (prices.low - entry) * units, (prices.high - entry) * units
            worst += down if self._side is Side.BUY else -up
            best += up if self._side is Side.BUY else -down
            drawdown += (prices.fall if self._side is Side.BUY else prices.rise) * units
        first = min(parts, key=lambda part: part.lot.time).lot
        return RoundTrip(
            symbol=self._symbol,
            strategy=first.strategy,
            side=self._side,
            quantity=quantity,
            entry_time=first.time,
            exit_time=fill.time,
            entry_price=_shown(cost, quantity),
            exit_price=fill.price,
            entry_value=_multiply(cost, self._multiplier).copy_abs(),
            gross_pnl=gross,
            fees=fees,
            net_pnl=_subtract(gross, fees),
            mae=worst + 0.0,
            mfe=best + 0.0,
            drawdown=drawdown,
            fills=fills,
        )


def trades_of(
    fills: Iterable[Fill],
    matching: TradeMatching | str = TradeMatching.FLAT_TO_FLAT,
    *,
    multiplier: Decimal = Decimal(1),
    excursions: Excursions | str = Excursions.ENTRY,
) -> list[RoundTrip]:
    """Return the trades that fills make, of every symbol among them, in the order of their exits.

    Excursions go by the prices of the fills alone; a builder that is given marks sees more.

    Args:
        fills: in the order of time.
        matching: how they become trades, by name.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        excursions: for trades by lots, since when prices count.

    Raises:
        ValueError: there is no such matching, or a quantity is not above zero.
    """
    how, since = TradeMatching(matching), Excursions(excursions)
    trips: dict[str, RoundTripBuilder] = {}
    lots: dict[str, LotTradeBuilder] = {}
    trades: list[RoundTrip] = []
    for fill in fills:
        symbol = fill.symbol
        if how is TradeMatching.FLAT_TO_FLAT:
            trip = trips.setdefault(symbol, RoundTripBuilder(symbol, multiplier)).add(fill)
            trades += () if trip is None else (trip,)
        else:
            trades += lots.setdefault(symbol, LotTradeBuilder(symbol, multiplier, how, since)).add(fill)
    return trades
