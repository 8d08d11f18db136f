"""A scenario file becomes the tree, with every mistake found and placed."""

from pathlib import Path

import attrs
import pytest

from tradepit.models.orders import TimeInForce
from tradepit.scenarios import expect_forms
from tradepit.scenarios.loader import load, loads, validate
from tradepit.scenarios.problems import Place, Problem, ScenarioError, did_you_mean, nearest, shown
from tradepit.scenarios.times import read_instant, zone_of
from tradepit.scenarios.tree import (
    AtEndSpec,
    BarsMatching,
    Bound,
    BpsSlippage,
    BreakerSpec,
    ClockSpec,
    CostsSpec,
    ExpectSpec,
    FixedSize,
    GbmSource,
    InstrumentSpec,
    LatencySpec,
    LimitsSpec,
    MakerTakerFee,
    Money,
    OpeningPosition,
    OrdersSpec,
    PathSource,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PortfolioSpec,
    PriceSlippage,
    RoutingSpec,
    SampleSource,
    Scenario,
    SessionHours,
    StrategySpec,
    VenueLatency,
    VenueSpec,
)

EVERYTHING = Path(__file__).with_name("everything.yaml")
SMALL = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-03}
market:
  ACME: {gbm: {}}
"""
MINUTE = 60 * 10**9


def problems_of(text, **options):
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml", **options)
    return [str(problem) for problem in caught.value.problems]


def at(text):
    return read_instant(text, zone_of("America/New_York"))


def test_every_section_is_read():
    assert load(EVERYTHING) == Scenario(
        name="everything",
        about="Every section, and: a colon",
        seed=42,
        clock=ClockSpec(
            start=at("2010-05-06 14:30"),
            end=at("2010-05-06 15:10"),
            zone="America/New_York",
            session=SessionHours(opens=570 * MINUTE, closes=960 * MINUTE),
        ),
        instruments={
            "SPY": InstrumentSpec(
                tick="0.005", lot=10, multiplier=2, min_quantity=10, max_quantity=10_000, shortable=False
            ),
            "NO": InstrumentSpec(price_may_be_negative=True),
        },
        venues={
            "ARCA": VenueSpec(
                matching=BarsMatching(),
                fees=MakerTakerFee(maker=PerShareFee(per_share="-0.002"), taker=PerShareFee(per_share="0.003")),
                latency=VenueLatency(order=LatencySpec(params=(350_000,)), data=LatencySpec(params=(200_000,))),
            ),
            "BATS": VenueSpec(
                matching=BarsMatching(path="worst", market_price="vwap", max_volume_share=None, touch_fills=False),
                fees=PerShareFee(per_share="0.005", minimum=1, maximum=10, cap="0.005"),
                latency=VenueLatency(
                    order=LatencySpec(kind="lognormal", params=(240_000, 0.3)),
                    data=LatencySpec(kind="uniform", params=(1_000, 2_000)),
                ),
                slippage=BpsSlippage(bps=3),
            ),
            "EDGE": VenueSpec(
                fees=PercentFee(percent="0.001", minimum=1),
                latency=VenueLatency(order=LatencySpec(kind="normal", params=(1_000_000, 100_000))),
                slippage=PriceSlippage(amount="0.01"),
            ),
        },
        market={
            "SPY": PathSource(
                path=[
                    (at("2010-05-06 14:30"), 113.9),
                    (at("2010-05-06 14:42"), 112.7),
                    (at("2010-05-06 14:45:28"), 106),
                    (at("2010-05-06 15:08"), 110.6),
                ],
                volatility=0.35,
                every=10 * 10**9,
                volume=[(at("2010-05-06 14:30"), 1000), (at("2010-05-06 14:45"), 10.5)],
            ),
            "NO": PathSource(path=[(at("2010-05-06 14:30"), 5), (at("2010-05-06 15:00"), -3.5)], volume=500),
            "ACME": GbmSource(start=50, drift=0.05, volatility=0.1, every=5 * MINUTE),
            "GOOG": SampleSource(sample="GOOG"),
        },
        portfolio=PortfolioSpec(
            cash=Money(2_500_000, "USD"),
            sizing=FixedSize(quantity=100),
            limits=LimitsSpec(max_position=5000, max_order_notional=250_000, max_open_positions=3),
            positions={"SPY": OpeningPosition(quantity=100, price="113.5")},
        ),
        strategies=(
            StrategySpec(
                use="my_strategies:Dipper",
                with_={"fast": 10, "label": "10", "weights": [1.5, 2], "nested": {"x": None, "y": "yes"}, "on": True},
                on=("SPY", "NO"),
                name="dipper",
            ),
            StrategySpec(use="my_strategies:Dipper", name="dipper-2"),
            StrategySpec(use="my_strategies:Dipper", name="third"),
        ),
        orders=OrdersSpec(default_time_in_force=TimeInForce.GTC, history=10, max_order_age=60 * MINUTE),
        routing=RoutingSpec(policy="sequential"),
        costs=CostsSpec(commission=PerOrderFee(amount=1), slippage=BpsSlippage(bps=1)),
        breakers=(
            BreakerSpec(
                rule="rejection_rate", over=30 * 10**9, at=0.5, minimum=8, then="cancel_only", cool_down=2 * MINUTE,
                probes=3, name="storm",
            ),
            BreakerSpec(rule="failed_orders", at=5, then="reduce_only", reset="manual", name="failed_orders"),
        ),
        expect=(
            ExpectSpec(what="metric", name="max_drawdown", bounds=[Bound(comparison="below", values=["0.03"], unit="%")]),
            ExpectSpec(what="metric", name="final_equity", bounds=[
                Bound(comparison="below", values=[3_000_000], unit="USD"),
                Bound(comparison="above", values=[900_000], unit="USD")]),
            ExpectSpec(what="metric", name="sharpe", bounds=[Bound(comparison="between", values=[-10, 10])]),
            ExpectSpec(what="event", name="CircuitTripped", bounds=[
                Bound(comparison="at_least", values=[1]), Bound(comparison="at_most", values=[3])]),
            ExpectSpec(what="orders", name="all_terminal"),
            ExpectSpec(what="position", name="SPY", bounds=[Bound(comparison="equals", values=[0])]),
        ),
        at_end=AtEndSpec(close_positions=False, cancel_orders=False),
        journal="full",
        report=False,
    )  # fmt: skip


def test_what_is_left_out_has_its_default():
    start, end = at("2024-01-01 19:00"), at("2024-01-03 19:00") - 1
    assert loads(SMALL) == Scenario(name="small", clock=ClockSpec(start=start, end=end), market={"ACME": GbmSource()})


def test_a_key_with_nothing_behind_it_counts_as_not_written():
    assert loads(SMALL + "venues:\nstrategies:\nreport: ~\nportfolio: {cash: , limits: null}\n") == loads(SMALL)


def test_a_loaded_scenario_knows_its_places(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(SMALL)
    scenario = load(file)
    assert scenario.directory == tmp_path
    assert scenario.place("market.ACME.gbm.start") == Place(str(file), 5, 15)
    assert scenario.place("clock.end") == Place(str(file), 3, 33)


def test_every_problem_is_found_in_one_go():
    text = """\
