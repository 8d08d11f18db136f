"""Runs whose portfolio reserves the fees that it expects of orders."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.writer import dump

ROWS = ["time,open,high,low,close,volume", *(f"2024-01-02 10:0{minute},10,10,10,10,1000000" for minute in range(6))]
HEAD = """\
tradepit: 1
name: fees
market: {X: {file: x.csv}}
strategies: [{use: ./mine.py:Mine}]
at_end: {close_positions: false}
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str, str, str], Result]:
    """Run a strategy that does something on its first bar, and something else on its third."""

    def run_it(first: str, third: str, more: str) -> Result:
        (tmp_path / "mine.py").write_text(
            "import tradepit\n\nclass Mine(tradepit.Strategy):\n    bars = 0\n\n    def on_bar(self, bar):\n"
            f"        self.bars += 1\n        if self.bars == 1:\n            {first}\n"
            f"        if self.bars == 3:\n            {third}\n"
        )
        (tmp_path / "x.csv").write_text("\n".join(ROWS) + "\n")
        return run_scenario(loads(HEAD + more, directory=tmp_path))

    return run_it


def ends(result: Result) -> list[tuple[str, str, str]]:
    return [(str(closed.state), closed.code, closed.text) for closed in result.orders]


@pytest.mark.parametrize(
    ("portfolio", "end", "cash"),
    [
        ("{cash: 10_000 USD}", ("FILLED", "", ""), "-10"),
        (
            "{cash: 10_000 USD, reserve_fees: true}",
            ("REJECTED", "BUYING_POWER", "limit=10000, was=10010"),
            "10000",
        ),
        ("{cash: 10_010 USD, reserve_fees: true}", ("FILLED", "", ""), "0"),
        (
            "{cash: 10_009 USD, reserve_fees: true, margin: {model: percentage, initial: 100%, maintenance: 50%}}",
            ("REJECTED", "BUYING_POWER", "limit=10009, was=10010"),
            "10009",
        ),
    ],
)
def test_cash_does_not_fall_below_zero_by_a_fee_that_is_reserved(
    run: Callable[[str, str, str], Result], portfolio: str, end: tuple[str, str, str], cash: str
) -> None:
    result = run('self.buy("X", 1_000, limit=10)', "pass", f"portfolio: {portfolio}\ncosts: {{commission: 0.1%}}\n")
    assert ends(result) == [end]
    assert result.balances["USD"] == Decimal(cash)


def test_the_dearest_venue_is_expected_unless_one_is_named(run: Callable[[str, str, str], Result]) -> None:
    more = """\
portfolio: {cash: 10_010 USD, reserve_fees: true}
venues: {CHEAP: {fees: 0.1%}, DEAR: {fees: 0.2%}}
"""
    [end] = ends(run('self.buy("X", 1_000, limit=10)', "pass", more))
    assert end == ("REJECTED", "BUYING_POWER", "limit=10010, was=10020")
    one = run('self.buy("X", 1_000, limit=10, venue="CHEAP")', "pass", more)
    assert (ends(one), one.balances["USD"]) == ([("FILLED", "", "")], Decimal(0))


def test_a_change_reserves_the_fee_of_what_it_asks_for(run: Callable[[str, str, str], Result]) -> None:
    more = "portfolio: {cash: 10_000 USD, reserve_fees: true}\ncosts: {commission: 1%}\n"
    first = 'self.order = self.buy("X", 100, limit=9)'
    dear = run(first, "self.replace(self.order, quantity=1_105)", more)
    refused = [event for event in dear.orders if event.order.quantity == 100]
    assert len(refused) == 1  # 1,105 at 9 are 9,945 and 99.45 of fees
    fits = run(first, "self.replace(self.order, quantity=1_100)", more)
    assert [event.order.quantity for event in fits.orders] == [1_100]


def test_without_fees_nothing_is_foreseen(run: Callable[[str, str, str], Result]) -> None:
    free = run('self.buy("X", 1_000, limit=10)', "pass", "portfolio: {cash: 10_000 USD, reserve_fees: true}\n")
    assert ends(free) == [("FILLED", "", "")]


def test_a_file_keeps_the_choice(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    (tmp_path / "x.csv").write_text("\n".join(ROWS) + "\n")
    built = loads(HEAD + "portfolio: {reserve_fees: on}\n", directory=tmp_path)
    assert built.portfolio.reserve_fees
    assert loads(dump(built), directory=tmp_path) == built
    with pytest.raises(ScenarioError, match=r"portfolio\.reserve_fees: must be true or false, was maybe"):
        loads(HEAD + "portfolio: {reserve_fees: maybe}\n", directory=tmp_path)
