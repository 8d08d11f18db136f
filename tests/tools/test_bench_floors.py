"""The plain loops give the works' answers, as a slow and plain reading of the rules gives them."""

from collections.abc import Callable
from fractions import Fraction

import attrs
import pytest

from tradepit.tools.bench import floors
from tradepit.tools.bench.peers.probe import Measured
from tradepit.tools.bench.workloads import Row, bars_in_cents, quotes_in_cents


@attrs.frozen
class Done:
    """A measured round without its time."""

    count: int
    fills: int
    final_equity: float


def done(measured: Measured) -> Done:
    return Done(measured.count, measured.fills, round(measured.final_equity, 6))


def traded(bars: list[Row], wanted_after: Callable[[int], int]) -> tuple[int, float]:
    """Fill at each bar's open the difference to what was wanted after the bar before."""
    cash_cents, position, fills = 100_000_000, 0, 0
    for index in range(1, len(bars)):
        change = wanted_after(index - 1) - position
        if change:
            fills += 1
            position += change
            cash_cents -= change * bars[index].open
    last_close = bars[-1].close if bars else 0
    return fills, (cash_cents + position * last_close) / 100


@pytest.mark.parametrize("count", [1, 29, 30, 31, 32, 60, 1000, 5000])
def test_the_crossover_trades_as_its_rule_says(count: int) -> None:
    bars = list(bars_in_cents(count))

    def wanted_after(index: int) -> int:
        closes = [bar.close for bar in bars[: index + 1]]
        if len(closes) < 30:
            return 0
        return 100 if Fraction(sum(closes[-10:]), 10) > Fraction(sum(closes[-30:]), 30) else 0

    assert done(floors.w1(count)) == Done(count, *traded(bars, wanted_after))


def test_the_crossover_does_trade() -> None:
    assert done(floors.w1(20_000)) == Done(20_000, 857, 996_657.0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 1000])
def test_an_order_on_every_bar_buys_and_sells_in_turn(count: int) -> None:
    fills, equity = traded(list(bars_in_cents(count)), lambda index: index % 2)
    assert done(floors.w1b(count)) == Done(max(count - 2, 0), fills, equity)


@pytest.mark.parametrize("count", [1, 99, 100, 199, 200, 300, 5000])
def test_an_order_on_every_hundredth_quote_pays_the_far_side(count: int) -> None:
    quotes = list(quotes_in_cents(count))
    bought = [ask for _, _, ask, _ in quotes[99::200]]
    sold = [bid for _, bid, _, _ in quotes[199::200]]
    _, bid, ask, _ = quotes[-1]
    equity = 100_000_000 - sum(bought) + sum(sold) + (len(bought) - len(sold)) * (bid + ask) / 2
    assert done(floors.w2(count)) == Done(count, len(bought) + len(sold), equity / 100)


@pytest.mark.parametrize("floor", [floors.ring, floors.ring_tasks])
@pytest.mark.parametrize("count", [1, 7, 8, 100])
def test_the_rings_deliver_as_many_messages_as_asked(floor: Callable[[int], Measured], count: int) -> None:
    assert done(floor(count)) == Done(count, 0, 0.0)