tradepit: 2
name: Flash Crash
sead: 3
clock: {start: 2010-05-06 14:30, end: 2010-05-06 14:00, zone: America/New_York}
instruments: {SPX: {tick: 0}}
venues:
  ARCA:
    fees: {taker: 0.3, maker: -1%}
    latency: {order: 350}
    matching: {bars: {path: adaptve}}
market:
  SPY: {path: [[14:30, 113], [14:20, 112], [15:00]], volatility: 35}
  QQQ: {file: nowhere.csv, gbm: {}}
portfolio: {cash: 1000, sizing: {percent_of_equity: 0.02}, limits: {max_open_positions: 2.5}}
strategies:
  - {use: my_strategies.Dipper, on: [SPZ]}
breakers: [{rule: rejection_rates}]
expect:
  - {metric: max_drawdwn, below: 3%}
  - {event: OrderFiled, at_least: 1}
report: maybe
"""
    assert problems_of(text) == [
        "f.yaml:1:11: tradepit: must be 1, the version of the format, was 2",
        "f.yaml:2:7: name: a name has lower-case letters, digits and dashes, was Flash Crash; write flash-crash",
        "f.yaml:3:1: sead: must be a known key, was sead; did you mean seed?",
        "f.yaml:4:39: clock.end: the end comes after the start, was 2010-05-06 14:00",
        "f.yaml:5:15: instruments.SPX: must be a symbol of market, was SPX; did you mean SPY?",
        "f.yaml:5:27: instruments.SPX.tick: must be a number above 0, was 0",
        "f.yaml:8:19: venues.ARCA.fees.taker: a rate needs its unit, /share, % or bps, was 0.3; write 0.3/share or 0.3%",
        "f.yaml:9:22: venues.ARCA.latency.order: a duration needs a unit, was 350; write 350us, 350ms, 350s or 350min",
        "f.yaml:10:29: venues.ARCA.matching.bars.path: must be one of adaptive, ohlc, olhc, worst, was adaptve;"
        " did you mean adaptive?",
        "f.yaml:12:44: market.SPY.path[2]: must be a time and a price, was a list; write [14:30, 113.90]",
        "f.yaml:12:66: market.SPY.volatility: a share needs % or bps, was 35; write 35% or 3500%",
        "f.yaml:13:8: market.QQQ: a source has only one of file, sample, gbm, path, was file and gbm",
        "f.yaml:14:19: portfolio.cash: an amount needs its currency, was 1000; write 1000 USD",
        "f.yaml:14:53: portfolio.sizing.percent_of_equity: a share needs % or bps, was 0.02; write 0.02% or 2%",
        "f.yaml:14:89: portfolio.limits.max_open_positions: must be a whole number at least 1, was 2.5",
        "f.yaml:16:11: strategies[0].use: must be module:Class or ./file.py:Class, was my_strategies.Dipper;"
        " write my_strategies:Dipper",
        "f.yaml:16:38: strategies[0].on[0]: must be a symbol of market, was SPZ; did you mean SPY?",
        "f.yaml:17:19: breakers[0].rule: must be one of rejection_rate, failed_orders, was rejection_rates;"
        " did you mean rejection_rate?",
        "f.yaml:19:14: expect[0].metric: must be a metric that a run has, was max_drawdwn; did you mean max_drawdown?",
        "f.yaml:20:13: expect[1].event: must be an event that a run may have, was OrderFiled;"
        " did you mean OrderFilled?",
        "f.yaml:21:9: report: must be true or false, was maybe",
    ]


# Each line: what is added to SMALL, and the problem, at `f.yaml:6` where no other place is given.
MISTAKES = [
    ("about: [x]", "6:8: about: must be a text, was a list"),
    ("about: {}", "6:8: about: must be a text, was a mapping"),
    ("seed: 1.5", "6:7: seed: must be a whole number at least 0, was 1.5"),
    ("seed: -1", "6:7: seed: must be a whole number at least 0, was -1"),
    ('seed: "42"', '6:7: seed: must be a whole number at least 0, was "42"; take the quotes away: 42'),
    ("seed: true", "6:7: seed: must be a whole number at least 0, was true"),
    ("seed: [1]", "6:7: seed: must be a whole number at least 0, was a list"),
    ("seed: 10 s", "6:7: seed: must be a whole number at least 0, was 10 s; write 10"),
    ("report: no", "6:9: report: must be true or false, was no"),
    ('report: "true"', '6:9: report: must be true or false, was "true"'),
    ("journal: everything", "6:10: journal: must be one of orders, full, off, was everything"),
    ("journal: [full]", "6:10: journal: must be one of orders, full, off, was a list"),
    ("venues: [ARCA]", "6:9: venues: must be a mapping by venue, was a list; write name: {...} for each"),
    ("venues: {ARCA: }", "6:10: venues.ARCA: must say something, was nothing; write ARCA: {} for defaults"),
    ("venues: {A B: {}}", '6:10: venues."A B": a venue has no spaces and at most 64 letters, was A B'),
    ("venues: {ARCA: bars}",
     "6:16: venues.ARCA: must be a mapping, was bars; its keys: matching, fees, latency, slippage"),
    ("venues: {A: {matching: book}}", "6:24: venues.A.matching: must be bars or quotes, was book"),
    ("venues: {A: {matching: bar}}", "6:24: venues.A.matching: must be bars or quotes, was bar; did you mean bars?"),
    ("venues: {A: {matching: [bars]}}", "6:24: venues.A.matching: matching is a mapping with one of bars, quotes, was a list"),
    ("venues: {A: {matching: {}}}", "6:24: venues.A.matching: matching needs one of bars, quotes, was a mapping"),
    ("venues: {A: {matching: {quotes: {x: 1}}}}", "6:34: venues.A.matching.quotes.x: must be a known key, was x"),
    ("venues: {A: {matching: {quotes: 1}}}", "6:33: venues.A.matching.quotes: must be a mapping, was 1; write {}"),
    ("venues: {A: {matching: {bars: {max_volume_share: 0%}}}}",
     "6:50: venues.A.matching.bars.max_volume_share: a part is none, or above 0% and at most 100%, was 0%"),
    ("venues: {A: {matching: {bars: {market_price: last}}}}",
     "6:46: venues.A.matching.bars.market_price: must be one of open, close, worst, midpoint, vwap, was last"),
    ("venues: {A: {fees: {}}}",
     "6:20: venues.A.fees: fees needs one of per_share, percent, maker, taker, was a mapping"),
    ("venues: {A: {fees: {maker: 1%}}}", "6:20: venues.A.fees.taker: is required; write taker: 0.0030/share"),
    ("venues: {A: {fees: {maker: 1%, taker: 1/share}}}",
     "6:20: venues.A.fees: maker and taker have the same unit, /share or %"),
    ("venues: {A: {fees: {maker: 1%, taker: 101%}}}", "6:39: venues.A.fees.taker: a rate is at most 100%, was 101%"),
    ("venues: {A: {fees: 200%}}", "6:20: venues.A.fees: fees are at most 100%, was 200%"),
    ("venues: {A: {fees: {percent: -1%}}}", "6:30: venues.A.fees.percent: fees lie between 0% and 100%, was -1%"),
    ("venues: {A: {fees: {per_share: -1/share}}}", "6:32: venues.A.fees.per_share: fees are at least 0, was -1/share"),
    ("venues: {A: {fees: {per_share: 1/share, minimum: 5, maximum: 2}}}",
     "6:62: venues.A.fees.maximum: maximum is at least the minimum of 5, was 2"),
    ("venues: {A: {fees: {per_share: 1/share, cap: 0.5}}}",
     "6:46: venues.A.fees.cap: a share needs % or bps, was 0.5; write 0.5% or 50%"),
    ("venues: {A: {latency: 5ms}}", "6:23: venues.A.latency: must be a mapping, was 5ms; its keys: order, data"),
    ("venues: {A: {latency: {order: [5ms]}}}", "6:31: venues.A.latency.order: must be one value, was a list"),
    ("costs: {slippage: 0.01}",
     "6:19: costs.slippage: slippage needs a unit: bps, % or /share, was 0.01; write 0.01bps or 0.01/share"),
    ("instruments: {ACME: {max_quantity: 5, lot: 10}}",
     "6:36: instruments.ACME.max_quantity: max_quantity is at least one lot and min_quantity, was 5"),
    ("instruments: {ACME: {currency: dollars}}",
     "6:32: instruments.ACME.currency: a currency is three to five capital letters, was dollars; write USD or EUR"),
    ("instruments: {ACME: {currency: EUR}}",
     "6:32: instruments.ACME.currency: ACME trades in EUR, the account holds USD;"
     " write instruments: {ACME: {currency: USD}}"),
    ("portfolio: {cash: 1_000 EUR}",
     "5:9: market.ACME: ACME trades in USD, the account holds EUR; write instruments: {ACME: {currency: EUR}}"),
    ("portfolio: {cash: 0 USD}", "6:19: portfolio.cash: cash at the start is above 0, was 0 USD"),
    ("portfolio: {sizing: 2%}",
     "6:21: portfolio.sizing: sizing is a mapping with one of fixed, percent_of_equity, was 2%"),
    ("portfolio: {sizing: {fixd: 100}}",
     "6:22: portfolio.sizing.fixd: must be a known key, was fixd; did you mean fixed?"),
    ("portfolio: {sizing: {percent_of_equity: 101%}}",
     "6:41: portfolio.sizing.percent_of_equity: a part is above 0% and at most 100%, was 101%"),
    ("portfolio: {limits: {max_order_notional: 5 EUR}}",
     "6:42: portfolio.limits.max_order_notional: the account holds USD, was 5 EUR"),
    ("portfolio: {limits: {max_order_notional: 0 USD}}",
     "6:42: portfolio.limits.max_order_notional: an amount must be above 0, was 0 USD"),
    ("portfolio: {limits: {max_order_notional: 5 dollars}}",
     "6:42: portfolio.limits.max_order_notional: a currency is three to five capital letters, was 5 dollars;"
     " write USD or EUR"),
    ("portfolio: {limits: {max_order_notional: lots}}",
     "6:42: portfolio.limits.max_order_notional: must be a number above 0, was lots"),
    ("portfolio: {positions: {ACNE: {quantity: 1, price: 1}}}",
     "6:25: portfolio.positions.ACNE: must be a symbol of market, was ACNE; did you mean ACME?"),
    ("portfolio: {positions: {ACME: {quantity: 1.5, price: -1}}}",
     "6:42: portfolio.positions.ACME.quantity: must be a multiple of the lot of 1, was 1.5"),
    ("instruments: {ACME: {shortable: false}}\nportfolio: {positions: {ACME: {quantity: -1, price: 1}}}",
     "7:42: portfolio.positions.ACME.quantity: ACME is not shortable, was -1"),
    ("strategies: {use: a:B}", "6:13: strategies: must be a list of strategies, was a mapping;"
     " write - before each, or [one, two]"),
    ("strategies: [{with: {a: 1}}]", "6:14: strategies[0].use: is required;"
     " write use: my_module:MyStrategy or ./mine.py:MyStrategy"),
    ("strategies: [{use: mine.py}]",
     "6:20: strategies[0].use: must be module:Class or ./file.py:Class, was mine.py; write ./mine.py:ClassName"),
    ("strategies: [{use: Mine}]", "6:20: strategies[0].use: must be module:Class or ./file.py:Class, was Mine;"
     " write my_module:MyStrategy or ./mine.py:MyStrategy"),
    ("strategies: [{use: [a]}]", "6:20: strategies[0].use: must name a class, was a list;"
     " write my_module:MyStrategy or ./mine.py:MyStrategy"),
    ("strategies: [{use: a:B, with: [1]}]", "6:31: strategies[0].with: must be a mapping of settings, was a list;"
     " write {fast: 10, slow: 30}"),
    ("strategies: [{use: a:B, with: {fast-er: 1}}]",
     "6:32: strategies[0].with: a setting's name is a Python name, was fast-er"),
    ("strategies: [{use: a:B, on: []}]", "6:29: strategies[0].on: needs at least 1 of its symbols, was a list"),
    ("strategies: [{use: a:B, on: ACME}]", "6:29: strategies[0].on: must be a list of symbols, was ACME;"
     " write - before each, or [one, two]"),
    ("strategies: [{use: a:B, on: [[A]]}]", "6:30: strategies[0].on[0]: must be a symbol of market, was a list"),
    ("strategies: [{use: a:B, name: x y}]", "6:31: strategies[0].name: a name has letters, digits, dots, dashes and"
     " underscores, was x y; write x-y"),
    ("strategies: [{use: a:B, name: x}, {use: a:C, name: x}]",
     "6:52: strategies[1].name: each of the strategies has its own name, was x"),
    ("breakers: [halt]", "6:12: breakers[0]: a breaker is a mapping with rule: one of rejection_rate, failed_orders,"
     " was halt"),
    ("breakers: [{rule: failed_orders, at: 25%}]",
     "6:38: breakers[0].at: must be a whole number at least 1, was 25%; write 25"),
    ("breakers: [{rule: rejection_rate, at: 5}]",
     "6:39: breakers[0].at: a share needs % or bps, was 5; write 5% or 500%"),
    ("breakers: [{rule: failed_orders, minimum: 5}]", "6:34: breakers[0].minimum: must be a known key, was minimum;"
     " known: rule, over, at, then, reset, cool_down, probes, name"),
    ("breakers: [{rule: failed_orders, reset: manual, cool_down: 1s}]",
     "6:12: breakers[0]: a breaker with reset: manual has no cool_down"),
    ("breakers: [{rule: failed_orders, over: 0s}]", "6:40: breakers[0].over: a duration must be above 0 here, was 0s"),
    ("breakers: [{rule: failed_orders, name: x}, {rule: failed_orders, name: x}]",
     "6:72: breakers[1].name: each of the breakers has its own name, was x"),
    ("expect: [all good]", "6:10: expect[0]: an expectation is a mapping with one of metric, event, orders, position,"
     " was all good"),
    ("expect: [{below: 1}]", "6:10: expect[0]: an expectation looks at one of metric, event, orders, position,"
     " was none of them"),
    ("expect: [{metrik: sharpe, below: 1}]", "6:11: expect[0].metrik: must be a known key, was metrik;"
     " did you mean metric?"),
    ("expect: [{metric: sharpe, event: Fill, below: 1}]",
     "6:10: expect[0]: an expectation looks at one of metric, event, orders, position, was metric and event"),
    ("expect: [{metric: sharpe}]", "6:10: expect[0]: needs one of below, above, at_least, at_most, equals, between;"
     " write {metric: sharpe, at_least: 1}"),
    ("expect: [{metric: shrp, below: x}]", "6:27: expect[0].below: must be a number, a percentage or an amount, was x"),
    ("expect: [{metric: zzz, below: 1}]", "6:19: expect[0].metric: must be a metric that a run has, was zzz;"
     " docs/metrics.md lists them"),
    ("expect: [{metric: sharpe, below: '1'}]", "6:34: expect[0].below: must be a number, a percentage or an amount,"
     ' was "1"; take the quotes away: 1'),
    ("expect: [{metric: final_equity, below: 1 EUR}]", "6:40: expect[0].below: the account holds USD, was 1 EUR"),
    ("expect: [{metric: final_equity, below: 1 $}]", "6:40: expect[0].below: must be a number, a percentage or an"
     " amount, was 1 $; write USD or EUR"),
    ("expect: [{metric: sharpe, between: 1}]", "6:36: expect[0].between: between takes two figures, was 1;"
     " write [1%, 3%]"),
    ("expect: [{metric: sharpe, between: [1, 2%]}]",
     "6:36: expect[0].between: both figures of between have one unit, was a list"),
    ("expect: [{metric: sharpe, between: [2, 1]}]",
     "6:36: expect[0].between: between goes from the lowest to the highest, was a list"),
    ("expect: [{metric: [sharpe], below: 1}]", "6:19: expect[0].metric: must name the metric, was a list"),
    ("expect: [{event: OrderFilled, at_least: 1.5}]",
     "6:41: expect[0].at_least: a number of events is whole and at least 0, was 1.5"),
    ("expect: [{event: OrderFilled, at_least: 50%}]",
     "6:41: expect[0].at_least: a number of events is whole and at least 0, was 50%"),
    ("expect: [{orders: all}]", "6:19: expect[0].orders: must be all_terminal, was all"),
    ("expect: [{orders: all_terminal, below: 3}]", "6:10: expect[0]: orders: all_terminal takes no comparison"),
    ("expect: [{position: GOOG, equals: 0}]", "6:21: expect[0].position: must be a symbol of market, was GOOG"),
    ("at_end: {close: true}", "6:10: at_end.close: must be a known key, was close;"
     " known: close_positions, cancel_orders"),
    ("orders: {default_time_in_force: day}", "6:33: orders.default_time_in_force: must be one of DAY, GTC, IOC, FOK,"
     " was day; did you mean DAY?"),
    ("venues: {A: {matching: quotes}}\nstrategies: [{use: a:B}]",
     "6:24: venues.A.matching: A matches on quotes, but ACME comes as bars; write market: {ACME: {as: quotes}}"),
]  # fmt: skip


@pytest.mark.parametrize(("addition", "problem"), MISTAKES)
def test_a_mistake_is_placed_and_explained(addition, problem):
    assert problems_of(SMALL + addition + "\n")[0] == f"f.yaml:{problem}"


# The same for the sections that SMALL has: the whole text but for the first two lines.
MARKETS = [
    ("market: {}", "3:9: market: needs at least 1 symbol, was a mapping"),
    ("seed: 1", "1:1: market: is required; write market: {GOOG: {gbm: {}}}"),
    ("market: {A: {}}", "3:13: market.A: a source needs one of file, sample, gbm, path, was a mapping"),
    ("market: {A: {gbn: {}}}", "3:14: market.A.gbn: must be a known key, was gbn; did you mean gbm?"),
    ("market: {A: spy.csv}", "3:13: market.A: a source is a mapping with one of file, sample, gbm, path, was spy.csv"),
    ("market: {A: {gbm: {}}}", "3:13: market.A: gbm needs clock.start and clock.end;"
     " write clock: {start: 2024-01-02, end: 2024-01-03}"),
    ("market: {A: {gbm: {}}}\nclock: {start: 2024-01-02}", "3:13: market.A: gbm needs clock.end;"
     " write clock: {start: 2024-01-02, end: 2024-01-03}"),
    ("market: {A: {gbm: {volatility: 2000%}}}", "3:32: market.A.gbm.volatility: a volatility lies between 0% and 1000%,"
     " was 2000%"),
    ("market: {A: {gbm: 100}}", "3:19: market.A.gbm: must be a mapping, was 100;"
     " its keys: start, drift, volatility, every, volume"),
    ("market: {A: {sample: TSLA}}", "3:22: market.A.sample: must be one of AAPL, GOOG, IBM, MSFT, was TSLA"),
    ("market: {A: {sample: GOOG, as: bars}}", "3:28: market.A.as: must be a known key, was as; known: sample"),
    ("market: {A: {path: [[14:30, 1], [14:31, 2]]}}", "3:22: market.A.path[0][0]: a time of day needs a day, was 14:30;"
     " write clock: {start: ...} or put the date before it"),
    ("market: {A: {path: [[2024-01-02, 1]]}}", "3:20: market.A.path: needs at least 2 of its points, was a list"),
    ("market: {A: {path: [[2024-01-02, 1], [2024-01-02, 2]]}}", "3:39: market.A.path[1][0]: must be later than the one"
     " before, was 2024-01-02; write the date as well if it is on another day"),
    ("market: {A: {path: [[2024-01-02, 1], [2024-01-03, 0]]}}", "3:51: market.A.path[1][1]: a price is above 0, was 0;"
     " write instruments: {A: {price_may_be_negative: true}} if it may"),
    ("market: {A: {path: [[noon, x], [2024-01-03, 1]]}}", "3:22: market.A.path[0][0]: a time is a date with or without"
     " a time of day and a zone, was noon; write 2010-05-06 14:30 or 2010-05-06 14:30 America/New_York"),
    ("market: {A: {path: [[2024-01-02, 1], [2024-01-03, 2]]}}\nclock: {start: 2024-02-01}",
     "3:13: market.A: the path lies outside the clock's start and end"),
    ("market: {A: {path: [[2024-01-02, 1], [2024-01-03, 2]], volume: []}}",
     "3:64: market.A.volume: needs at least 1 of its steps, was a list"),
    ("market: {A: {file: nowhere.csv}}", "3:20: market.A.file: no such file, was nowhere.csv; paths start at ."),
    ("market: {A: {file: [x]}}", "3:20: market.A.file: must be a path, was a list; write data/spy.csv"),
    ("market: {A: {sample: GOOG}}\nclock: {start: 2024-01-02, zone: Mars}",
     "4:34: clock.zone: a zone is an IANA name, was Mars; write UTC or America/New_York"),
    ("market: {A: {sample: GOOG}}\nclock: {zone: [UTC]}", "4:15: clock.zone: must be one value, was a list"),
    ("market: {A: {sample: GOOG}}\nclock: {start: noon}", "4:16: clock.start: a time is a date with or without a time"
     " of day and a zone, was noon; write 2010-05-06 14:30 or 2010-05-06 14:30 America/New_York"),
    ("market: {A: {sample: GOOG}}\nclock: {session: regular}",
     "4:18: clock.session: regular hours are those of a calendar, was regular; add calendar: XNYS"),
    ("market: {A: {path: [[2024-01-02, 1], [2024-01-03, 2]], as: trades}}\nstrategies: [{use: a:B}]",
     "3:13: market.A.as: a symbol that is traded comes as bars or quotes, was trades"),
    ("market: {A: {sample: GOOG}, B: {path: [[2024-01-02, 1], [2024-01-03, 2]], as: quotes}}\nstrategies: [{use: a:B}]",
     "3:32: market.B.as: all symbols that are traded come as one kind, others as bars, was quotes"),
    ("market: {B: {path: [[2024-01-02, 1], [2024-01-03, 2]], as: quotes}}\nstrategies: [{use: a:B}]\n"
     "venues: {X: {matching: bars}}",
     "5:24: venues.X.matching: X matches on bars, but B comes as quotes;"
     " write market: {B: {as: bars}} or matching: quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "problem"), MARKETS)
def test_a_mistake_in_market_or_clock_is_placed_and_explained(rest, problem):
    assert problems_of(f"tradepit: 1\nname: x\n{rest}\n")[0] == f"f.yaml:{problem}"


def test_data_that_nobody_trades_may_come_as_it_likes():
    points = "[[2024-01-02, 1], [2024-01-03, 2]]"
    text = f"tradepit: 1\nname: x\nmarket: {{A: {{sample: GOOG}}, B: {{path: {points}, as: trades}}}}\n"
    assert list(loads(text).market) == ["A", "B"]
    assert list(loads(text + "strategies: [{use: a:B, on: [A]}]").market) == ["A", "B"]


def test_one_mistake_is_not_told_twice():
    text = SMALL.replace("start: 2024-01-02", "start: 2024-13-02").replace(
        "{gbm: {}}", "{path: [[9:30, 1], [9:40, 2]]}"
    )
    assert problems_of(text) == ["f.yaml:3:16: clock.start: a date is one of the calendar, was 2024-13-02"]
    misspelt = SMALL.replace("market:", "markets:")
    assert problems_of(misspelt) == ["f.yaml:4:1: markets: must be a known key, was markets; did you mean market?"]
    assert problems_of(SMALL.replace("ACME: {gbm: {}}", "- ACME") + "strategies: [{use: a:B, on: [X]}]\n") == [
        "f.yaml:5:3: market: must be a mapping by symbol, was a list; write name: {...} for each"
    ]
    assert problems_of(SMALL + "portfolio: {cash: 5, limits: {max_order_notional: 5 EUR}}") == [
        "f.yaml:6:19: portfolio.cash: an amount needs its currency, was 5; write 5 USD"
    ]
    assert problems_of(SMALL + "portfolio: {cash: [5]}\nexpect: [{metric: final_equity, below: 5 EUR}]") == [
        "f.yaml:6:19: portfolio.cash: must be one value, was a list"
    ]


def test_duplicate_keys_are_told_with_the_others():
    assert problems_of(SMALL + "seed: 1\nseed: x\nabot: x\n") == [
        "f.yaml:7:1: each key may stand once, was seed; the first is on line 6",
        "f.yaml:8:1: abot: must be a known key, was abot; did you mean about?",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("just words", "f.yaml:1:1: a scenario is a mapping, was just words; write name: ... on a line"),
        ("- a\n- b", "f.yaml:1:1: a scenario is a mapping, was a list; write name: ... on a line"),
        ("a: [", "f.yaml:2:1: not YAML: did not find expected node content while parsing a flow node begun on line 2"),
    ],
)
def test_what_is_no_scenario_at_all_is_refused(text, problem):
    assert problems_of(text) == [problem]


def test_the_text_of_an_error_reads_at_80_columns():
    with pytest.raises(ScenarioError) as caught:
        loads(SMALL + "venues: {ARCA: {latency: {order: 350}}}\nsede: 1\n", "flash.yaml")
    assert str(caught.value) == (
        "flash.yaml:6:34: venues.ARCA.latency.order: a duration needs a unit, was 350;\n"
        "    write 350us, 350ms, 350s or 350min\n"
        "flash.yaml:7:1: sede: must be a known key, was sede; did you mean seed?"
    )
    first = caught.value.problems[0]
    assert first == Problem(
        place=Place("flash.yaml", 6, 34),
        path="venues.ARCA.latency.order",
        rule="a duration needs a unit",
        value="350",
        suggestion="write 350us, 350ms, 350s or 350min",
    )
    assert (first.file, first.line, first.column) == ("flash.yaml", 6, 34)


def test_long_or_odd_values_are_shortened():
    assert shown("x" * 100) == "x" * 45 + "..."
    assert shown("a\nb\x07") == "a\\nb\\x07"
    assert nearest("latancy", ["fees", "latency"]) == "latency"
    assert nearest("GTc", ["DAY", "GTC"]) == "GTC"
    assert did_you_mean("zzz", [str(n) for n in range(30)]) == ""


# --- files ------------------------------------------------------------------------------------------------------


def file_problems(path):
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_missing_file_is_told_with_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("flash.yaml").write_text(SMALL)
    assert file_problems("flahs.yaml") == ["flahs.yaml: no such file; did you mean flash.yaml?"]
    assert file_problems("elsewhere/x.yaml") == ["elsewhere/x.yaml: no such file"]
    assert file_problems("flash.yaml/x.yaml") == ["flash.yaml/x.yaml: cannot be read: Not a directory"]
    assert file_problems(".") == [".: must be a file, not a directory"]


def test_a_file_that_is_not_utf_8_is_refused_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(b"tradepit: 1\nname: caf\xe9\n")
    assert file_problems("x.yaml") == ["x.yaml:2:10: a scenario is text in UTF-8, was byte 0xe9"]


def test_a_byte_order_mark_is_passed_over(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(file) == loads(SMALL)


def test_data_files_and_strategies_must_exist_in_the_scenarios_directory(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spy.csv").write_text("time,open,high,low,close,volume\n")
    (tmp_path / "mine.py").write_text("")
    text = (
        "tradepit: 1\nname: x\nmarket: {A: {file: %s, columns: {time: Date}, zone: America/New_York, faulty: skip}}\n"
    )
    right = loads(text % "data/spy.csv" + "strategies: [{use: mine.py:Mine}]", directory=tmp_path)
    assert right.resolve(right.market["A"].file) == tmp_path / "data/spy.csv"
    assert right.strategies[0].use == "./mine.py:Mine"
    assert problems_of(text % "data/spx.csv" + "strategies: [{use: ./mime.py:Mine}]", directory=tmp_path) == [
        "f.yaml:3:20: market.A.file: no such file, was data/spx.csv; did you mean data/spy.csv?",
        "f.yaml:4:20: strategies[0].use: no such file, was ./mime.py:Mine; did you mean ./mine.py?",
    ]
    assert problems_of(text % "data", directory=tmp_path) == [
        "f.yaml:3:20: market.A.file: must be a file, not a directory, was data"
    ]
    assert problems_of(text % ('"' + "x" * 5000 + '"'), directory=tmp_path)[0].startswith(
        "f.yaml:3:20: market.A.file: no such file"
    )


def test_a_files_columns_and_stamps_are_checked(tmp_path):
    (tmp_path / "q.csv").write_text("")
    text = "tradepit: 1\nname: x\nmarket: {A: {file: q.csv, %s}}\n"
    assert problems_of(text % "columns: {tiem: t, open: o}", directory=tmp_path) == [
        "f.yaml:3:37: market.A.columns.tiem: columns of bars are time, open, high, low, close, volume, vwap, was tiem;"
        " did you mean time?"
    ]
    assert problems_of(text % "as: quotes, columns: {zzz: t}", directory=tmp_path) == [
        "f.yaml:3:49: market.A.columns.zzz: columns of quotes are time, bid, ask, bid_size, ask_size, was zzz"
    ]
    assert problems_of(text % "stamp: open", directory=tmp_path) == [
        "f.yaml:3:34: market.A.stamp: bars stamped with their open need their length, was open; write every: 1min"
    ]
    assert loads(text % "stamp: open, every: 1min", directory=tmp_path).market["A"].every == MINUTE


def test_a_calendar_must_be_known():
    pytest.importorskip("exchange_calendars")
    text = SMALL.replace("clock: {", "clock: {session: regular, calendar: %s, ")
    assert loads(text % "XNYS").clock.calendar == "XNYS"
    (problem,) = problems_of(text % "XNYX")
    assert problem.startswith("f.yaml:3:")
    assert ": clock.calendar: " in problem
    assert "XNYX" in problem


# --- built in Python --------------------------------------------------------------------------------------------


def test_a_scenario_built_in_python_is_held_to_the_same_rules():
    good = loads(SMALL)
    validate(good)
    for change, path in (
        ({"market": {}}, "market"),
        ({"name": "Two Words"}, "name"),
        ({"clock": ClockSpec(start=5, end=5)}, "clock.end"),
        ({"clock": ClockSpec(zone="Mars")}, "clock.zone"),
        ({"strategies": [StrategySpec(use="a:B", on=["X"])]}, "strategies[0].on[0]"),
        ({"strategies": [StrategySpec(use="a:B", with_={"x": object})]}, "strategies"),
        ({"market": {"A": PathSource(path=[(0, 1), (0, 2)])}}, "market.A.path[1][0]"),
    ):
        with pytest.raises(ScenarioError) as caught:
            validate(attrs.evolve(good, **change))
        assert caught.value.problems[0].path == path


def test_names_of_events_are_the_messages_that_exist():
    names = expect_forms.event_names()
    assert {"CircuitTripped", "OrderFilled", "OrderRejected"} <= set(names)
    assert {"OrderEvent", "OrderEnded", "Order", "Fill"}.isdisjoint(names)
