"""Whole runs that are held against a benchmark."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.models.benchmark_metrics import alpha, beta
from tradepit.models.return_metrics import sharpe_ratio
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

STRATEGY = """import tradepit

class Mine(tradepit.Strategy):
    def on_bar(self, bar):
        if bar.symbol == "X" and not self.position("X"):
            self.buy("X", 100)
"""
X = [100.0, 100.0, 102.0, 101.0, 104.0, 103.0]
SPY = [400.0, 401.0, 405.0, 403.0, 409.0, 408.0]
NAN = float("nan")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Hold X against SPY, daily bars of both; SPY's may begin later."""

    def run_it(more: str = "", *, skip: int = 0, as_: str = "bars", dispatch: Dispatch = Dispatch.INLINE) -> Result:
        (tmp_path / "mine.py").write_text(STRATEGY, "utf-8")
        lines = [f"2024-01-0{day},{price},{price},{price},{price},100000" for day, price in enumerate(X, start=1)]
        (tmp_path / "x.csv").write_text("\n".join(["time,open,high,low,close,volume", *lines, ""]), "utf-8")
        head, row = {
            "bars": ("time,open,high,low,close,volume", "{0},{1},{1},{1},{1},1000"),
            "quotes": ("time,bid,ask,bid_size,ask_size", "{0}T00:00:00Z,{2},{3},10,10"),
            "trades": ("time,price,size", "{0}T00:00:00Z,{1},10"),
        }[as_]
        rows = [
            row.format(f"2024-01-0{day}", price, price - 1, price + 1)
            for day, price in enumerate(SPY, start=1)
            if day > skip
        ]
        (tmp_path / "spy.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
        text = (
            "tradepit: 1\nname: held-against\nportfolio: {cash: 100_000 USD}\n"
            f"market: {{X: {{file: x.csv}}, SPY: {{file: spy.csv, as: {as_}}}}}\n"
            "strategies: [{use: ./mine.py:Mine, on: [X]}]\n"
        )
        return run_scenario(loads(text + more, directory=tmp_path), dispatch=dispatch)

    return run_it


def steps(prices: list[float]) -> list[float]:
    return [NAN, *(now / before - 1 for before, now in pairwise(prices))]


def test_beta_and_alpha_are_those_of_the_curve_beside_the_benchmarks_closes(run: Callable[..., Result]) -> None:
    result = run("metrics: {benchmark: SPY}\n")
    found = result.metrics
    assert len(result.returns) == 6
    assert found["beta"] == pytest.approx(beta(result.returns, steps(SPY)))
    assert found["alpha"] == pytest.approx(alpha(result.returns, steps(SPY), 0.0, 252))
    assert found["benchmark_return"] == pytest.approx(0.02)
    assert found["beta"] > 0.0


def test_without_a_benchmark_what_needs_one_is_undefined_and_the_run_is_the_same(run: Callable[..., Result]) -> None:
    plain, measured = run(), run("metrics: {benchmark: SPY, risk_free: 5%, periods_per_year: 12}\n")
    assert plain.fingerprint == measured.fingerprint
    assert str(plain.metrics["beta"]) == str(plain.metrics["benchmark_return"]) == "nan"
    assert measured.metrics["periods_per_year"] == 12.0
    assert measured.metrics["sharpe"] == pytest.approx(sharpe_ratio(measured.returns, 0.05 / 12, 12))


@pytest.mark.parametrize("dispatch", list(Dispatch))
def test_a_benchmark_that_begins_later_is_missing_until_then(run: Callable[..., Result], dispatch: Dispatch) -> None:
    result = run("metrics: {benchmark: SPY}\n", skip=2, dispatch=dispatch)
    late = [NAN, NAN, *steps(SPY[2:])]
    assert result.metrics["beta"] == pytest.approx(beta(result.returns, late))


def test_a_benchmark_that_comes_as_prints_gives_the_same(run: Callable[..., Result]) -> None:
    by_prints = run("metrics: {benchmark: SPY}\n", as_="trades")
    quoted = run("metrics: {benchmark: SPY}\n", as_="quotes")
    for result in (by_prints, quoted):
        assert result.metrics["benchmark_return"] == pytest.approx(0.02)
