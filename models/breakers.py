"""Our own circuit breaker: one rule over a sliding window, and a table of what opens and closes it.

An order counts once, by how it ended without anybody having asked for that:

- rejected: refused by risk, validation or every venue. What the breaker itself holds back does not count, or it would
  keep itself open.
- failed: no venue could be reached, or the market did not give what the order had to have at once (FOK, IOC that
  found nothing).

`failed_orders` counts both sorts; `rejection_rate` is the rejected ones over the submitted ones. An order that risk
refuses counts as submitted too. A breaker trips on bad news only, never on a submission, so that its cause is always
an order that went wrong. A window of length w at time t covers (t - w, t].

A breaker that opens forgets its window. While it is open nothing is counted; in HALF_OPEN only its probes count.
"""

from collections import deque
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import attrs

from tradepit.models.messages import BreakerState
from tradepit.models.orders import Refusal, Side
from tradepit.models.values import uncopied

_MINUTE_NS: Final = 60_000_000_000
_CLOSED: Final = BreakerState.CLOSED


class BreakerRule(StrEnum):
    """What a breaker measures."""

    REJECTION_RATE = "rejection_rate"
    FAILED_ORDERS = "failed_orders"


class BreakerAction(StrEnum):
    """What an open breaker lets through: nothing, cancels, or cancels and orders that shrink the position."""

    HALT = "halt"
    CANCEL_ONLY = "cancel_only"
    REDUCE_ONLY = "reduce_only"


class BreakerStep(StrEnum):
    """What can happen to a breaker."""

    TRIP = "TRIP"
    COOL_DOWN = "COOL_DOWN"
    PROBES_SUCCEED = "PROBES_SUCCEED"
    PROBE_FAILS = "PROBE_FAILS"
    RESET = "RESET"


# Trip by hand and reset may be said at any time: whoever reaches for the kill switch does not look first.
TRANSITIONS: Final[dict[tuple[BreakerState, BreakerStep], BreakerState]] = {
    (BreakerState.CLOSED, BreakerStep.TRIP): BreakerState.OPEN,
    (BreakerState.CLOSED, BreakerStep.RESET): BreakerState.CLOSED,
    (BreakerState.OPEN, BreakerStep.TRIP): BreakerState.OPEN,
    (BreakerState.OPEN, BreakerStep.COOL_DOWN): BreakerState.HALF_OPEN,
    (BreakerState.OPEN, BreakerStep.RESET): BreakerState.CLOSED,
    (BreakerState.HALF_OPEN, BreakerStep.TRIP): BreakerState.OPEN,
    (BreakerState.HALF_OPEN, BreakerStep.PROBES_SUCCEED): BreakerState.CLOSED,
    (BreakerState.HALF_OPEN, BreakerStep.PROBE_FAILS): BreakerState.OPEN,
    (BreakerState.HALF_OPEN, BreakerStep.RESET): BreakerState.CLOSED,
}


class ImpossibleBreakerStepError(ValueError):
    """A step that cannot happen to a breaker in its state."""

    def __init__(self, state: BreakerState, step: BreakerStep) -> None:
        super().__init__(f"a breaker that is {state} cannot take the step {step}")


def follow(state: BreakerState, event: BreakerStep) -> BreakerState:
    """Return the state that follows when `event` happens to a breaker in `state`.

    Raises:
        ImpossibleBreakerStepError: the pair is not in the table.
    """
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise ImpossibleBreakerStepError(state, event)
    return after


def shrinks_position(held: Decimal, side: Side, quantity: Decimal) -> bool:
    """Tell whether an order only makes a position smaller: against it, and not through zero."""
    return held < 0 and quantity <= -held if side is Side.BUY else held > 0 and quantity <= held


def _above_zero(_instance: object, attribute: "attrs.Attribute[Any]", given: float | None) -> None:
    if given is not None and not given > 0:
        raise ValueError(f"{attribute.name} must be above 0, was {given}")


