"""Expectations: what was wanted against what was found, in words that can be read aloud."""

import math
from decimal import Decimal

import pytest

from tradepit.scenarios.expectations import Expectation, Findings, judge
from tradepit.scenarios.tree import Bound, Comparison, ExpectSpec, ExpectWhat

FOUND = Findings(
    metrics={
        "max_drawdown": -0.0299,
        "var_95": -0.0,
        "sharpe": math.nan,
        "sortino": math.inf,
        "trade_count": 3.0,
        "tail_ratio": -math.inf,
        "total_return": 0.1 + 0.2,
        "final_equity": 1_000_123.45,
    },
    events={"OrderFilled": 7},
    positions={"X": Decimal("-1.50")},
    open_orders=(),
)


def _spec(what: ExpectWhat, name: str, *bounds: tuple[Comparison, object]) -> ExpectSpec:
    made = []
    for comparison, wanted in bounds:
        words = [str(word) for word in wanted] if isinstance(wanted, tuple) else [str(wanted)]
        percent = words[0].endswith("%")
        values = [Decimal(word.rstrip("%")) / (100 if percent else 1) for word in words]
        made.append(Bound(comparison=comparison, values=values, unit="%" if percent else ""))
    return ExpectSpec(what=what, name=name, bounds=made)


METRIC, EVENT, POSITION = ExpectWhat.METRIC, ExpectWhat.EVENT, ExpectWhat.POSITION
C = Comparison


@pytest.mark.parametrize(
    ("spec", "passed", "was"),
    [
        (_spec(METRIC, "max_drawdown", (C.BELOW, "3%")), True, "2.99%"),
        (_spec(METRIC, "max_drawdown", (C.BELOW, "2.99%")), False, "2.99%"),
        (_spec(METRIC, "max_drawdown", (C.ABOVE, "2%")), True, "2.99%"),
        (_spec(METRIC, "var_95", (C.EQUALS, "0%")), True, "0%"),
        (_spec(METRIC, "total_return", (C.AT_LEAST, "0.3")), True, "0.3"),
        (_spec(METRIC, "trade_count", (C.BETWEEN, (3, 5))), True, "3"),
        (_spec(METRIC, "trade_count", (C.BETWEEN, (4, 5))), False, "3"),
        (_spec(METRIC, "trade_count", (C.AT_MOST, 3), (C.ABOVE, 2)), True, "3"),
        (_spec(METRIC, "trade_count", (C.AT_MOST, 3), (C.ABOVE, 3)), False, "3"),
        (_spec(METRIC, "final_equity", (C.ABOVE, 1_000_000)), True, "1,000,123.45"),
        (_spec(METRIC, "sortino", (C.ABOVE, 1)), True, "infinite"),
        (_spec(METRIC, "sortino", (C.BELOW, 1)), False, "infinite"),
        (_spec(METRIC, "tail_ratio", (C.BELOW, 1)), True, "minus infinite"),
        (_spec(METRIC, "sharpe", (C.BELOW, "1%")), False, "undefined"),
        (_spec(EVENT, "OrderFilled", (C.EQUALS, 7)), True, "7"),
        (_spec(EVENT, "OrderFilled", (C.AT_LEAST, 8)), False, "7"),
        (_spec(EVENT, "CircuitTripped", (C.EQUALS, 0)), True, "0"),
        (_spec(POSITION, "X", (C.EQUALS, "-1.5")), True, "-1.50"),
        (_spec(POSITION, "Y", (C.EQUALS, 0)), True, "0"),
        (_spec(POSITION, "Y", (C.ABOVE, 0)), False, "0"),
    ],
    ids=str,
)
def test_what_was_found_is_held_against_what_was_wanted(spec: ExpectSpec, passed: bool, was: str) -> None:
    assert judge(spec, FOUND) == Expectation(text=str(spec), passed=passed, was=was)


@pytest.mark.parametrize("comparison", [c for c in Comparison if c is not Comparison.BETWEEN])
def test_a_metric_that_the_run_leaves_undefined_satisfies_nothing(comparison: Comparison) -> None:
    assert not judge(_spec(METRIC, "sharpe", (comparison, 0)), FOUND).passed


@pytest.mark.parametrize(
    ("still_open", "passed", "was"),
    [
        ((), True, "every order has ended"),
        (("a-1",), False, "1 still open: a-1"),
        (("a-1", "a-2", "a-3"), False, "3 still open: a-1, a-2, a-3"),
        (("a-1", "a-2", "a-3", "a-4"), False, "4 still open: a-1, a-2, a-3 ..."),
    ],
)
def test_orders_that_must_all_have_ended(still_open: tuple[str, ...], passed: bool, was: str) -> None:
    spec = ExpectSpec(what=ExpectWhat.ORDERS, name="all_terminal")
    found = Findings(metrics={}, events={}, positions={}, open_orders=still_open)
    assert judge(spec, found) == Expectation(text="orders all_terminal", passed=passed, was=was)


def test_the_words_say_what_was_wanted() -> None:
    spec = _spec(METRIC, "max_drawdown", (C.BELOW, "3%"), (C.AT_LEAST, "1%"))
    assert judge(spec, FOUND).text == "metric max_drawdown below 3%, at least 1%"
