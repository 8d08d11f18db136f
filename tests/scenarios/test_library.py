"""The scenarios that come with Tradepit, and their strategies."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.models.market import Bar
from tradepit.models.messages import CircuitHalfOpened, CircuitReset, CircuitTripped, Direction
from tradepit.models.order_states import OrderState
from tradepit.scenarios.library import strategies
from tradepit.scenarios.loader import load
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario

LIBRARY = Path(strategies.__file__).parent
NAMES = ("crash-mid-fill", "first-run", "flash-crash", "margin-call", "order-script", "overload", "overload-conflated",
         "two-venues")  # fmt: skip


def _scenario(name: str) -> Scenario:
    if name == "first-run":
        pytest.importorskip("bokeh_sampledata")
    return load(LIBRARY / f"{name}.yaml")


@cache
def _run(name: str) -> Result:
    return run_scenario(_scenario(name))


def test_these_are_all() -> None:
    assert tuple(sorted(file.stem for file in LIBRARY.glob("*.yaml"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_the_library_passes(name: str) -> None:
    result = _run(name)
    assert result.name == name
    assert [expectation for expectation in result.expectations if not expectation.passed] == []
    assert (result.violations, result.failure, result.passed) == ([], None, True)
    assert result.elapsed_s < 10


@pytest.mark.parametrize("name", NAMES)
def test_its_fingerprint_is_the_same_in_task_dispatch_and_whatever_is_written_down(name: str) -> None:
    # Without a journal there is nothing to recover from: what crashes there ends the run.
    level = Detail.ORDERS if name == "crash-mid-fill" else Detail.OFF
    scenario = attrs.evolve(_scenario(name), journal=level)
    assert run_scenario(scenario, dispatch=Dispatch.TASK).fingerprint == _run(name).fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_its_fingerprint_is_the_same_in_any_order_of_trios_tasks(name: str, shuffled_trio: int) -> None:
    assert run_scenario(_scenario(name), dispatch=Dispatch.TASK).fingerprint == _run(name).fingerprint


CODE = """
import sys
from tradepit.scenarios.loader import load
from tradepit.scenarios.runner import run_scenario
for file in sys.argv[1:]:
    print(run_scenario(load(file)).fingerprint)
