"""The grammar of venues."""

from tradepit.models.orders import OrderKind
from tradepit.scenarios.cost_forms import COMMISSION, FEE_CURRENCY, SLIPPAGE
from tradepit.scenarios.forms import Either, Key, Record, Tagged
from tradepit.scenarios.latency_text import LATENCY_PATTERN, read_latency, write_latency
from tradepit.scenarios.scalar_forms import Choice, Flag, UnitText, Words
from tradepit.scenarios.unit_forms import PART_OR_NONE
from tradepit.scenarios.validation_forms import ListOfNames
from tradepit.scenarios.venue_tree import (
    BarPath,
    BarsMatching,
    MarketPrice,
    QuotesMatching,
    VenueLatency,
    VenueSpec,
)

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
        Key("fee_currency", FEE_CURRENCY),
        Key("order_types", ListOfNames(Choice(OrderKind), "kinds", 1)),
    ),
)
