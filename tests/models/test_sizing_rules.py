"""Sizes by risk, volatility, Kelly, weights and a user's own function."""

import math
import statistics
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.kelly import KellyFraction, TradeTally, kelly
from tradepit.models.orders import Refusal, Side
from tradepit.models.sizing import OwnSizing, RiskPerTrade, Sizing, TargetWeights, size
from tradepit.models.sizing_request import SizingRequest
from tradepit.models.volatility_target import DailyVolatility, VolatilityTarget

SPY = Instrument(symbol="SPY")
ES = Instrument(symbol="ES", tick=Decimal("0.25"), multiplier=Decimal(50))
BTC = Instrument(symbol="BTC", lot=Decimal("0.001"))
D = Decimal


def request(instrument: Instrument = SPY, price: str = "100", **changes: Any) -> SizingRequest:
    known: dict[str, Any] = {
        "instrument": instrument,
        "price": D(price),
        "entry": D(price),
        "equity": D(100_000),
        "cash": D(50_000),
        "side": Side.BUY,
    }
    return SizingRequest(**known | changes)


def sized(sizing: Sizing, asked: SizingRequest, strength: float = 1.0) -> str:
    return str(size(sizing, asked.instrument, float(asked.price), float(asked.equity), strength, asked))


RISK = RiskPerTrade()
TARGET = VolatilityTarget(target=D("0.10"), volatility=D("0.16"))
KELLY = KellyFraction(part=D(1), win_rate=D("0.55"), payoff=D("1.5"))
OWN_TRADES = KellyFraction(part=D("0.5"), trades=3, before=D("0.02"))


@pytest.mark.parametrize(
    ("sizing", "asked", "strength", "expected"),
    [
        # 1% of 100,000 is 1,000; the stop is 2.50 away
        (RISK, request(stop_loss=D("97.5")), 1.0, "400"),
        (RISK, request(stop_loss=D("102.5"), side=Side.SELL), 1.0, "400"),
        (RISK, request(stop_loss=D("97.5")), 0.5, "200"),
        (RISK, request(stop_loss=D("97.4")), 1.0, "384"),
        (RISK, request(entry=D(99), stop_loss=D("97.5")), 1.0, "666"),
        # ten points of 50 each
        (RISK, request(ES, "4000", stop_loss=D(3990)), 1.0, "2"),
        (
            RiskPerTrade(fraction=D("0.004")),
            request(ES, "4000", stop_loss=D(3990)),
            1.0,
            "SIZE_BELOW_LOT: quantity: lot=1, was=0.800",
        ),
        (RISK, request(), 1.0, "NO_STOP: a stop loss away from the entry is needed to size by risk, none was given"),
        (
            RISK,
            request(stop_loss=D(100)),
            1.0,
            "NO_STOP: a stop loss away from the entry is needed to size by risk, was 100 with an entry at 100",
        ),
        (
            RISK,
            request(stop_loss=D("NaN")),
            1.0,
            "NO_STOP: a stop loss away from the entry is needed to size by risk, was NaN with an entry at 100",
        ),
        # 0.10 / 0.16 of 100,000 is 62,500
        (TARGET, request(), 1.0, "625"),
        (TARGET, request(BTC, "40000"), 1.0, "1.562"),
        (VolatilityTarget(target=D("0.1"), volatility={"SPY": D("0.05")}), request(), 1.0, "2000"),
        (VolatilityTarget(target=D("0.1"), volatility={"SPY": D("0.05")}, most=D(1)), request(), 1.0, "1000"),
        (VolatilityTarget(target=D("0.1")), request(volatility=lambda _symbol: 0.2), 1.0, "500"),
        (
            VolatilityTarget(target=D("0.1"), volatility={"QQQ": D("0.05")}),
            request(volatility=lambda _symbol: 0.2),
            1.0,
            "500",
        ),
        (
            VolatilityTarget(target=D("0.1")),
            request(),
            1.0,
            "NO_VOLATILITY: a volatility of SPY is needed, 21 daily closes were not seen yet",
        ),
        (
            VolatilityTarget(target=D("0.1")),
            request(volatility=lambda _symbol: 0.0),
            1.0,
            "NO_VOLATILITY: a volatility of SPY is needed, was 0",
        ),
        # 0.55 - 0.45 / 1.5 = 0.25
        (KELLY, request(), 1.0, "250"),
        (KellyFraction(win_rate=D("0.55"), payoff=D("1.5")), request(), 1.0, "125"),
        (KellyFraction(part=D(1), win_rate=D(1), payoff=D(1), most=D("0.3")), request(), 1.0, "300"),
        (
            KellyFraction(win_rate=D("0.4"), payoff=D(1)),
            request(),
            1.0,
            "NO_EDGE: Kelly fraction: limit=0, was=-0.2",
        ),
        (OWN_TRADES, request(), 1.0, "20"),
        (OWN_TRADES, request(trades=lambda: (2, D(1), D("Infinity"))), 1.0, "20"),
        (OWN_TRADES, request(trades=lambda: (3, D("0.5"), D(2))), 1.0, "125"),
        (OWN_TRADES, request(trades=lambda: (3, D(1), D("Infinity"))), 1.0, "500"),
        (OWN_TRADES, request(trades=lambda: (3, D(0), D(0))), 1.0, "NO_EDGE: Kelly fraction: limit=0, was=-1"),
        (TargetWeights(weights={"SPY": D("0.6")}), request(), 1.0, "600"),
        (
            TargetWeights(weights={"QQQ": D("0.6"), "TLT": D("0.4")}),
            request(),
            1.0,
            "NO_WEIGHT: SPY has no weight; known: QQQ, TLT",
        ),
        (OwnSizing(function=lambda asked: asked.cash / asked.price / 3), request(), 1.0, "166"),
        (OwnSizing(function=lambda _asked: 12.9), request(), 0.5, "6"),
        (OwnSizing(function=lambda _asked: 7), request(), 1.0, "7"),
        (OwnSizing(function=lambda _asked: 0), request(), 1.0, "SIZE_BELOW_LOT: quantity: lot=1, was=0"),
        (
            OwnSizing(function=lambda _asked: Refusal(code="NOT_NOW", text="it is late")),
            request(),
            1.0,
            "NOT_NOW: it is late",
        ),
    ],
)  # fmt: skip
def test_each_rule_gives_its_size_in_whole_lots_or_says_why_not(
    sizing: Sizing, asked: SizingRequest, strength: float, expected: str
) -> None:
    assert sized(sizing, asked, strength) == expected


