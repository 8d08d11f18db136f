"""A scenario file becomes the tree, with every mistake found and placed."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.actors.kernel.lifecycle import SUPERVISION
from tradepit.models.commission_tiers import Tier
from tradepit.models.limits import PartOfEquity
from tradepit.models.messages import EVENTS
from tradepit.models.metrics import metric_names
from tradepit.models.order_adjustments import OnDividend, OnSplit
from tradepit.models.orders import TimeInForce
from tradepit.models.slippage_depth import BookSlippage, Distance, HalfSpreadSlippage
from tradepit.models.slippage_impact import (
    PercentageSlippage,
    SquareRootSlippage,
    VolatilitySlippage,
    VolumeImpactSlippage,
    VolumeShareSlippage,
)
from tradepit.scenarios import expect_forms
from tradepit.scenarios.loader import load, loads, validate
from tradepit.scenarios.problems import Place, Problem, ScenarioError, did_you_mean, nearest, shown
from tradepit.scenarios.times import read_instant, zone_of
from tradepit.scenarios.tree import (
    ActorSpec,
    ActorSupervisionSpec,
    AtEndSpec,
    BackoffSpec,
    BarsMatching,
    BorrowSpec,
    Bound,
    BpsSlippage,
    BreakerSpec,
    BuysFee,
    ClockSpec,
    CommonLatency,
    CostsSpec,
    DatedFee,
    DatedPeriod,
    DelistingSpec,
    DividendSpec,
    ExpectSpec,
    FaultSpec,
    FixedSize,
    GbmSource,
    GroupSpec,
    InstrumentSpec,
    LatencySpec,
    LimitsSpec,
    LinkRuleSpec,
    LinkSpec,
    LoadLatency,
    MailboxSpec,
    MakerTakerFee,
    MarginSpec,
    MetricsSpec,
    Money,
    NoFee,
    OnFees,
    OpeningPosition,
    OrderRule,
    OrdersSpec,
    OwnCode,
    PathSource,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PortfolioSpec,
    PriceSlippage,
    QuantileLatency,
    RenameSpec,
    RoutingSpec,
    SampleSource,
    Scenario,
    SellsFee,
    SessionHours,
    SplitSpec,
    StockDividendSpec,
    StrategiesSpec,
    StrategySpec,
    SumFee,
    SumSlippageSpec,
    SupervisionSpec,
    SupervisorSpec,
    SymbolFee,
    TieredFee,
    TradeFaultSpec,
    ValidationSpec,
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


def at(text: str) -> Any:
    return read_instant(text, zone_of("America/New_York"))


D = Decimal
DEAR = {
    "SUMS": VenueSpec(
        fees=SumFee(
            sum=[
                PerShareFee(
                    per_share="0.85", per_order="0.3", cap="0.01", minimum_wins=True, rounding="up", step="0.05"
                ),
                SellsFee(
                    sells=DatedFee(
                        dated=[
                            DatedPeriod(fees=NoFee()),
                            DatedPeriod(from_=at("2010-02-26"), fees=PercentFee(percent="0.0000127", rounding="up")),
                        ]
                    )
                ),
                BuysFee(buys=PercentFee(percent="0.005", maximum=100, per="fill")),
                DatedFee(
                    dated=[
                        DatedPeriod(from_=at("2010-05-01 09:30"), fees=PerOrderFee(amount=1, per="fill")),
                        DatedPeriod(
                            from_=at("2010-05-02"),
                            fees=MakerTakerFee(maker=PercentFee(percent="-0.001"), taker=PercentFee(percent="0.002")),
                        ),
                    ]
                ),
                TieredFee(
                    tiers=[
                        Tier(below=D(100), per_share=D("0.02"), minimum=D(2)),
                        Tier(up_to=D(500), percent=D("0.001"), per_order=D(1)),
                        Tier(per_share=D("0.01")),
                    ],
                    by="month_quantity",
                    elsewhere=50,
                ),
                TieredFee(
                    tiers=[Tier(up_to=D(1000), percent=D("0.003")), Tier(percent=D("0.001"))],
                    rates="marginal",
                    minimum=1,
                ),
                MakerTakerFee(
                    maker=PerShareFee(per_share="0.001"), taker=PerShareFee(per_share="0.002"), minimum="0.5"
                ),
                OnFees(of_fees="0.18", rounding="half_up", step="0.05"),
                SymbolFee(
                    by_symbol={
                        "SPY": SumFee(sum=[PercentFee(percent="0.001"), OnFees(of_fees="0.2")]),
                        "*": PercentFee(percent="0.0005"),
                    }
                ),
                OwnCode(use="my_costs:stamp", with_={"rate": "0.5%"}),
            ]
        ),
        slippage=SumSlippageSpec(
            sum=[
                PercentageSlippage(
                    base=D("0.002"),
                    volatility_multiplier=D("1.5"),
                    volume_factor=D("0.2"),
                    default_volatility=D("0.02"),
                    window=30,
                ),
                VolumeShareSlippage(impact=D("0.2"), limit=D("0.05"), marginal=True),
                VolumeImpactSlippage(permanent=D("0.0002"), temporary=D("0.0003"), threshold=D("0.02")),
                VolatilitySlippage(base=D("0.0002"), multiplier=D(4), default_volatility=D("0.02"), window=30),
                SquareRootSlippage(coefficient=D("0.8"), default_volatility=D("0.02"), window=30),
                HalfSpreadSlippage(spread=Distance(per_unit=D("0.02"))),
                BookSlippage(depth=D(500), step=Distance(fraction=D("0.0002"))),
                OwnCode(use="my_costs:slip"),
            ]
        ),
        fee_currency="quote",
    ),
    "SYMBOLS": VenueSpec(
        fees=SymbolFee(
            by_symbol={
                "SPY": PerOrderFee(amount=1),
                "?O*": TieredFee(
                    tiers=[Tier(up_to=D(5), percent=D("0.001")), Tier(percent=D("0.0005"))], by="trailing_value"
                ),
                "XBT": OwnCode(use="my_costs:stamp"),
            },
            other=NoFee(),
        ),
    ),
    "WORDS": VenueSpec(
        fees=PerShareFee(per_share="0.005", minimum=1, maximum=10), slippage=VolumeImpactSlippage(), fee_currency="EUR"
    ),
    "USED": VenueSpec(slippage=SquareRootSlippage(window=5), fees=OwnCode(use="my_costs:stamp")),
}


def problems_of(text: str, **options: Any) -> Any:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml", **options)
    return [str(problem) for problem in caught.value.problems]


def test_every_section_is_read() -> None:
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
            "NO": InstrumentSpec(price_may_be_negative=True, base="BTC"),
            "EURUSD": InstrumentSpec(base="EUR", leverage=50),
            "XBT": InstrumentSpec(base="BTC", inverse=True),
        },
        venues={
            "ARCA": VenueSpec(
                matching=BarsMatching(),
                fees=MakerTakerFee(maker=PerShareFee(per_share="-0.002"), taker=PerShareFee(per_share="0.003")),
                latency=VenueLatency(order=LatencySpec(params=(350_000,)), data=LatencySpec(params=(200_000,))),
            ),
            "BATS": VenueSpec(
                matching=BarsMatching(
                    path="worst",
                    market_price="vwap",
                    max_volume_share=None,
                    touch_fills=False,
                    gap_price="worse",
                    arrival="last_close",
                    close_within=60 * MINUTE,
                    market_fills="whole",
                    sequence="submission",
                    stop_limits="pessimistic",
                    trailing="extreme",
                    exits="same_bar",
                    slips="all",
                    past_limit="skip",
                    past_bar="extreme",
                    stale_after=300 * 10**9,
                ),
                fees=PerShareFee(per_share="0.005", minimum=1, maximum=10, cap="0.005"),
                latency=VenueLatency(
                    order=LatencySpec(kind="lognormal", params=(240_000, 0.3)),
                    data=LatencySpec(kind="uniform", params=(1_000, 2_000)),
                ),
                slippage=BpsSlippage(bps=3),
                self_trade_prevention="decrement",
            ),
            "EDGE": VenueSpec(
                fees=PercentFee(percent="0.001", minimum=1),
                latency=VenueLatency(
                    order=LatencySpec(kind="normal", params=(1_000_000, 100_000)),
                    data=OwnCode(use="my_links:slow", with_={"most": 5}),
                ),
                slippage=PriceSlippage(amount="0.01"),
                order_types=["MARKET", "LIMIT", "STOP"],
            ),
            **DEAR,
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
            "EURUSD": GbmSource(start=1.25),
            "XBT": GbmSource(start=10_000),
        },
        portfolio=PortfolioSpec(
            cash=Money(2_500_000, "USD"),
            sizing=FixedSize(quantity=100),
            limits=LimitsSpec(
                max_open_positions=3,
                min_reward_to_risk=1.5,
                max_stop_distance=0.02,
                missing_stop="add",
                max_order_notional=250_000,
                max_position=5000,
                max_gross_exposure=PartOfEquity(fraction=Decimal("1.5")),
                max_net_exposure=2_000_000,
                price_collar=0.05,
                short_allowed=False,
                locates={"SPY": 1000, "NO": 0},
                max_orders_per_second=50,
                max_daily_loss=PartOfEquity(fraction=Decimal("0.02")),
                max_drawdown=100_000,
                own=[OwnCode(use="my_checks:small"), OwnCode(use="my_checks:late", with_={"after": "15:30"})],
            ),
            positions={"SPY": OpeningPosition(quantity=100, price="113.5")},
            realised="fifo",
            marks="bid_ask",
            margin=MarginSpec(
                model="percentage",
                initial="0.2",
                maintenance="0.1",
                interest="0.06",
                grace=60 * MINUTE,
                liquidate="worst",
            ),
            borrow=BorrowSpec(rate="0.0025", hard_to_borrow="0.3", hard=["GOOG"], by_symbol={"ACME": Decimal("0.015")}),
            accrue="calendar_day",
            days_in_year=365,
            conversion="at_fill",
            balances={"EUR": Decimal("1000.5")},
            rates={"EURUSD": Decimal("1.2512")},
            reserve_fees=True,
        ),
        corporate_actions=[
            SplitSpec(at=at("2010-05-06 14:35"), symbol="ACME", ratio=(Decimal(3), Decimal(2)), fractions="kept"),
            DividendSpec(
                at=at("2010-05-06 14:36"),
                symbol="ACME",
                dividend=Money("0.24", "USD"),
                withheld=Decimal("0.15"),
                pays=at("2010-05-06 14:38:30"),
            ),
            StockDividendSpec(at=at("2010-05-06 14:37"), symbol="ACME", share="0.05"),
            RenameSpec(at=at("2010-05-06 14:38"), symbol="ACME", to="GOOG"),
            DelistingSpec(at=at("2010-05-06 14:39"), symbol="GOOG", price="0.5"),
        ],
        strategies=(
            StrategySpec(
                use="my_strategies:Dipper",
                with_={"fast": 10, "label": "10", "weights": [1.5, 2], "nested": {"x": None, "y": "yes"}, "on": True},
                on=("SPY", "NO"),
                name="dipper",
            ),
            StrategySpec(use="my_strategies:Dipper", name="dipper-2"),
            StrategySpec(use="my_strategies:Dipper", name="third", thread=True),
        ),
        orders=OrdersSpec(
            default_time_in_force=TimeInForce.GTC,
            history=10,
            max_order_age=60 * MINUTE,
            on_split=OnSplit.CANCEL,
            on_dividend=OnDividend.KEEP,
            validation=ValidationSpec(
                order=[*OrderRule, OwnCode(use="my_rules:round_lots")],
                fill=["fee", "slippage", OwnCode(use="my_rules:whole", with_={"least": 5})],
                max_fee="0.02",
                max_slippage="0.005",
                signal=[
                    OwnCode(use="my_rules:Symbols"),
                    "symbol",
                    "strength",
                    "confluence",
                    "stop_loss",
                    "take_profit",
                    "size",
                ],
                min_strength=0.25,
                min_confluence=2.0,
            ),
        ),
        routing=RoutingSpec(policy="sequential", groups="together"),
        costs=CostsSpec(
            preset="conservative",
            commission=PerOrderFee(amount=1),
            slippage=BpsSlippage(bps=1),
            fee_currency="quote",
        ),
        breakers=(
            BreakerSpec(
                rule="rejection_rate",
                over=30 * 10**9,
                at=0.5,
                minimum=8,
                then="cancel_only",
                cool_down=2 * MINUTE,
                probes=3,
                name="storm",
            ),
            BreakerSpec(rule="failed_orders", at=5, then="reduce_only", reset="manual", name="failed_orders"),
        ),
        links={
            "router -> ARCA": LinkSpec(
                latency=LoadLatency(
                    base=CommonLatency(
                        base=QuantileLatency(points=[(0.5, 200_000), (0.99, 2_000_000)]),
                        group="wan",
                        sigma=0.5,
                        every=10 * 10**9,
                    ),
                    per_message=5000,
                    over=10**8,
                ),
                rules=[
                    LinkRuleSpec(
                        do="delay",
                        by=LatencySpec(kind="lognormal", params=(40_000_000, 0.5)),
                        rate=0.05,
                        kinds=["SubmitChild"],
                        at=at("2010-05-06 14:45"),
                        for_=30 * 10**9,
                    ),
                    LinkRuleSpec(do="duplicate", by=LatencySpec(params=(1_000_000,)), copies=2, rate=0.01),
                    LinkRuleSpec(do="reorder", by=LatencySpec(kind="uniform", params=(0, 1_000_000)), both=True),
                    LinkRuleSpec(do="drop", rate=0.001, for_=MINUTE),
                ],
            ),
            "router -> EDGE": LinkSpec(
                latency=OwnCode(use="my_links:Busy"),
                rules=[LinkRuleSpec(do="delay", by=OwnCode(use="my_links:slow"))],
            ),
            "any -> BATS": LinkSpec(
                rules=[LinkRuleSpec(do="partition", at=at("2010-05-06 14:50"), for_=10 * 10**9, both=True)]
            ),
        },
        supervision=SupervisionSpec(
            components=SupervisorSpec(
                strategy="rest_for_one",
                intensity=5,
                period=MINUTE,
                backoff=BackoffSpec(first=100_000_000, factor=1.5, most=10 * 10**9, jitter=0.1),
            ),
            strategies=StrategiesSpec(restart="transient", intensity=1),
            actors={
                "BATS": ActorSupervisionSpec(restart="temporary"),
                "strategy:third": ActorSupervisionSpec(
                    restart="permanent", intensity=0, period=10 * 10**9, backoff=BackoffSpec(first=10**9)
                ),
            },
            groups={
                "money": GroupSpec(
                    members=["orders", "portfolio", "wires"], strategy="one_for_all", restart="permanent", intensity=2
                ),
                "wires": GroupSpec(
                    members=["broker:BATS", "broker:ARCA"], period=30 * 10**9, backoff=BackoffSpec(most=MINUTE)
                ),
            },
        ),
        actors={
            "portfolio": ActorSpec(
                service_time=LatencySpec(kind="lognormal", params=(2_000_000, 0.3)),
                mailbox=MailboxSpec(capacity=100, overflow="drop_oldest"),
            ),
            "BATS": ActorSpec(mailbox=MailboxSpec(overflow="conflate")),
            "broker:BATS": ActorSpec(
                service_time=QuantileLatency(points=[(0.5, 200_000), (0.99, 2_000_000)]),
                mailbox=MailboxSpec(capacity=5),
            ),
        },
        faults=(
            FaultSpec(actor="portfolio", do="crash", at=at("2010-05-06 14:45:10")),
            FaultSpec(actor="strategy:third", do="crash", message=17, times=2),
            TradeFaultSpec(venue="ARCA", do="bust", at=at("2010-05-06 14:46:00"), fill=3),
            TradeFaultSpec(
                venue="BATS",
                do="correct",
                at=at("2010-05-06 14:47:00"),
                quantity=Decimal(20),
                price=Decimal("106.5"),
                reason="typo",
            ),
        ),
        expect=(
            ExpectSpec(
                what="metric", name="max_drawdown", bounds=[Bound(comparison="below", values=["0.03"], unit="%")]
            ),
            ExpectSpec(
                what="metric",
                name="final_equity",
                bounds=[
                    Bound(comparison="below", values=[3_000_000], unit="USD"),
                    Bound(comparison="above", values=[900_000], unit="USD"),
                ],
            ),
            ExpectSpec(what="metric", name="sharpe", bounds=[Bound(comparison="between", values=[-10, 10])]),
            ExpectSpec(
                what="event",
                name="CircuitTripped",
                bounds=[Bound(comparison="at_least", values=[1]), Bound(comparison="at_most", values=[3])],
            ),
            ExpectSpec(what="orders", name="all_terminal"),
            ExpectSpec(what="position", name="SPY", bounds=[Bound(comparison="equals", values=[0])]),
            ExpectSpec(
                what="recovery",
                name="portfolio",
                bounds=[Bound(comparison="within", values=[2 * 10**9], unit="time")],
            ),
            ExpectSpec(
                what="wait",
                name="BATS",
                bounds=[
                    Bound(comparison="below", values=[5_000_000], unit="time"),
                    Bound(comparison="at_least", values=[0], unit="time"),
                ],
            ),
            ExpectSpec(what="mailbox", name="portfolio", bounds=[Bound(comparison="between", values=[0, 100])]),
            ExpectSpec(what="dropped", name="portfolio", bounds=[Bound(comparison="at_most", values=[1])]),
            ExpectSpec(
                what="metric",
                name="fill_rate",
                bounds=[Bound(comparison="above", values=["0.5"], unit="%")],
                venue="BATS",
                symbol="SPY",
                strategy="third",
            ),
            ExpectSpec(
                what="metric",
                name="accept_latency_p99_ns",
                bounds=[Bound(comparison="within", values=[5 * 10**6], unit="time")],
                strategy="third",
            ),
            ExpectSpec(
                what="metric",
                name="trade_net_pnl",
                bounds=[Bound(comparison="at_least", values=[100], unit="USD")],
                symbol="NO",
            ),
            ExpectSpec(
                what="event",
                name="ChildRejected",
                bounds=[Bound(comparison="equals", values=[0])],
                venue="ARCA",
            ),
            ExpectSpec(
                what="event",
                name="OrderFilled",
                bounds=[Bound(comparison="at_least", values=[1])],
                venue="ARCA",
                symbol="SPY",
            ),
        ),
        at_end=AtEndSpec(close_positions=False, cancel_orders=False),
        metrics=MetricsSpec(benchmark="SPY", risk_free=0.025, periods_per_year=365.0, trades="reduced_fifo"),
        journal="full",
        report=False,
    )


def test_what_is_left_out_has_its_default() -> None:
    start, end = at("2024-01-01 19:00"), at("2024-01-03 19:00") - 1
    assert loads(SMALL) == Scenario(name="small", clock=ClockSpec(start=start, end=end), market={"ACME": GbmSource()})


def test_a_key_with_nothing_behind_it_counts_as_not_written() -> None:
    assert loads(SMALL + "venues:\nstrategies:\nreport: ~\nportfolio: {cash: , limits: null}\n") == loads(SMALL)


def test_a_loaded_scenario_knows_its_places(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SMALL)
    scenario = load(file)
    assert scenario.directory == tmp_path
    assert scenario.place("market.ACME.gbm.start") == Place(str(file), 5, 15)
    assert scenario.place("clock.end") == Place(str(file), 3, 33)


def test_every_problem_is_found_in_one_go() -> None:
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
        (
            "f.yaml:8:19: venues.ARCA.fees.taker: a rate needs its unit, /share, % or bps, was 0.3;"
            " write 0.3/share or 0.3%"
        ),
        "f.yaml:9:22: venues.ARCA.latency.order: a duration needs a unit, was 350; write 350us, 350ms, 350s or 350min",
        (
            "f.yaml:10:29: venues.ARCA.matching.bars.path: must be one of adaptive, ohlc, olhc, worst, close, was "
            "adaptve;"
            " did you mean adaptive?"
        ),
        "f.yaml:12:44: market.SPY.path[2]: must be a time and a price, was a list; write [14:30, 113.90]",
        "f.yaml:12:66: market.SPY.volatility: a share needs % or bps, was 35; write 35% or 3500%",
        "f.yaml:13:8: market.QQQ: a source has only one of file, sample, gbm, path, tcp, was file and gbm",
        "f.yaml:14:19: portfolio.cash: an amount needs its currency, was 1000; write 1000 USD",
        "f.yaml:14:53: portfolio.sizing.percent_of_equity: a share needs % or bps, was 0.02; write 0.02% or 2%",
        "f.yaml:14:89: portfolio.limits.max_open_positions: must be a whole number at least 1, was 2.5",
        (
            "f.yaml:16:11: strategies[0].use: must be module:Class or ./file.py:Class, was my_strategies.Dipper;"
            " write my_strategies:Dipper"
        ),
        "f.yaml:16:38: strategies[0].on[0]: must be a symbol of market, was SPZ; did you mean SPY?",
        (
            "f.yaml:17:19: breakers[0].rule: must be one of rejection_rate, failed_orders, was rejection_rates;"
            " did you mean rejection_rate?"
        ),
        "f.yaml:19:14: expect[0].metric: must be a metric that a run has, was max_drawdwn; did you mean max_drawdown?",
        (
            "f.yaml:20:13: expect[1].event: must be an event, which is published and so counted, was OrderFiled;"
            " did you mean OrderFilled?"
        ),
        "f.yaml:21:9: report: must be true or false, was maybe",
    ]


def mistakes(name: str) -> list[tuple[str, str]]:
    """Return what is written wrong, and the problem it makes, from a file of this folder."""
    blocks = Path(__file__).with_name(name).read_text().split("\n\n")[1:]
    return [(wrong, problem.strip()) for wrong, _, problem in (block.partition("\n-> ") for block in blocks)]


@pytest.mark.parametrize(("addition", "problem"), mistakes("mistakes.txt"))
def test_a_mistake_is_placed_and_explained(addition: str, problem: Any) -> None:
    assert problems_of(SMALL + addition + "\n")[0] == f"f.yaml:{problem}"


@pytest.mark.parametrize(("addition", "problem"), mistakes("cost_mistakes.txt"))
def test_a_mistake_in_costs_is_placed_and_explained(addition: str, problem: Any) -> None:
    assert problems_of(SMALL + addition + "\n")[0] == f"f.yaml:{problem}"


@pytest.mark.parametrize(("rest", "problem"), mistakes("market_mistakes.txt"))
def test_a_mistake_in_market_or_clock_is_placed_and_explained(rest: str, problem: Any) -> None:
    assert problems_of(f"tradepit: 1\nname: x\n{rest}\n")[0] == f"f.yaml:{problem}"


def test_data_that_nobody_trades_may_come_as_it_likes() -> None:
    points = "[[2024-01-02, 1], [2024-01-03, 2]]"
    text = f"tradepit: 1\nname: x\nmarket: {{A: {{sample: GOOG}}, B: {{path: {points}, as: trades}}}}\n"
    assert list(loads(text).market) == ["A", "B"]
    assert list(loads(text + "strategies: [{use: a:B, on: [A]}]").market) == ["A", "B"]


def test_one_mistake_is_not_told_twice() -> None:
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


def test_duplicate_keys_are_told_with_the_others() -> None:
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
def test_what_is_no_scenario_at_all_is_refused(text: str, problem: Any) -> None:
    assert problems_of(text) == [problem]


def test_the_text_of_an_error_reads_at_80_columns() -> None:
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


def test_long_or_odd_values_are_shortened() -> None:
    assert shown("x" * 100) == "x" * 45 + "..."
    assert shown("a\nb\x07") == "a\\nb\\x07"
    assert nearest("latancy", ["fees", "latency"]) == "latency"
    assert nearest("GTc", ["DAY", "GTC"]) == "GTC"
    assert did_you_mean("zzz", [str(n) for n in range(30)]) == ""


# --- built in Python --------------------------------------------------------------------------------------------


def test_a_scenario_built_in_python_is_held_to_the_same_rules() -> None:
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


def test_names_of_events_are_those_of_what_is_published() -> None:
    assert expect_forms.event_names() == tuple(kind.__name__ for kind in (*EVENTS, *SUPERVISION))


def test_metrics_of_money_and_counts_are_metrics_and_nothing_is_both() -> None:
    money, counts = expect_forms.MONEY_METRICS, expect_forms.COUNT_METRICS
    assert money | counts < set(metric_names())
    assert money.isdisjoint(counts)