@uncopied
@attrs.frozen(kw_only=True)
class BreakerSettings:
    """One rule of the circuit breaker.

    Attributes:
        name: unique in the run.
        rule: what it measures.
        over_ns: length of the window.
        at: it trips when the figure reaches this: a count for `failed_orders` (10 by default), a fraction for
            `rejection_rate` (0.25).
        minimum: least number of orders in the window before `rejection_rate` judges.
        action: what it lets through while open.
        cool_down_ns: from the trip until it lets probes through, or None when it must be reset by hand.
        probes: how many orders must be accepted in HALF_OPEN before it closes.

    Raises:
        ValueError: a figure is not above zero, or a rejection rate is above 1.
    """

    name: str
    rule: BreakerRule
    over_ns: int = attrs.field(default=_MINUTE_NS, validator=_above_zero)
    at: float = attrs.field(validator=_above_zero)
    minimum: int = attrs.field(default=4, validator=_above_zero)
    action: BreakerAction = BreakerAction.HALT
    cool_down_ns: int | None = attrs.field(default=5 * _MINUTE_NS, validator=_above_zero)
    probes: int = attrs.field(default=1, validator=_above_zero)

    @at.default
    def _default_at(self) -> float:
        return 10.0 if self.rule is BreakerRule.FAILED_ORDERS else 0.25

    def __attrs_post_init__(self) -> None:
        if self.rule is BreakerRule.REJECTION_RATE and self.at > 1:
            raise ValueError(f"at must be a fraction up to 1 for {self.rule}, was {self.at}")


@attrs.frozen(kw_only=True)
class Trip:
    """Why and how a breaker opened.

    Attributes:
        rule: the rule's name, `probe` when a probe failed, or `manual`.
        was: the figure that was measured; for a probe how many had been accepted, by hand 0.
        limit: the threshold; for a probe how many had to be, by hand 0.
        cause: the order whose news tripped it, or who tripped it by hand.
        resets_at: when it lets probes through, ns since the Unix epoch, or None when it must be reset by hand.
    """

    rule: str
    was: float
    limit: float
    cause: str
    resets_at: int | None


