"""What must hold between the sections of a scenario about currencies, margin and corporate actions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tradepit.models.fx_rates import Rates
from tradepit.scenarios.action_tree import DelistingSpec, DividendSpec, RenameSpec, StockDividendSpec
from tradepit.scenarios.books_tree import MarginModel
from tradepit.scenarios.clock_tree import ClockSpec, InstrumentSpec
from tradepit.scenarios.portfolio_tree import PortfolioSpec
from tradepit.scenarios.reading import Reading, Spot, joined
from tradepit.scenarios.trading_tree import named_strategies

Sections = Mapping[str, Any]


def check_currencies(sections: Sections, root: Spot, reading: Reading) -> None:
    """What trades in another currency than the account's needs a pair that leads there."""
    portfolio = _portfolio(sections)
    home = portfolio.cash.currency
    instruments = _instruments(sections)
    known = _rates(sections).currencies
    for symbol, instrument in instruments.items():
        traded = _settles_in(instrument)
        if traded not in known:
            given = symbol in sections.get("instruments", {})
            spot = root.entry("instruments").entry(symbol) if given else root.entry("market").entry(symbol)
            if spot.has("currency"):
                spot = spot.entry("currency")
            rule = f"{symbol} trades in {traded}, the account holds {home}"
            suggestion = f"write instruments: {{{symbol}: {{currency: {home}}}}}"
            if given:
                suggestion += f", or name a pair: {{{traded}{home}: {{base: {traded}, currency: {home}}}}}"
            reading.note(spot.node.place, spot.path, rule, None, suggestion)
    _check_opening(portfolio, instruments, known, root, reading)


def _check_opening(
    portfolio: PortfolioSpec,
    instruments: Mapping[str, InstrumentSpec],
    known: list[str],
    root: Spot,
    reading: Reading,
) -> None:
    """What is held at the start is worth something at once: pairs that lead to it have an opening rate."""
    home = portfolio.cash.currency
    pairs = _pairs(instruments)
    opening = Rates(home, pairs, portfolio.rates)
    if not root.has("portfolio"):
        return
    section = root.entry("portfolio")
    for symbol in portfolio.rates:
        if symbol not in pairs:
            spot = section.entry("rates").entry(symbol)
            reading.refuse(spot, f"{symbol} is no pair", f"write instruments: {{{symbol}: {{base: EUR}}}}")
    for currency in portfolio.balances:
        spot = section.entry("balances").entry(currency)
        if currency == home:
            reading.refuse(spot, f"{home} is the account's currency, and stands under cash")
        elif currency not in known:
            reading.refuse(spot, f"no pair of market leads from {currency} to {home}")
        elif opening.rate(currency) is None:
            reading.refuse(spot, f"{currency} at the start needs a rate at the start", "add portfolio.rates")
    for symbol in portfolio.positions:
        currency = _settles_in(instruments.get(symbol, InstrumentSpec()))
        if currency in known and opening.rate(currency) is None:
            spot = section.entry("positions").entry(symbol)
            reading.refuse(spot, f"{currency} at the start needs a rate at the start", "add portfolio.rates")


def check_fee_currencies_known(sections: Sections, root: Spot, reading: Reading) -> None:
    """A fee in a currency of its own can be converted into the account's."""
    known = _rates(sections).currencies
    named = [(root.entry("costs"), sections["costs"].fee_currency)] if "costs" in sections else []
    for name, venue in sections.get("venues", {}).items():
        named.append((root.entry("venues").entry(name), venue.fee_currency or ""))
    for section, word in named:
        if word.isupper() and word not in known:
            reading.refuse(section.entry("fee_currency"), f"no pair of market leads from {word} to {known[0]}")


def check_leverage(sections: Sections, root: Spot, reading: Reading) -> None:
    """Leverage is for accounts that are lent something."""
    if _portfolio(sections).margin.model is not MarginModel.CASH:
        return
    for symbol, instrument in sections.get("instruments", {}).items():
        if instrument.leverage is not None:
            spot = root.entry("instruments").entry(symbol).entry("leverage")
            reading.refuse(spot, "a cash account has no leverage", "write portfolio: {margin: reg_t}")


