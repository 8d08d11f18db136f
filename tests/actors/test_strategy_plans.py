"""Signals with terms, target weights and plans: what a strategy asks for, and what it hears again."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.kernel import ActorFailed
from tradepit.actors.strategy import Strategy
from tradepit.actors.strategy_host import StrategyHost
from tradepit.models.messages import (
    AccountOpened,
    Direction,
    ExecutePlan,
    PlanAction,
    PlanItem,
    Rebalance,
    RebalanceSummary,
    Signal,
    SignalTerms,
)

HOST = "strategy:mine"
D = Decimal


class Doer(Strategy):
    """Does what the test says when it starts, and writes down what it hears of its plans."""

    what: Callable[[Strategy], Any]

    def on_start(self) -> None:
        self.heard: list[RebalanceSummary] = []
        self.answer = self.what(self)

    def on_rebalance(self, summary: RebalanceSummary) -> None:
        self.heard.append(summary)


class Deaf(Strategy):
    """Asks, and does not care."""

    def on_start(self) -> None:
        self.rebalance({"X": 1})


@pytest.fixture
def told(play: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Return what the portfolio is told when a strategy starts, and then hears this."""

    def run(strategy: Strategy, *published: Any) -> list[Any]:
        lines = [(0, "", AccountOpened(cash=D(1000), currency="USD")), *((1, "", said) for said in published)]
        heard = play({HOST: StrategyHost(strategy, "mine", ("X", "Y", "Z"))}, lines, neighbours=("portfolio",))
        messages: list[Any] = heard.to("portfolio")
        return messages

    return run


def test_a_signals_terms_go_along_as_they_were_written(told: Callable[..., list[Any]]) -> None:
    strategy = Doer(
        what=lambda s: [
            s.signal(
                "X", "LONG", 0.5, confluence=3.5, entry=99.5, stop_loss="98", take_profit=104, quantity=7, venue="A"
            ),
            s.signal("X", "FLAT", venue="A"),
            s.signal("X", "SHORT", stop_loss="soon"),
        ]
    )  # fmt: skip
    full, bare, odd = told(strategy)
    assert full == Signal(
        order_id="mine-1", strategy="mine", symbol="X", direction=Direction.LONG, strength=0.5, created_at=0,
        terms=SignalTerms(
            confluence=3.5, entry_price=D("99.5"), stop_loss=D(98), take_profit=D(104), quantity=D(7), venue="A"
        ),
    )  # fmt: skip
    assert bare.terms == SignalTerms(venue="A")
    assert odd.terms.stop_loss.is_nan()  # refused with a code when it is validated
    assert strategy.answer == ["mine-1", "mine-2", "mine-3"]


def test_target_weights_go_to_the_portfolio(told: Callable[..., list[Any]]) -> None:
    strategy = Doer(
        what=lambda s: [
            s.rebalance({"X": 0.6, "Y": D("-0.1")}),
            s.rebalance({"X": "0.6"}, band=0.05, close_others=True),
        ]
    )
    assert told(strategy) == [
        Rebalance(
            plan_id="mine-1", strategy="mine", weights=(("X", D("0.6")), ("Y", D("-0.1"))), band=D(0), others=(),
            created_at=0,
        ),
        Rebalance(
            plan_id="mine-2", strategy="mine", weights=(("X", D("0.6")),), band=D("0.05"), others=("Y", "Z"),
            created_at=0,
        ),
    ]  # fmt: skip
    assert strategy.answer == ["mine-1", "mine-2"]


def test_a_plan_goes_to_the_portfolio(told: Callable[..., list[Any]]) -> None:
    item = PlanItem(symbol="Y", action=PlanAction.SELL, amount=D(5))
    strategy = Doer(what=lambda s: s.execute_plan([("X", "BUY", 1000.5), item, ("Z", PlanAction.HOLD, 0)]))
    items = (
        PlanItem(symbol="X", action=PlanAction.BUY, amount=D("1000.5")),
        item,
        PlanItem(symbol="Z", action=PlanAction.HOLD, amount=D(0)),
    )
    assert told(strategy) == [ExecutePlan(plan_id="mine-1", strategy="mine", items=items, created_at=0)]


def test_a_strategy_hears_of_its_own_plans_alone(told: Callable[..., list[Any]]) -> None:
    own = RebalanceSummary(plan_id="mine-1", strategy="mine", items=(), time=1)
    other = RebalanceSummary(plan_id="theirs-1", strategy="theirs", items=(), time=1)
    strategy = Doer(what=lambda s: s.rebalance({"X": 1}))
    told(strategy, other, own)
    assert strategy.heard == [own]


def test_a_strategy_without_the_hook_is_not_told(told: Callable[..., list[Any]]) -> None:
    assert len(told(Deaf(), RebalanceSummary(plan_id="mine-1", strategy="mine", items=(), time=1))) == 1


def test_by_itself_the_hook_does_nothing() -> None:
    summary = RebalanceSummary(plan_id="mine-1", strategy="mine", items=(), time=1)
    assert Strategy().on_rebalance(summary) is None  # type: ignore[func-returns-value]  # that is the point


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda s: s.rebalance({"X": 1}, band=-0.1), r"band must be a number of 0 or more, was -0\.1"),
        (lambda s: s.rebalance({"X": 1}, band="wide"), "band must be a number of 0 or more, was 'wide'"),
        (lambda s: s.execute_plan([("X", "KEEP", 1)]), "must be one of BUY, SELL, HOLD, was 'KEEP'"),
    ],
)
def test_a_slip_in_the_strategy_is_its_own_error(
    told: Callable[..., list[Any]], what: Callable[[Any], str], message: str
) -> None:
    with pytest.raises(ActorFailed, match=message):
        told(Doer(what=what))
