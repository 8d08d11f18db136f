"""Listens to how a run's orders are executed."""

from collections.abc import Mapping

from tradepit.actors.kernel import System
from tradepit.models.execution_metrics import ExecutionTally
from tradepit.models.instruments import Instrument
from tradepit.models.messages import OrderClosed, OrderFillBusted, OrderFillCorrected, OrderFilled


def listen_to_execution(system: System, instruments: Mapping[str, Instrument]) -> ExecutionTally:
    """Return a tally that counts what the order manager publishes; before the run."""
    tally = ExecutionTally({symbol: instrument.multiplier for symbol, instrument in instruments.items()})
    system.tap(OrderFilled, tally.on_filled)
    system.tap(OrderClosed, tally.on_closed)
    system.tap(OrderFillBusted, lambda event: tally.on_busted(event.fill))
    system.tap(OrderFillCorrected, lambda event: tally.on_corrected(event.before, event.fill))
    return tally
