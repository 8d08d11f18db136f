"""The grammar of venues and of what trading at them costs."""

from decimal import Decimal

from tradepit.scenarios.forms import Either, Key, Record, Tagged
from tradepit.scenarios.latency_text import LATENCY_PATTERN, read_latency, write_latency
from tradepit.scenarios.rates import (
    FEE_PATTERN,
    RATE_PATTERN,
    SLIPPAGE_PATTERN,
    read_fee,
    read_rate,
    read_slippage,
    write_fee,
    write_rate,
    write_slippage,
)
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, UnitText, Words
from tradepit.scenarios.unit_forms import PART, PART_OR_NONE
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    PER_SHARE_PATTERN,
    read_fraction,
    read_per,
    write_fraction,
    write_per,
)
from tradepit.scenarios.venue_tree import (
    BarPath,
    BarsMatching,
    CostsSpec,
    MakerTakerFee,
    MarketPrice,
    PercentFee,
    PerShareFee,
    QuotesMatching,
    VenueLatency,
    VenueSpec,
)

# --- fees -------------------------------------------------------------------------------------------------------


def _read_per_share(text: str) -> Decimal:
    return read_per(text, "share")


def _write_per_share(rate: Decimal) -> str:
    return write_per(rate, "share")


def _check_bounds(fee: PercentFee | PerShareFee, spot: Spot, reading: Reading) -> None:
    if fee.maximum is not None and fee.maximum < fee.minimum:
        raise reading.refuse(spot.entry("maximum"), f"maximum is at least the minimum of {fee.minimum}")


_AMOUNT = Number(at_least=0)
_RATE = UnitText(
    read_rate,
    write_rate,
    RATE_PATTERN,
    ("a rate is at most 100%", lambda fee: isinstance(fee, PerShareFee) or abs(fee.percent) <= 1),
)
_PERCENT = Record(
    PercentFee,
    (
        Key("percent", UnitText(
            read_fraction, write_fraction, FRACTION_PATTERN,
            ("fees lie between 0% and 100%", lambda fraction: 0 <= fraction <= 1)), required=True),
        Key("minimum", _AMOUNT),
        Key("maximum", _AMOUNT),
    ),
    _check_bounds,
)  # fmt: skip
_PER_SHARE = Record(
    PerShareFee,
    (
        Key("per_share", UnitText(
            _read_per_share, _write_per_share, PER_SHARE_PATTERN,
            ("fees are at least 0", lambda rate: rate >= 0)), required=True),
        Key("minimum", _AMOUNT),
        Key("maximum", _AMOUNT),
        Key("cap", PART),
    ),
    _check_bounds,
)  # fmt: skip
_MAKER_TAKER = Record(
    MakerTakerFee,
    (
        Key("maker", _RATE, required=True, example="write maker: -0.0020/share"),
        Key("taker", _RATE, required=True, example="write taker: 0.0030/share"),
    ),
)


COMMISSION = Either(
    UnitText(
        read_fee,
        write_fee,
        FEE_PATTERN,
        ("fees are at most 100%", lambda fee: not isinstance(fee, PercentFee) or fee.percent <= 1),
    ),
    Tagged(
        "fees",
        ((("per_share",), _PER_SHARE), (("percent",), _PERCENT), (("maker", "taker"), _MAKER_TAKER)),
    ),
)
SLIPPAGE = UnitText(read_slippage, write_slippage, SLIPPAGE_PATTERN)
COSTS = Record(CostsSpec, (Key("commission", COMMISSION), Key("slippage", SLIPPAGE)))

# --- matching ---------------------------------------------------------------------------------------------------

_BARS = Record(
    BarsMatching,
    (
        Key("path", Choice(BarPath)),
        Key("market_price", Choice(MarketPrice)),
        Key("max_volume_share", PART_OR_NONE),
        Key("touch_fills", Flag()),
    ),
)
MATCHING = Either(
    Words((("bars", BarsMatching()), ("quotes", QuotesMatching()))),
    Tagged(
        "matching",
        (
            (("bars",), Record(BarsMatching, (Key("bars", _BARS, required=True, spread=True),))),
            (
                ("quotes",),
                Record(QuotesMatching, (Key("quotes", Record(QuotesMatching, ()), required=True, spread=True),)),
            ),
        ),
    ),
)

# --- the venue --------------------------------------------------------------------------------------------------

LATENCY = UnitText(read_latency, write_latency, LATENCY_PATTERN)
VENUE = Record(
    VenueSpec,
    (
        Key("matching", MATCHING),
        Key("fees", COMMISSION),
        Key("latency", Record(VenueLatency, (Key("order", LATENCY), Key("data", LATENCY)))),
        Key("slippage", SLIPPAGE),
    ),
)
