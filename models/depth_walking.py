"""What is taken to stand behind the best price of a quote: so many ticks, each with a part of the displayed size."""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import ChildOrder, Side

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


@attrs.define(eq=False)
class Depth:
    """The ticks behind one quote, and what of them is left.

    Attributes:
        instrument: whose ticks they are.
        ticks: how many there are.
        size: what stands on each, as a multiple of the displayed size, or None for no bound.
        left: what orders have left where they took something, by whether they sell and how many ticks away.
    """

    instrument: Instrument
    ticks: int
    size: Decimal | None
    left: dict[tuple[bool, int], Decimal] = attrs.field(factory=dict)

    def steps(
        self, child: ChildOrder, far: float, displayed: float, wanted: Decimal
    ) -> list[tuple[int, Decimal, Decimal]]:
        """Return the ticks on which an order may walk: how many away, price, and quantity there.

        Args:
            child: the order; its limit, and zero where the instrument requires prices above it, end the walk.
            far: the best price, where the walk begins.
            displayed: size at the best price.
            wanted: what the best price did not give.
        """
        found: list[tuple[int, Decimal, Decimal]] = []
        instrument, buys, limit = self.instrument, child.side is Side.BUY, child.limit_price
        edge = instrument.price(far, child.side)
        full = None if self.size is None else instrument.quantity(_multiply(Decimal(repr(displayed)), self.size))
        for step in range(1, self.ticks + 1):
            if wanted <= _ZERO:
                break
            away = _multiply(instrument.tick, Decimal(step))
            price = _add(edge, away) if buys else _subtract(edge, away)
            if limit is not None and (price > limit if buys else price < limit):
                break
            if price <= _ZERO and not instrument.price_may_be_negative:
                break
            there = wanted if full is None else self.left.get((not buys, step), full)
            found.append((step, price, there))
            wanted = _subtract(wanted, there)
        return found

    def take(self, child: ChildOrder, step: int, rest: Decimal) -> None:
        """Take note of what an order has left on a tick."""
        if self.size is not None:
            self.left[child.side is not Side.BUY, step] = rest
