"""The part of the scenario tree that says what a venue is: matching, fees, slippage, latency."""

from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.scenarios.exact import exact, exact_or_none
from tradepit.scenarios.latency_tree import NO_LATENCY, AnyLatency

# --- matching ---------------------------------------------------------------------------------------------------


class BarPath(StrEnum):
    """In which order the prices inside one bar are met."""

    ADAPTIVE = "adaptive"
    OHLC = "ohlc"
    OLHC = "olhc"
    WORST = "worst"


class MarketPrice(StrEnum):
    """At which price of the bar a market order fills."""

    OPEN = "open"
    CLOSE = "close"
    WORST = "worst"
    MIDPOINT = "midpoint"
    VWAP = "vwap"


@attrs.frozen(kw_only=True)
class BarsMatching:
    """Matching on bars.

    Attributes:
        path: in which order the prices inside one bar are met.
        market_price: at which price of the bar a market order fills.
        max_volume_share: fraction of a bar's volume that our orders get at most; None, written `none`, has no bound.
        touch_fills: whether a limit order fills when the market touches its limit exactly.
    """

    path: BarPath = attrs.field(default=BarPath.ADAPTIVE, converter=BarPath)
    market_price: MarketPrice = attrs.field(default=MarketPrice.OPEN, converter=MarketPrice)
    max_volume_share: Decimal | None = attrs.field(default=Decimal("0.1"), converter=exact_or_none)
    touch_fills: bool = True


@attrs.frozen(kw_only=True)
class QuotesMatching:
    """Matching on the best bid and offer: an order takes what the far side shows."""


MatchingSpec = BarsMatching | QuotesMatching

# --- fees -------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class NoFee:
    """No commission; written `none`."""


@attrs.frozen(kw_only=True)
class PerOrderFee:
    """A fixed commission for each order that fills; written `1.00/order`.

    Attributes:
        amount: in the instrument's currency, once per order.
    """

    amount: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PercentFee:
    """A commission on the value of each fill; written `0.2%`, or as a mapping with `percent`.

    Attributes:
        percent: fraction of the value: 0.002 is 0.2%; negative for a rebate.
        minimum: least commission of one order, in the instrument's currency.
        maximum: most commission of one order, or None.
    """

    percent: Decimal = attrs.field(converter=exact)
    minimum: Decimal = attrs.field(default=Decimal(0), converter=exact)
    maximum: Decimal | None = attrs.field(default=None, converter=exact_or_none)


@attrs.frozen(kw_only=True)
class PerShareFee:
    """A commission on each unit of quantity; written `0.005/share`, or as a mapping with `per_share`.

    Attributes:
        per_share: in the instrument's currency for one unit; negative for a rebate.
        minimum: least commission of one order.
        maximum: most commission of one order, or None.
        cap: most commission as a fraction of the order's value, or None; the cap wins over the minimum.
    """

    per_share: Decimal = attrs.field(converter=exact)
    minimum: Decimal = attrs.field(default=Decimal(0), converter=exact)
    maximum: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    cap: Decimal | None = attrs.field(default=None, converter=exact_or_none)


@attrs.frozen(kw_only=True)
class MakerTakerFee:
    """One rate for what made liquidity, another for what took it; negative rates are rebates.

    Attributes:
        maker: rate of fills that rested; a plain rate, without minimum, maximum or cap.
        taker: rate of fills that took; a plain rate.
    """

    maker: PercentFee | PerShareFee
    taker: PercentFee | PerShareFee = attrs.field()

    @taker.validator
    def _check_rates(self, _attribute: object, taker: PercentFee | PerShareFee) -> None:
        if type(self.maker) is not type(taker):
            raise ValueError("maker and taker have the same unit, /share or %")
        for rate in (self.maker, taker):
            if rate.minimum != 0 or rate.maximum is not None or getattr(rate, "cap", None) is not None:
                raise ValueError("maker and taker are plain rates, without minimum, maximum and cap")


FeeSpec = NoFee | PerOrderFee | PercentFee | PerShareFee | MakerTakerFee

# --- slippage ---------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class NoSlippage:
    """Orders fill at the price that matching found; written `none`."""


@attrs.frozen(kw_only=True)
class BpsSlippage:
    """The price moves against the order by a part of itself; written `3bps` or `0.03%`.

    Attributes:
        bps: hundredths of a percent.
    """

    bps: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PriceSlippage:
    """The price moves against the order by a fixed amount; written `0.01/share`.

    Attributes:
        amount: in the instrument's currency for one unit.
    """

    amount: Decimal = attrs.field(converter=exact)


SlippageSpec = NoSlippage | BpsSlippage | PriceSlippage


@attrs.frozen(kw_only=True)
class CostsSpec:
    """What trading costs at the venues that say nothing themselves.

    Attributes:
        commission: fees.
        slippage: how far fills are from the price that matching found.
    """

    commission: FeeSpec = NoFee()
    slippage: SlippageSpec = NoSlippage()


# --- latency ----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class VenueLatency:
    """The latencies of one venue.

    Attributes:
        order: of our orders and cancels on their way to the venue.
        data: of the venue's reports on their way back to us.
    """

    order: AnyLatency = NO_LATENCY
    data: AnyLatency = NO_LATENCY


@attrs.frozen(kw_only=True)
class VenueSpec:
    """One venue.

    Attributes:
        matching: how orders meet the market; None takes what the sources give (bars or quotes).
        fees: what a fill costs; None takes `costs.commission`.
        latency: how far away it is.
        slippage: None takes `costs.slippage`.
    """

    matching: MatchingSpec | None = None
    fees: FeeSpec | None = None
    latency: VenueLatency = VenueLatency()
    slippage: SlippageSpec | None = None
