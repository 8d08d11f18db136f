"""An order's life under random requests and reports, in any order, late and duplicate news among them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.fix_status import NAMES, fix_status
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import FINAL_STATES, TRANSITIONS, ImpossibleStepError, OrderState, OrderStep
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side
from tradepit.models.values import changed

QUANTITIES = st.integers(1, 120).map(Decimal)
PRICES = st.integers(1, 40).map(lambda ticks: Decimal(ticks) / 4)
REOPENS = {OrderStep.BUST, OrderStep.BUST_ALL, OrderStep.CORRECT, OrderStep.REPLACE}
LAYERED = {
    OrderState.PENDING_CANCEL,
    OrderState.PENDING_REPLACE,
    OrderState.DONE_FOR_DAY,
    OrderState.STOPPED,
    OrderState.SUSPENDED,
}


class OrdersLife(RuleBasedStateMachine):
    """Does to a life whatever may be done to it, and keeps plain books of its own."""

    def __init__(self) -> None:
        super().__init__()
        order = Order(
            order_id="o1",
            strategy="mine",
            symbol="X",
            side=Side.BUY,
            kind=OrderKind.MARKET,
            quantity=Decimal(100),
            created_at=0,
        )
        self.life = OrderLife(order, 0)
        self.now = 0
        self.numbers = 0
        self.fills: dict[str, Fill] = {}
        self.gone: list[Fill] = []

    def took(self, before: OrderState, steps: set[OrderStep]) -> None:
        """Hold a step that was taken to the table and to the finality of final states."""
        life, after = self.life, self.life.state
        in_table = {TRANSITIONS[before, step] for step in steps if (before, step) in TRANSITIONS}
        assert in_table, f"{before} cannot take {steps}"
        if before in LAYERED or before is OrderState.FILLED:  # what lies beneath, or over it still, may show instead
            in_table |= set(life.states)
        assert after in in_table
        assert after == life.history[-1][0]
        if before in FINAL_STATES and after not in FINAL_STATES:
            assert before is OrderState.FILLED
            assert steps & REOPENS

    def attempt(self, steps: set[OrderStep], act: Any) -> bool:
        """Do something; where it is impossible it must change nothing."""
        self.now += 1
        life = self.life
        before, figures = life.state, self.figures()
        try:
            act()
        except (ImpossibleStepError, InvalidFillError, ValueError):
            assert self.figures() == figures
            return False
        self.took(before, steps)
        return True

    def figures(self) -> tuple[object, ...]:
        life = self.life
        sums = (life.cumulative, life.leaves, life.notional, life.average_price, life.fees, life.fills)
        return (life.order, life.state, tuple(life.states), life.ended_at, tuple(life.history), *sums)

    def made(self, quantity: Decimal, price: Decimal, fill_id: str | None = None) -> Fill:
        if fill_id is None:
            self.numbers += 1
            fill_id = f"A-{self.numbers}"
        return Fill(
            fill_id=fill_id,
            order_id="o1",
            child_id="o1.1",
            strategy="mine",
            symbol="X",
            side=Side.BUY,
            quantity=quantity,
            price=price,
            reference_price=price,
            fee=Decimal("0.25"),
            currency="USD",
            venue="A",
            liquidity=Liquidity.TAKER,
            time=self.now,
        )

    @rule(step=st.sampled_from([step for step in OrderStep if step.value not in (
        "PARTIAL_FILL", "FILL", "REPLACE", "REPLACE_FILL", "BUST", "BUST_ALL", "CORRECT", "CORRECT_FILL", "RESTATE"
    )]))  # fmt: skip
    def news(self, step: OrderStep) -> None:
        possible = self.life.can(step) or (step is OrderStep.REJECT and self.life.cumulative > 0)
        steps = {step}
        if step is OrderStep.REJECT:
            steps.add(OrderStep.CANCEL)
        done = self.attempt(steps, lambda: self.life.apply(step, self.now, step.value))
        assert done <= possible

    @rule()
    def release(self) -> None:
        if self.attempt({OrderStep.VALIDATE}, self._validate):
            self.attempt({OrderStep.ROUTE}, lambda: self.life.apply(OrderStep.ROUTE, self.now, "RELEASED"))

    def _validate(self) -> None:
        self.life.apply(OrderStep.VALIDATE, self.now, "VALIDATED")

    @rule(quantity=QUANTITIES, price=PRICES)
    def fill(self, quantity: Decimal, price: Decimal) -> None:
        fill = self.made(quantity, price)
        if self.attempt({OrderStep.PARTIAL_FILL, OrderStep.FILL}, lambda: self.life.fill(fill, self.now)):
            self.fills[fill.fill_id] = fill

    @rule(price=PRICES)
    def fill_the_rest(self, price: Decimal) -> None:
        left = self.life.order.quantity - self.life.cumulative
        if left > 0:
            self.fill(left, price)

    @precondition(lambda self: self.fills or self.gone)
    @rule(data=st.data())
    def fill_again(self, data: Any) -> None:
        fill = data.draw(st.sampled_from([*self.fills.values(), *self.gone]))
        assert not self.attempt({OrderStep.FILL}, lambda: self.life.fill(fill, self.now))

    @rule(quantity=st.integers(0, 150).map(Decimal))
    def replace(self, quantity: Decimal) -> None:
        before = self.life.cumulative
        steps = {OrderStep.REPLACE, OrderStep.REPLACE_FILL}
        if self.attempt(steps, lambda: self.life.replace(self.now, quantity=quantity)):
            assert self.life.order.quantity == max(quantity, before)

    @rule(quantity=st.none() | QUANTITIES)
    def restate(self, quantity: Decimal | None) -> None:
        self.attempt({OrderStep.RESTATE}, lambda: self.life.restate(self.now, quantity=quantity))

    @precondition(lambda self: self.fills)
    @rule(data=st.data())
    def bust(self, data: Any) -> None:
        fill = data.draw(st.sampled_from(list(self.fills.values())))
        assert self.attempt({OrderStep.BUST, OrderStep.BUST_ALL}, lambda: self.life.bust(fill, self.now))
        self.gone.append(self.fills.pop(fill.fill_id))

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def bust_again(self, data: Any) -> None:
        fill = data.draw(st.sampled_from(self.gone))
        assert not self.attempt({OrderStep.BUST}, lambda: self.life.bust(fill, self.now))

    @precondition(lambda self: self.fills)
    @rule(data=st.data(), quantity=QUANTITIES, price=PRICES)
    def correct(self, data: Any, quantity: Decimal, price: Decimal) -> None:
        fill_id = data.draw(st.sampled_from(list(self.fills)))
        fill = self.made(quantity, price, fill_id)
        if self.attempt({OrderStep.CORRECT, OrderStep.CORRECT_FILL}, lambda: self.life.correct(fill, self.now)):
            self.fills[fill_id] = fill

    @rule()
    def copy(self) -> None:
        before = self.figures()
        self.life = self.life.copy()
        assert self.figures() == before

    @invariant()
    def quantities_add_up(self) -> None:
        life, fills = self.life, self.fills.values()
        assert life.cumulative == sum(fill.quantity for fill in fills)
        assert life.notional == sum(fill.quantity * fill.price for fill in fills)
        assert life.fees == sum(fill.fee for fill in fills)
        assert life.fills == len(self.fills)
        assert life.cumulative <= life.order.quantity
        if life.state in FINAL_STATES:
            assert life.leaves == 0
            assert life.final
        else:
            assert life.leaves == life.order.quantity - life.cumulative > 0
            assert not life.final
        if life.cumulative:
            assert abs(life.average_price * life.cumulative - life.notional) < Decimal("1e-20")
        else:
            assert life.average_price == 0

    @invariant()
    def the_status_is_one_of_those_that_hold(self) -> None:
        life = self.life
        assert life.state in life.states
        assert (life.state is OrderState.FILLED) == (life.order.quantity == life.cumulative)
        assert fix_status(life) in NAMES


OrdersLife.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestOrdersLife = OrdersLife.TestCase


def test_what_was_never_filled_can_be_neither_busted_nor_corrected() -> None:
    machine = OrdersLife()
    stranger = machine.made(Decimal(1), Decimal(1), "B-7")
    for act in (machine.life.bust, machine.life.correct):
        with pytest.raises(InvalidFillError, match="UNKNOWN_FILL: order o1 has no fill B-7"):
            act(stranger, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": Decimal(101)}, "OVERFILL: fill A-1 of order o1: limit=100, was=101"),
        ({"quantity": Decimal(0)}, "FILL_NOT_A_NUMBER: fill A-1 must have a quantity above 0"),
        ({"price": Decimal("NaN")}, "FILL_NOT_A_NUMBER: fill A-1 must have a quantity above 0"),
        ({"symbol": "Y"}, "FOREIGN_FILL: fill A-1: symbol must be that of order o1, X, was Y"),
        ({"side": Side.SELL}, "FOREIGN_FILL: fill A-1: side must be that of order o1, BUY, was SELL"),
        ({"order_id": "o2"}, "FOREIGN_FILL: fill A-1: order_id must be that of order o1, o1, was o2"),
    ],
)
def test_a_correction_that_cannot_be_true_is_refused(changes: dict[str, Any], message: str) -> None:
    machine = OrdersLife()
    machine.life.release(0)
    machine.fill(Decimal(60), Decimal(5))
    with pytest.raises(InvalidFillError, match=message):
        machine.life.correct(changed(machine.fills["A-1"], **changes), 9)
    assert machine.life.cumulative == 60


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": Decimal(40)}, "quantity must be above 60, which is filled, was 40"),
    ],
)
def test_a_restatement_leaves_something_open(changes: dict[str, Any], message: str) -> None:
    machine = OrdersLife()
    machine.life.release(0)
    machine.fill(Decimal(60), Decimal(5))
    with pytest.raises(ValueError, match=message):
        machine.life.restate(9, **changes)
