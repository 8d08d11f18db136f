"""When which breaker held orders back."""

from collections.abc import Iterable

import attrs

from tradepit.models.messages import BreakerState, CircuitReset, CircuitTripped
from tradepit.scenarios.result import BreakerEvent


@attrs.frozen(kw_only=True)
class BreakerSpan:
    """A stretch of time in which a breaker was open or half open.

    Attributes:
        breaker: its name.
        state: OPEN or HALF_OPEN.
        start: ns since the Unix epoch.
        end: ns since the Unix epoch; the run's end where it never changed again.
        rule: the rule that had tripped.
    """

    breaker: str
    state: BreakerState
    start: int
    end: int
    rule: str


def breaker_spans(events: Iterable[BreakerEvent], end_ns: int) -> list[BreakerSpan]:
    """Return the stretches in the order in which they ended, those that never did last.

    Args:
        events: in the order of time.
        end_ns: the run's end.
    """
    spans: list[BreakerSpan] = []
    under_way: dict[str, BreakerSpan] = {}
    for event in events:
        rule = ""
        before = under_way.pop(event.breaker, None)
        if before is not None:
            spans.append(attrs.evolve(before, end=event.time))
            rule = before.rule
        if isinstance(event, CircuitReset):
            continue
        tripped = isinstance(event, CircuitTripped)
        under_way[event.breaker] = BreakerSpan(
            breaker=event.breaker,
            state=BreakerState.OPEN if tripped else BreakerState.HALF_OPEN,
            start=event.time,
            end=end_ns,
            rule=event.rule if isinstance(event, CircuitTripped) else rule,
        )
    return [*spans, *under_way.values()]
