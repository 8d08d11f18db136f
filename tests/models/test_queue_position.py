"""Places in a queue, worked by hand, and what holds for any quotes and trades."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.queue_position import QueueModel, QueuePlace

MODELS = [QueueModel(name) for name in ("front", "back", "proportional", "log")] + [QueueModel("power", 2.0)]


@pytest.mark.parametrize(
    ("model", "behind"),
    [
        (QueueModel("front"), 0.0),
        (QueueModel("back"), 1.0),
        (QueueModel("proportional"), 0.75),  # 60 / (20 + 60)
        (QueueModel("power", 1.0), 0.75),
        (QueueModel("power", 2.0), 0.9),  # 3600 / (400 + 3600)
        (QueueModel("log"), math.log(61) / (math.log(21) + math.log(61))),
    ],
)
def test_who_cancels_is_what_the_models_differ_in(model: QueueModel, behind: float) -> None:
    assert model.behind(20.0, 60.0) == pytest.approx(behind, rel=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_where_nothing_rests_nothing_was_ahead(model: QueueModel) -> None:
    assert model.behind(0.0, 0.0) == (0.0 if model.name == "front" else 1.0)


@pytest.mark.parametrize(
    ("name", "power", "text"),
    [
        ("first", None, "name must be one of front, back, proportional, log or power, was 'first'"),
        ("power", None, "power must be given for the model power and for no other, was power and None"),
        ("log", 2.0, "power must be given for the model power and for no other, was log and 2.0"),
        ("power", 0.0, "power must be a finite number above 0, was 0.0"),
        ("power", math.inf, "power must be a finite number above 0, was inf"),
    ],
)
def test_models_out_of_bounds_are_refused(name: str, power: float | None, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        QueueModel(name, power)


@pytest.mark.parametrize(
    ("model", "ahead"),
    [
        # 100 rest ahead, then 60 join behind. 40 trade; then the quote shows 90 of the 120 left: 30 cancelled.
        (QueueModel("front"), 30.0),
        (QueueModel("back"), 60.0),
        (QueueModel("proportional"), 45.0),  # half of 60 + 60 were behind
    ],
)
def test_trades_come_from_the_front_and_cancels_by_the_model(model: QueueModel, ahead: float) -> None:
    place = QueuePlace(model)
    assert place.trade(10.0) == 0.0  # its price has not been shown yet
    place.show(100.0)
    place.show(160.0)
    assert (place.ahead, place.trade(40.0), place.ahead) == (100.0, 0.0, 60.0)
    place.show(90.0)
    assert place.ahead == pytest.approx(ahead)


def test_what_a_trade_leaves_of_the_queue_comes_to_the_order() -> None:
    place = QueuePlace(QueueModel("log"))
    place.show(100.0)
    assert (place.trade(130.0), place.trade(5.0), place.ahead) == (30.0, 5.0, 0.0)


def test_an_order_that_is_better_than_the_best_is_first() -> None:
    place = QueuePlace(QueueModel("back"))
    place.show(100.0)
    place.alone()
    assert place.ahead == 0.0
    place.show(50.0)  # others join behind
    assert (place.ahead, place.trade(10.0)) == (0.0, 10.0)


def test_an_order_sent_to_the_back_stands_behind_what_is_left_of_the_others() -> None:
    place = QueuePlace(QueueModel("back"))
    place.rejoin()  # of no queue that is known
    place.show(100.0)
    assert place.trade(130.0) == 30.0
    place.rejoin()
    assert place.ahead == 0.0
    place.show(80.0)  # others join behind
    assert place.trade(50.0) == 50.0
    place.beyond(30.0)  # the order took 20 of it
    place.rejoin()
    assert place.ahead == 50.0


@given(
    model=st.sampled_from(MODELS),
    steps=st.lists(st.tuples(st.booleans(), st.floats(0, 1e6)), max_size=20),
)
def test_nobody_is_ahead_that_is_not_shown_and_no_trade_gives_more_than_it_has(
    model: QueueModel, steps: list[tuple[bool, float]]
) -> None:
    place = QueuePlace(model)
    for trades, size in steps:
        before = place.ahead
        if trades:
            assert 0.0 <= place.trade(size) <= size
        else:
            place.show(size)
            assert place.ahead is not None
            assert 0.0 <= place.ahead <= size
        if before is not None:
            assert place.ahead is not None
            assert place.ahead <= before
