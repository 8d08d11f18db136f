"""Target weights and ready plans at the portfolio's desk."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.market import Bar
from tradepit.models.messages import (
    ExecutePlan,
    OrderFilled,
    OrderRejected,
    PlanAction,
    PlanItem,
    Rebalance,
    RebalanceSummary,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Side, TimeInForce
from tradepit.models.sizing import PercentOfEquity

D = Decimal
INSTRUMENTS = {symbol: Instrument(symbol=symbol) for symbol in ("SPY", "TLT", "GLD")}
BUY, SELL, HOLD = PlanAction.BUY, PlanAction.SELL, PlanAction.HOLD


def desk(cash: int = 100_000, limits: Limits | None = None, **held: int) -> Portfolio:
    settings = PortfolioSettings(
        cash=D(cash),
        currency="USD",
        instruments=INSTRUMENTS,
        sizing=PercentOfEquity(),
        limits=limits or Limits(),
        holdings={symbol: OpeningHolding(quantity=D(quantity), price=D(100)) for symbol, quantity in held.items()},
        default_time_in_force=TimeInForce.GTC,
        close_positions=False,
        day_of=lambda at_ns: at_ns,
    )
    return Portfolio(settings)


def bar(symbol: str, close: float) -> Bar:
    return Bar(symbol=symbol, time=0, open=close, high=close, low=close, close=close, volume=1.0)


def weights(plan_id: str, band: str = "0", others: tuple[str, ...] = (), **parts: str) -> Rebalance:
    return Rebalance(
        plan_id=plan_id,
        strategy="mine",
        weights=tuple((symbol, D(part)) for symbol, part in parts.items()),
        band=D(band),
        others=others,
        created_at=0,
    )


def plan(plan_id: str, *items: tuple[str, PlanAction, int]) -> ExecutePlan:
    lines = tuple(PlanItem(symbol=symbol, action=action, amount=D(amount)) for symbol, action, amount in items)
    return ExecutePlan(plan_id=plan_id, strategy="mine", items=lines, created_at=0)


def ended(kind: Any, order_id: str, side: Side, symbol: str, quantity: int, done: int, **more: Any) -> Any:
    return kind(
        order_id=order_id, strategy="mine", symbol=symbol, side=side, quantity=D(quantity), cumulative=D(done),
        leaves=D(0), average_price=D(100) if done else D(0), time=0,
        state=OrderState.FILLED if kind is OrderFilled else OrderState.REJECTED, **more,
    )  # fmt: skip


@pytest.fixture
def filled(make_fill: Callable[..., Any]) -> Callable[..., OrderFilled]:
    def make(order_id: str, symbol: str, signed: int) -> OrderFilled:
        side, quantity = (Side.BUY if signed > 0 else Side.SELL), abs(signed)
        fill = make_fill(f"A-{order_id}", order_id, symbol=symbol, side=side, quantity=D(quantity), price=D(100))
        event: OrderFilled = ended(OrderFilled, order_id, side, symbol, quantity, quantity, fill=fill)
        return event

    return make


def rejected(order_id: str, symbol: str, side: Side, quantity: int) -> OrderRejected:
    event: OrderRejected = ended(OrderRejected, order_id, side, symbol, quantity, 0, code="CIRCUIT_OPEN", text="open")
    return event


@pytest.fixture
def hear(play: Callable[..., Any]) -> Callable[..., tuple[list[str], list[str]]]:
    """Return what the order manager is sent, and what is said of each plan, when a desk hears this."""

    def run(portfolio: Portfolio, *said: Any) -> tuple[list[str], list[str]]:
        lines = []
        for now, message in enumerate(said, 1):
            told = message
            if isinstance(message, Bar):
                price = message.close
                told = Bar(symbol=message.symbol, time=now, open=price, high=price, low=price, close=price, volume=1.0)
            lines.append((now, "portfolio" if isinstance(message, Rebalance | ExecutePlan) else "", told))
        heard = play({"portfolio": portfolio}, lines, neighbours=("orders",))
        sent = [
            f"{m.order.order_id} {m.order.side} {m.order.quantity} {m.order.symbol}"
            if isinstance(m, SubmitOrder)
            else f"{m.order.order_id} {m.code}: {m.text}"
            for m in heard.to("orders")
        ]
        return sent, [_told(summary) for summary in heard.news(RebalanceSummary)]

    return run


def _told(summary: RebalanceSummary) -> str:
    items = [f"{item.symbol} {item.status} {item.filled}/{item.quantity}" for item in summary.items]
    return f"{summary.plan_id}@{summary.time}: {', '.join(items)}"


PRICES = (bar("SPY", 100.0), bar("TLT", 100.0), bar("GLD", 100.0))
SPY_SELL, TLT_BUY = ("mine-1/1", "SPY", -400), ("mine-1/2", "TLT", 400)


def test_what_is_bought_waits_until_what_is_sold_has_ended(
    hear: Callable[..., Any], filled: Callable[..., OrderFilled]
) -> None:
    portfolio = desk(cash=0, SPY=1000)
    sent, told = hear(portfolio, *PRICES, weights("mine-1", SPY="0.6", TLT="0.4"), filled(*SPY_SELL), filled(*TLT_BUY))
    assert sent == ["mine-1/1 SELL 400 SPY", "mine-1/2 BUY 400 TLT"]
    assert told == ["mine-1@6: SPY FILLED 400/400, TLT FILLED 400/400"]
    assert not portfolio._plans


def test_what_is_bought_for_a_weight_is_cut_to_what_can_be_paid(
    hear: Callable[..., Any], filled: Callable[..., OrderFilled]
) -> None:
    """TLT has risen while SPY was sold, so that 40,000 buy only 396; the plan's own quantities are never cut."""
    rose = bar("TLT", 101.0)
    sent, _ = hear(desk(cash=0, SPY=1000), *PRICES, weights("mine-1", SPY="0.6", TLT="0.4"), rose, filled(*SPY_SELL))
    assert sent[1:] == ["mine-1/2 BUY 396 TLT"]
    as_given = plan("mine-1", ("SPY", SELL, 40_000), ("TLT", BUY, 40_000))
    sent, _ = hear(desk(cash=0, SPY=1000), *PRICES, as_given, rose, filled(*SPY_SELL))
    assert sent[1:] == ["mine-1/2 BUYING_POWER: limit=40000, was=40400"]


