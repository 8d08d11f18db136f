"""Listens to how a run's orders are executed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tradepit.actors.kernel import System
from tradepit.models.execution_metrics import ExecutionTally
from tradepit.models.instruments import Instrument
from tradepit.models.messages import OrderClosed, OrderFillBusted, OrderFillCorrected, OrderFilled


def listen_to_execution(
    system: System, instruments: Mapping[str, Instrument], holds: Callable[[Any], bool] | None = None
) -> ExecutionTally:
    """Return a tally that counts what the order manager publishes; before the run.

    Args:
        system: the run's actors.
        instruments: what can be traded.
        holds: tells whether an event or an order's end counts; None counts all.
    """
    tally = ExecutionTally({symbol: instrument.multiplier for symbol, instrument in instruments.items()})
    for kind, listener in (
        (OrderFilled, tally.on_filled),
        (OrderClosed, tally.on_closed),
        (OrderFillBusted, lambda event: tally.on_busted(event.fill)),
        (OrderFillCorrected, lambda event: tally.on_corrected(event.before, event.fill)),
    ):
        system.tap(kind, listener if holds is None else partial(_if_it_holds, holds, listener))
    return tally


def _if_it_holds(holds: Callable[[Any], bool], listener: Callable[[Any], None], event: Any) -> None:
    if holds(event):
        listener(event)
