"""What excursions need of the prices that a position has seen: four numbers for each stretch, and stretches add up."""

import attrs


@attrs.define
class PriceStretch:
    """Prices from one instant on.

    Attributes:
        low: lowest.
        high: highest.
        fall: largest fall from a price to a later one, 0 or above.
        rise: largest rise from a price to a later one, 0 or above.
    """

    low: float
    high: float
    fall: float = 0.0
    rise: float = 0.0

    def mark(self, price: float) -> None:
        """Take in the next price."""
        if self.high - price > self.fall:
            self.fall = self.high - price
        if price - self.low > self.rise:
            self.rise = price - self.low
        if price < self.low:
            self.low = price
        if price > self.high:
            self.high = price

    def times(self, factor: float) -> "PriceStretch":
        """Return the same prices for another unit, as after a split."""
        return PriceStretch(self.low * factor, self.high * factor, self.fall * factor, self.rise * factor)

    def then(self, later: "PriceStretch") -> "PriceStretch":
        """Return this stretch and the one that follows it as one."""
        return PriceStretch(
            min(self.low, later.low),
            max(self.high, later.high),
            max(self.fall, later.fall, self.high - later.low),
            max(self.rise, later.rise, later.high - self.low),
        )