def test_a_rule_that_is_told_nothing_knows_price_and_equity_alone() -> None:
    assert str(size(RISK, SPY, 100.0, 1e5)).startswith("NO_STOP")
    assert size(KELLY, SPY, 100.0, 1e5) == 250
    assert str(size(OWN_TRADES, SPY, None, 1e5)) == "NO_PRICE: a price of SPY other than 0 is needed, none was seen"


@pytest.mark.parametrize(
    ("sizing", "expected"), [(RISK, "320"), (TARGET, "500"), (TargetWeights(weights={"SPY": D("0.6")}), "480")]
)
def test_a_price_in_another_currency_counts_in_the_accounts(sizing: Sizing, expected: str) -> None:
    """At a rate of 1.25 a unit of 100 is worth 125, and a distance of 2.50 is 3.125."""
    assert sized(sizing, request(stop_loss=D("97.5"), in_account=lambda value: value * D("1.25"))) == expected


def sells_short(_asked: SizingRequest) -> Any:
    return -1


def says_much(_asked: SizingRequest) -> Any:
    return "much"


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (sells_short, ValueError, "sizing function sells_short must return 0 or more, was -1"),
        (says_much, TypeError, "sizing function says_much must return a number or a Refusal, was 'much'"),
        (lambda _asked: math.nan, ValueError, "sizing function <lambda> must return 0 or more, was nan"),
        (lambda _asked: True, TypeError, "sizing function <lambda> must return a number or a Refusal, was True"),
    ],
)
def test_an_own_function_that_gives_no_size_is_an_error(function: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{message}$"):
        sized(OwnSizing(function=function), request())


@pytest.mark.parametrize(
    ("rule", "setting", "message"),
    [
        (RiskPerTrade, {"fraction": D(0)}, "fraction must be above 0, was 0"),
        (RiskPerTrade, {"fraction": D(2)}, "fraction must be from 0 to 1, was 2"),
        (TargetWeights, {"weights": {"SPY": D(2)}}, "weights must be above 0 and at most 1, was 2 for SPY"),
        (VolatilityTarget, {"target": D(0)}, "target must be above 0, was 0"),
        (VolatilityTarget, {"target": D(1), "volatility": D(0)}, "volatility must be above 0, was 0"),
        (VolatilityTarget, {"target": D(1), "volatility": {"X": D(-1)}}, "volatility must be above 0, was -1"),
        (VolatilityTarget, {"target": D(1), "days": 1}, "days must be 2 or more, was 1"),
        (VolatilityTarget, {"target": D(1), "most": D(0)}, "most must be above 0, was 0"),
        (KellyFraction, {"win_rate": D("0.5")}, "win_rate and payoff are given together, or neither"),
        (KellyFraction, {"payoff": D("0.5")}, "win_rate and payoff are given together, or neither"),
        (KellyFraction, {"trades": 0}, "trades must be 1 or more, was 0"),
        (KellyFraction, {"part": D(0)}, "part must be above 0, was 0"),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_made(rule: Any, setting: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        rule(**setting)


@given(
    fraction=st.decimals("0.001", "1", places=3),
    entry=st.decimals("0.01", "10000", places=2),
    away=st.decimals("0.01", "1000", places=2),
    equity=st.floats(1, 1e9),
    multiplier=st.sampled_from(["0.1", "1", "50"]),
)
def test_the_loss_at_the_stop_never_exceeds_its_part_of_the_equity_and_a_lot_more_would(
    fraction: Decimal, entry: Decimal, away: Decimal, equity: float, multiplier: str
) -> None:
    instrument = Instrument(symbol="X", multiplier=D(multiplier))
    asked = request(instrument, str(entry), stop_loss=entry - away, equity=D(repr(equity)))
    quantity = size(RiskPerTrade(fraction=fraction), instrument, float(entry), equity, around=asked)
    budget, loss = fraction * D(repr(equity)), away * D(multiplier)
    if isinstance(quantity, Refusal):
        assert quantity.code == "SIZE_BELOW_LOT"
        assert loss > budget
    else:
        assert quantity * loss <= budget < (quantity + 1) * loss


# --- Kelly ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("win_rate", "payoff", "expected"),
    [("0.6", "1", "0.2"), ("0.5", "2", "0.25"), ("0.5", "1", "0"), ("0.25", "2", "-0.125"), ("0.7", "Infinity", "0.7")],
)
def test_the_kelly_fraction_is_p_less_q_over_b(win_rate: str, payoff: str, expected: str) -> None:
    assert kelly(D(win_rate), D(payoff)) == D(expected)


@given(p=st.floats(0.05, 0.95), b=st.floats(0.2, 5))
def test_no_other_fraction_makes_the_capital_grow_faster(p: float, b: float) -> None:
    def growth(f: float) -> float:
        return p * math.log1p(f * b) + (1 - p) * math.log1p(-f)

    best = max(float(kelly(D(repr(p)), D(repr(b)))), 0.0)
    for other in (0.0, best * 0.9, best + 0.01, min(best + 0.2, 0.99)):
        if other < 1:
            assert growth(best) >= growth(other) - 1e-12


def test_trades_are_counted_from_opening_until_flat_or_turned_round() -> None:
    tally = TradeTally()
    assert tally.figures() == (0, D(0), D(0))
    steps = [
        ("A", 10, "-1"),  # opened, for a fee of 1
        ("A", 20, "-2"),
        ("A", 5, "28"),
        ("A", 0, "38"),  # closed: 38 won, fees taken off
        ("B", -5, "0"),
        ("B", 5, "-19"),  # turned round: 19 lost
        ("B", 0, "-20"),  # and 1 more
        ("A", 1, "38"),
        ("A", 0, "38"),  # neither won nor lost
    ]
    for symbol, quantity, net in steps:
        tally.note(symbol, D(quantity), D(net))
    count, rate, payoff = tally.figures()
    assert (count, rate, payoff) == (4, D("0.25"), D("3.8"))


def test_without_a_loss_the_payoff_is_infinite_and_without_a_win_nothing() -> None:
    winner, loser = TradeTally(), TradeTally()
    for tally, net in ((winner, "5"), (loser, "-5")):
        tally.note("A", D(1), D(0))
        tally.note("A", D(0), D(net))
    assert winner.figures() == (1, D(1), D("Infinity"))
    assert loser.figures() == (1, D(0), D(0))


# --- volatility -------------------------------------------------------------------------------------------------

DAY = 86_400


def test_volatility_is_the_sample_deviation_of_daily_returns_times_the_root_of_252() -> None:
    """Prices within a day do not count, and today's last price is no close yet."""
    measured = DailyVolatility(3, lambda at: at // DAY)
    closes = [100.0, 102.0, 99.0, 101.0, 104.0]
    for day, close in enumerate(closes):
        measured.note("X", day * DAY, 50.0)
        measured.note("X", day * DAY + 7, close)
        if day < 4:
            assert measured.per_year("X") is None
    returns = [102 / 100 - 1, 99 / 102 - 1, 101 / 99 - 1]
    assert measured.per_year("X") == pytest.approx(statistics.stdev(returns) * math.sqrt(252), rel=1e-12)
    measured.note("X", 5 * DAY, 1.0)
    rolled = [99 / 102 - 1, 101 / 99 - 1, 104 / 101 - 1]
    assert measured.per_year("X") == pytest.approx(statistics.stdev(rolled) * math.sqrt(252), rel=1e-12)
    assert measured.per_year("Y") is None


def test_a_close_of_zero_gives_no_return() -> None:
    measured = DailyVolatility(2, lambda at: at)
    for day, close in enumerate([1.0, 0.0, 1.0, 2.0]):
        measured.note("X", day, close)
    assert measured.per_year("X") is None
