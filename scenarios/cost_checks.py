"""What must hold between costs, instruments and account."""

from collections.abc import Iterable, Mapping
from typing import Any

from tradepit.scenarios.clock_tree import InstrumentSpec
from tradepit.scenarios.cost_presets import resolved_costs
from tradepit.scenarios.cost_tree import CostsSpec, goes_by_value
from tradepit.scenarios.portfolio_tree import PortfolioSpec
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.venue_tree import VenueSpec

Sections = Mapping[str, Any]


def check_fee_currencies(sections: Sections, root: Spot, reading: Reading) -> None:
    """Fees in the base need one and a price above 0; fees in a currency of their own are amounts, no percentages."""
    costs: CostsSpec = sections.get("costs", CostsSpec())
    account = sections.get("portfolio", PortfolioSpec()).cash.currency
    known: dict[str, InstrumentSpec] = sections.get("instruments", {})
    instruments = {symbol: known.get(symbol, InstrumentSpec()) for symbol in sections.get("market", {})}
    venues: dict[str, VenueSpec] = sections.get("venues", {}) or {"": VenueSpec()}
    for name, venue in venues.items():
        word = costs.fee_currency if venue.fee_currency is None else venue.fee_currency
        if word == "quote":
            continue
        section = root.entry("costs") if venue.fee_currency is None else root.entry("venues").entry(name)
        spot = section.entry("fee_currency")
        if word in ("base", "received"):
            _check_base(instruments, spot, reading)
        elif goes_by_value(resolved_costs(costs).commission if venue.fees is None else venue.fees):
            currency = account if word == "account" else word
            _check_amounts(currency, {_worth_in(spec) for spec in instruments.values()}, spot, reading)


def _check_base(instruments: Mapping[str, InstrumentSpec], spot: Spot, reading: Reading) -> None:
    for symbol, spec in instruments.items():
        if spec.base is None:
            reading.refuse(
                spot, f"{symbol} has no base to charge fees in", f"write instruments: {{{symbol}: {{base: BTC}}}}"
            )
        elif spec.price_may_be_negative:
            reading.refuse(spot, f"{symbol} may have a price of 0, at which no fee can be told in its base")


def _worth_in(spec: InstrumentSpec) -> str:
    """Return the currency in which a trade's value is."""
    return spec.base if spec.inverse and spec.base is not None else spec.currency


def _check_amounts(currency: str, quoted: Iterable[str], spot: Spot, reading: Reading) -> None:
    others = sorted(set(quoted) - {currency})
    if others:
        rule = f"a percentage of what trades in {others[0]} is in {others[0]}, and cannot be charged in {currency}"
        reading.refuse(spot, rule, "write fee_currency: quote; the portfolio converts what it pays")
