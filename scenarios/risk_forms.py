"""The grammar of sizes and risk limits."""

from decimal import Decimal
from typing import Any

import attrs

from tradepit.models.limits import MissingStop, PartOfEquity
from tradepit.scenarios.document import Node, Scalar
from tradepit.scenarios.forms import Form, Key, ListOf, Record, Schema, Tagged
from tradepit.scenarios.own_forms import OWN_CODE, OwnByName
from tradepit.scenarios.reading import Reading, Spot, Writing
from tradepit.scenarios.risk_tree import (
    FixedCash,
    FixedSize,
    KellyFraction,
    LimitsSpec,
    PercentOfEquity,
    RiskPerTrade,
    TargetWeights,
    VolatilityTarget,
)
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, UnitText
from tradepit.scenarios.symbol_forms import AccountAmount, BySymbol
from tradepit.scenarios.unit_forms import PART
from tradepit.scenarios.units import FRACTION_PATTERN, read_fraction, unit_of, write_fraction


def _fraction(rule: str, most: int | None = None, *, zero: bool = False) -> UnitText:
    """Return the form of a percentage above 0, or from 0 on."""

    def fits(fraction: Decimal) -> bool:
        return (fraction >= 0 if zero else fraction > 0) and (most is None or fraction <= most)

    return UnitText(read_fraction, write_fraction, FRACTION_PATTERN, (rule, fits))


_TIMES = _fraction("a part of the equity is above 0% here")
_VOLATILITY = _fraction("a volatility is above 0% and at most 1000% here", 10)
_DISTANCE = _fraction("a distance is above 0% and at most 100%", 1)


@attrs.frozen
class Volatilities(Form):
    """The volatility of every symbol, or volatilities by symbol."""

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return a fraction, or fractions by symbol."""
        return (_VOLATILITY if isinstance(spot.node, Scalar) else _BY_SYMBOL).read(spot, reading)

    def write(self, value: Any, writing: Writing) -> Node:
        """Return one percentage, or a mapping."""
        return (_VOLATILITY if isinstance(value, Decimal) else _BY_SYMBOL).write(value, writing)

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [_VOLATILITY.schema(), _BY_SYMBOL.schema()]}


_BY_SYMBOL = BySymbol(_VOLATILITY, "symbol")


@attrs.frozen
class AmountOrPart(Form):
    """An amount in the account's currency, or a percentage of what it is measured against."""

    def read(self, spot: Spot, reading: Reading) -> Decimal | PartOfEquity:
        """Return the amount or the part."""
        if isinstance(spot.node, Scalar) and unit_of(spot.node.text) in ("%", "bps"):
            return PartOfEquity(fraction=_TIMES.read(spot, reading))
        return AccountAmount().read(spot, reading)

    def write(self, value: Decimal | PartOfEquity, writing: Writing) -> Node:
        """Return the percentage or the bare number."""
        if isinstance(value, PartOfEquity):
            return _TIMES.write(value.fraction, writing)
        return AccountAmount().write(value, writing)

    def schema(self) -> Schema:
        """Return a percentage or an amount."""
        return {"anyOf": [_TIMES.schema(), *AccountAmount().schema()["anyOf"]]}


def _tagged(tag: str, cls: type[Any], form: Form, attribute: str, *more: Key) -> tuple[tuple[str, ...], Record]:
    return (tag,), Record(cls, (Key(tag, form, attribute, required=True), *more))


SIZES: tuple[tuple[tuple[str, ...], Record], ...] = (
    _tagged("fixed", FixedSize, Number(above=0), "quantity"),
    _tagged("cash", FixedCash, AccountAmount(), "amount"),
    _tagged("percent_of_equity", PercentOfEquity, PART, "fraction"),
    _tagged("weights", TargetWeights, BySymbol(PART, "symbol", at_least=1), "weights"),
    _tagged("risk_per_trade", RiskPerTrade, PART, "fraction"),
    _tagged(
        "volatility_target", VolatilityTarget, _VOLATILITY, "target",
        Key("volatility", Volatilities()), Key("days", Number(int, at_least=2)), Key("most", _TIMES),
    ),
    _tagged(
        "kelly", KellyFraction, PART, "part",
        Key("win_rate", _fraction("a win rate lies between 0% and 100%", 1, zero=True)),
        Key("payoff", Number(above=0)), Key("trades", Number(int, at_least=1)), Key("before", PART),
        Key("most", _TIMES),
    ),
    (("use",), OWN_CODE),
)  # fmt: skip
SIZING = Tagged("sizing", SIZES)


LIMITS = Record(
    LimitsSpec,
    (
        Key("max_open_positions", Number(int, at_least=1)),
        Key("min_reward_to_risk", Number(above=0)),
        Key("max_stop_distance", _DISTANCE),
        Key("missing_stop", Choice(MissingStop)),
        Key("max_order_notional", AccountAmount()),
        Key("max_position", Number(above=0)),
        Key("max_gross_exposure", AmountOrPart()),
        Key("max_net_exposure", AmountOrPart()),
        Key("price_collar", _DISTANCE),
        Key("short_allowed", Flag()),
        Key("locates", BySymbol(Number(at_least=0), "symbol")),
        Key("max_orders_per_second", Number(int, at_least=1)),
        Key("max_daily_loss", AmountOrPart()),
        Key("max_drawdown", AmountOrPart()),
        Key("own", ListOf(OwnByName("my_check"), "checks", 1)),
    ),
)
