"""Orders that hang together: what follows for the others from each fill and end."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.order_groups import Drop, OrderGroups, Overfill, Parent, Release, Work
from tradepit.models.orders import Contingency, Order, OrderKind, OrderTerms, Side


def order(order_id: str, quantity: int = 100, **terms: Any) -> Order:
    return Order(
        order_id=order_id,
        strategy="mine",
        symbol="X",
        side=Side.SELL,
        kind=OrderKind.MARKET,
        quantity=Decimal(quantity),
        created_at=0,
        terms=OrderTerms(**terms),
    )


class Pit:
    """Joins orders, and writes what follows as words."""

    def __init__(self) -> None:
        self.groups = OrderGroups()

    def join(self, one: Order, parent: Parent | None = None) -> list[str]:
        refusal = self.groups.join(one, parent)
        return [str(refusal)] if refusal is not None else words(self.groups.start(one.order_id))

    def note(self, order_id: str, filled: int, end: str = "") -> list[str]:
        so_far = Parent(Decimal(filled), over=bool(end), whole=end == "whole")
        return words(self.groups.note(order_id, so_far))


def words(consequences: Any) -> list[str]:
    said = []
    for one in consequences:
        match one:
            case Release():
                said.append(f"release {one.order_id} for {one.quantity}")
            case Work():
                said.append(f"{one.order_id} works for {one.quantity}{', the last word' if one.last else ''}")
            case Drop():
                said.append(f"drop {one.order_id}: {one.code}")
            case Overfill():
                said.append(f"{one.order_id} has {one.quantity} too many for {one.group}")
    return said


def bracket(pit: Pit) -> None:
    exits: dict[str, Any] = {"parent_id": "entry", "group": "g", "contingency": Contingency.OUO}
    assert pit.join(order("sl", **exits), Parent()) == []
    assert pit.join(order("tp", **exits), Parent()) == []


def test_the_exits_of_a_bracket_grow_with_the_entry_and_take_from_one_another() -> None:
    pit = Pit()
    bracket(pit)
    assert pit.note("entry", 60) == ["release sl for 60", "release tp for 60"]
    assert pit.note("tp", 20) == ["sl works for 40"]
    assert pit.note("entry", 100, "whole") == ["sl works for 80, the last word", "tp works for 100, the last word"]
    assert pit.note("sl", 30) == ["tp works for 70, the last word"]
    assert pit.note("tp", 70) == ["drop sl: GROUP"]


def test_an_exit_that_has_filled_all_there_was_waits_for_more_of_the_entry() -> None:
    pit = Pit()
    bracket(pit)
    pit.note("entry", 60)
    assert pit.note("tp", 60) == ["sl works for 0"]
    assert pit.note("entry", 90) == ["sl works for 30", "tp works for 90"]
    assert pit.note("entry", 90, "cancelled") == ["sl works for 30, the last word", "tp works for 90, the last word"]


def test_exits_that_have_closed_all_that_the_entry_will_ever_fill_are_dropped() -> None:
    pit = Pit()
    bracket(pit)
    pit.note("entry", 60)
    pit.note("tp", 60)
    assert pit.note("entry", 60, "cancelled") == ["drop sl: GROUP", "drop tp: PARENT_ENDED"]


def test_an_entry_that_ends_without_a_fill_ends_its_exits() -> None:
    pit = Pit()
    bracket(pit)
    assert pit.note("entry", 0, "rejected") == ["drop sl: PARENT_ENDED", "drop tp: PARENT_ENDED"]
    assert pit.note("sl", 0, "cancelled") == []
    assert pit.note("tp", 0, "cancelled") == []
    assert not pit.groups.concerns("tp")


@pytest.mark.parametrize(
    ("parent", "follows"),
    [
        (Parent(), []),
        (Parent(Decimal(40)), ["release child for 40"]),
        (Parent(Decimal(140)), ["release child for 100"]),
        (Parent(Decimal(40), over=True), ["release child for 40"]),
        (Parent(Decimal(40), over=True, whole=True), ["release child for 100"]),
        (Parent(over=True), ["PARENT_ENDED: entry has ended without a fill"]),
        (None, ["UNKNOWN_PARENT: no order entry to wait for"]),
    ],
)
def test_an_order_begins_with_what_its_parent_has_filled_by_then(parent: Parent | None, follows: list[str]) -> None:
    assert Pit().join(order("child", parent_id="entry"), parent) == follows


def test_an_order_does_not_wait_for_itself() -> None:
    assert Pit().join(order("child", parent_id="child"), Parent()) == ["UNKNOWN_PARENT: no order child to wait for"]


def test_the_first_fill_of_one_cancels_the_others_in_whole() -> None:
    pit = Pit()
    for name in ("a", "b", "c"):
        assert pit.join(order(name, group="g", contingency=Contingency.OCO)) == [f"release {name} for 100"]
    assert pit.note("b", 1) == ["drop a: GROUP", "drop c: GROUP"]
    assert pit.note("b", 2) == []
    assert pit.note("a", 0, "cancelled") == []
    assert pit.note("c", 0, "cancelled") == []
    assert pit.note("b", 100, "whole") == []
    assert pit.join(order("d", group="g", contingency=Contingency.OCO)) == ["release d for 100"]


# --- both fill before anybody knows -------------------------------------------------------------------------------


def test_what_fills_after_another_one_cancelled_it_is_too_much() -> None:
    pit = Pit()
    for name in ("a", "b", "c"):
        pit.join(order(name, group="g", contingency=Contingency.OCO))
    assert pit.note("b", 30) == ["drop a: GROUP", "drop c: GROUP"]
    assert pit.note("a", 20) == ["a has 20 too many for g", "drop b: GROUP"]  # on its way when the news of b came
    assert pit.note("b", 50) == []  # it was first
    assert pit.note("a", 100, "whole") == ["a has 80 too many for g"]
    assert pit.note("c", 0, "cancelled") == []


def test_it_is_noticed_too_when_the_first_is_done_and_its_group_has_let_go_of_its_name() -> None:
    pit = Pit()
    for name in ("a", "b"):
        pit.join(order(name, group="g", contingency=Contingency.OCO))
    assert pit.note("a", 100, "whole") == ["drop b: GROUP"]
    assert pit.join(order("d", group="g", contingency=Contingency.OCO)) == ["release d for 100"]  # another group
    assert pit.note("b", 60) == ["b has 60 too many for g"]
    assert pit.note("b", 60, "cancelled") == []
    assert not pit.groups.concerns("a")
    assert not pit.groups.concerns("b")
    assert pit.note("d", 10) == []


def test_a_first_fill_that_was_taken_back_makes_none_too_many() -> None:
    pit = Pit()
    for name in ("a", "b"):
        pit.join(order(name, group="g", contingency=Contingency.OCO))
    pit.note("a", 30)
    assert pit.note("a", 0) == []
    assert pit.note("b", 20) == ["drop a: GROUP"]


def test_what_an_ouo_order_fills_beyond_what_the_others_left_of_it_is_too_much() -> None:
    pit = Pit()
    for name in ("a", "b"):
        pit.join(order(name, group="g", contingency=Contingency.OUO))
    assert pit.note("a", 70) == ["b works for 30, the last word"]
    assert pit.note("b", 50) == ["b has 20 too many for g", "drop a: GROUP"]
    assert pit.note("a", 80) == ["a has 10 too many for g", "drop b: GROUP"]


def test_exits_that_both_fill_for_the_part_of_an_entry_close_more_than_there_is() -> None:
    pit = Pit()
    bracket(pit)
    pit.note("entry", 60)
    assert pit.note("tp", 60) == ["sl works for 0"]
    assert pit.note("sl", 25)[0] == "sl has 25 too many for g"


@pytest.mark.parametrize("contingency", list(Contingency))
def test_the_end_of_one_ends_the_others(contingency: Contingency) -> None:
    pit = Pit()
    for name in ("a", "b"):
        pit.join(order(name, group="g", contingency=contingency))
    assert pit.note("a", 0, "expired") == ["drop b: GROUP"]


def test_who_has_nothing_left_is_dropped_and_that_end_takes_nobody_along() -> None:
    pit = Pit()
    for name, quantity in (("stop", 100), ("near", 50), ("far", 50)):
        pit.join(order(name, quantity, group="g", contingency=Contingency.OUO))
    assert pit.note("near", 50, "whole") == ["stop works for 50, the last word", "drop far: GROUP"]
    assert pit.note("far", 0, "cancelled") == []
    assert pit.note("stop", 50, "whole") == []
    assert not pit.groups.concerns("stop")


def test_a_change_by_the_strategy_is_what_the_order_works_for_from_then_on() -> None:
    pit = Pit()
    for name in ("a", "b"):
        pit.join(order(name, group="g", contingency=Contingency.OUO))
    pit.note("a", 10)
    pit.groups.resize("b", Decimal(200))
    pit.groups.resize("stranger", Decimal(1))
    assert pit.note("a", 30) == ["b works for 180, the last word"]


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"group": "g"}, "GROUP_INVALID: a group has a name and a contingency, was g, None"),
        ({"contingency": Contingency.OCO}, "GROUP_INVALID: a group has a name and a contingency, was None, OCO"),
        ({"group": "g", "contingency": Contingency.OUO}, "GROUP_INVALID: group g is OCO, was OUO"),
    ],
)
def test_a_group_of_which_its_orders_say_different_things_is_refused(terms: dict[str, Any], refusal: str) -> None:
    pit = Pit()
    pit.join(order("a", group="g", contingency=Contingency.OCO))
    assert pit.join(order("b", **terms)) == [refusal]


def test_who_hangs_together_with_nobody_concerns_nobody() -> None:
    pit = Pit()
    assert pit.note("plain", 100, "whole") == []
    pit.join(order("child", parent_id="entry"), Parent())
    assert [pit.groups.concerns(name) for name in ("plain", "entry", "child")] == [False, True, True]
    assert [pit.groups.grows(name) for name in ("plain", "entry", "child")] == [False, False, True]


@given(
    entry=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    exits=st.lists(st.tuples(st.sampled_from(["sl", "tp"]), st.integers(1, 60)), max_size=12),
    data=st.data(),
)
def test_the_exits_never_work_for_more_than_the_entry_has_filled(
    entry: list[int], exits: list[tuple[str, int]], data: Any
) -> None:
    pit = Pit()
    total = sum(entry)
    terms: dict[str, Any] = {"parent_id": "entry", "group": "g", "contingency": Contingency.OUO}
    for name in ("sl", "tp"):
        pit.join(order(name, total, **terms), Parent())
    works, filled = {"sl": 0, "tp": 0}, {"sl": 0, "tp": 0, "entry": 0}
    dropped: set[str] = set()

    def follow(said: list[str]) -> None:
        for line in said:
            if line.startswith("release"):
                _, name, _, quantity = line.split()
                works[name] = int(quantity)
            elif line.startswith("drop"):
                dropped.add(line.split()[1].rstrip(":"))
            else:
                name, _, _, quantity, *_ = line.replace(",", "").split()
                works[name] = int(quantity)

    while entry or exits:
        if entry and (not exits or data.draw(st.booleans())):
            filled["entry"] += entry.pop(0)
            follow(pit.note("entry", filled["entry"], "" if entry else "whole"))
        else:
            name, quantity = exits.pop(0)
            taken = min(quantity, max(works[name] - filled[name], 0))
            if taken and name not in dropped:
                filled[name] += taken
                follow(pit.note(name, filled[name]))
        assert filled["sl"] + filled["tp"] <= filled["entry"]
        open_ = {name: max(works[name] - filled[name], 0) for name in ("sl", "tp") if name not in dropped}
        assert all(left == filled["entry"] - filled["sl"] - filled["tp"] for left in open_.values())
