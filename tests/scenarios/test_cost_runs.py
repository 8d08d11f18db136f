"""Costs in whole runs: presets, what a crashed venue still knows of the market and the month, and routing."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tradepit.models.commission import NoCommission, PercentCommission, PerShareCommission
from tradepit.models.commission_tiers import DEFAULT_TIERS, TieredCommission
from tradepit.models.maker_taker import MakerTakerPerShare
from tradepit.models.orders import Fill
from tradepit.models.slippage import FixedBpsSlippage
from tradepit.models.slippage_depth import BookSlippage
from tradepit.models.slippage_impact import VolumeImpactSlippage
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario as run
from tradepit.scenarios.tree import LatencySpec, Scenario, VenueLatency
from tradepit.scenarios.wiring import wire

D = Decimal
HEAD = """\
tradepit: 1
name: costs
clock: {start: 2024-01-31, end: 2024-02-02, zone: America/New_York, session: 09:30-16:00}
market: {X: {gbm: {start: 100, volatility: 60%, every: 5min, volume: 5_000}}}
portfolio: {sizing: {fixed: 200}}
strategies: [{use: "tradepit.scenarios.library.strategies:SmaCrossover", with: {fast: 3, slow: 6}}]
report: false
"""
EVERY_SLIPPAGE = (
    "{sum: [1bps, 0.01/share, percentage, volume_share, volume_impact, volatility_aware, square_root, book,"
    " {half_spread: 2bps}]}"
)
EVERY_FEE = """\
sum:
        - {per_share: 0.005/share, minimum: 1.00, cap: 1%, rounding: up}
        - {sells: {dated: [{fees: none}, {from: 2024-02-01, fees: {percent: 0.00278%, rounding: up}}]}}
        - {tiers: [{up_to: 100_000, percent: 0.1%}, {percent: 0.01%}], by: month_value}
        - {tiers: [{up_to: 300, per_share: 0.01/share}, {per_share: 0.005/share}], by: month_quantity, rates: marginal}
        - {tiers: [{up_to: 1_000, percent: 0.3%}, {percent: 0.1%}], minimum: 1}
        - {maker: 0.01%, taker: 0.02%, minimum: 0.5}
        - {buys: 0.50/fill}
"""


def scenario(more: str, name: str = "f.yaml", **options: Any) -> Scenario:
    return loads(HEAD + more + "\n", name, **options)


FEBRUARY = 1_706_763_600_000_000_000  # its first instant in New York, ns


def executed(result: Result) -> list[Fill]:
    """Return the fills of venues, without what closed the positions at the end."""
    return [fill for fill in result.fills if fill.venue != "AT_END"]


@pytest.mark.parametrize(
    ("costs", "fee", "balances"),
    [
        ("{commission: 0.075%}", ("0.0075", "BTC"), {"USD": "1000000", "BTC": "-0.0075"}),
        ("{commission: 0.075%, fee_currency: BTC}", ("0.0075", "BTC"), {"USD": "1000000", "BTC": "-0.0075"}),
        ("{commission: 5/order, fee_currency: account}", ("5", None), {"USD": "999995", "BTC": "0"}),
    ],
)
def test_an_inverse_contract_pays_in_its_base_unless_a_currency_is_named(
    costs: str, fee: tuple[str, str | None], balances: dict[str, str]
) -> None:
    """0.075% of 100,000 contracts at 10,000, that is of 10 BTC."""
    text = f"""\
