from tradepit.models.messages import BreakerState, CircuitHalfOpened, CircuitReset, CircuitTripped
from tradepit.scenarios.result import BreakerEvent
from tradepit.tools.report.breaker_spans import BreakerSpan, breaker_spans


def _tripped(breaker: str, time: int, rule: str = "failed_orders") -> CircuitTripped:
    return CircuitTripped(
        breaker=breaker, rule=rule, action="halt", was=10, limit=10, cause="o-1", resets_at=None, time=time
    )


def _span(breaker: str, state: BreakerState, start: int, end: int, rule: str = "failed_orders") -> BreakerSpan:
    return BreakerSpan(breaker=breaker, state=state, start=start, end=end, rule=rule)


def test_spans_run_from_one_change_of_a_breaker_to_the_next() -> None:
    events: list[BreakerEvent] = [
        _tripped("a", 10),
        _tripped("b", 12, "rejection_rate"),
        CircuitHalfOpened(breaker="a", probes=1, time=20),
        _tripped("a", 25),
        CircuitHalfOpened(breaker="a", probes=1, time=35),
        CircuitReset(breaker="a", time=36),
    ]
    assert breaker_spans(events, 50) == [
        _span("a", BreakerState.OPEN, 10, 20),
        _span("a", BreakerState.HALF_OPEN, 20, 25),
        _span("a", BreakerState.OPEN, 25, 35),
        _span("a", BreakerState.HALF_OPEN, 35, 36),
        _span("b", BreakerState.OPEN, 12, 50, "rejection_rate"),
    ]


def test_a_reset_of_a_closed_breaker_opens_nothing() -> None:
    assert breaker_spans([CircuitReset(breaker="a", time=3)], 5) == []
