"""Our own breaker: what trips it, what it lets through, and how it closes again."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.breakers import (
    TRANSITIONS,
    Breaker,
    BreakerAction,
    BreakerRule,
    BreakerSettings,
    BreakerStep,
    ImpossibleBreakerStepError,
    Trip,
    follow,
    shrinks_position,
)
from tradepit.models.messages import BreakerState
from tradepit.models.orders import Side

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS


def settings(**changes: Any) -> BreakerSettings:
    plain: dict[str, Any] = {"name": "fails", "rule": BreakerRule.FAILED_ORDERS, "at": 3}
    return BreakerSettings(**plain | changes)


def tripped(**changes: Any) -> Breaker:
    """Return a breaker that tripped at second 0."""
    breaker = Breaker(settings(**{"at": 1} | changes))
    assert breaker.note_failed("bad", 0) is not None
    return breaker


def half_open(**changes: Any) -> Breaker:
    breaker = tripped(**changes)
    assert breaker.cool_down(5 * MINUTE_NS)
    return breaker


# --- the table --------------------------------------------------------------------------------------------------


def test_the_table_of_states_is_this_and_nothing_else() -> None:
    assert [f"{state} {step} {after}" for (state, step), after in TRANSITIONS.items()] == [
        "CLOSED TRIP OPEN",
        "CLOSED RESET CLOSED",
        "OPEN TRIP OPEN",
        "OPEN COOL_DOWN HALF_OPEN",
        "OPEN RESET CLOSED",
        "HALF_OPEN TRIP OPEN",
        "HALF_OPEN PROBES_SUCCEED CLOSED",
        "HALF_OPEN PROBE_FAILS OPEN",
        "HALF_OPEN RESET CLOSED",
    ]


def test_a_pair_outside_the_table_is_an_error_that_names_both() -> None:
    with pytest.raises(ImpossibleBreakerStepError, match="a breaker that is CLOSED cannot take the step COOL_DOWN"):
        follow(BreakerState.CLOSED, BreakerStep.COOL_DOWN)


# --- tripping ---------------------------------------------------------------------------------------------------


def test_failed_orders_trip_when_their_count_reaches_the_threshold() -> None:
    breaker = Breaker(settings())
    trips = [
        breaker.note_failed("a", 1 * SECOND_NS),
        breaker.note_rejected("b", 2 * SECOND_NS),
        breaker.note_failed("c", 3 * SECOND_NS),
    ]
    assert trips == [
        None,
        None,
        Trip(rule="failed_orders", was=3.0, limit=3, cause="c", resets_at=3 * SECOND_NS + 5 * MINUTE_NS),
    ]
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize(("last_ns", "trips"), [(MINUTE_NS, True), (MINUTE_NS + 1, False)])
def test_what_lies_a_whole_window_back_is_forgotten_to_the_nanosecond(last_ns: int, *, trips: bool) -> None:
    breaker = Breaker(settings())
    breaker.note_failed("a", 1)
    breaker.note_failed("b", 30 * SECOND_NS)
    assert (breaker.note_failed("c", last_ns) is not None) is trips


def rate(**changes: Any) -> BreakerSettings:
    return settings(**{"name": "rejects", "rule": BreakerRule.REJECTION_RATE, "at": 0.25} | changes)


@pytest.mark.parametrize(
    ("submitted", "rejected", "minimum", "was"),
    [
        (4, 1, 4, 0.25),
        (5, 1, 4, None),
        (3, 1, 4, None),
        (3, 3, 4, None),
        (10, 3, 10, 0.3),
        (1, 1, 1, 1.0),
        (0, 2, 2, 1.0),
    ],
)
def test_the_rejection_rate_trips_at_its_threshold_once_there_are_orders_enough(
    submitted: int, rejected: int, minimum: int, was: float | None
) -> None:
    breaker = Breaker(rate(minimum=minimum, at=0.25))
    for _ in range(submitted):
        breaker.note_submitted(5)
    trips = [breaker.note_rejected(f"o{number}", 6) for number in range(rejected)]
    assert trips[-1] == (
        None
        if was is None
        else Trip(rule="rejection_rate", was=was, limit=0.25, cause=f"o{rejected - 1}", resets_at=6 + 5 * MINUTE_NS)
    )


def test_a_failed_order_is_no_rejected_one_for_the_rejection_rate() -> None:
    breaker = Breaker(rate(minimum=1))
    breaker.note_submitted(1)
    assert (breaker.note_failed("a", 2), breaker.state) == (None, BreakerState.CLOSED)


def test_a_rate_written_in_decimals_is_met_exactly() -> None:
    for tenths in range(1, 10):
        breaker = Breaker(rate(minimum=10, at=tenths / 10))
        for _ in range(10):
            breaker.note_submitted(1)
        trips = [breaker.note_rejected("o", 2) is not None for _ in range(tenths)]
        assert trips == [False] * (tenths - 1) + [True]


def test_news_of_orders_sent_before_the_window_never_makes_a_rate_above_one() -> None:
    breaker = Breaker(rate(minimum=2))
    for _ in range(100):
        breaker.note_submitted(0)
    breaker.note_submitted(MINUTE_NS + 1)
    first = breaker.note_rejected("a", MINUTE_NS + 1)
    trip = breaker.note_rejected("b", MINUTE_NS + 2)
    assert (first, trip) == (
        None,
        Trip(rule="rejection_rate", was=1.0, limit=0.25, cause="b", resets_at=6 * MINUTE_NS + 2),
    )


@given(
    gaps=st.lists(st.integers(0, 40), min_size=1, max_size=60),
    over=st.integers(1, 100),
    at=st.integers(1, 6),
)
def test_the_sliding_window_counts_what_a_count_over_the_whole_past_would(gaps: list[int], over: int, at: int) -> None:
    breaker = Breaker(settings(over_ns=over, at=at))
    now, since_trip = 0, []
    for number, gap in enumerate(gaps):
        now += gap
        since_trip.append(now)
        trip = breaker.note_failed(f"o{number}", now)
        count = sum(now - over < time <= now for time in since_trip)
        assert (trip and trip.was) == (float(count) if count >= at else None)
        if trip is not None:
            breaker.reset()
            since_trip.clear()


# --- what passes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "order", "shrinking", "cancel"),
    [
        (BreakerAction.HALT, False, False, False),
        (BreakerAction.CANCEL_ONLY, False, False, True),
        (BreakerAction.REDUCE_ONLY, False, True, True),
    ],
)
def test_an_open_breaker_lets_through_what_its_action_says(
    action: BreakerAction, *, order: bool, shrinking: bool, cancel: bool
) -> None:
    breaker = tripped(action=action)
    passed = (
        breaker.admit("o", shrinks=False) is None,
        breaker.admit("o", shrinks=True) is None,
        breaker.admit_cancel() is None,
    )
    assert passed == (order, shrinking, cancel)


def test_a_closed_breaker_lets_everything_through() -> None:
    breaker = Breaker(settings())
    assert [breaker.admit("o", shrinks=False), breaker.admit_cancel()] == [None, None]


def test_a_refusal_names_the_breaker_its_state_and_its_action() -> None:
    breaker = tripped()
    texts = [str(breaker.admit("o", shrinks=False)), str(breaker.admit_cancel())]
    breaker.cool_down(5 * MINUTE_NS)
    breaker.admit("probe", shrinks=False)
    texts.append(str(breaker.admit("o", shrinks=False)))
    assert texts == [
        "CIRCUIT_OPEN: breaker fails is OPEN, halt",
        "CIRCUIT_OPEN: breaker fails is OPEN, halt",
        "CIRCUIT_OPEN: breaker fails is HALF_OPEN, halt: its probes are out, limit=1",
    ]


@pytest.mark.parametrize(
    ("held", "side", "quantity", "shrinks"),
    [
        (100, Side.SELL, 100, True),
        (100, Side.SELL, 101, False),
        (100, Side.BUY, 1, False),
        (-100, Side.BUY, 100, True),
        (-100, Side.BUY, 101, False),
        (-100, Side.SELL, 1, False),
        (0, Side.BUY, 1, False),
        (0, Side.SELL, 1, False),
    ],
)
def test_an_order_shrinks_a_position_when_it_goes_against_it_and_not_through_zero(
    held: int, side: Side, quantity: int, *, shrinks: bool
) -> None:
    assert shrinks_position(Decimal(held), side, Decimal(quantity)) is shrinks


# --- closing again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at_ns", "cools"), [(5 * MINUTE_NS - 1, False), (5 * MINUTE_NS, True)])
def test_probes_may_go_when_the_cool_down_is_over_and_not_before(at_ns: int, *, cools: bool) -> None:
    breaker = tripped()
    assert (breaker.cool_down(at_ns), breaker.state) == (
        cools,
        BreakerState.HALF_OPEN if cools else BreakerState.OPEN,
    )


def test_a_timer_that_comes_late_changes_nothing() -> None:
    breaker = half_open()
    assert (breaker.cool_down(9 * MINUTE_NS), breaker.state) == (False, BreakerState.HALF_OPEN)
    breaker.reset()
    assert (breaker.cool_down(9 * MINUTE_NS), breaker.state) == (False, BreakerState.CLOSED)


def test_as_many_probes_pass_as_are_set_and_when_all_were_accepted_the_breaker_closes() -> None:
    breaker = half_open(probes=2)
    passed = [breaker.admit(order_id, shrinks=False) is None for order_id in ("p1", "p2", "p3")]
    assert passed == [True, True, False]
    closed = [breaker.note_accepted(order_id) for order_id in ("another", "p1", "p1", "p2")]
    assert (closed, breaker.state) == ([False, False, False, True], BreakerState.CLOSED)


def test_an_accepted_probe_gives_no_new_place() -> None:
    breaker = half_open(probes=2)
    breaker.admit("p1", shrinks=False)
    breaker.note_accepted("p1")
    assert [breaker.admit(order_id, shrinks=False) is None for order_id in ("p2", "p3")] == [True, False]


def test_a_probe_that_was_withdrawn_proves_nothing_and_gives_its_place_back() -> None:
    breaker = half_open()
    breaker.admit("p1", shrinks=False)
    breaker.note_withdrawn("p1")
    breaker.note_withdrawn("unknown")
    assert (breaker.admit("p2", shrinks=False), breaker.note_accepted("p1"), breaker.note_accepted("p2")) == (
        None,
        False,
        True,
    )


@pytest.mark.parametrize("news", ["note_failed", "note_rejected"])
@pytest.mark.parametrize("rule", list(BreakerRule))
def test_a_probe_that_goes_wrong_opens_the_breaker_again_for_a_whole_cool_down(rule: BreakerRule, news: str) -> None:
    breaker = Breaker(settings(rule=rule, at=1, minimum=1, probes=3))
    breaker.note_rejected("bad", 0)
    breaker.cool_down(5 * MINUTE_NS)
    breaker.admit("p1", shrinks=False)
    breaker.admit("p2", shrinks=False)
    breaker.note_accepted("p1")
    trip = getattr(breaker, news)("p2", 6 * MINUTE_NS)
    assert trip == Trip(rule="probe", was=1.0, limit=3.0, cause="p2", resets_at=11 * MINUTE_NS)
    assert [breaker.cool_down(10 * MINUTE_NS), breaker.cool_down(11 * MINUTE_NS)] == [False, True]
    assert [breaker.admit(order_id, shrinks=False) is None for order_id in "abcd"] == [True, True, True, False]


def test_orders_from_before_the_trip_decide_nothing_while_it_is_open_or_half_open() -> None:
    breaker = tripped()
    assert breaker.note_failed("old", 1) is None
    breaker.cool_down(5 * MINUTE_NS)
    assert (breaker.note_rejected("old", 5 * MINUTE_NS), breaker.state) == (None, BreakerState.HALF_OPEN)


def test_what_shrinks_a_position_passes_beside_the_probes_where_that_is_the_action() -> None:
    breaker = half_open(action=BreakerAction.REDUCE_ONLY)
    passed = [breaker.admit(order_id, shrinks=shrinks) is None for order_id, shrinks in
              (("p1", False), ("x", True), ("y", False))]  # fmt: skip
    assert passed == [True, True, False]
    assert (breaker.note_accepted("x"), breaker.note_accepted("p1")) == (False, True)


@pytest.mark.parametrize("action", list(BreakerAction))
def test_cancels_pass_while_it_is_half_open(action: BreakerAction) -> None:
    assert half_open(action=action).admit_cancel() is None


def test_a_breaker_that_closed_starts_with_an_empty_window() -> None:
    breaker = Breaker(settings(at=2))
    breaker.note_failed("a", 0)
    breaker.note_failed("b", 1)
    breaker.reset()
    assert (breaker.note_failed("c", 2), breaker.state) == (None, BreakerState.CLOSED)


# --- by hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["closed", "open", "half open"])
def test_the_kill_switch_opens_for_good_in_every_state(before: str) -> None:
    breaker = {"closed": Breaker(settings()), "open": tripped(), "half open": half_open()}[before]
    trip = breaker.trip("operator")
    assert (trip, breaker.state, breaker.cool_down(10**18)) == (
        Trip(rule="manual", was=0.0, limit=0.0, cause="operator", resets_at=None),
        BreakerState.OPEN,
        False,
    )
    breaker.reset()
    assert breaker.admit("o", shrinks=False) is None


def test_a_breaker_without_cool_down_waits_for_the_hand() -> None:
    breaker = Breaker(settings(at=1, cool_down_ns=None))
    trip = breaker.note_failed("bad", 0)
    assert (trip and trip.resets_at, breaker.cool_down(10**18)) == (None, False)
    breaker.reset()
    assert breaker.state is BreakerState.CLOSED


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "at"), [(BreakerRule.FAILED_ORDERS, 10.0), (BreakerRule.REJECTION_RATE, 0.25)])
def test_each_rule_has_its_own_threshold_by_default(rule: BreakerRule, at: float) -> None:
    made = BreakerSettings(name="plain", rule=rule)
    assert (made.at, made.over_ns, made.cool_down_ns, made.minimum, made.probes, made.action) == (
        at,
        MINUTE_NS,
        5 * MINUTE_NS,
        4,
        1,
        BreakerAction.HALT,
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"at": 0}, "at must be above 0, was 0"),
        ({"at": float("nan")}, "at must be above 0, was nan"),
        ({"over_ns": 0}, "over_ns must be above 0, was 0"),
        ({"minimum": 0}, "minimum must be above 0, was 0"),
        ({"cool_down_ns": -1}, "cool_down_ns must be above 0, was -1"),
        ({"probes": 0}, "probes must be above 0, was 0"),
        ({"rule": BreakerRule.REJECTION_RATE, "at": 25}, "at must be a fraction up to 1 for rejection_rate, was 25"),
    ],
)
def test_settings_that_make_no_sense_cannot_be_made(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        settings(**setting)


@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["submit", "reject", "fail", "accept", "withdraw", "cool_down", "admit", "trip", "reset"]),
            st.integers(0, 4),
            st.integers(0, 50),
        ),
        max_size=80,
    ),
    rule=st.sampled_from(BreakerRule),
    action=st.sampled_from(BreakerAction),
)
def test_whatever_happens_nothing_passes_an_open_breaker_and_probes_never_exceed_their_number(
    events: list[tuple[str, int, int]], rule: BreakerRule, action: BreakerAction
) -> None:
    breaker = Breaker(settings(rule=rule, at=1, minimum=1, probes=2, over_ns=100, cool_down_ns=70, action=action))
    now, opened_at, out = 0, None, 0
    for what, number, gap in events:
        now += gap
        order_id = f"o{number}"
        before = breaker.state
        trip = None
        match what:
            case "submit":
                breaker.note_submitted(now)
            case "reject":
                trip = breaker.note_rejected(order_id, now)
            case "fail":
                trip = breaker.note_failed(order_id, now)
            case "accept":
                assert breaker.note_accepted(order_id) is (before is not breaker.state)
            case "withdraw":
                breaker.note_withdrawn(order_id)
            case "cool_down":
                assert breaker.cool_down(now) is (before is not breaker.state)
            case "admit":
                admitted = breaker.admit(f"{order_id}-{now}", shrinks=False) is None
                out += admitted and before is BreakerState.HALF_OPEN
                assert not (admitted and before is BreakerState.OPEN)
            case "trip":
                trip = breaker.trip("operator")
            case "reset":
                breaker.reset()
        if trip is not None:
            assert breaker.state is BreakerState.OPEN
            opened_at = None if trip.resets_at is None else now
        if breaker.state is BreakerState.HALF_OPEN and before is BreakerState.OPEN:
            assert opened_at is not None
            assert now >= opened_at + 70
        if breaker.state is not BreakerState.HALF_OPEN:
            out = 0
        assert out <= 2
