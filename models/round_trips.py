"""Round trips: from flat to flat, made from fills as they come.

A round trip opens with the first fill out of a flat position and closes with the fill that brings it back to flat or
through to the other side. A fill that goes through closes one trip and opens the next, and its fee is split in
proportion to the quantities. Everything obliged is an exact Decimal; excursions are observations, so floats.
"""

from decimal import Decimal

from tradepit.models.orders import Fill, Side
from tradepit.models.values import value

_ZERO = Decimal(0)


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
        self._direction = Side.BUY
        self._signed = self._entered = self._fees = self._bought_value = self._sold_value = _ZERO
        self._entry_time = self._fills = 0
        self._strategy = ""
        self._signed_float = self._settled_cash = self._least = self._most = self._largest_fall = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether a trip is under way."""
        return self._signed != 0

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
            self._begin(Side.BUY if signed_quantity > 0 else Side.SELL, time, "")
            self._take(self._direction, abs(signed_quantity), price, _ZERO)
            self._fills = 0

    def add(self, fill: Fill) -> RoundTrip | None:
        """Take in a fill; return the trip that it closed, if it closed one.

        Raises:
            ValueError: the fill is of another symbol or its quantity is not above zero.
        """
        if fill.symbol != self._symbol:
            raise ValueError(f"fill {fill.fill_id} must be of {self._symbol}, was of {fill.symbol}")
        if not fill.quantity > 0:
            raise ValueError(f"fill {fill.fill_id}: quantity must be above 0, was {fill.quantity}")
        if not self._signed:
            self._begin(fill.side, fill.time, fill.strategy)
        held = abs(self._signed)
        if fill.side is self._direction or fill.quantity < held:
            self._take(fill.side, fill.quantity, fill.price, fill.fee)
            return None
        closing_fee = fill.fee if fill.quantity == held else fill.fee * held / fill.quantity
        self._take(fill.side, held, fill.price, closing_fee)
        trip = self._close(fill.time)
        if fill.quantity > held:
            self._begin(fill.side, fill.time, fill.strategy)
            self._take(fill.side, fill.quantity - held, fill.price, fill.fee - closing_fee)
        return trip

    def mark(self, price: float) -> None:
        """Take in an observed price, for the excursions; nothing happens while flat."""
        if self._signed_float:
            open_profit = self._settled_cash + self._signed_float * price
            if open_profit > self._most:
                self._most = open_profit
            else:
                if open_profit < self._least:
                    self._least = open_profit
                if self._most - open_profit > self._largest_fall:
                    self._largest_fall = self._most - open_profit

    def _begin(self, side: Side, time: int, strategy: str) -> None:
        self._direction, self._entry_time, self._strategy = side, time, strategy
        self._entered = self._fees = self._bought_value = self._sold_value = _ZERO
        self._fills = 0
        self._least = self._most = self._largest_fall = 0.0

    def _take(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book one side of a fill, and mark what was held until then at the fill's price."""
        self.mark(float(price))
        if side is Side.BUY:
            self._signed += quantity
            self._bought_value += quantity * price
        else:
            self._signed -= quantity
            self._sold_value += quantity * price
        if side is self._direction:
            self._entered += quantity
        self._fees += fee
        self._fills += 1
        self._signed_float = float(self._signed * self._multiplier)
        self._settled_cash = float((self._sold_value - self._bought_value) * self._multiplier)

    def _close(self, time: int) -> RoundTrip:
        entered, left = self._bought_value, self._sold_value
        if self._direction is Side.SELL:
            entered, left = left, entered
        gross = (self._sold_value - self._bought_value) * self._multiplier
        return RoundTrip(
            symbol=self._symbol,
            strategy=self._strategy,
            side=self._direction,
            quantity=self._entered,
            entry_time=self._entry_time,
            exit_time=time,
            entry_price=entered / self._entered,
            exit_price=left / self._entered,
            entry_value=abs(entered * self._multiplier),
            gross_pnl=gross,
            fees=self._fees,
            net_pnl=gross - self._fees,
            mae=self._least,
            mfe=self._most,
            drawdown=self._largest_fall,
            fills=self._fills,
        )
