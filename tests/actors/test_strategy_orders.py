"""What a strategy asks for beyond plain orders: other kinds, flags, groups, brackets and changes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.kernel import ActorFailed
from tradepit.actors.strategy import Bracket, Strategy
from tradepit.actors.strategy_host import StrategyHost
from tradepit.actors.threaded_host import ThreadedHost
from tradepit.models.messages import (
    AccountOpened,
    OrderFillBusted,
    OrderFillCorrected,
    OrderReplaced,
    OrderReplaceRejected,
    ReplaceOrder,
    RequestOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Contingency, OffsetUnit, OrderKind, OrderTerms, Side, TimeInForce


class Doer(Strategy):
    """Does what the test says when it starts, and keeps what came back and what it hears of orders."""

    what: Callable[[Any], Any]

    def on_start(self) -> None:
        self.heard: list[Any] = []
        self.answer = self.what(self)

    def on_order(self, event: Any) -> None:
        self.heard.append(event)


@pytest.fixture(params=[StrategyHost, ThreadedHost], ids=["direct", "in a thread"])
def act(request: pytest.FixtureRequest, play: Callable[..., Any]) -> Callable[..., Any]:
    """Let a strategy act; return what the portfolio was asked, and the strategy."""

    def run(what: Callable[[Any], Any], *news: Any) -> tuple[list[Any], Doer]:
        strategy = Doer(what=what)
        opened = AccountOpened(cash=Decimal(1000), currency="USD")
        lines = [(0, "", opened), *((at + 1, "", said) for at, said in enumerate(news))]
        heard = play({"strategy:mine": request.param(strategy, "mine", ("X",))}, lines, neighbours=("portfolio",))
        return heard.to("portfolio"), strategy

    return run


def _request(number: int = 1, **changes: Any) -> RequestOrder:
    given: dict[str, Any] = {
        "order_id": f"mine-{number}",
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": Decimal(10),
        "limit_price": None,
        "stop_price": None,
        "time_in_force": None,
        "created_at": 0,
        "terms": None,
    }
    return RequestOrder(**given | changes)


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        (
            lambda it: it.sell("X", 10, trail="2%", reduce_only=True),
            _request(
                side=Side.SELL,
                kind=OrderKind.TRAILING_STOP,
                terms=OrderTerms(trail_offset=Decimal(200), offset_unit=OffsetUnit.BPS, reduce_only=True),
            ),
        ),
        (
            lambda it: it.buy("X", touch=9.5, limit="9.6", time_in_force="day", post_only=True),
            _request(
                kind=OrderKind.LIMIT_IF_TOUCHED,
                quantity=None,
                limit_price=Decimal("9.6"),
                stop_price=Decimal("9.5"),
                time_in_force=TimeInForce.DAY,
                terms=OrderTerms(post_only=True),
            ),
        ),
        (lambda it: it.buy("X", 10, kind="MARKET_TO_LIMIT"), _request(kind=OrderKind.MARKET_TO_LIMIT)),
        (
            lambda it: it.buy("X", 10, limit=5, expires_at=77),
            _request(
                kind=OrderKind.LIMIT,
                limit_price=Decimal(5),
                time_in_force=TimeInForce.GTD,
                terms=OrderTerms(expires_at=77),
            ),
        ),
        (
            lambda it: it.buy("X", 10, oco="exits", after="mine-0"),
            _request(terms=OrderTerms(group="mine/exits", contingency=Contingency.OCO, parent_id="mine-0")),
        ),
    ],
)
def test_a_strategy_asks_for_orders_of_every_kind(
    act: Callable[..., Any], what: Callable[[Any], str], asked: RequestOrder
) -> None:
    requests, strategy = act(what)
    assert (requests, strategy.answer) == ([asked], "mine-1")


def test_a_bracket_is_one_request_and_three_ids(act: Callable[..., Any]) -> None:
    requests, strategy = act(lambda it: it.bracket("buy", "X", 10, limit=100, stop_loss=95, take_profit=110))
    terms = OrderTerms(stop_loss=Decimal(95), take_profit=Decimal(110))
    assert requests == [_request(kind=OrderKind.LIMIT, limit_price=Decimal(100), terms=terms)]
    assert strategy.answer == Bracket("mine-1", "mine-1-SL", "mine-1-TP")


def test_a_change_names_only_what_changes(act: Callable[..., Any]) -> None:
    requests, _ = act(lambda it: it.replace("mine-9", quantity=5, stop="97.5"))
    assert requests == [
        ReplaceOrder(
            order_id="mine-9", strategy="mine", quantity=Decimal(5), limit_price=None, stop_price=Decimal("97.5")
        )
    ]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda it: it.buy("X", 10, tral="2%"), "tral: an order has nothing of that name; did you mean trail?"),
        (lambda it: it.bracket("HOLD", "X", 1, stop_loss=1, take_profit=3), "side must be BUY or SELL, was 'HOLD'"),
    ],
)
def test_what_is_no_order_is_a_slip_in_the_strategy(
    act: Callable[..., Any], what: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(ActorFailed) as raised:
        act(what)
    assert message in str(raised.value)


def test_a_strategy_hears_of_changes_busts_and_corrections(
    act: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    given: dict[str, Any] = {
        "order_id": "mine-1",
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "state": OrderState.WORKING,
        "quantity": Decimal(10),
        "cumulative": Decimal(0),
        "leaves": Decimal(10),
        "average_price": Decimal(0),
        "time": 0,
    }
    news = [
        OrderReplaced(limit_price=None, stop_price=None, **given),
        OrderReplaceRejected(code="ALREADY_PENDING", text="", **given),
        OrderFillBusted(fill=make_fill(), reason="typo", **given),
        OrderFillCorrected(before=make_fill(), fill=make_fill(), reason="typo", **given),
    ]
    _, strategy = act(lambda _: None, *news)
    assert strategy.heard == news
