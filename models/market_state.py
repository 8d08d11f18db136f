"""What the market shows at an execution, for slippage models that ask for more than a price.

A book has a `MarketWatch` only where its slippage model says what it needs; the venue tells it of market data. Nothing
looks ahead: an execution on a bar knows the volatility of the bars before it. The bar's own volume is used, as
zipline and LEAN do, though nobody knows it at the open: an impact by the share of a volume that is still to come is an
estimate in any model.
"""

import math
from collections import deque
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.orders import Side
from tradepit.models.values import uncopied, value

_ZERO: Final = Decimal(0)
_NAN: Final = float("nan")
_BUY: Final = Side.BUY
_add: Final = Context(prec=200).add
_divide: Final = Context(prec=28).divide

WINDOW: Final = 20
"""Returns in a volatility, where a model does not say otherwise."""


@uncopied
@attrs.frozen(kw_only=True)
class Needs:
    """What a slippage model wants to know; volume, and what was taken before, it gets with either.

    Attributes:
        window: number of returns in the volatility, 2 or more; None where it wants no volatility.
        quotes: whether it wants spread and levels.

    Raises:
        ValueError: the window is below 2.
    """

    window: int | None = None
    quotes: bool = False

    def __attrs_post_init__(self) -> None:
        if self.window is not None and self.window < 2:
            raise ValueError(f"window must be 2 or more, was {self.window}")

    def and_those_of(self, other: "Needs") -> "Needs":
        """Return what two models need together.

        Raises:
            ValueError: they want volatilities over different windows, and there is one for each symbol.
        """
        windows = [need.window for need in (self, other) if need.window is not None]
        if len(windows) == 2 and windows[0] != windows[1]:
            raise ValueError(f"window must be the same in all parts of a sum, was {windows[0]} and {windows[1]}")
        return Needs(window=windows[0] if windows else None, quotes=self.quotes or other.quotes)


@value
class MarketState:
    """What the market shows at an execution.

    Attributes:
        volume: the bar's volume, the displayed size of the quote's far side, or the trade's size; NaN where the source
            has none.
        taken: what orders of the same side took from the same bar or quote before.
        spread: ask less bid in the currency of the price; NaN where there are no quotes.
        volatility: sample standard deviation (ddof 1) of the last returns, each from one close to the next, on quotes
            from one mid, on trades from one price to the next: a fraction for each bar, quote or trade, not for a year.
            NaN until there are as many returns as the window wants.
        levels: price and size on the far side, the best first; empty where there are no quotes.
    """

    volume: float = _NAN
    taken: Decimal = _ZERO
    spread: float = _NAN
    volatility: float = _NAN
    levels: tuple[tuple[float, float], ...] = ()

    def share(self, quantity: Decimal) -> Decimal:
        """Return the part of the volume that an execution and those before it make up; 0 where it is unknown."""
        if not self.volume > 0 or math.isinf(self.volume):
            return _ZERO
        return _divide(_add(self.taken, quantity), Decimal(repr(self.volume)))

    def volatility_or(self, otherwise: Decimal) -> Decimal:
        """Return the volatility, or another figure until it is known."""
        return otherwise if math.isnan(self.volatility) else Decimal(repr(self.volatility))


NOTHING_SHOWN: Final = MarketState()


class MarketWatch:
    """Keeps what a symbol's market shows at one venue.

    Attributes:
        hears_all: whether it must hear of every bar and quote, not only of those on which orders rest.
    """

    def __init__(self, needs: Needs) -> None:
        self.hears_all = needs.window is not None
        self._needs = needs
        self._returns: deque[float] = deque(maxlen=needs.window or 1)
        self._last = _NAN  # close, mid or price
        self._bought = self._sold = _ZERO  # by orders that took, from the present bar or quote
        self._quote: Quote | None = None
        self._bar: Bar | None = None  # the last at whose close an order began

    def after_bar(self, bar: Bar) -> None:
        """Hear of a bar on which orders have been matched."""
        self._bought = self._sold = _ZERO
        if self.hears_all and not bar.halted:
            self._moved(bar.close)

    def after_trade(self, trade: Trade) -> None:
        """Hear of a trade on which orders have been matched."""
        self._bought = self._sold = _ZERO
        if self.hears_all:
            self._moved(trade.price)

    def at_close_of(self, bar: Bar) -> None:
        """Hear of the bar at whose close an order begins; the same one again changes nothing."""
        if bar is self._bar or bar == self._bar:
            return
        self._bar = bar
        self._bought = self._sold = _ZERO

    def on_quote(self, quote: Quote) -> None:
        """Hear of a quote on which orders are about to be matched; the same one again changes nothing."""
        if quote is self._quote or quote == self._quote:
            return
        self._quote = quote
        self._bought = self._sold = _ZERO
        if self.hears_all:
            self._moved((quote.bid + quote.ask) / 2)

    def take(self, side: Side, quantity: Decimal, volume: float) -> MarketState:
        """Return what the market shows to an execution, and count its quantity as taken.

        Args:
            side: which way the order goes.
            quantity: executed quantity.
            volume: the bar's volume, or the displayed size.
        """
        state = self.would_take(side, volume)
        if side is _BUY:
            self._bought = _add(self._bought, quantity)
        else:
            self._sold = _add(self._sold, quantity)
        return state

    def would_take(self, side: Side, volume: float) -> MarketState:
        """Return what the market shows to an execution that may come to nothing, and count nothing."""
        taken = self._bought if side is _BUY else self._sold
        quote = self._quote
        if quote is None or not self._needs.quotes:
            return MarketState(volume=volume, taken=taken, volatility=self._volatility())
        far = (quote.ask, quote.ask_size) if side is _BUY else (quote.bid, quote.bid_size)
        return MarketState(
            volume=volume,
            taken=taken,
            spread=quote.ask - quote.bid,
            volatility=self._volatility(),
            levels=(far,),
        )

    def _moved(self, price: float) -> None:
        """Count the return to a price; from or to a price that is no number, and from 0, there is none."""
        last, self._last = self._last, price
        change = (price - last) / abs(last) if last else _NAN  # of the size: prices below zero have returns too
        if math.isfinite(change):
            self._returns.append(change)

    def _volatility(self) -> float:
        count = len(self._returns)
        if not self.hears_all or count != self._needs.window:
            return _NAN
        mean = math.fsum(self._returns) / count
        return math.sqrt(math.fsum([(change - mean) ** 2 for change in self._returns]) / (count - 1))
