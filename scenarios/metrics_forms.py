"""The grammar of `metrics`."""

from tradepit.models.lot_trades import TradeMatching
from tradepit.scenarios.forms import Key, Record
from tradepit.scenarios.metrics_tree import MetricsSpec
from tradepit.scenarios.scalar_forms import Choice, Number, UnitText
from tradepit.scenarios.symbol_forms import SymbolOfMarket
from tradepit.scenarios.units import FRACTION_PATTERN, read_fraction, write_fraction


def _to_float(text: str) -> float:
    return float(read_fraction(text))


METRICS = Record(
    MetricsSpec,
    (
        Key("benchmark", SymbolOfMarket()),
        Key(
            "risk_free",
            UnitText(
                _to_float,
                write_fraction,
                FRACTION_PATTERN,
                ("a rate lies between -100% and 100% per year", lambda rate: -1 <= rate <= 1),
            ),
        ),
        Key("periods_per_year", Number(float, above=0)),
        Key("trades", Choice(TradeMatching)),
    ),
)
