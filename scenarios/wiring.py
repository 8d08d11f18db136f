"""Make a system of actors out of a scenario."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import attrs

from tradepit.actors import BREAKER, FAULTS, FEED, ORDERS, PORTFOLIO, ROUTER, broker_name, strategy_name, venue_name
from tradepit.actors.broker import Broker
from tradepit.actors.circuit_breaker import CircuitBreaker
from tradepit.actors.data_feed import DataFeed
from tradepit.actors.fault_injector import FaultInjector
from tradepit.actors.kernel import Actor, Dispatch, Journal, Link, Pace, System, random_stream
from tradepit.actors.kernel.clock import utc_ns
from tradepit.actors.kernel.journal import ByteSink
from tradepit.actors.market_simulator import MarketSimulator, VenueSettings
from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.order_manager import OrderManager, OrderManagerSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.actors.router import RouterSettings, SmartOrderRouter
from tradepit.actors.strategy_host import StrategyHost
from tradepit.actors.tcp_feed import TcpFeed
from tradepit.actors.threaded_host import ThreadedHost
from tradepit.models.breakers import BreakerSettings
from tradepit.models.instruments import Instrument
from tradepit.models.market import MarketEvent
from tradepit.models.net_price import VenueCosts
from tradepit.models.traded_volume import month_of
from tradepit.scenarios.books_wiring import books_of, portfolio_of
from tradepit.scenarios.cost_loading import expected_fees_of, load_commission, load_slippage
from tradepit.scenarios.costs import fee_currency_of
from tradepit.scenarios.fault_wiring import planned
from tradepit.scenarios.link_wiring import links_of
from tradepit.scenarios.matching_wiring import matching_books
from tradepit.scenarios.risk_wiring import limits_of, sizing_of
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import Source, SourceError, merge, open_source
from tradepit.scenarios.sources.live import live_sources
from tradepit.scenarios.strategy_loading import load_strategy
from tradepit.scenarios.supervision_wiring import prepare
from tradepit.scenarios.surroundings import instrument_of
from tradepit.scenarios.times import zone_of
from tradepit.scenarios.tree import BreakerSpec, GroupRouting, RoutingPolicy, Scenario, TcpSource, TradeFaultSpec
from tradepit.scenarios.validation_wiring import (
    fill_bounds_of,
    order_rules_of,
    order_types_of,
    signal_validation_of,
    trading_state_of,
)


@attrs.define(kw_only=True)
class Pit:
    """A scenario made into a system that is ready to run.

    Attributes:
        scenario: what it was made from.
        system: the actors.
        journal: takes the entries.
        portfolio: the portfolio's actor.
        orders: the order manager.
        strategies: the strategies' actors, in the scenario's order.
        venues: the venues' actors by name.
        sources: where market data come from, by symbol.
        instruments: what can be traded, by symbol.
        sessions: when it can be traded.
        start: first instant, ns.
        links: what lies between actors, by sender and receiver.
    """

    scenario: Scenario
    system: System
    journal: Journal
    portfolio: Portfolio
    orders: OrderManager
    strategies: Sequence[StrategyHost]
    venues: Mapping[str, MarketSimulator]
    sources: Mapping[str, Source]
    instruments: Mapping[str, Instrument]
    sessions: Sessions
    start: int
    links: Mapping[tuple[str, str], Link]


@attrs.frozen(kw_only=True)
class RecordedMarket:
    """Market data that stand in a journal, so that no source is needed.

    Attributes:
        sources: the fingerprints that the sources had, by symbol.
        start: when the run began, ns since the Unix epoch.
    """

    sources: Mapping[str, str]
    start: int


def wire(
    scenario: Scenario,
    *,
    dispatch: Dispatch = Dispatch.INLINE,
    file: ByteSink | None = None,
    identity: Mapping[str, Any],
    about: Mapping[str, Any],
    on_yield: Callable[[System], None] | None = None,
    recorded: RecordedMarket | None = None,
    speed: float | None = None,
) -> Pit:
    """Make a system out of a scenario.

    Args:
        scenario: what is to run.
        dispatch: how messages reach their actors.
        file: where the journal goes, or None.
        identity: what the journal's header says of the scenario; the sources' fingerprints are added.
        about: what else it says.
        on_yield: called about every 10 ms of real time.
        recorded: what stands for the sources where the market is played back from a journal.
        speed: how fast time passes by the clock on the wall, from the first market data on; None lets it jump to
            whatever is due next. A live feed has real time and speed 1.

    Raises:
        ScenarioError: a strategy or a function of the user's own cannot be loaded.
        SourceError: market data cannot be opened.
        SessionsError: the calendar is not known or not installed.
    """
    sessions = Sessions.of(scenario.clock)
    instruments = {symbol: instrument_of(scenario, symbol) for symbol in scenario.market}
    strategies = [load_strategy(scenario, index) for index in range(len(scenario.strategies))]
    sources: Mapping[str, Source] = {}
    pace = None if speed is None else Pace(speed, utc=scenario.is_live)
    events: Iterator[MarketEvent] = iter(())
    if scenario.is_live:
        market = {symbol: spec for symbol, spec in scenario.market.items() if isinstance(spec, TcpSource)}
        live = live_sources(market, instruments=instruments, sessions=sessions)
        sources, start = live.sources, utc_ns()
        feed: Actor = TcpFeed(live.senders)
    else:
        if recorded is None:
            sources = {
                symbol: open_market(scenario, instrument, sessions) for symbol, instrument in instruments.items()
            }
            events = merge(list(sources.values()))
            first = next(events, None)
            if first is None:
                raise SourceError("market", "no source has data between the clock's start and end", rule="empty")
            start = first.time if scenario.clock.start is None else scenario.clock.start
            events = chain((first,), events)
            pace = None if speed is None else Pace(speed, first=first.time)
        feed = DataFeed(events)
    fingerprints: Mapping[str, str] = {symbol: source.fingerprint for symbol, source in sources.items()}
    if recorded is not None:
        start, fingerprints = recorded.start, recorded.sources
    journal = Journal(identity={**identity, "sources": fingerprints}, about=about, detail=scenario.journal, file=file)
    system = System(seed=scenario.seed, start=start, dispatch=dispatch, journal=journal, on_yield=on_yield, pace=pace)
    portfolio = portfolio_of(_portfolio_settings(scenario, instruments, sessions))
    orders = OrderManager(
        OrderManagerSettings(
            instruments=instruments,
            next_close=sessions.next_close,
            history=scenario.orders.history,
            keeps_all=any(isinstance(fault, TradeFaultSpec) for fault in scenario.faults),
            max_order_age_ns=scenario.orders.max_order_age,
            rules=order_rules_of(scenario),
            order_types=order_types_of(scenario),
            trading_state=trading_state_of(scenario, sessions),
            fill_bounds=fill_bounds_of(scenario),
        )
    )
    venues = {
        name: MarketSimulator(_venue_settings(scenario, name, instruments, sessions))
        for name in scenario.resolved_venues()
    }
    # Actors start in this order, and hear what is published in it: the books are settled before anyone decides.
    for name, venue in venues.items():
        system.add(venue_name(name), venue)
        system.add(broker_name(name), Broker(name))
    system.add(ORDERS, orders)
    system.add(PORTFOLIO, portfolio)
    system.add(BREAKER, CircuitBreaker([_breaker(rule) for rule in scenario.breakers]))
    system.add(ROUTER, SmartOrderRouter(_router_settings(scenario, instruments)))
    hosts: list[StrategyHost] = []
    for strategy, spec in zip(strategies, scenario.strategies, strict=True):
        host = (ThreadedHost if spec.thread else StrategyHost)(strategy, spec.name, spec.on or tuple(scenario.market))
        system.add(strategy_name(spec.name), host)
        hosts.append(host)
    injected = [fault for fault in scenario.faults if isinstance(fault, TradeFaultSpec)]
    if injected:
        system.add(FAULTS, FaultInjector([planned(fault) for fault in injected]))
    system.add(FEED, feed)
    links: dict[tuple[str, str], Link] = {}
    for sender, receiver, link in links_of(scenario, start):
        system.link(sender, receiver, link)
        links[sender, receiver] = link
    prepare(system, scenario)
    return Pit(
        scenario=scenario,
        system=system,
        journal=journal,
        portfolio=portfolio,
        orders=orders,
        strategies=hosts,
        venues=venues,
        sources=sources,
        instruments=instruments,
        sessions=sessions,
        start=start,
        links=links,
    )


def open_market(scenario: Scenario, instrument: Instrument, sessions: Sessions) -> Source:
    """Open an instrument's market data; each time they are opened they are the same.

    Raises:
        SourceError: they cannot be opened.
    """
    return open_source(
        instrument.symbol,
        scenario.market[instrument.symbol],
        instrument=instrument,
        sessions=sessions,
        start_ns=scenario.clock.start,
        end_ns=scenario.clock.end,
        rng=random_stream(scenario.seed, f"market:{instrument.symbol}"),
        directory=scenario.directory,
    )


def _venue_settings(
    scenario: Scenario, name: str, instruments: Mapping[str, Instrument], sessions: Sessions
) -> VenueSettings:
    spec = scenario.resolved_venues()[name]
    assert spec.fee_currency is not None
    slippage = load_slippage(scenario, name)
    books = matching_books(spec, instruments, slippage)
    return VenueSettings(
        venue=name,
        instruments=instruments,
        bar_books=books.bar_books,
        quote_books=books.quote_books,
        trade_books=books.trade_books,
        session_at=sessions.hours_at,
        commission=load_commission(scenario, name),
        fee_currency=fee_currency_of(spec.fee_currency, scenario.portfolio.cash.currency),
        month_of=partial(month_of, zone=zone_of(scenario.clock.zone)),
        watches={symbol: book.watch for symbol, book in books.by_symbol.items() if book.watch is not None},
        order_types=spec.order_types,
        keeps_fills=any(isinstance(fault, TradeFaultSpec) and fault.venue == name for fault in scenario.faults),
    )


def _router_settings(scenario: Scenario, instruments: Mapping[str, Instrument]) -> RouterSettings:
    venues = scenario.resolved_venues()
    costs = {
        name: VenueCosts(venue=name, commission=load_commission(scenario, name), slippage=load_slippage(scenario, name))
        for name in venues
    }
    return RouterSettings(
        venues=dict.fromkeys(instruments, tuple(venues)),
        costs=costs,
        instruments=instruments,
        by_net_price=scenario.routing.policy is RoutingPolicy.BEST_NET_PRICE,
        groups_together=scenario.routing.groups is GroupRouting.TOGETHER,
    )


def _portfolio_settings(
    scenario: Scenario, instruments: Mapping[str, Instrument], sessions: Sessions
) -> PortfolioSettings:
    spec = scenario.portfolio
    return PortfolioSettings(
        cash=spec.cash.amount,
        currency=spec.cash.currency,
        instruments=instruments,
        sizing=sizing_of(scenario),
        limits=limits_of(scenario),
        holdings={
            symbol: OpeningHolding(quantity=held.quantity, price=held.price) for symbol, held in spec.positions.items()
        },
        default_time_in_force=scenario.orders.default_time_in_force,
        close_positions=scenario.at_end.close_positions,
        day_of=lambda at_ns: sessions.day_of(at_ns).toordinal(),
        books=books_of(scenario, sessions),
        signals=signal_validation_of(scenario),
        expected_fees=expected_fees_of(scenario),
    )


def _breaker(spec: BreakerSpec) -> BreakerSettings:
    return BreakerSettings(
        name=spec.name,
        rule=spec.rule,
        over_ns=spec.over,
        at=spec.at,
        minimum=spec.minimum,
        action=spec.then,
        cool_down_ns=spec.cool_down,
        probes=spec.probes,
    )
