"""Where an order trades best once fees are counted: venues by net price, and a sweep over several books.

A buyer's net price is price + fee + expected slippage, a seller's price - fee - expected slippage, all for one unit.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.billed_fill import BilledFill, FeeMoment
from tradepit.models.commission import Commission, NoCommission
from tradepit.models.market_state import NOTHING_SHOWN
from tradepit.models.orders import Liquidity, Side
from tradepit.models.slippage import NoSlippage, Slippage

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # of our own: a strategy may narrow the one that all share
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_divide: Final = Context(prec=28).divide


@attrs.frozen(kw_only=True)
class VenueOffer:
    """One price at which a venue trades with an order that takes liquidity.

    Attributes:
        venue: its name.
        price: the displayed price.
        size: quantity to be had at it; for `rank` it may stay 0.
        fee: taker's fee for one unit, in the currency of the price; negative for a rebate.
        slippage: expected slippage of one unit, in the currency of the price.
    """

    venue: str
    price: Decimal
    size: Decimal = _ZERO
    fee: Decimal = _ZERO
    slippage: Decimal = _ZERO

    def net(self, side: Side) -> Decimal:
        """Return what one unit costs a buyer or brings a seller."""
        cost = _add(self.fee, self.slippage)
        return _add(self.price, cost) if side is Side.BUY else _subtract(self.price, cost)


@attrs.frozen(kw_only=True)
class VenueCosts:
    """What an order that takes liquidity costs at one venue.

    Attributes:
        venue: its name.
        commission: the venue's schedule of fees.
        slippage: the slippage that is expected there.
    """

    venue: str
    commission: Commission = attrs.field(factory=NoCommission)
    slippage: Slippage = attrs.field(factory=NoSlippage)

    def offer(
        self, side: Side, quantity: Decimal, price: Decimal, multiplier: Decimal = _ONE, time: int = 0, symbol: str = ""
    ) -> VenueOffer:
        """Return the venue's offer for a whole order at one price: a minimum fee weighs on a small order.

        Not foreseen are what the market will show (so models by share of volume say nothing yet, those by volatility
        take their default), how much was traded of late (a schedule by volume gives its first tier, or that of
        what is traded elsewhere), and exchange rates (a fee in a currency of its own counts as one in the quote).

        Args:
            side: buy or sell.
            quantity: of the order, above zero.
            price: at which it would trade now.
            multiplier: cash value of a price move of 1.00 on a quantity of 1.
            time: now, ns since the Unix epoch, for schedules that change.
            symbol: of the instrument, for schedules that go by it.
        """
        fill = BilledFill(
            side=side,
            quantity=quantity,
            price=price,
            multiplier=multiplier,
            liquidity=Liquidity.TAKER,
            symbol=symbol,
            moment=FeeMoment(time=time),
        )
        fee = self.commission.fee(fill)
        slippage = self.slippage.amount(price, quantity, side, NOTHING_SHOWN)
        return VenueOffer(
            venue=self.venue,
            price=price,
            size=quantity,
            fee=_divide(fee, _multiply(quantity, multiplier)),
            slippage=slippage,
        )


def rank(side: Side, offers: Iterable[VenueOffer]) -> list[VenueOffer]:
    """Return offers from the best net price to the worst; equal ones keep the order in which they were given."""
    return sorted(offers, key=lambda offer: offer.net(side), reverse=side is Side.SELL)


def rank_by_net_price(
    side: Side,
    quantity: Decimal,
    price: float,
    costs: Iterable[VenueCosts],
    multiplier: Decimal = _ONE,
    time: int = 0,
    symbol: str = "",
) -> list[str]:
    """Return venues from the best net price to the worst when all show the same price.

    Args:
        side: buy or sell.
        quantity: of the order, above zero.
        price: the price that all venues show.
        costs: the venues, in the scenario's order, which holds where net prices are equal.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        time: now, ns since the Unix epoch, for schedules that change.
        symbol: of the instrument, for schedules that go by it.
    """
    shown = Decimal(repr(price))
    offers = [cost.offer(side, quantity, shown, multiplier, time, symbol) for cost in costs]
    return [offer.venue for offer in rank(side, offers)]


class SweepBy(StrEnum):
    """Which price a sweep goes by."""

    NET = "NET"
    DISPLAYED = "DISPLAYED"


@attrs.frozen(kw_only=True)
class Allocation:
    """What a sweep takes from one level of one venue.

    Attributes:
        venue: where.
        price: the displayed price.
        quantity: how much.
    """

    venue: str
    price: Decimal
    quantity: Decimal


@attrs.frozen(kw_only=True)
class Sweep:
    """What a sweep takes in all.

    Attributes:
        allocations: by level, in the order in which they were taken.
        unfilled: what no level within the limit was left for.
        notional: sum of price times quantity.
        fees: sum of fees; negative when rebates prevail.
        total: what a buyer pays or a seller gets, fees included; slippage is an expectation and not in it.
    """

    allocations: tuple[Allocation, ...]
    unfilled: Decimal
    notional: Decimal
    fees: Decimal
    total: Decimal


def sweep(
    side: Side,
    quantity: Decimal,
    offers: Sequence[VenueOffer],
    limit: Decimal | None = None,
    by: SweepBy = SweepBy.NET,
) -> Sweep:
    """Allocate a marketable quantity over the displayed levels of several venues, the best price first.

    Going by net price costs a buyer least and brings a seller most, for fees and slippages that are so much for each
    unit: any other allocation of the same quantity takes a unit at a worse net price and leaves a better one.
    Within one venue the levels must be met in their order, which holds by itself: a worse price has a worse net price
    as long as fees do not shrink faster than prices grow.

    Args:
        side: buy or sell.
        quantity: what to trade, above zero.
        offers: the levels of all venues, each with its size; where prices are equal, this order holds.
        limit: worst displayed price that is acceptable, or None.
        by: net price, or displayed price as one does who overlooks fees.
    """
    if limit is not None:
        offers = [offer for offer in offers if (offer.price <= limit if side is Side.BUY else offer.price >= limit)]
    if by is SweepBy.NET:
        ranked = rank(side, offers)
    else:
        ranked = sorted(offers, key=lambda offer: offer.price, reverse=side is Side.SELL)
    taken: list[Allocation] = []
    notional = fees = _ZERO
    for offer in ranked:
        if not quantity:
            break
        size = min(quantity, offer.size)
        if size:
            taken.append(Allocation(venue=offer.venue, price=offer.price, quantity=size))
            notional += size * offer.price
            fees += size * offer.fee
            quantity -= size
    return Sweep(
        allocations=tuple(taken),
        unfilled=quantity,
        notional=notional,
        fees=fees,
        total=notional + fees if side is Side.BUY else notional - fees,
    )
