"""From a scenario to a system of actors: who is there, with which settings."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.models.bar_rules import BarRules
from tradepit.models.commission import FixedCommission, PercentCommission
from tradepit.models.maker_taker import MakerTakerPerShare
from tradepit.models.slippage import FixedBpsSlippage
from tradepit.scenarios.loader import loads
from tradepit.scenarios.sources import SourceError
from tradepit.scenarios.wiring import Pit, wire

HEAD = """\
tradepit: 1
name: wired
clock: {zone: UTC}
market:
  X: {path: [["2024-01-02 10:00", 10], ["2024-01-02 11:00", 11]], every: 1min}
"""
EIGHT = ["orders", "portfolio", "breaker", "router"]


def _pit(text: str, **how: Any) -> Pit:
    return wire(loads(HEAD + text), identity={}, about={}, **how)


def _links(pit: Pit) -> list[tuple[str, str]]:
    return [
        (name, receiver.name)
        for name, cell in pit.system.cells.items()
        for receiver in getattr(cell.actor, "_links", ())
    ]


def test_the_least_scenario_has_one_venue_and_nobody_who_trades() -> None:
    pit = _pit("")
    assert list(pit.system.cells) == ["venue:SIM", "broker:SIM", *EIGHT, "feed"]
    assert _links(pit) == []
    assert pit.start == 1_704_189_660_000_000_000  # the first bar's close


def test_actors_start_in_the_order_in_which_they_must_hear_the_news() -> None:
    pit = _pit("""\
venues: {B: {}, A: {}}
strategies:
  - {use: "tradepit.scenarios.library.strategies:BuyAndHold"}
  - {use: "tradepit.scenarios.library.strategies:BuyAndHold", name: second}
""")
    venues = ["venue:B", "broker:B", "venue:A", "broker:A"]
    assert list(pit.system.cells) == [*venues, *EIGHT, "strategy:buyandhold", "strategy:second", "feed"]
    assert list(pit.venues) == ["B", "A"]


def test_venues_have_their_own_costs_and_matching_or_those_of_the_scenario() -> None:
    pit = _pit("""\
costs: {commission: 0.1%, slippage: 2bps}
venues:
  A: {fees: {maker: -0.002/share, taker: 0.003/share}, slippage: none}
  B: {fees: 1.00/order, matching: {bars: {path: worst, market_price: vwap, max_volume_share: 5%, touch_fills: off}}}
  C: {}
  D: {matching: {bars: {close_within: 1min, market_fills: whole, sequence: submission, stop_limits: close,
    trailing: extreme, exits: same_bar, slips: all, past_limit: skip, past_bar: skip}}}
""")
    settings = {name: venue._settings for name, venue in pit.venues.items()}
    assert {name: s.commission for name, s in settings.items()} == {
        "A": MakerTakerPerShare(maker=Decimal("-0.002"), taker=Decimal("0.003")),
        "B": FixedCommission(per_order=Decimal("1.00")),
        "C": PercentCommission(rate=Decimal("0.001")),
        "D": PercentCommission(rate=Decimal("0.001")),
    }
    books: dict[str, Any] = {name: s.bar_books["X"] for name, s in settings.items()}
    assert books["A"]._rules == books["C"]._rules == BarRules()
    assert books["B"]._rules == BarRules(
        path="worst", market_price="vwap", max_volume_share=Decimal("0.05"), touch_fills=False
    )
    assert books["D"]._rules == BarRules(
        close_within_ns=60 * 10**9,
        market_fills="whole",
        sequence="submission",
        stop_limits="close",
        trailing="extreme",
        exits="same_bar",
        slips="all",
        past_limit="skip",
        past_bar="skip",
    )
    assert [books[name]._slippage for name in "ABC"] == [
        None,
        FixedBpsSlippage(Decimal(2)),
        FixedBpsSlippage(Decimal(2)),
    ]
    assert books["A"] is not books["C"]


def test_where_all_data_are_quotes_venues_match_on_quotes() -> None:
    text = HEAD.replace("every: 1min", "every: 1min, as: quotes")
    pit = wire(loads(text), identity={}, about={})
    settings = pit.venues["SIM"]._settings
    assert (list(settings.bar_books), list(settings.quote_books)) == ([], ["X"])


def test_latency_stands_on_the_links_between_broker_and_venue_each_way_of_its_own() -> None:
    pit = _pit("""\
venues:
  A: {latency: {order: 5us}}
  B: {latency: {data: lognormal(5us, 0.5)}}
  C: {latency: {order: 1ns, data: 1ns}}
  D: {}
""")
    assert _links(pit) == [
        ("broker:A", "venue:A"), ("venue:B", "broker:B"), ("venue:C", "broker:C"), ("broker:C", "venue:C"),
    ]  # fmt: skip


def test_the_portfolio_gets_the_account_its_sizing_limits_and_positions() -> None:
    pit = _pit("""\
