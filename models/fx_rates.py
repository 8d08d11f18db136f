"""Rates of exchange from the prices of currency pairs: straight, inverted and crossed.

A pair is an instrument that says its base currency: EURUSD with base EUR and currency USD says how many USD one EUR
is. What has no pair with the account's currency is crossed over the fewest pairs that lead there; of two ways of the
same length the one whose pairs stand first counts.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)
_QUOTIENT: Final = Context(prec=28)


class Rates:
    """The last rate of each currency into the account's.

    Attributes:
        home: the account's currency.
    """

    __slots__ = ("_paths", "_prices", "home")

    def __init__(
        self, home: str, pairs: Mapping[str, tuple[str, str]], opening: Mapping[str, Decimal] | None = None
    ) -> None:
        """Find the way from each currency to the account's.

        Args:
            home: the account's currency.
            pairs: by symbol, base and quote currency.
            opening: by symbol, price before the first is seen.
        """
        self.home = home
        self._prices: dict[str, Decimal] = {symbol: price for symbol, price in (opening or {}).items() if price > 0}
        self._paths: dict[str, tuple[tuple[str, bool], ...]] = {home: ()}
        reached = [home]
        for currency in reached:  # grows as it goes: the nearest first
            for symbol, (base, quote) in pairs.items():
                for start, end, inverted in ((base, quote, False), (quote, base, True)):
                    if end == currency and start not in self._paths:
                        self._paths[start] = ((symbol, inverted), *self._paths[currency])
                        reached.append(start)

    @property
    def currencies(self) -> list[str]:
        """Return the currencies that can be converted, the account's first."""
        return list(self._paths)

    def observe(self, symbol: str, price: float) -> None:
        """Take in a pair's price; one at or below zero is no rate and changes nothing."""
        if price > 0:
            self._prices[symbol] = Decimal(repr(price))

    def rate(self, currency: str) -> Decimal | None:
        """Return how much of the account's currency one unit is, or None before every price on the way was seen."""
        path = self._paths.get(currency)
        if path is None:
            return None
        straight = inverse = _ONE
        for symbol, inverted in path:
            price = self._prices.get(symbol)
            if price is None:
                return None
            if inverted:
                inverse = _EXACT.multiply(inverse, price)
            else:
                straight = _EXACT.multiply(straight, price)
        return straight if inverse == _ONE else _QUOTIENT.divide(straight, inverse)

    def between(self, start: str, end: str) -> Decimal | None:
        """Return how much of one currency a unit of another is, crossed through the account's."""
        one, other = self.rate(start), self.rate(end)
        if one is None or other is None:
            return None
        return one if end == self.home else _QUOTIENT.divide(one, other)
