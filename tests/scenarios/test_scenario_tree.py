"""The tree can be built in Python, and fills in what is left open."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.scenarios.problems import Place
from tradepit.scenarios.tree import (
    BarsMatching,
    Bound,
    BpsSlippage,
    BreakerSpec,
    ClockSpec,
    CostsSpec,
    ExpectSpec,
    FileSource,
    GbmSource,
    InstrumentSpec,
    MakerTakerFee,
    MarketKind,
    Money,
    NoFee,
    NoSlippage,
    PathSource,
    PercentFee,
    PerShareFee,
    QuotesMatching,
    SampleSource,
    Scenario,
    StrategySpec,
    VenueLatency,
    VenueSpec,
    gives,
)


def scenario(**changes: Any) -> Any:
    return Scenario(**{"name": "x", "market": {"A": GbmSource()}, **changes})


def test_numbers_of_python_become_exact() -> None:
    assert InstrumentSpec(tick=0.1, lot="0.5", max_quantity=7).tick == Decimal("0.1")
    assert Money(0.1) == Money(Decimal("0.1"), "USD")
    for wrong in ("ten", "NaN", float("inf")):
        with pytest.raises(ValueError):
            InstrumentSpec(tick=wrong)


def test_strategies_without_a_name_get_their_classs_made_unique() -> None:
    uses = [
        StrategySpec(use="a:Dip"),
        StrategySpec(use="./b.py:Dip"),
        StrategySpec(use="a:Sma", name="dip-2"),
        StrategySpec(use="a:Sma"),
    ]
    assert [spec.name for spec in scenario(strategies=uses).strategies] == ["dip", "dip-3", "dip-2", "sma"]


def test_names_stay_when_a_scenario_is_changed() -> None:
    first = scenario(strategies=[StrategySpec(use="a:Dip"), StrategySpec(use="b:Dip")])
    assert attrs.evolve(first, seed=2).strategies == first.strategies


def test_a_strategy_on_one_symbol_may_name_it_bare() -> None:
    assert StrategySpec(use="a:B", on="SPY").on == ("SPY",)


def test_breakers_have_the_defaults_of_their_rule() -> None:
    rate, failed = scenario(breakers=[BreakerSpec(rule="rejection_rate"), BreakerSpec(rule="failed_orders")]).breakers
    assert (rate.name, rate.at, rate.minimum, rate.cool_down) == ("rejection_rate", 0.25, 4, 300 * 10**9)
    assert (failed.name, failed.at, failed.over) == ("failed_orders", 10, 60 * 10**9)
    assert BreakerSpec(rule="failed_orders", reset="manual").cool_down is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reset": "manual", "cool_down": 1}, "a breaker with reset: manual has no cool_down"),
        ({"reset": "auto", "cool_down": None}, "a breaker with reset: auto needs a cool_down"),
    ],
)
def test_a_cool_down_belongs_to_an_automatic_reset(settings: Any, message: Any) -> None:
    with pytest.raises(ValueError, match=message):
        BreakerSpec(rule="failed_orders", **settings)


@pytest.mark.parametrize(
    ("maker", "taker", "message"),
    [
        (PerShareFee(per_share=1), PercentFee(percent=1), "maker and taker have the same unit, /share or %"),
        (PerShareFee(per_share=1), PerShareFee(per_share=1, minimum=1), "maker and taker are plain rates"),
        (PerShareFee(per_share=1, cap=1), PerShareFee(per_share=1), "maker and taker are plain rates"),
        (PercentFee(percent=1, maximum=1), PercentFee(percent=1), "maker and taker are plain rates"),
    ],
)
def test_maker_and_taker_are_two_plain_rates_of_one_unit(maker: Any, taker: Any, message: Any) -> None:
    with pytest.raises(ValueError, match=message):
        MakerTakerFee(maker=maker, taker=taker)


def test_without_venues_there_is_one_named_sim() -> None:
    assert scenario().resolved_venues() == {
        "SIM": VenueSpec(
            matching=BarsMatching(),
            fees=NoFee(),
            slippage=NoSlippage(),
            latency=VenueLatency(),
            fee_currency="quote",
        )
    }


def test_a_venue_takes_from_costs_what_it_does_not_say() -> None:
    venues = {"A": VenueSpec(fees=PercentFee(percent="0.1")), "B": VenueSpec(slippage=NoSlippage())}
    costs = CostsSpec(commission=PercentFee(percent="0.2"), slippage=BpsSlippage(bps=3))
    resolved = scenario(venues=venues, costs=costs).resolved_venues()
    left: dict[str, Any] = {"matching": BarsMatching(), "latency": VenueLatency(), "fee_currency": "quote"}
    assert resolved == {
        "A": VenueSpec(fees=PercentFee(percent="0.1"), slippage=BpsSlippage(bps=3), **left),
        "B": VenueSpec(fees=PercentFee(percent="0.2"), slippage=NoSlippage(), **left),
    }


def test_matching_follows_the_sources() -> None:
    quotes = GbmSource(as_="quotes")
    assert scenario(market={"A": quotes, "B": quotes}).matching == QuotesMatching()
    assert scenario(market={"A": quotes, "B": GbmSource()}).matching == BarsMatching()
    assert gives(SampleSource(sample="GOOG")) is MarketKind.BARS
    assert gives(FileSource(file="x.csv", as_="trades")) is MarketKind.TRADES


def test_an_instrument_that_is_not_named_has_the_defaults() -> None:
    fine = InstrumentSpec(tick="0.0001")
    assert scenario(instruments={"A": fine}).instrument("A") == fine
    assert scenario().instrument("A") == InstrumentSpec()


def test_paths_start_at_the_scenarios_directory() -> None:
    assert scenario(directory=Path("/data")).resolve("spy.csv") == Path("/data/spy.csv")


def test_a_path_may_be_any_pairs() -> None:
    source = PathSource(path=[(1, 2), (3, 4)], volume=[(1, 5)])
    assert (source.path, source.volume) == (((1, 2.0), (3, 4.0)), ((1, 5.0),))
    assert PathSource(path=[(1, 2), (3, 4)], volume=7).volume == 7.0


def test_a_scenario_knows_where_its_values_stand_or_what_encloses_them() -> None:
    places = {"": Place("f", 1, 1), "a": Place("f", 2, 1), "a[0]": Place("f", 3, 1)}
    placed = scenario(places=places)
    assert [placed.place(path).line for path in ("a[0]", "a[0].b.c", "a[1]", "a.x", "z", "")] == [3, 3, 2, 2, 1, 1]
    assert scenario().place("a.b") == Place("x")


def test_two_scenarios_are_equal_wherever_they_stand() -> None:
    assert scenario(directory=Path("/a"), places={"": Place("f")}) == scenario()
    assert scenario() != scenario(clock=ClockSpec(zone="America/New_York"))


HOLDS = [
    ("below", [3], [2.9], [3.0, 3.1, float("nan")]),
    ("above", [3], [3.1], [3.0, 2.9, float("nan")]),
    ("at_least", ["0.3"], [0.3, Decimal("0.3"), 1], [0.2999, float("nan")]),
    ("at_most", ["0.3"], [0.3, Decimal("0.3"), 0], [0.3001, float("nan")]),
    ("equals", ["0.1"], [0.1, Decimal("0.1")], [0.1000001, float("nan")]),
    ("between", [1, 2], [1.0, 1.5, 2], [0.99, 2.01, float("nan")]),
]


@pytest.mark.parametrize(("comparison", "values", "held", "broken"), HOLDS)
def test_a_bound_holds_or_not(comparison: Any, values: Any, held: Any, broken: Any) -> None:
    bound = Bound(comparison=comparison, values=values)
    assert [bound.holds(figure) for figure in held] == [True] * len(held)
    assert [bound.holds(figure) for figure in broken] == [False] * len(broken)


def test_a_bound_takes_as_many_values_as_it_compares() -> None:
    with pytest.raises(ValueError, match=r"below takes 1 value\(s\), was 2"):
        Bound(comparison="below", values=[1, 2])
    with pytest.raises(ValueError, match="between goes from the lowest to the highest, was 2, 1"):
        Bound(comparison="between", values=[2, 1])


def test_an_expectation_reads_as_a_sentence() -> None:
    drawdown = ExpectSpec(
        what="metric", name="max_drawdown", bounds=[Bound(comparison="below", values=["0.03"], unit="%")]
    )
    equity = ExpectSpec(
        what="metric",
        name="final_equity",
        bounds=[
            Bound(comparison="at_least", values=[900_000], unit="USD"),
            Bound(comparison="between", values=["0.5", 2]),
        ],
    )
    assert [str(spec) for spec in (drawdown, equity, ExpectSpec(what="orders", name="all_terminal"))] == [
        "metric max_drawdown below 3%",
        "metric final_equity at least 900000 USD, between 0.5 and 2",
        "orders all_terminal",
    ]
