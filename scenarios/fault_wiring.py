"""From what a scenario says of executions that go wrong to the commands by which they do."""

from tradepit.actors import venue_name
from tradepit.actors.fault_injector import Planned
from tradepit.models.messages import BustFill, CorrectFill
from tradepit.scenarios.fault_tree import FaultDo, TradeFaultSpec


def planned(fault: TradeFaultSpec) -> Planned:
    """Return when a fault comes, to whom the command goes, and the command."""
    fill_id = "" if fault.fill is None else f"{fault.venue}-{fault.fill}"
    command: BustFill | CorrectFill = (
        BustFill(fill_id=fill_id, reason=fault.reason)
        if fault.do is FaultDo.BUST
        else CorrectFill(fill_id=fill_id, quantity=fault.quantity, price=fault.price, reason=fault.reason)
    )
    return fault.at, venue_name(fault.venue), command
