"""The portfolio's desk: sizes that need to know more than a quantity."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.kelly import KellyFraction
from tradepit.models.limits import Limits, MissingStop
from tradepit.models.market import Quote, Trade
from tradepit.models.messages import (
    Direction,
    OrderFilled,
)
from tradepit.models.orders import OrderKind, OrderTerms, Side
from tradepit.models.sizing import OwnSizing, RiskPerTrade, TargetWeights
from tradepit.models.sizing_request import SizingRequest
from tradepit.models.volatility_target import VolatilityTarget

D = Decimal
SECOND = 1_000_000_000
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT
ADD = Limits(max_stop_distance=D("0.02"), missing_stop=MissingStop.ADD)


@pytest.mark.parametrize(
    ("limits", "said", "expected"),
    [
        # 1% of 100,000 over a distance of 2.50
        (
            Limits(),
            lambda say: say.signal("m-1", LONG, stop_loss="97.5"),
            ["m-1 BUY 400 MARKET", "m-1-SL SELL 400 STOP at 97.5"],
        ),
        (
            Limits(),
            lambda say: say.signal("m-1", LONG, entry_price=99, stop_loss="97.5"),
            ["m-1 BUY 666 LIMIT 99", "m-1-SL SELL 666 STOP at 97.5"],
        ),
        (Limits(), lambda say: say.signal("m-1", LONG), [
            "m-1 NO_STOP: a stop loss away from the entry is needed to size by risk, none was given"
        ]),
        (ADD, lambda say: say.signal("m-1", LONG), ["m-1 BUY 500 MARKET", "m-1-SL SELL 500 STOP at 98.00"]),
        (ADD, lambda say: say.signal("m-1", SHORT), ["m-1 SELL 500 MARKET", "m-1-SL BUY 500 STOP at 102.00"]),
        (ADD, lambda say: say.ask("m-1", 1, quantity=None), ["m-1 BUY 500 MARKET", "m-1-SL SELL 500 STOP at 98.00"]),
        (
            ADD,
            lambda say: say.ask("m-1", 1, quantity=None, kind=OrderKind.LIMIT, limit_price=D(50)),
            ["m-1 BUY 1000 LIMIT 50", "m-1-SL SELL 1000 STOP at 49.00"],
        ),
        (ADD, lambda say: say.signal("m-1", FLAT), []),
    ],
)  # fmt: skip
def test_a_size_by_risk_takes_the_stop_that_is_given_or_added(
    say: Any, hear: Callable[..., list[str]], limits: Limits, said: Callable[[Any], Any], expected: list[str]
) -> None:
    assert hear(say.desk(sizing=RiskPerTrade(), limits=limits), say.bar(100.0), said(say)) == expected


def test_a_stop_is_added_to_what_opens_alone(say: Any, hear: Callable[..., list[str]]) -> None:
    portfolio = say.desk(held=5, limits=ADD)
    heard = hear(
        portfolio,
        say.bar(100.33),
        say.ask("m-1", -5),
        say.ask("m-2", 3),
        say.ask("m-3", 2, OrderTerms(stop_loss=D(99))),
    )
    assert heard == [
        "m-1 SELL 5 MARKET",
        "m-2 BUY 3 MARKET",
        "m-2-SL SELL 3 STOP at 98.33",  # 2% below 100.33 is 98.3234
        "m-3 BUY 2 MARKET",
        "m-3-SL SELL 2 STOP at 99",
    ]


def test_a_signal_that_turns_a_position_round_closes_it_before_a_stop_is_added(
    say: Any, hear: Callable[..., list[str]]
) -> None:
    assert hear(say.desk(held=-4, limits=ADD), say.bar(100.0), say.signal("m-1", LONG)) == [
        "m-1-CLOSE BUY 4 MARKET",
        "m-1 BUY 10 MARKET",
        "m-1-SL SELL 10 STOP at 98.00",
    ]
    assert hear(say.desk(held=-4, limits=ADD), say.bar(100.0), say.signal("m-1", FLAT)) == ["m-1 BUY 4 MARKET"]
    assert hear(say.desk(held=-4, limits=ADD), say.bar(100.0), say.ask("m-1", 10)) == [
        "m-1 BRACKET_FLIPS: a stop loss or take profit stands behind what only opens: held=-4, was=10"
    ]


def test_a_users_own_sizing_is_told_what_is_known(say: Any, hear: Callable[..., list[str]]) -> None:
    asked: list[SizingRequest] = []

    def own(request: SizingRequest) -> int:
        asked.append(request)
        return 3

    portfolio = say.desk(held=10, sizing=OwnSizing(function=own))
    assert hear(portfolio, say.bar(120.0), say.signal("m-1", SHORT, stop_loss=121)) == [
        "m-1-CLOSE SELL 10 MARKET", "m-1 SELL 3 MARKET", "m-1-SL BUY 3 STOP at 121",
    ]  # fmt: skip
    [request] = asked
    assert (request.side, request.price, request.entry, request.stop_loss) == (Side.SELL, D(120), D(120), D(121))
    assert (request.cash, request.equity) == (D(100_000), D(101_200))
    assert (request.volatility("X"), request.trades()[0]) == (None, 0)


def test_a_volatility_is_measured_from_the_days_that_are_over(say: Any, hear: Callable[..., list[str]]) -> None:
    day = 100 * SECOND
    bars = [((number + 1) * day, say.bar(close)) for number, close in enumerate([100.0, 110.0, 99.0, 100.0])]
    sizing = VolatilityTarget(target=D("0.1"), days=2)
    early = (3 * day + 1, say.signal("m-1", LONG))
    late = (4 * day + 1, say.signal("m-2", LONG))
    # returns of 10% and -10%: a deviation of 14.142%, of 224.5% per year; 100,000 x 0.1 / 2.245 / 100
    assert hear(say.desk(sizing=sizing), *bars[:3], early, bars[3], late) == [
        "m-1 NO_VOLATILITY: a volatility of X is needed, 3 daily closes were not seen yet",
        "m-2 BUY 44 MARKET",
    ]


def test_quotes_and_prints_are_prices_to_measure_by_too(
    say: Any, play: Callable[..., Any], short: Callable[[Any], str]
) -> None:
    day = 100 * SECOND
    sizing = VolatilityTarget(target=D("0.1"), days=2)
    lines: list[Any] = [
        (day, "", Trade(symbol="X", time=day, price=100.0, size=1.0)),
        (2 * day, "", Quote(symbol="X", time=2 * day, bid=109.0, ask=111.0, bid_size=1.0, ask_size=1.0)),
        (3 * day, "", Trade(symbol="X", time=3 * day, price=99.0, size=1.0)),
        (4 * day, "", Trade(symbol="X", time=4 * day, price=100.0, size=1.0)),
        (4 * day + 1, "portfolio", say.signal("m-2", LONG)),
    ]
    heard = play({"portfolio": say.desk(sizing=sizing)}, lines, neighbours=("orders",))
    assert [short(message) for message in heard.to("orders")] == ["m-2 BUY 44 MARKET"]


def test_kelly_goes_by_the_trades_that_the_run_has_closed(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    """A position from before the run is closed with 50 won, then 25 are lost: a rate of 1/2, a payoff of 2."""
    sizing = KellyFraction(part=D(1), trades=2, before=D("0.01"))
    portfolio = say.desk(held=10, sizing=sizing)
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.ask("m-1", -10),
        fill("m-1", -10, "105"),
        say.signal("m-2", LONG),
        fill("m-2", 10, "100"),
        say.ask("m-3", -10),
        fill("m-3", -10, "97.5"),
        say.signal("m-4", LONG),
    )
    # 1% of 101,050 is 10; then 1/2 - 1/2 / 2 = 25% of 101,025
    assert heard == ["m-1 SELL 10 MARKET", "m-2 BUY 10 MARKET", "m-3 SELL 10 MARKET", "m-4 BUY 252 MARKET"]


def test_weights_are_sizes_by_symbol(say: Any, hear: Callable[..., list[str]]) -> None:
    portfolio = say.desk(sizing=TargetWeights(weights={"X": D("0.6")}))
    assert hear(
        portfolio, say.bar(100.0), say.bar(50.0, "Y"), say.signal("m-1", LONG), say.signal("m-2", LONG, symbol="Y")
    ) == [
        "m-1 BUY 600 MARKET",
        "m-2 NO_WEIGHT: Y has no weight; known: X",
    ]