class Breaker:
    """Count what goes wrong, and say what may pass.

    Times are ns since the Unix epoch and never run backwards. The caller sets a timer for a trip's `resets_at` and
    calls `cool_down` then.

    Attributes:
        settings: its rule.
        state: closed, open or half open.
        counts_submitted: whether its rule asks how many orders were submitted; if not, nobody need tell it.
    """

    __slots__ = ("_accepted", "_bad", "_probes", "_resets_at", "_submitted", "counts_submitted", "settings", "state")

    def __init__(self, settings: BreakerSettings) -> None:
        self.settings = settings
        self.state = _CLOSED
        self.counts_submitted = settings.rule is BreakerRule.REJECTION_RATE
        self._submitted: deque[int] = deque()
        self._bad: deque[int] = deque()  # times of what the rule counts: failed and rejected, or rejected alone
        self._resets_at: int | None = None
        self._probes: dict[str, None] = {}  # those that are out
        self._accepted = 0

    # --- what may pass --------------------------------------------------------------------------------------------

    def admit(self, order_id: str, *, shrinks: bool) -> Refusal | None:
        """Let an order through, or say why not; in HALF_OPEN the order becomes a probe while there is room.

        Args:
            order_id: the order.
            shrinks: whether it only makes its position smaller; see `shrinks_position`.
        """
        if self.state is _CLOSED:
            return None
        settings = self.settings
        if self.state is BreakerState.HALF_OPEN and len(self._probes) + self._accepted < settings.probes:
            self._probes[order_id] = None
            return None
        if shrinks and settings.action is BreakerAction.REDUCE_ONLY:
            return None
        text = f"breaker {settings.name} is {self.state}, {settings.action}"
        if self.state is BreakerState.HALF_OPEN:
            text = f"{text}: its probes are out, limit={settings.probes}"
        return Refusal(code="CIRCUIT_OPEN", text=text)

    def admit_cancel(self) -> Refusal | None:
        """Let a cancel through, or say why not: only `halt` holds cancels back, and only while open."""
        if self.state is not BreakerState.OPEN or self.settings.action is not BreakerAction.HALT:
            return None
        return Refusal(code="CIRCUIT_OPEN", text=f"breaker {self.settings.name} is {self.state}, halt")

    # --- news -----------------------------------------------------------------------------------------------------

    def note_submitted(self, now: int) -> None:
        """Count an order that was sent, or refused by risk."""
        if self.counts_submitted and self.state is _CLOSED:
            self._submitted.append(now)
            self._forget(self._submitted, now)

    def note_rejected(self, order_id: str, now: int) -> Trip | None:
        """Count an order that was refused, and return the trip if that is one too many."""
        return self._note_bad(order_id, now)

    def note_failed(self, order_id: str, now: int) -> Trip | None:
        """Count an order that failed, and return the trip if that is one too many."""
        if self.settings.rule is BreakerRule.REJECTION_RATE and order_id not in self._probes:
            return None
        return self._note_bad(order_id, now)

    def note_accepted(self, order_id: str) -> bool:
        """Count a probe that a venue accepted or filled; tell whether it was the last one needed: closed again."""
        if order_id not in self._probes:
            return False
        del self._probes[order_id]
        self._accepted += 1
        if self._accepted < self.settings.probes:
            return False
        self._close(BreakerStep.PROBES_SUCCEED)
        return True

    def note_withdrawn(self, order_id: str) -> None:
        """Give back the place of a probe that was cancelled before it proved anything."""
        self._probes.pop(order_id, None)

    # --- by clock and by hand -------------------------------------------------------------------------------------

    def cool_down(self, now: int) -> bool:
        """Let probes through if the cool-down is over; tell whether that is news.

        A timer of an earlier trip finds the breaker closed, or open for longer, and changes nothing.
        """
        if self.state is not BreakerState.OPEN or self._resets_at is None or now < self._resets_at:
            return False
        self.state = follow(self.state, BreakerStep.COOL_DOWN)
        return True

    def trip(self, cause: str) -> Trip:
        """Open by hand: the kill switch. It stays open until it is reset by hand.

        Args:
            cause: who did it.
        """
        return self._open(BreakerStep.TRIP, Trip(rule="manual", was=0.0, limit=0.0, cause=cause, resets_at=None))

    def reset(self) -> None:
        """Close by hand, with an empty window."""
        self._close(BreakerStep.RESET)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _note_bad(self, order_id: str, now: int) -> Trip | None:
        settings = self.settings
        if order_id in self._probes:
            figures = (float(self._accepted), float(settings.probes))
            return self._open(BreakerStep.PROBE_FAILS, self._tripped("probe", figures, order_id, now))
        if self.state is not BreakerState.CLOSED:
            return None
        bad = self._bad
        bad.append(now)
        self._forget(bad, now)
        if settings.rule is BreakerRule.FAILED_ORDERS:
            was = float(len(bad))
        else:
            submitted = self._submitted
            self._forget(submitted, now)
            # News of orders that were sent before the window may outnumber those sent in it.
            orders = max(len(submitted), len(bad))
            if orders < settings.minimum:
                return None
            was = len(bad) / orders
        if was < settings.at:
            return None
        return self._open(BreakerStep.TRIP, self._tripped(settings.rule.value, (was, settings.at), order_id, now))

    def _tripped(self, rule: str, figures: tuple[float, float], cause: str, now: int) -> Trip:
        cool_down_ns = self.settings.cool_down_ns
        resets_at = None if cool_down_ns is None else now + cool_down_ns
        return Trip(rule=rule, was=figures[0], limit=figures[1], cause=cause, resets_at=resets_at)

    def _open(self, step: BreakerStep, trip: Trip) -> Trip:
        self.state = follow(self.state, step)
        self._resets_at = trip.resets_at
        self._clear()
        return trip

    def _close(self, step: BreakerStep) -> None:
        self.state = follow(self.state, step)
        self._resets_at = None
        self._clear()

    def _clear(self) -> None:
        self._submitted.clear()
        self._bad.clear()
        self._probes.clear()
        self._accepted = 0

    def _forget(self, times: deque[int], now: int) -> None:
        """Drop what lies before the window."""
        start = now - self.settings.over_ns
        while times and times[0] <= start:
            times.popleft()