def test_where_nothing_can_be_paid_risk_refuses_the_whole(hear: Callable[..., Any]) -> None:
    sent, _ = hear(desk(cash=50, SPY=100), *PRICES, weights("mine-1", TLT="0.5"))
    assert sent == ["mine-1/1 BUYING_POWER: limit=50, was=5000"]


def test_a_short_position_is_bought_back_without_a_cut(hear: Callable[..., Any]) -> None:
    sent, _ = hear(desk(cash=20_000, SPY=-100), *PRICES, weights("mine-1", SPY="0"))
    assert sent == ["mine-1/1 BUY 100 SPY"]


def test_a_plan_is_executed_as_it_is_given(hear: Callable[..., Any], filled: Callable[..., OrderFilled]) -> None:
    given = plan(
        "mine-1", ("SPY", BUY, 1_050), ("GLD", HOLD, 0), ("TLT", SELL, 500), ("GLD", BUY, 10), ("SPY", BUY, 200)
    )
    sent, told = hear(
        desk(TLT=50),
        *PRICES,
        given,
        bar("SPY", 50.0),  # the shares are those of the prices at which the plan came
        filled("mine-1/3", "TLT", -5),
        rejected("mine-1/1", "SPY", Side.BUY, 10),
        filled("mine-1/5", "SPY", 2),
    )
    assert sent == ["mine-1/3 SELL 5 TLT", "mine-1/1 BUY 10 SPY", "mine-1/5 BUY 2 SPY"]
    assert told == ["mine-1@8: SPY REFUSED 0/10, GLD HELD 0/0, TLT FILLED 5/5, GLD REFUSED 0/0, SPY FILLED 2/2"]


def test_a_plan_without_orders_ends_at_once(hear: Callable[..., Any]) -> None:
    assert hear(desk(), *PRICES, plan("mine-1", ("SPY", HOLD, 0))) == ([], ["mine-1@4: SPY HELD 0/0"])
    assert hear(desk(SPY=500), *PRICES, weights("mine-1", band="0.05", SPY="0.35")) == (
        [], ["mine-1@4: SPY WITHIN_BAND 0/0"],
    )  # fmt: skip
    assert hear(desk(), weights("mine-1", SPY="0.35")) == ([], ["mine-1@1: SPY REFUSED 0/0"])


def test_new_weights_take_the_place_of_what_was_not_sent_but_a_plan_goes_on(
    hear: Callable[..., Any], filled: Callable[..., OrderFilled]
) -> None:
    sent, told = hear(
        desk(cash=0, SPY=1000),
        *PRICES,
        plan("mine-0", ("SPY", SELL, 10_000), ("GLD", BUY, 5_000)),
        weights("mine-1", SPY="0.5", TLT="0.4"),
        weights("mine-2", SPY="0.5", GLD="0.1"),
        filled("mine-1/1", "SPY", -400),
        filled("mine-0/1", "SPY", -100),
    )
    assert sent == [
        "mine-0/1 SELL 100 SPY",
        "mine-1/1 SELL 400 SPY",  # 500 are wanted, 100 are being sold already
        "mine-2/2 BUYING_POWER: limit=0, was=10000",
        "mine-0/2 BUY 50 GLD",
    ]
    assert told == ["mine-1@7: SPY FILLED 400/400, TLT SUPERSEDED 0/400"]


def test_other_symbols_are_sold_out_only_when_that_is_asked(hear: Callable[..., Any]) -> None:
    said = weights("mine-1", others=("TLT", "GLD"), SPY="0")
    assert hear(desk(SPY=1, GLD=3), *PRICES, said)[0] == ["mine-1/1 SELL 1 SPY", "mine-1/2 SELL 3 GLD"]
    assert hear(desk(SPY=1, GLD=3), *PRICES, weights("mine-1", SPY="0"))[0] == ["mine-1/1 SELL 1 SPY"]


def test_limits_hold_for_plans_as_for_any_order(hear: Callable[..., Any]) -> None:
    limits = Limits(max_position=D(100))
    sent, _ = hear(desk(limits=limits), *PRICES, weights("mine-1", SPY="0.2", TLT="0.1"))
    assert sent == ["mine-1/1 MAX_POSITION: limit=100, was=200", "mine-1/2 BUY 100 TLT"]
