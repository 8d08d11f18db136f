"""File to tree to file loses nothing."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.accruals import Accrue
from tradepit.models.book_settings import Marks
from tradepit.models.commission_tiers import Tier, TierBy
from tradepit.models.corporate_actions import Fractions
from tradepit.models.currency_account import Conversion
from tradepit.models.limits import PartOfEquity
from tradepit.models.lots import CostMethod
from tradepit.models.orders import OrderKind, TimeInForce
from tradepit.models.queue_position import QueueModel
from tradepit.models.slippage_depth import BookSlippage, Distance, HalfSpreadSlippage
from tradepit.models.slippage_impact import (
    PercentageSlippage,
    SquareRootSlippage,
    VolatilitySlippage,
    VolumeImpactSlippage,
    VolumeShareSlippage,
)
from tradepit.scenarios.loader import load, loads
from tradepit.scenarios.tree import (
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
    FeePer,
    FixedCash,
    FixedSize,
    GbmSource,
    InstrumentSpec,
    KellyFraction,
    LatencySpec,
    LimitsSpec,
    LinkRuleSpec,
    LinkSpec,
    LoadLatency,
    MakerTakerFee,
    MarginSpec,
    MetricsSpec,
    Money,
    NoFee,
    NoSlippage,
    OrderRule,
    OrdersSpec,
    OwnCode,
    PathSource,
    PercentFee,
    PercentOfEquity,
    PerOrderFee,
    PerShareFee,
    PortfolioSpec,
    PriceSlippage,
    QuantileLatency,
    QuotesMatching,
    RiskPerTrade,
    Scenario,
    SellsFee,
    SessionHours,
    SignalRule,
    SplitSpec,
    StockDividendSpec,
    StrategySpec,
    SumFee,
    SumSlippageSpec,
    TargetWeights,
    TieredFee,
    TradesMatching,
    ValidationSpec,
    VenueLatency,
    VenueSpec,
    VolatilityTarget,
)
from tradepit.scenarios.writer import dump

EVERYTHING = Path(__file__).with_name("everything.yaml")


def test_a_file_that_says_everything_comes_back_whole() -> None:
    scenario = load(EVERYTHING)
    written = dump(scenario)
    assert loads(written, directory=EVERYTHING.parent) == scenario
    assert dump(loads(written)) == written


def test_defaults_are_left_out_and_units_written() -> None:
    scenario = Scenario(
        name="small",
        clock=ClockSpec(start=0, end=86_400 * 10**9 - 1),
        venues={
            "ARCA": VenueSpec(
                fees=PerShareFee(per_share="0.0030"), latency=VenueLatency(order=LatencySpec(params=(5000,)))
            )
        },
        market={"NO": GbmSource(drift=0.05, every=90 * 10**9)},
        strategies=[
            StrategySpec(use="a:B", with_={"text": "10", "none": None, "word": "NO", "flag": True, "list": (1, 2.5)})
        ],
    )
    assert dump(scenario) == (
        "tradepit: 1\n"
        "name: small\n"
        "clock: {start: 1970-01-01, end: 1970-01-01}\n"
        "venues:\n"
        "  ARCA: {fees: 0.003/share, latency: {order: 5us}}\n"
        "market:\n"
        "  NO: {gbm: {drift: 5%, every: 90s}}\n"
        "strategies:\n"
        "- use: a:B\n"
        '  with: {text: "10", none: null, word: NO, flag: true, list: [1, 2.5]}\n'
        "  name: b\n"
    )


def test_a_setting_with_more_digits_than_a_float_holds_is_written_as_a_text() -> None:
    exact = {"long": Decimal("1.000000000000000001"), "short": Decimal("0.1")}
    clock = ClockSpec(start=0, end=86_400_000_000_000)
    strategy = StrategySpec(use="a:B", with_=exact)
    scenario = Scenario(name="x", clock=clock, market={"A": GbmSource()}, strategies=[strategy])
    assert loads(dump(scenario)).strategies[0].with_ == {"long": "1.000000000000000001", "short": 0.1}


def test_an_unreadable_setting_is_refused() -> None:
    scenario = Scenario(
        name="x", market={"A": GbmSource()}, strategies=[StrategySpec(use="a:B", with_={"x": object()})]
    )
    with pytest.raises(TypeError, match="a setting must be text, number, true or false, list or mapping, was <object"):
        dump(scenario)


TIMES_IN_FORCE = [time_in_force for time_in_force in TimeInForce if time_in_force is not TimeInForce.GTD]
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"])
TIMES = st.integers(-(10**18), 4 * 10**18)
DURATIONS = st.integers(1, 10**16)
EXACT = st.decimals(min_value=0, max_value=10**6, places=4)
ABOVE = st.decimals(min_value="0.0001", max_value=10**6, places=4)
PART = st.decimals(min_value="0.0001", max_value=1, places=4)
SIGNED = st.decimals(min_value=-1, max_value=1, places=4)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
YAML_TEXTS = TEXTS.filter(lambda text: text.isprintable())
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SYMBOLS = st.from_regex(r"[A-Z0-9^=./-]{1,8}", fullmatch=True)

TERMS: dict[str, Any] = {
    "per_order": EXACT,
    "minimum": EXACT,
    "maximum": st.none() | st.just(Decimal(10**7)),
    "cap": st.none() | PART,
    "rounding": st.sampled_from([None, "up", "down", "half_up"]),
    "per": st.sampled_from(FeePer),
}
RATES = st.builds(PercentFee, percent=SIGNED), st.builds(PerShareFee, per_share=SIGNED)
TIERED = st.builds(
    TieredFee,
    tiers=st.tuples(
        st.builds(Tier, up_to=st.decimals("0.0001", 5, places=4), percent=PART, minimum=st.none() | EXACT),
        st.builds(Tier, below=st.decimals(6, 10**6, places=4), per_share=EXACT, per_order=EXACT),
        st.builds(Tier, percent=PART),
    ),
    by=st.sampled_from(TierBy),
    **TERMS,
)
OWN = st.builds(OwnCode, use=st.just("mine:costs"), with_=st.dictionaries(NAMES, st.integers(), max_size=2))
PLAIN_FEES = st.one_of(
    st.builds(NoFee),
    st.builds(PerOrderFee, amount=EXACT, per=st.sampled_from(FeePer)),
    st.builds(PercentFee, percent=PART, **TERMS),
    st.builds(PerShareFee, per_share=EXACT, **TERMS),
    *(st.builds(MakerTakerFee, maker=rate, taker=rate) for rate in RATES),
    TIERED,
    OWN,
)
DATED = st.builds(
    DatedFee,
    dated=st.tuples(st.builds(DatedPeriod, fees=PLAIN_FEES), st.builds(DatedPeriod, from_=TIMES, fees=PLAIN_FEES)),
)
PART_FEES = st.one_of(
    PLAIN_FEES, DATED, st.builds(SellsFee, sells=PLAIN_FEES | DATED), st.builds(BuysFee, buys=PLAIN_FEES | DATED)
)
FEES = PART_FEES | st.builds(SumFee, sum=st.lists(PART_FEES, min_size=1, max_size=3))
DISTANCES = st.builds(Distance, per_unit=EXACT) | st.builds(Distance, fraction=PART)
PLAIN_SLIPPAGE = st.one_of(
    st.builds(NoSlippage),
    st.builds(BpsSlippage, bps=st.decimals(0, 10_000, places=3)),
    st.builds(PriceSlippage, amount=EXACT),
    st.builds(PercentageSlippage, base=PART, volume_factor=EXACT),
    st.builds(VolumeShareSlippage, impact=EXACT, limit=PART, marginal=st.booleans()),
    st.builds(VolumeImpactSlippage, permanent=PART, temporary=PART, threshold=PART),
    st.builds(VolatilitySlippage, base=PART, multiplier=EXACT, default_volatility=PART),
    st.builds(SquareRootSlippage, coefficient=EXACT),
    st.builds(HalfSpreadSlippage, spread=DISTANCES),
    st.builds(BookSlippage, depth=ABOVE, step=DISTANCES),
    OWN,
)
SLIPPAGE = PLAIN_SLIPPAGE | st.builds(SumSlippageSpec, sum=st.lists(PLAIN_SLIPPAGE, min_size=1, max_size=3))
WAYS = st.one_of(
    st.builds(LatencySpec, params=st.tuples(DURATIONS)),
    st.builds(LatencySpec, kind=st.just("uniform"), params=st.tuples(DURATIONS, DURATIONS).map(sorted)),
    st.builds(LatencySpec, kind=st.just("normal"), params=st.tuples(DURATIONS, DURATIONS)),
    st.builds(LatencySpec, kind=st.just("lognormal"), params=st.tuples(DURATIONS, st.floats(0.001, 10))),
)
POINTS = st.lists(st.tuples(st.integers(0, 1000), DURATIONS), min_size=2, max_size=4, unique_by=lambda point: point[0])
RECORDED = POINTS.map(
    lambda points: QuantileLatency(
        points=list(zip(sorted(part / 1000 for part, _ in points), sorted(ns for _, ns in points), strict=True))
    )
)
COMMON = st.builds(CommonLatency, base=WAYS | RECORDED, group=NAMES, sigma=st.floats(0.001, 10), every=st.just(10**9))
WAYS_OF_LINKS = st.one_of(
    WAYS, RECORDED, COMMON, st.builds(LoadLatency, base=WAYS | COMMON, per_message=DURATIONS, over=DURATIONS)
)
RULES = st.one_of(
    st.builds(
        LinkRuleSpec,
        do=st.sampled_from(["delay", "reorder", "duplicate"]),
        by=WAYS | RECORDED | COMMON,
        rate=st.floats(0.001, 1),
        kinds=st.lists(st.sampled_from(["Bar", "SubmitChild"]), max_size=2),
        for_=st.none() | DURATIONS,
        both=st.booleans(),
    ),
    st.builds(LinkRuleSpec, do=st.just("duplicate"), copies=st.integers(1, 100)),
    st.builds(LinkRuleSpec, do=st.just("partition"), for_=st.none() | DURATIONS),
)
LINKS = st.builds(LinkSpec, latency=WAYS_OF_LINKS, rules=st.lists(RULES, max_size=2))
VENUES = st.builds(
    VenueSpec,
    matching=st.none()
    | st.builds(
        BarsMatching,
        path=st.sampled_from(["adaptive", "ohlc", "olhc", "worst"]),
        max_volume_share=st.none() | PART,
        touch_fills=st.booleans(),
        gap_price=st.sampled_from(["open", "worse", "own"]),
        arrival=st.sampled_from(["next_bar", "last_close"]),
        close_within=st.none() | DURATIONS,
        market_fills=st.sampled_from(["partial", "whole"]),
        sequence=st.sampled_from(["path", "submission"]),
        stop_limits=st.sampled_from(["path", "range", "close", "pessimistic", "body"]),
        trailing=st.sampled_from(["path", "extreme", "close"]),
        exits=st.sampled_from(["next_bar", "same_bar"]),
        slips=st.sampled_from(["takers", "all"]),
        past_limit=st.sampled_from(["limit", "skip"]),
        past_bar=st.sampled_from(["slip", "extreme", "skip"]),
        stale_after=st.none() | DURATIONS,
    ),
    self_trade_prevention=st.sampled_from(["none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"]),
    fees=st.none() | FEES,
    latency=st.none() | st.builds(VenueLatency, order=WAYS, data=WAYS),
    slippage=st.none() | SLIPPAGE,
    order_types=st.none() | st.lists(st.sampled_from(OrderKind), min_size=1, unique=True),
    fee_currency=st.sampled_from([None, "quote"]),
)
FIGURES = st.floats(0.001, 10**6)
PAIRS = st.lists(st.tuples(TIMES, FIGURES), min_size=2, max_size=4, unique_by=lambda pair: pair[0]).map(sorted)
SOURCES = st.one_of(
    st.builds(
        PathSource, path=PAIRS, volatility=st.floats(0.001, 10), every=DURATIONS, volume=st.one_of(FIGURES, PAIRS)
    ),
    st.builds(GbmSource, start=FIGURES, drift=st.floats(-10, 10).filter(lambda d: abs(d) > 1e-6), every=DURATIONS),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), YAML_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(YAML_TEXTS, inner, max_size=3),
    max_leaves=6,
)
BREAKERS = st.one_of(
    st.builds(BreakerSpec, rule=st.just("failed_orders"), at=st.integers(1, 100), over=DURATIONS, cool_down=DURATIONS),
    st.builds(BreakerSpec, rule=st.just("rejection_rate"), at=st.floats(0.001, 1), minimum=st.integers(1, 9)),
    st.builds(BreakerSpec, rule=st.just("failed_orders"), reset=st.just("manual"), then=st.just("reduce_only")),
)
VALIDATIONS = st.one_of(
    st.builds(
        ValidationSpec,
        order=st.lists(st.sampled_from(OrderRule), unique=True),
        fill=st.permutations(["fee", "slippage"]),
        max_fee=PART,
        max_slippage=PART,
        min_strength=st.integers(0, 100).map(lambda n: n / 100),
        min_confluence=st.integers(0, 100).map(lambda n: n / 10),
    ),
    st.builds(ValidationSpec, signal=st.lists(st.sampled_from(SignalRule), unique=True)),
)


def expectations_of(metric: str, unit: str) -> Any:
    """Draw expectations of a metric, in its unit or without one."""
    units = st.sampled_from(["", unit])
    bounds = st.one_of(
        st.builds(Bound, comparison=st.sampled_from(["below", "equals"]), values=st.tuples(SIGNED), unit=units),
        st.builds(Bound, comparison=st.just("between"), values=st.tuples(SIGNED, SIGNED).map(sorted), unit=units),
    )
    return st.builds(ExpectSpec, what=st.just("metric"), name=st.just(metric), bounds=st.tuples(bounds))


OWN_FUNCTIONS = st.builds(OwnCode, use=st.just("a.b:c"), with_=st.dictionaries(NAMES, VALUES, max_size=2))
BOUNDS = st.none() | ABOVE | st.builds(PartOfEquity, fraction=PART)


def sizes(symbols: Any) -> Any:
    """Draw a way of sizing orders."""
    kelly = {"part": PART, "trades": st.integers(1, 99), "before": PART, "most": st.none() | ABOVE}
    return st.one_of(
        st.builds(FixedSize, quantity=ABOVE),
        st.builds(FixedCash, amount=ABOVE),
        st.builds(PercentOfEquity, fraction=PART),
        st.builds(TargetWeights, weights=st.dictionaries(symbols, PART, min_size=1, max_size=3)),
        st.builds(RiskPerTrade, fraction=PART),
        st.builds(
            VolatilityTarget,
            target=PART,
            volatility=st.none() | PART | st.dictionaries(symbols, PART, max_size=2),
            days=st.integers(2, 99),
            most=st.none() | ABOVE,
        ),
        st.builds(KellyFraction, **kelly),
        st.builds(KellyFraction, win_rate=PART, payoff=ABOVE, **kelly),
        OWN_FUNCTIONS,
    )


def limits(symbols: Any) -> Any:
    """Draw risk limits."""
    return st.builds(
        LimitsSpec,
        max_open_positions=st.none() | st.integers(1, 9),
        min_reward_to_risk=st.none() | ABOVE,
        max_stop_distance=PART,
        missing_stop=st.sampled_from(["allow", "refuse", "add"]),
        max_order_notional=st.none() | ABOVE,
        max_position=st.none() | ABOVE,
        max_gross_exposure=BOUNDS,
        max_net_exposure=BOUNDS,
        price_collar=st.none() | PART,
        short_allowed=st.booleans(),
        locates=st.dictionaries(symbols, ABOVE, max_size=2),
        max_orders_per_second=st.none() | st.integers(1, 99),
        max_daily_loss=BOUNDS,
        max_drawdown=BOUNDS,
        own=st.lists(OWN_FUNCTIONS, max_size=2),
    )


MARGINS = st.one_of(
    st.builds(MarginSpec),
    st.builds(
        MarginSpec,
        model=st.just("reg_t"),
        interest=PART,
        grace=DURATIONS,
        liquidate=st.sampled_from(["largest", "worst", None]),
    ),
    st.builds(MarginSpec, model=st.just("percentage"), initial=PART, maintenance=st.just("0.0001")),
)


def actions_of(symbols: Any, first: int) -> Any:
    """Draw corporate actions that take effect as the clock starts."""
    at = st.just(first)
    ratios = st.tuples(ABOVE, ABOVE).filter(lambda ratio: ratio[0] != ratio[1])
    fractions = st.sampled_from(Fractions)
    actions = st.one_of(
        st.builds(SplitSpec, at=at, symbol=symbols, ratio=ratios, fractions=fractions),
        st.builds(
            DividendSpec, at=at, symbol=symbols, dividend=ABOVE.map(lambda paid: Money(paid, "USD")), withheld=PART
        ),
        st.builds(StockDividendSpec, at=at, symbol=symbols, share=PART, fractions=fractions),
    )
    leaving = st.builds(DelistingSpec, at=at, symbol=symbols, price=EXACT).map(lambda last: [last])
    return st.lists(actions, max_size=3) | leaving


EXPECTATIONS = st.one_of(expectations_of("sharpe", "%"), expectations_of("final_equity", "USD"))


@st.composite
def scenarios(draw: Any) -> Any:
    market = draw(st.dictionaries(SYMBOLS, SOURCES, min_size=1, max_size=3))
    first = min([draw(TIMES), *(source.path[-1][0] for source in market.values() if isinstance(source, PathSource))])
    last = [source.path[0][0] for source in market.values() if isinstance(source, PathSource)]
    symbols = st.sampled_from(list(market))
    opens = draw(st.integers(0, 86_399 * 10**9))
    session = SessionHours(opens=opens, closes=draw(st.integers(opens + 1, 86_400 * 10**9)))
    return Scenario(
        name=draw(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True)),
        about=draw(YAML_TEXTS),
        seed=draw(st.integers(0, 2**63)),
        clock=ClockSpec(
            start=first,
            end=max([first, *last]) + draw(DURATIONS),
            zone=draw(ZONES),
            session=draw(st.none() | st.just(session)),
        ),
        instruments=draw(st.dictionaries(symbols, st.builds(InstrumentSpec, tick=ABOVE, lot=ABOVE), max_size=2)),
        venues=draw(st.dictionaries(SYMBOLS, VENUES, max_size=3)),
        market=market,
        portfolio=PortfolioSpec(
            cash=Money(draw(ABOVE), "USD"),
            sizing=draw(sizes(symbols)),
            limits=draw(limits(symbols)),
            realised=draw(st.sampled_from(CostMethod)),
            marks=draw(st.sampled_from(Marks)),
            margin=draw(MARGINS),
            borrow=draw(
                st.builds(
                    BorrowSpec,
                    rate=PART,
                    hard=st.lists(symbols, min_size=1, max_size=2),
                    by_symbol=st.dictionaries(symbols, PART),
                )
            ),
            accrue=draw(st.sampled_from(Accrue)),
            days_in_year=draw(st.sampled_from([360, 365])),
            conversion=draw(st.sampled_from(Conversion)),
        ),
        corporate_actions=draw(actions_of(symbols, first)),
        strategies=draw(
            st.lists(
                st.builds(
                    StrategySpec,
                    use=st.just("a.b:C"),
                    with_=st.dictionaries(NAMES, VALUES, max_size=3),
                    on=st.lists(symbols, max_size=2),
                ),
                max_size=2,
            )
        ),
        metrics=MetricsSpec(
            benchmark=draw(st.none() | symbols), risk_free=draw(SIGNED.map(float)), periods_per_year=draw(FIGURES)
        ),
        orders=draw(
            st.builds(
                OrdersSpec,
                default_time_in_force=st.sampled_from(TIMES_IN_FORCE),
                max_order_age=DURATIONS,
                validation=VALIDATIONS,
            )
        ),
        costs=draw(st.builds(CostsSpec, commission=FEES, slippage=SLIPPAGE)),
        breakers=draw(st.lists(BREAKERS, max_size=3)),
        links=draw(st.dictionaries(st.sampled_from(["feed -> any", "router -> orders"]), LINKS, max_size=2)),
        expect=draw(st.lists(EXPECTATIONS, max_size=2)),
        report=draw(st.booleans()),
    )


OTHER_MATCHING = st.builds(
    QuotesMatching,
    touch_fills=st.booleans(),
    depth=st.integers(0, 1000),
    depth_size=st.none() | ABOVE,
    crossed=st.sampled_from(["skip", "match"]),
    queue=st.none()
    | st.builds(QueueModel, st.sampled_from(["front", "back", "proportional", "log"]))
    | st.builds(QueueModel, st.just("power"), st.floats(0.001, 1000)),
) | st.builds(TradesMatching, touch_fills=st.booleans(), queue_ahead=EXACT)


@given(matching=OTHER_MATCHING)
def test_matching_on_quotes_and_trades_comes_back_equal(matching: QuotesMatching | TradesMatching) -> None:
    scenario = Scenario(
        name="x", venues={"A": VenueSpec(matching=matching)}, market={"A": PathSource(path=[(0, 1), (1, 2)])}
    )
    assert loads(dump(scenario)) == scenario


@given(scenarios())
def test_whatever_is_built_comes_back_equal_after_it_was_written(scenario: Scenario) -> None:
    written = dump(scenario)
    again = loads(written)
    assert again == scenario
    assert dump(again) == written


def test_a_scenario_may_be_changed_and_saved() -> None:
    scenario = load(EVERYTHING)
    changed = attrs.evolve(scenario, seed=43)
    assert dump(changed) == dump(scenario).replace("seed: 42", "seed: 43")
