"""The kernel: virtual time, mailboxes, dispatch and the journal. It knows no trading.

`docs/design.md` has its rules and defends them.
"""

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.errors import (
    ActorError,
    ActorFailed,
    AskTimeout,
    HandlerError,
    KernelError,
    NoHandler,
    UnknownActor,
)
from tradepit.actors.kernel.journal import Detail, Journal
from tradepit.actors.kernel.links import Link
from tradepit.actors.kernel.schedule import Timer
from tradepit.actors.kernel.streams import random_stream
from tradepit.actors.kernel.system import Dispatch, Outcome, System

__all__ = [
    "Actor",
    "ActorError",
    "ActorFailed",
    "AskTimeout",
    "Detail",
    "Dispatch",
    "HandlerError",
    "Journal",
    "KernelError",
    "Link",
    "NoHandler",
    "Outcome",
    "System",
    "Timer",
    "UnknownActor",
    "random_stream",
]
