"""Trades by lots: each fill that opens or adds is a lot; each fill that reduces closes lots, oldest or newest first.

`round_trips` has the trades from flat to flat. The rules here are those of QuantConnect LEAN's `TradeBuilder`: fill to
fill gives one trade for each lot that a fill closes, flat to reduced one for each fill that reduces the position, at
the average price of the lots that it closes. A fee is booked whole to the first trade that uses its fill.

At average cost there is one lot, and each fill that reduces it makes a trade. A part of a lot costs its part of what
the lot cost, to 12 decimals as in the books; the last part costs the rest, so that the sum is exact.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.inverse_positions import turned, turned_back
from tradepit.models.orders import Fill, Side
from tradepit.models.positions import round_cost, scaled
from tradepit.models.price_path import PriceStretch
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # sums never round, whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_divide: Final = Context(prec=60).divide
_shown: Final = Context(prec=28).divide


class TradeMatching(StrEnum):
    """How fills become trades."""

    FLAT_TO_FLAT = "flat_to_flat"
    FIFO = "fifo"
    LIFO = "lifo"
    REDUCED_FIFO = "reduced_fifo"
    REDUCED_LIFO = "reduced_lifo"
    AVERAGE = "average"


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
        quantity: what is left of it.
        cost: what that cost, the multiplier left out.
        fee: what is not yet booked of its fee.
        prices: from its entry to that of the next lot.
        fills: how many made it, until it was part of a trade; 0 for one that was held at the start.
    """

    strategy: str
    time: int
    quantity: Decimal
    cost: Decimal
    fee: Decimal
    prices: PriceStretch
    fills: int = 1


@attrs.define
class _Part:
    """A part of a lot that a fill closed."""

    lot: _Lot
    quantity: Decimal
    cost: Decimal
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

    __slots__ = (
        "_averages",
        "_by_position",
        "_lots",
        "_multiplier",
        "_newest_first",
        "_prices",
        "_side",
        "_symbol",
        "_whole",
    )

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
        self._averages = matching is TradeMatching.AVERAGE
        self._by_position = excursions is Excursions.POSITION
        self._side = Side.BUY
        self._lots: list[_Lot] = []
        self._prices = PriceStretch(0.0, 0.0)  # of the whole position

    @property
    def is_open(self) -> bool:
        """Tell whether a lot is open."""
        return bool(self._lots)

    @property
    def is_long(self) -> bool:
        """Tell whether what is open gains when the price rises."""
        return self._side is Side.BUY

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

    def split(self, new: Decimal, old: Decimal) -> None:
        """Turn every `old` units of what is open into `new`, at the same values."""
        shrinks = float(old) / float(new)
        for lot in self._lots:
            lot.quantity = scaled(lot.quantity, new, old)
            lot.prices = lot.prices.times(shrinks)
        self._prices = self._prices.times(shrinks)

    def renamed(self, symbol: str) -> None:
        """Go on under another symbol."""
        self._symbol = symbol

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
            self._open(fill.strategy, fill.time, self._paid(fill.price), fill.quantity, fill.fee)
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
            self._open(fill.strategy, fill.time, self._paid(fill.price), left, _ZERO)
        return trades

    def _paid(self, price: Decimal) -> Decimal:
        """Return the price at which profit is reckoned."""
        return price

    def _quoted(self, price: Decimal) -> Decimal:
        """Return the price that `_paid` made of it."""
        return price

    def _open(self, strategy: str, time: int, price: Decimal, quantity: Decimal, fee: Decimal) -> None:
        level = float(price)
        if not self._lots:
            self._prices = PriceStretch(level, level)
        elif self._averages:
            (lot,) = self._lots
            lot.quantity, lot.fee, lot.fills = _add(lot.quantity, quantity), _add(lot.fee, fee), lot.fills + 1
            lot.cost = _add(lot.cost, _multiply(quantity, price))
            return
        cost = _multiply(quantity, price)
        self._lots.append(_Lot(strategy, time, quantity, cost, fee, PriceStretch(level, level)))

    def _take(self, most: Decimal) -> _Part:
        """Take at most a quantity out of the lot whose turn it is."""
        index = len(self._lots) - 1 if self._newest_first else 0
        lot = self._lots[index]
        prices = lot.prices
        for later in self._lots[index + 1 :]:
            prices = prices.then(later.prices)
        quantity = min(lot.quantity, most)
        share = _divide(_multiply(lot.cost, quantity), lot.quantity)
        cost = lot.cost if quantity == lot.quantity else round_cost(share)
        part = _Part(lot, quantity, cost, lot.fee, prices, lot.fills)
        lot.quantity, lot.cost = _subtract(lot.quantity, quantity), _subtract(lot.cost, cost)
        lot.fee, lot.fills = _ZERO, 0
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
            cost = _add(cost, part.cost)
            fees = _add(fees, part.fee)
            fills += part.fills
        proceeds = _multiply(quantity, self._paid(fill.price))
        gained = _subtract(proceeds, cost) if self._side is Side.BUY else _subtract(cost, proceeds)
        gross = _multiply(gained, self._multiplier)
        worst = best = drawdown = 0.0
        for part in parts:
            prices = self._prices if self._by_position else part.prices
            entry, units = float(_shown(part.cost, part.quantity)), float(part.quantity) * float(self._multiplier)
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
            entry_price=self._quoted(_shown(cost, quantity)),
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


class InverseLotTradeBuilder(LotTradeBuilder):
    """The same for an inverse contract: profit is quantity x multiplier x (1/entry - 1/exit), in the base currency."""

    __slots__ = ()

    def hold(self, time: int, signed_quantity: Decimal, price: Decimal) -> None:
        """Begin with a position that was held at the start of the run."""
        super().hold(time, signed_quantity, turned(price))

    def mark(self, price: float) -> None:
        """Take in an observed price."""
        if price > 0:
            super().mark(-1.0 / price)

    def _paid(self, price: Decimal) -> Decimal:
        return turned(price)

    def _quoted(self, price: Decimal) -> Decimal:
        return turned_back(price)


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