"""


def test_the_fingerprints_are_the_same_in_another_process_with_other_hashes() -> None:
    for name in NAMES:
        _scenario(name)
    files = [str(LIBRARY / f"{name}.yaml") for name in NAMES]
    printed = [
        subprocess.run(
            [sys.executable, "-c", CODE, *files],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for seed in ("1", "4242")
    ]
    assert printed == [[_run(name).fingerprint for name in NAMES]] * 2


@pytest.mark.parametrize("name", ["flash-crash", "two-venues"])
def test_another_seed_is_another_run(name: str) -> None:
    scenario = attrs.evolve(_scenario(name), seed=999)
    assert run_scenario(scenario).fingerprint != _run(name).fingerprint


def test_in_the_flash_crash_not_one_order_passes_while_the_breaker_is_open() -> None:
    result = _run("flash-crash")
    spans: list[tuple[int, int]] = []
    opened = None
    for event in result.breaker_events:
        if isinstance(event, CircuitTripped):
            assert event.rule in ("failed_orders", "probe")
            opened = event.time
        elif isinstance(event, CircuitHalfOpened) and opened is not None:
            spans.append((opened, event.time))
            opened = None
    assert isinstance(result.breaker_events[-1], CircuitReset)
    assert spans
    held = [order for order in result.orders if order.code == "CIRCUIT_OPEN"]
    sent = [time for order in result.orders if order.venues for time in [order.order.created_at]]
    assert held
    for begin, end in spans:
        assert [time for time in sent if begin < time < end] == []


def test_between_two_venues_the_order_goes_where_it_costs_less() -> None:
    """0.006 a share is less than 0.9 bps of the value above a price of 66.67, and more below it."""
    result = _run("two-venues")
    assert {(fill.symbol, fill.venue) for fill in result.fills if fill.venue != "AT_END"} == {
        ("ACME", "SLOW"),
        ("ZINC", "NEAR"),
    }


def test_the_first_run_trades_at_the_open_after_the_signal() -> None:
    result = _run("first-run")
    filled = [order for order in result.orders if order.state is OrderState.FILLED]
    fills = {fill.order_id: fill for fill in result.fills if fill.order_id}
    assert len(filled) == len(fills) > 40
    assert all(fills[order.order.order_id].time > order.order.created_at for order in filled)


# --- the strategies, alone ----------------------------------------------------------------------------------------


class Desk:
    """Stands in for the host: notes what a strategy asks for, and says what it holds."""

    def __init__(self, symbols: tuple[str, ...] = ("X",)) -> None:
        self.symbols = symbols
        self.held = 0
        self.asked: list[Any] = []

    def signal(self, symbol: str, direction: Direction, *_strength_and_terms: Any) -> str:
        self.asked.append((symbol, str(direction)))
        return ""

    def request(
        self, side: str, symbol: str, quantity: int, limit: Any, stop: Any, time_in_force: str, more: Any
    ) -> str:
        self.asked.append((symbol, str(side), quantity, time_in_force))
        return ""

    def position(self, symbol: str) -> int:
        return self.held


def _bar(close: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=0, open=close, high=close, low=close, close=close, volume=1.0)


@pytest.fixture
def watch() -> Callable[..., list[Any]]:
    """Let a strategy see closes of X; returns what it asked for by the number of the close, from 1."""

    def run(strategy: Any, closes: list[float], desk: Desk | None = None) -> list[Any]:
        desk = strategy._host = desk or Desk()
        strategy.on_start()
        found = []
        for number, close in enumerate(closes, 1):
            strategy.on_bar(_bar(close))
            found += [(number, *asked) for asked in desk.asked]
            desk.asked.clear()
        return found

    return run


def test_the_crossover_goes_long_when_the_fast_average_rises_above_the_slow_one(
    watch: Callable[..., list[Any]],
) -> None:
    """Of 2 and 4 closes: 4.5 above 3.25 at the fourth, 2.5 below 3.5 at the sixth, 5.5 above 3.5 at the ninth."""
    closes = [2.0, 2.0, 4.0, 5.0, 3.0, 2.0, 1.0, 4.0, 7.0]
    found = watch(strategies.SmaCrossover(fast=2, slow=4), closes)
    assert found == [(4, "X", "LONG"), (6, "X", "FLAT"), (9, "X", "LONG")]


@pytest.mark.parametrize(("fast", "slow"), [(0, 3), (3, 3), (4, 3), (-1, 3)])
def test_the_crossover_refuses_windows_that_cannot_cross(watch: Callable[..., list[Any]], fast: int, slow: int) -> None:
    with pytest.raises(ValueError, match=f"fast must be above 0 and below slow, was fast={fast}, slow={slow}"):
        watch(strategies.SmaCrossover(fast=fast, slow=slow), [])


def test_each_symbol_has_averages_of_its_own() -> None:
    strategy: Any = strategies.SmaCrossover(fast=1, slow=2)
    desk = strategy._host = Desk(("X", "Y"))
    strategy.on_start()
    for bar in (_bar(1.0), _bar(9.0, "Y"), _bar(2.0), _bar(8.0, "Y")):
        strategy.on_bar(bar)
    assert desk.asked == [("X", "LONG")]


def test_buy_and_hold_buys_each_symbol_once() -> None:
    strategy: Any = strategies.BuyAndHold()
    desk = strategy._host = Desk(("X", "Y"))
    strategy.on_start()
    for bar in (_bar(1.0), _bar(2.0), _bar(1.0, "Y"), _bar(3.0), _bar(2.0, "Y")):
        strategy.on_bar(bar)
    assert desk.asked == [("X", "LONG"), ("Y", "LONG")]


def test_the_dip_buyer_asks_as_long_as_the_dip_lasts(watch: Callable[..., list[Any]]) -> None:
    dipper = strategies.DipBuyer(drop=0.1, window=3, quantity=5, most=10)
    found = watch(dipper, [100.0, 90.0, 95.0, 81.0, 81.0, 81.0, 81.0])
    asked = ("X", "BUY", 5, "FOK")
    assert found == [(2, *asked), (4, *asked), (5, *asked), (6, *asked)]


def test_the_dip_buyer_stops_at_the_most_that_it_wants(watch: Callable[..., list[Any]]) -> None:
    desk = Desk()
    desk.held = 6
    assert watch(strategies.DipBuyer(drop=0.1, quantity=5, most=10), [100.0, 80.0], desk) == []


def test_the_dip_buyer_sells_what_it_has_held_long_enough(watch: Callable[..., list[Any]]) -> None:
    desk = Desk()
    desk.held = 5
    found = watch(strategies.DipBuyer(drop=0.5, exit_after=3), [100.0] * 4, desk)
    assert found == [(3, "X", "FLAT"), (4, "X", "FLAT")]
