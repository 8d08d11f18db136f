"""The grammar of venues."""

from tradepit.models.orders import OrderKind
from tradepit.scenarios.cost_forms import COMMISSION, FEE_CURRENCY, SLIPPAGE
from tradepit.scenarios.forms import Key, Record
from tradepit.scenarios.latency_forms import LATENCY
from tradepit.scenarios.matching_forms import MATCHING
from tradepit.scenarios.matching_tree import SelfTradePrevention
from tradepit.scenarios.scalar_forms import Choice
from tradepit.scenarios.validation_forms import ListOfNames
from tradepit.scenarios.venue_tree import (
    VenueLatency,
    VenueSpec,
)

# --- the venue --------------------------------------------------------------------------------------------------

VENUE = Record(
    VenueSpec,
    (
        Key("matching", MATCHING),
        Key("fees", COMMISSION),
        Key("latency", Record(VenueLatency, (Key("order", LATENCY), Key("data", LATENCY)))),
        Key("slippage", SLIPPAGE),
        Key("fee_currency", FEE_CURRENCY),
        Key("self_trade_prevention", Choice(SelfTradePrevention)),
        Key("order_types", ListOfNames(Choice(OrderKind), "kinds", 1)),
    ),
)
