"""No look-ahead: what is decided on a bar meets the next one, and knows nothing of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar
from tradepit.models.orders import Fill, Side
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

MINUTE_NS = 60_000_000_000
Prices = tuple[float, float, float, float]


class Eager(Strategy):
    """Has an order out on every bar, and writes down what it knew when it asked."""

    kind: str = "market"
    chance: bool = False

    def on_start(self) -> None:
        self.asked: list[Any] = []

    def on_bar(self, bar: Bar) -> None:
        buys = self.random.random() < 0.5 if self.chance else len(self.asked) % 2 == 0
        order = self.buy if buys else self.sell
        near = round(bar.close * (0.99 if buys else 1.01), 2)
        prices: dict[str, dict[str, float]] = {
            "market": {},
            "limit": {"limit": near},
            "stop": {"stop": near},
            "stop_limit": {"stop": near, "limit": near},
        }
        order(bar.symbol, 1, **prices[self.kind])  # type: ignore[arg-type]  # only limit and stop
        self.asked.append(bar.time)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Result]:
    """Run the eager strategy over minute bars of given prices."""
    directory = tmp_path_factory.mktemp("bars")

    def run_over(bars: list[Prices], volumes: list[int] | None = None, **with_: Any) -> Result:
        rows = [
            f"2024-01-02 {10 + number // 60}:{number % 60:02},{','.join(map(str, prices))},{volume}"
            for number, (prices, volume) in enumerate(zip(bars, volumes or [10_000] * len(bars), strict=True))
        ]
        (directory / "x.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows, ""]), encoding="utf-8")
        text = f"""\
tradepit: 1
name: eager
market: {{X: {{file: x.csv}}}}
portfolio: {{cash: 1_000_000 USD}}
strategies: [{{use: "{__name__}:Eager", with: {with_}}}]
at_end: {{close_positions: false}}
"""
        result = run_scenario(loads(text, directory=directory))
        assert (result.failure, result.violations) == (None, [])
        return result

    return run_over


@st.composite
def bars(draw: st.DrawFn) -> list[Prices]:
    """Draw bars whose prices have nothing to do with one another."""
    found = []
    for _ in range(draw(st.integers(2, 12))):
        cents = sorted(draw(st.lists(st.integers(9_000, 11_000), min_size=4, max_size=4)))
        low, one, other, high = (cent / 100 for cent in cents)
        found.append((*draw(st.sampled_from([(one, high, low, other), (other, high, low, one)])),))
    return found


@settings(max_examples=25)
@given(bars())
def test_a_market_order_fills_at_the_next_bars_open_and_never_at_its_own(
    run: Callable[..., Result], prices: list[Prices]
) -> None:
    result = run(prices)
    by_time = {result.start + number * MINUTE_NS: bar for number, bar in enumerate(prices)}
    created = {order.order.order_id: order.order.created_at for order in result.orders}
    fills = list(result.fills)
    assert [fill.time for fill in fills] == list(by_time)[1:]
    for fill in fills:
        assert created[fill.order_id] == fill.time - MINUTE_NS
        assert fill.price == Decimal(str(by_time[fill.time][0]))


@settings(max_examples=40)
@given(bars(), st.sampled_from(["limit", "stop", "stop_limit"]))
def test_any_other_order_fills_within_a_later_bar(run: Callable[..., Result], prices: list[Prices], kind: str) -> None:
    result = run(prices, kind=kind)
    by_time = {result.start + number * MINUTE_NS: bar for number, bar in enumerate(prices)}
    created = {order.order.order_id: order.order.created_at for order in result.orders}
    for fill in result.fills:
        _, high, low, _ = by_time[fill.time]
        assert created[fill.order_id] < fill.time
        assert Decimal(str(low)) <= fill.price <= Decimal(str(high))


def _until(result: Result, time: int) -> tuple[list[Any], list[Fill]]:
    """Return what was decided and what was filled up to a time."""
    orders = [order.order for order in result.orders if order.order.created_at <= time]
    orders.sort(key=lambda order: int(order.order_id.rpartition("-")[2]))
    return orders, [fill for fill in result.fills if fill.time <= time]


@settings(max_examples=40)
@given(bars(), st.sampled_from(["market", "limit", "stop", "stop_limit"]), st.data())
def test_cutting_the_data_off_changes_nothing_of_what_came_before(
    run: Callable[..., Result], prices: list[Prices], kind: str, data: st.DataObject
) -> None:
    kept = data.draw(st.integers(1, len(prices) - 1))
    whole, part = run(prices, kind=kind, chance=True), run(prices[:kept], kind=kind, chance=True)
    last = part.end
    assert last == whole.start + (kept - 1) * MINUTE_NS
    assert _until(part, last) == _until(whole, last)
    assert part.equity.values == whole.equity.values[:kept]


@settings(max_examples=25)
@given(bars(), bars())
def test_another_future_changes_nothing_of_the_past(
    run: Callable[..., Result], past: list[Prices], future: list[Prices]
) -> None:
    one, other = run(past + future, chance=True), run(past + future[::-1], chance=True)
    last = one.start + (len(past) - 1) * MINUTE_NS
    assert _until(one, last) == _until(other, last)


def test_a_strategy_that_knows_the_future_would_be_found_out(run: Callable[..., Result]) -> None:
    """The tests above can fail: the fill's price is that of the bar after the decision, not of the bar itself."""
    result = run([(10.0, 10.0, 10.0, 10.0), (20.0, 20.0, 20.0, 20.0), (30.0, 30.0, 30.0, 30.0)])
    assert [(fill.side, fill.price) for fill in result.fills] == [(Side.BUY, Decimal(20)), (Side.SELL, Decimal(30))]