tradepit: 1
name: inverse
clock: {{start: 2024-01-02 10:00, end: 2024-01-02 11:00}}
market: {{X: {{path: [[10:00, 10_000], [11:00, 10_000]], every: 1min, volume: 10_000_000}}}}
instruments: {{X: {{base: BTC, inverse: true}}}}
portfolio: {{cash: 1_000_000 USD, margin: reg_t}}
costs: {costs}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    with: {{orders: [{{do: buy, symbol: X, quantity: 100_000}}]}}
report: false
"""
    result = run(loads(text))
    [fill] = executed(result)
    assert (fill.fee, fill.fee_currency) == (D(fee[0]), fee[1])
    assert dict(result.balances) == {name: D(amount) for name, amount in balances.items()}


def figures(result: Result) -> list[tuple[Any, ...]]:
    return [(fill.time, fill.side, fill.quantity, fill.price, fill.fee) for fill in executed(result)]


@pytest.mark.parametrize(
    ("costs", "commission", "slippage", "latency"),
    [
        ("{}", NoCommission(), None, 0),
        ("{preset: passthrough}", NoCommission(), None, 0),
        ("{preset: conservative}", PercentCommission(rate=D("0.002")), FixedBpsSlippage(D(10)), 0),
        ("{preset: realistic}", TieredCommission(tiers=DEFAULT_TIERS, minimum=D(1)), VolumeImpactSlippage(), 0),
        (
            "{preset: high-frequency}",
            MakerTakerPerShare(maker=D("-0.0020"), taker=D("0.0030")),
            BookSlippage(),
            10_000,
        ),
        ("{preset: realistic, slippage: none}", TieredCommission(minimum=D(1)), None, 0),
        ("{commission: tiered}", TieredCommission(minimum=D(1)), None, 0),
        ("{commission: per_share}", PerShareCommission(rate=D("0.005"), minimum=D(1), maximum=D(10)), None, 0),
        ("{preset: high-frequency, commission: 0.1%}", PercentCommission(rate=D("0.001")), BookSlippage(), 10_000),
    ],
)
def test_a_preset_stands_for_costs_and_for_the_latency_of_venues_that_name_none(
    costs: str, commission: object, slippage: object, latency: int
) -> None:
    found = scenario(f"costs: {costs}\nvenues: {{A: {{}}, B: {{latency: {{order: 1ms}}, fees: none, slippage: 2bps}}}}")
    venues = found.resolved_venues()
    each = LatencySpec(params=(latency,))
    assert venues["A"].latency == VenueLatency(order=each, data=each)
    assert venues["B"].latency == VenueLatency(order=LatencySpec(params=(1_000_000,)))
    pit = wire(found, identity={}, about={})
    books: dict[str, Any] = {name: venue._bar_books["X"] for name, venue in pit.venues.items()}
    assert (pit.venues["A"]._settings.commission, books["A"]._slippage) == (commission, slippage)
    assert (pit.venues["B"]._settings.commission, books["B"]._slippage) == (NoCommission(), FixedBpsSlippage(D(2)))


def test_a_venue_that_crashed_knows_the_market_and_the_month_as_before() -> None:
    """What it heard while no order rested is replayed with the rest, so the same fills come at the same costs."""
    text = f"venues:\n  A:\n    slippage: {EVERY_SLIPPAGE}\n    fees:\n      {EVERY_FEE}"
    sound = run(scenario(text))
    assert len(sound.fills) > 20
    assert sound.passed
    for message in (1, 2, 40, 150):
        crashed = run(scenario(f"{text}faults: [{{actor: A, do: crash, message: {message}}}]"))
        assert crashed.actors["venue:A"].tally.restarts == 1
        assert figures(crashed) == figures(sound)


def test_the_months_volume_lowers_the_rate_until_the_month_ends_in_the_clocks_zone() -> None:
    text = "costs: {commission: {tiers: [{up_to: 100_000, percent: 0.1%}, {percent: 0.01%}], by: month_value}}"
    result = run(scenario(text))
    traded = {False: D(0), True: D(0)}
    rates = []
    for fill in executed(result):
        value = fill.quantity * fill.price
        rate = D("0.001") if traded[fill.time >= FEBRUARY] <= 100_000 else D("0.0001")
        traded[fill.time >= FEBRUARY] += value
        assert fill.fee == rate * value
        rates.append(rate)
    assert rates.count(D("0.0001")) > 5
    assert len([1 for early, late in pairwise(rates) if early < late]) == 1


def test_fees_in_what_is_received_are_in_the_base_on_buys() -> None:
    pit_of = scenario("instruments: {X: {base: BTC}}\nvenues: {A: {fees: 0.1%, fee_currency: received}}")
    pit = wire(pit_of, identity={}, about={})
    settings = pit.venues["A"]._settings
    assert (settings.fee_currency.fee_in, settings.instruments["X"].base) == ("received", "BTC")


@pytest.mark.parametrize(
    "slippage",
    [
        "percentage",
        "volume_share",
        "volume_impact",
        "volatility_aware",
        "square_root",
        "book",
        "{half_spread: 2bps}",
        EVERY_SLIPPAGE,
        '{use: "./mine.py:slip"}',
    ],
)
def test_the_best_net_price_goes_by_every_model(slippage: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from decimal import Decimal\ndef slip(price, quantity, side, market):\n    return Decimal('0.01')\n"
    )
    dated = "{dated: [{fees: 2.00/order}, {from: 2024-02-01, fees: 0.50/order}]}"
    found = scenario(f"venues: {{A: {{fees: 1.00/order}}, B: {{fees: {dated}}}}}\ncosts: {{slippage: {slippage}}}",
                     directory=tmp_path)  # fmt: skip
    result = run(found)
    sent = {record.order.order_id: record.order.created_at for record in result.orders}
    paid = {(sent[fill.order_id] >= FEBRUARY, fill.venue, fill.fee) for fill in executed(result)}
    assert paid == {(False, "A", D("1.00")), (True, "B", D("0.50"))}


def test_a_users_function_that_returns_no_amount_ends_the_run_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def slip(price, quantity, side, market):\n    return 0.01\n")
    result = run(scenario('costs: {slippage: {use: "./mine.py:slip"}}', directory=tmp_path))
    assert "./mine.py:slip must return a Decimal, was 0.01" in str(result.failure)


TWO_SYMBOLS = """\
tradepit: 1
name: symbols
clock: {start: 2024-01-31, end: 2024-02-02}
market:
  ESZ4: {gbm: {start: 100, volatility: 60%, every: 30min, volume: 5_000}}
  SPY: {gbm: {start: 100, volatility: 60%, every: 30min, volume: 5_000}}
