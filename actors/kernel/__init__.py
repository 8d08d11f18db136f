"""The kernel: time, mailboxes, dispatch, supervision and the journal. It knows no trading.

`docs/kernel.md` shows how to use it, `docs/design.md` has its rules and defends them.
"""

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.boundary import Boundary
from tradepit.actors.kernel.crashes import CrashPoint, InjectedCrash
from tradepit.actors.kernel.errors import (
    ActorError,
    ActorFailed,
    AskTimeout,
    HandlerError,
    KernelError,
    MailboxFull,
    NoHandler,
    StateError,
    UnknownActor,
)
from tradepit.actors.kernel.journal import Detail, Journal
from tradepit.actors.kernel.lifecycle import (
    ActorCrashed,
    ActorEnded,
    ActorRestarted,
    FailureEscalated,
    MessageSetAside,
)
from tradepit.actors.kernel.link_rules import Delay, Drop, Duplicate, Partition, Reorder
from tradepit.actors.kernel.links import Link
from tradepit.actors.kernel.mailbox import Mailbox, Overflow
from tradepit.actors.kernel.pace import Lateness, Pace
from tradepit.actors.kernel.schedule import Timer
from tradepit.actors.kernel.statistics import ActorStatistics
from tradepit.actors.kernel.streams import random_stream
from tradepit.actors.kernel.supervision import Backoff, Child, Restart, Strategy, Supervisor
from tradepit.actors.kernel.system import Dispatch, Outcome, System

__all__ = [
    "Actor",
    "ActorCrashed",
    "ActorEnded",
    "ActorError",
    "ActorFailed",
    "ActorRestarted",
    "ActorStatistics",
    "AskTimeout",
    "Backoff",
    "Boundary",
    "Child",
    "CrashPoint",
    "Delay",
    "Detail",
    "Dispatch",
    "Drop",
    "Duplicate",
    "FailureEscalated",
    "HandlerError",
    "InjectedCrash",
    "Journal",
    "KernelError",
    "Lateness",
    "Link",
    "Mailbox",
    "MailboxFull",
    "MessageSetAside",
    "NoHandler",
    "Outcome",
    "Overflow",
    "Pace",
    "Partition",
    "Reorder",
    "Restart",
    "StateError",
    "Strategy",
    "Supervisor",
    "System",
    "Timer",
    "UnknownActor",
    "random_stream",
]