def check_corporate_actions(sections: Sections, root: Spot, reading: Reading) -> None:
    """A corporate action happens while the clock runs, and fits its instrument."""
    clock: ClockSpec = sections.get("clock", ClockSpec())
    instruments = _instruments(sections)
    rates = _rates(sections)
    gone: dict[str, int] = {}
    for index, spec in enumerate(sections.get("corporate_actions", ())):
        spot = root.entry("corporate_actions").item(index)
        if clock.end is not None and spec.at > clock.end:
            reading.refuse(spot.entry("at"), "a corporate action comes before the clock's end")
        elif clock.start is not None and spec.at < clock.start:
            reading.refuse(spot.entry("at"), "a corporate action comes after the clock's start")
        instrument = instruments.get(spec.symbol, InstrumentSpec())
        if spec.symbol in gone and spec.at >= gone[spec.symbol]:
            reading.refuse(spot.entry("symbol"), f"{spec.symbol} is traded no more by then")
        if isinstance(spec, RenameSpec | DelistingSpec):
            gone[spec.symbol] = spec.at
        if isinstance(spec, RenameSpec):
            _check_rename(spec, instruments, spot, reading)
        elif isinstance(spec, DividendSpec):
            if spec.pays is not None and spec.pays < spec.at:
                reading.refuse(spot.entry("pays"), "a dividend is paid at its ex date or later")
            for currency in (spec.dividend.currency, _settles_in(instrument)):
                if currency not in rates.currencies and currency != instrument.currency:
                    reading.refuse(spot.entry("dividend"), f"no pair of market leads from {currency} to {rates.home}")
        if instrument.inverse and isinstance(spec, DividendSpec | StockDividendSpec):
            reading.note(spot.node.place, spot.path, f"{spec.symbol} is a contract, and pays no dividend")


def _check_rename(spec: RenameSpec, instruments: Mapping[str, InstrumentSpec], spot: Spot, reading: Reading) -> None:
    old, new = (instruments.get(symbol, InstrumentSpec()) for symbol in (spec.symbol, spec.to))
    if spec.symbol == spec.to:
        reading.refuse(spot.entry("rename"), "a new symbol is another one")
    elif (old.multiplier, old.currency, old.base, old.inverse) != (new.multiplier, new.currency, new.base, new.inverse):
        rule = f"{spec.to} has the multiplier, currency and base of {spec.symbol}, whose place it takes"
        reading.refuse(spot.entry("rename"), rule)


def _portfolio(sections: Sections) -> PortfolioSpec:
    portfolio: PortfolioSpec = sections.get("portfolio", PortfolioSpec())
    return portfolio


def _instruments(sections: Sections) -> dict[str, InstrumentSpec]:
    """Return the instrument of each symbol of the market."""
    given: Mapping[str, InstrumentSpec] = sections.get("instruments", {})
    return {symbol: given.get(symbol, InstrumentSpec()) for symbol in sections.get("market", {})}


def _pairs(instruments: Mapping[str, InstrumentSpec]) -> dict[str, tuple[str, str]]:
    return {symbol: (one.base, one.currency) for symbol, one in instruments.items() if one.base is not None}


def _rates(sections: Sections) -> Rates:
    opening: Mapping[str, Decimal] = _portfolio(sections).rates
    return Rates(_portfolio(sections).cash.currency, _pairs(_instruments(sections)), opening)


def _settles_in(instrument: InstrumentSpec) -> str:
    return instrument.base if instrument.inverse and instrument.base is not None else instrument.currency


def check_margin_name(sections: Sections, root: Spot, reading: Reading) -> None:
    """The name under which a portfolio closes positions itself is its own."""
    for index, spec in enumerate(named_strategies(sections.get("strategies", ()))):
        if spec.name == "margin":  # also where that is what its class is called
            spot = root.entry("strategies").item(index)
            reading.note(spot.node.place, joined(spot.path, "name"), "margin is the portfolio's own name", spec.name)
