"""What lies beneath an order's state where several hold at once: requests that are unanswered, a day that is over.

FIX 4.4 reports the one that comes first in its order of precedence (see `fix_status`).
"""

from collections.abc import Sequence
from typing import Final

import attrs

from tradepit.models.order_adjustments import Restatements
from tradepit.models.order_states import FINAL_STATES, OrderState, OrderStep
from tradepit.models.order_states import step as follow

LAYERING: Final = frozenset(
    {OrderStep.REQUEST_CANCEL, OrderStep.REQUEST_REPLACE, OrderStep.END_DAY, OrderStep.STOP, OrderStep.SUSPEND}
)
"""The steps that lay one state over another."""

ABOVE: Final = LAYERING | {OrderStep.REFUSE_CANCEL, OrderStep.REFUSE_REPLACE, OrderStep.RESTATE}
"""The steps that do not concern the state beneath."""


@attrs.define
class Layers:
    """What lies beneath the state that shows, and what else most orders never have.

    Attributes:
        core: the state without what follows.
        cancelling: whether a cancel is unanswered.
        replacing: how many replacements are unanswered.
        done_for_day: whether nothing works until the order is restated.
        stopped: whether a price is guaranteed.
        suspended: whether trading is suspended.
        gone: ids of the fills that were taken back.
        restated: the splits and dividends that the order went through, or None.
    """

    core: OrderState
    cancelling: bool = False
    replacing: int = 0
    done_for_day: bool = False
    stopped: bool = False
    suspended: bool = False
    gone: tuple[str, ...] = ()
    restated: Restatements | None = None

    def copy(self) -> "Layers":
        """Return layers of their own that have come as far."""
        return attrs.evolve(self)

    @property
    def states(self) -> Sequence[OrderState]:
        """Return all that holds, the first in FIX's order of precedence first, but for the core, which comes last."""
        layers = (
            (self.cancelling, OrderState.PENDING_CANCEL),
            (self.replacing, OrderState.PENDING_REPLACE),
            (self.done_for_day, OrderState.DONE_FOR_DAY),
            (self.stopped, OrderState.STOPPED),
            (self.suspended, OrderState.SUSPENDED),
        )
        return [*(state for holds, state in layers if holds), self.core]

    @property
    def shown(self) -> OrderState:
        """Return the state that shows."""
        return self.core if self.core in FINAL_STATES else self.states[0]

    def take(self, step: OrderStep) -> OrderState:
        """Take a step that is possible in the state that shows, and return what shows after it.

        Raises:
            ImpossibleStepError: the step is not possible in the state beneath.
        """
        match step:
            case OrderStep.REQUEST_CANCEL:
                self.cancelling = True
            case OrderStep.REFUSE_CANCEL:
                self.cancelling = False
            case OrderStep.REQUEST_REPLACE:
                self.replacing += 1
            case OrderStep.REFUSE_REPLACE:
                self.replacing = max(self.replacing - 1, 0)
            case OrderStep.END_DAY:
                self.done_for_day = True
            case OrderStep.STOP:
                self.stopped = True
            case OrderStep.SUSPEND:
                self.suspended = True
            case OrderStep.RESTATE:
                self.done_for_day = self.suspended = False
            case _:
                core = follow(self.core, step)
                if step is OrderStep.REPLACE or step is OrderStep.REPLACE_FILL:
                    self.replacing = max(self.replacing - 1, 0)
                elif core in FINAL_STATES and core is not OrderState.FILLED:
                    self.cancelling = self.done_for_day = self.stopped = self.suspended = False
                self.core = core
        return self.shown