portfolio:
  cash: 5_000 EUR
  sizing: {fixed: 7}
  limits: {max_position: 9, max_order_notional: 100, max_open_positions: 2}
  positions: {X: {quantity: -3, price: 9.5}}
instruments: {X: {currency: EUR, lot: 1, multiplier: 10, tick: 0.5}}
orders: {default_time_in_force: DAY}
at_end: {close_positions: false}
""")
    settings = pit.portfolio._settings
    assert (settings.cash, settings.currency, settings.close_positions) == (Decimal(5_000), "EUR", False)
    assert settings.sizing.quantity == 7  # type: ignore[union-attr]  # a fixed size
    limits = settings.limits
    assert (limits.max_position, limits.max_order_notional, limits.max_open_positions) == (Decimal(9), Decimal(100), 2)
    assert {s: (h.quantity, h.price) for s, h in settings.holdings.items()} == {"X": (Decimal(-3), Decimal("9.5"))}
    assert settings.default_time_in_force == "DAY"
    assert (pit.instruments["X"].multiplier, pit.instruments["X"].tick) == (Decimal(10), Decimal("0.5"))


def test_a_size_in_percent_and_the_age_of_orders_are_handed_on() -> None:
    pit = _pit("portfolio: {sizing: {percent_of_equity: 5%}}\norders: {max_order_age: 90s, history: 3}\n")
    assert pit.portfolio._settings.sizing.fraction == Decimal("0.05")  # type: ignore[union-attr]  # a percentage
    assert pit.orders._settings.max_order_age_ns == 90_000_000_000
    assert pit.orders._settings.history == 3


def test_breakers_get_their_rules() -> None:
    pit = _pit("""\
breakers:
  - {rule: rejection_rate, over: 30s, at: 50%, minimum: 8, then: cancel_only, cool_down: 2min, probes: 3, name: storm}
  - {rule: failed_orders, at: 5, then: reduce_only, reset: manual}
""")
    actor: Any = pit.system.cells["breaker"].actor
    rules = [breaker.settings for breaker in actor._breakers.values()]
    assert [(r.name, r.rule, r.over_ns, r.at, r.minimum, r.action, r.cool_down_ns, r.probes) for r in rules] == [
        ("storm", "rejection_rate", 30 * 10**9, 0.5, 8, "cancel_only", 120 * 10**9, 3),
        ("failed_orders", "failed_orders", 60 * 10**9, 5, 4, "reduce_only", None, 1),
    ]


@pytest.mark.parametrize(("policy", "by_net_price"), [("best_net_price", True), ("sequential", False)])
def test_the_router_gets_its_policy_and_every_venue(policy: str, by_net_price: bool) -> None:
    pit = _pit(f"venues: {{B: {{}}, A: {{}}}}\nrouting: {{policy: {policy}}}\n")
    actor: Any = pit.system.cells["router"].actor
    assert actor._settings.by_net_price is by_net_price
    assert actor._settings.venues == {"X": ("B", "A")}


def test_the_dispatch_and_the_journals_detail_are_handed_on() -> None:
    pit = _pit("journal: full\n", dispatch=Dispatch.TASK)
    assert pit.system.dispatch is Dispatch.TASK
    assert pit.journal.detail is Detail.FULL


def test_the_clocks_start_is_the_systems() -> None:
    text = HEAD.replace("zone: UTC", 'zone: UTC, start: "2024-01-02 09:00", end: "2024-01-02 12:00"')
    assert wire(loads(text), identity={}, about={}).start == 1_704_186_000_000_000_000


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "at least one row of data is needed, there is none"),
        ("2024-01-02 10:00,1,1,1,1,1\n", "at least one row must lie within the clock"),
    ],
)
def test_a_file_without_data_in_the_clock_cannot_be_run(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "x.csv").write_text("time,open,high,low,close,volume\n" + rows, encoding="utf-8")
    text = HEAD.replace("zone: UTC", "start: 2025-01-01, end: 2025-01-02")
    text = text.replace(text[text.index("X: {path") :], "X: {file: x.csv}\n")
    with pytest.raises(SourceError, match=message):
        wire(loads(text, directory=tmp_path), identity={}, about={})


def test_a_market_that_is_closed_all_the_time_cannot_be_run() -> None:
    text = """\
tradepit: 1
name: weekend
clock: {start: 2024-01-06, end: 2024-01-07, session: 09:30-16:00}
market: {X: {gbm: {start: 10}}}
"""
    with pytest.raises(SourceError, match="there is no trading session within the clock"):
        wire(loads(text), identity={}, about={})


def test_the_identity_of_the_journal_holds_the_hashes_of_the_sources() -> None:
    one, other = _pit(""), wire(loads(HEAD.replace("11]]", "12]]")), identity={}, about={})
    assert one.sources["X"].fingerprint != other.sources["X"].fingerprint
    assert one.journal.fingerprint != other.journal.fingerprint
    assert one.journal.fingerprint == _pit("").journal.fingerprint
