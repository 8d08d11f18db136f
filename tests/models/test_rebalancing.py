"""From weights and plans to orders, in their turn, and to a summary."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.rebalance_messages import ItemResult, ItemStatus, PlanAction, PlanItem, RebalanceSummary
from tradepit.models.rebalancing import Line, RunningPlan, lines_of_plan, lines_of_weights

D = Decimal
BUY, SELL, HOLD = PlanAction.BUY, PlanAction.SELL, PlanAction.HOLD
INSTRUMENTS = {
    "SPY": Instrument(symbol="SPY"),
    "TLT": Instrument(symbol="TLT"),
    "ES": Instrument(symbol="ES", multiplier=D(50)),
    "BTC": Instrument(symbol="BTC", lot=D("0.001")),
    "NEW": Instrument(symbol="NEW"),
    "CL": Instrument(symbol="CL", price_may_be_negative=True),
}
PRICES = {"SPY": 411.25, "TLT": 99.5, "ES": 4000.0, "BTC": 40_000.0, "CL": -3.5}


def weighed(
    weights: Mapping[str, str], held: Mapping[str, int] | None = None, band: str = "0", equity: int = 100_000
) -> list[tuple[str, str, str]]:
    lines = lines_of_weights(
        [(symbol, D(weight)) for symbol, weight in weights.items()], D(band), D(equity), INSTRUMENTS, PRICES.get,
        lambda symbol: D((held or {}).get(symbol, 0)),
    )  # fmt: skip
    return [(line.symbol, f"{line.action} {line.quantity}", line.code or line.status or "") for line in lines]


@pytest.mark.parametrize(
    ("weights", "held", "band", "expected"),
    [
        # 60,000 / 411.25 = 145.8; 40,000 / 99.5 = 402.01
        ({"SPY": "0.6", "TLT": "0.4"}, {}, "0", [("SPY", "BUY 145", ""), ("TLT", "BUY 402", "")]),
        ({"SPY": "0.6"}, {"SPY": 200}, "0", [("SPY", "SELL 55", "")]),
        ({"SPY": "0.6"}, {"SPY": 145}, "0", [("SPY", "BUY 0", "ON_TARGET")]),
        ({"SPY": "-0.3"}, {}, "0", [("SPY", "SELL 72", "")]),
        ({"SPY": "-0.3"}, {"SPY": 10}, "0", [("SPY", "SELL 82", "")]),
        ({"SPY": "0"}, {"SPY": -10}, "0", [("SPY", "BUY 10", "")]),
        ({"ES": "1"}, {}, "0", [("ES", "BUY 0", "ON_TARGET")]),
        ({"BTC": "0.5"}, {}, "0", [("BTC", "BUY 1.25", "")]),
        # 150 x 411.25 = 61,687.50 is 1.6875% too much
        ({"SPY": "0.6"}, {"SPY": 150}, "0.016875", [("SPY", "SELL 0", "WITHIN_BAND")]),
        ({"SPY": "0.6"}, {"SPY": 150}, "0.0168", [("SPY", "SELL 5", "")]),
        (
            {"NEW": "0.1", "GONE": "0.1", "SPY": "NaN", "CL": "0.1"},
            {},
            "0",
            [
                ("NEW", "HOLD 0", "NO_PRICE"),
                ("GONE", "HOLD 0", "UNKNOWN_SYMBOL"),
                ("SPY", "HOLD 0", "WEIGHT_NOT_A_NUMBER"),
                ("CL", "HOLD 0", "NO_PRICE"),
            ],
        ),
    ],
)
def test_a_weight_becomes_the_difference_to_what_is_held(
    weights: dict[str, str], held: dict[str, int], band: str, expected: list[tuple[str, str, str]]
) -> None:
    assert weighed(weights, held, band) == expected


@given(
    weight=st.decimals("-1.5", "1.5", places=3),
    held=st.integers(-500, 500),
    equity=st.integers(1, 1_000_000),
)
def test_no_position_becomes_worth_more_than_its_weight(weight: Decimal, held: int, equity: int) -> None:
    [line] = lines_of_weights([("SPY", weight)], D(0), D(equity), INSTRUMENTS, PRICES.get, lambda _symbol: D(held))
    after = held + (line.quantity if line.action is BUY else -line.quantity)
    assert abs(after) * D("411.25") <= abs(weight) * equity
    assert abs(weight) * equity < (abs(after) + 1) * D("411.25")
    assert after * weight >= 0


def planned(*items: tuple[str, PlanAction, str]) -> list[Line]:
    plan = [PlanItem(symbol=symbol, action=action, amount=D(amount)) for symbol, action, amount in items]
    return lines_of_plan(plan, INSTRUMENTS, PRICES.get)


@pytest.mark.parametrize(
    ("item", "quantity", "status", "text"),
    [
        (("SPY", BUY, "10_000"), "24", None, ""),
        (("SPY", SELL, "411.25"), "1", None, ""),
        (("SPY", HOLD, "0"), "0", ItemStatus.HELD, ""),
        (("ES", BUY, "400_000"), "2", None, ""),
        (("SPY", BUY, "411.24"), "0", ItemStatus.REFUSED, "SIZE_BELOW_LOT: quantity: lot=1, was=0.999976"),
        (("SPY", BUY, "0"), "0", ItemStatus.REFUSED, "AMOUNT_NOT_POSITIVE: the amount of a BUY must be above 0, was 0"),
        (
            ("SPY", SELL, "NaN"),
            "0",
            ItemStatus.REFUSED,
            "AMOUNT_NOT_POSITIVE: the amount of a SELL must be above 0, was NaN",
        ),
        (
            ("SPY", BUY, "1e999"),
            "0",
            ItemStatus.REFUSED,
            "AMOUNT_NOT_POSITIVE: the amount of a BUY must be above 0, was 1E+999",
        ),
        (("NEW", BUY, "1"), "0", ItemStatus.REFUSED, "NO_PRICE: a price of NEW above 0 is needed, none was seen"),
        (("CL", BUY, "1"), "0", ItemStatus.REFUSED, "NO_PRICE: a price of CL above 0 is needed, was -3.5"),
        (
            ("XX", BUY, "1"),
            "0",
            ItemStatus.REFUSED,
            "UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was XX",
        ),
    ],
)  # fmt: skip
def test_a_plans_shares_come_from_amount_and_price(
    item: tuple[str, PlanAction, str], quantity: str, status: ItemStatus | None, text: str
) -> None:
    [line] = planned(item)
    assert (line.quantity if not text else D(0), line.status) == (D(quantity), status)
    assert (f"{line.code}: {line.text}" if line.code else "") == text


def test_sells_go_first_then_buys_and_then_comes_the_summary() -> None:
    lines = planned(("SPY", BUY, "4_112.50"), ("TLT", SELL, "995"), ("ES", HOLD, "0"), ("BTC", BUY, "400"))
    plan = RunningPlan("p-1", "s", lines, by_weights=False)
    assert [line.order_id for line in plan.next_lines()] == ["p-1/2"]
    assert plan.next_lines() == []  # the sell is out
    plan.order_ended("p-1/2", D(10), D("99.4"), rejected=False)
    assert [line.order_id for line in plan.next_lines()] == ["p-1/1", "p-1/4"]
    plan.order_ended("p-1/1", D(4), D("411.5"), rejected=False, code="TIME_IN_FORCE", text="leaves=6 at SIM")
    assert [line.status for line in plan.lines][3] is None
    plan.order_ended("p-1/4", D(0), D(0), rejected=True, code="BUYING_POWER", text="limit=1, was=2")
    assert plan.next_lines() == []
    assert plan.done
    nothing: dict[str, Any] = {"filled": D(0), "average_price": D(0)}
    assert plan.summary(7) == RebalanceSummary(
        plan_id="p-1",
        strategy="s",
        time=7,
        items=(
            ItemResult(
                symbol="SPY", action=BUY, amount=D("4112.50"), order_id="p-1/1", status=ItemStatus.PARTLY_FILLED,
                quantity=D(10), filled=D(4), average_price=D("411.5"), code="TIME_IN_FORCE", text="leaves=6 at SIM",
            ),
            ItemResult(
                symbol="TLT", action=SELL, amount=D(995), order_id="p-1/2", status=ItemStatus.FILLED, quantity=D(10),
                filled=D(10), average_price=D("99.4"), code="", text="",
            ),
            ItemResult(
                symbol="ES", action=HOLD, amount=D(0), order_id="", status=ItemStatus.HELD, quantity=D(0), code="",
                text="", **nothing,
            ),
            ItemResult(
                symbol="BTC", action=BUY, amount=D(400), order_id="p-1/4", status=ItemStatus.REFUSED,
                quantity=D("0.010"), code="BUYING_POWER", text="limit=1, was=2", **nothing,
            ),
        ),
    )  # fmt: skip


def test_an_order_that_ends_without_a_fill_and_was_not_refused_is_unfilled() -> None:
    plan = RunningPlan("p", "s", planned(("SPY", BUY, "5000")), by_weights=False)
    plan.next_lines()
    plan.order_ended("p/1", D(0), D(0), rejected=False, code="REQUESTED", text="")
    assert [line.status for line in plan.lines] == [ItemStatus.UNFILLED]


def test_what_has_not_been_sent_can_be_given_up() -> None:
    plan = RunningPlan("p", "s", planned(("SPY", BUY, "5000"), ("TLT", SELL, "995")), by_weights=True)
    plan.next_lines()
    plan.supersede()
    assert [line.status for line in plan.lines] == [ItemStatus.SUPERSEDED, None]
    plan.order_ended("p/2", D(10), D(99), rejected=False)
    assert plan.next_lines() == []
    assert plan.done


def test_two_lines_that_say_the_same_are_two_orders() -> None:
    plan = RunningPlan("p", "s", planned(("SPY", BUY, "5000"), ("SPY", BUY, "5000")), by_weights=False)
    assert [line.order_id for line in plan.next_lines()] == ["p/1", "p/2"]


def test_prices_in_other_currencies_count_in_the_accounts() -> None:
    """A euro is worth 1.25, and of a yen no rate is known."""
    euros = {"SPY": D("1.25"), "TLT": D(0)}

    def in_dollars(symbol: str, value: Decimal) -> Decimal:
        return value * euros[symbol]

    plan = [PlanItem(symbol="SPY", action=BUY, amount=D(10_000)), PlanItem(symbol="TLT", action=BUY, amount=D(1))]
    spy, tlt = lines_of_plan(plan, INSTRUMENTS, PRICES.get, in_dollars)
    assert (spy.quantity, tlt.code) == (D(19), "NO_RATE")  # 514.0625 each
    weights = [("SPY", D("0.5"))]
    [line] = lines_of_weights(weights, D(0), D(100_000), INSTRUMENTS, PRICES.get, lambda _symbol: D(0), in_dollars)
    assert line.quantity == 97