portfolio: {sizing: {fixed: 200}}
strategies:
  - {use: "tradepit.scenarios.library.strategies:SmaCrossover", with: {fast: 3, slow: 6}}
report: false
"""


def test_each_symbol_of_a_venue_pays_its_own_fees_and_the_router_knows() -> None:
    text = """\
venues:
  NEAR: {fees: {by_symbol: {"ES*": {sum: [2.00/contract, {of_fees: 10%}]}}, other: 0.01/share}}
  FAR: {fees: {by_symbol: {SPY: 0.02/share, "*": 0.01/share}}}
"""
    result = run(loads(TWO_SYMBOLS + text))
    paid = {(fill.symbol, fill.venue, fill.fee / fill.quantity) for fill in executed(result)}
    assert sorted(paid) == [("ESZ4", "FAR", D("0.01")), ("SPY", "NEAR", D("0.01"))]
    alone = run(loads(TWO_SYMBOLS + text.replace("  FAR:", "  # FAR:")))
    paid = {(fill.symbol, fill.venue, fill.fee / fill.quantity) for fill in executed(alone)}
    assert sorted(paid) == [("ESZ4", "NEAR", D("2.2")), ("SPY", "NEAR", D("0.01"))]


def test_a_tier_by_thirty_days_holds_from_midnight_utc_to_midnight() -> None:
    fees = "{tiers: [{below: 1, per_share: 0.02/share}, {per_share: 0.01/share}], by: trailing_quantity}"
    fills = executed(run(loads(TWO_SYMBOLS + f"costs: {{commission: {fees}}}")))
    first_day = fills[0].time // (86_400 * 10**9)
    rates = {(fill.time // (86_400 * 10**9) > first_day, fill.fee / fill.quantity) for fill in fills}
    assert sorted(rates) == [(False, D("0.02")), (True, D("0.01"))]
