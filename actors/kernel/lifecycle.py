"""The kernel's own messages. They stand in the journal like any other."""

from enum import StrEnum
from typing import Any

import attrs


@attrs.define(kw_only=True)
class Start:
    """Begin: an actor's `on_start` is the handler of this message."""


@attrs.define(kw_only=True)
class Stop:
    """End: an actor's `on_stop` is the handler of this message."""


@attrs.define(kw_only=True)
class Woke:
    """A `sleep` is over.

    Attributes:
        wait: which wait of the actor it ends.
    """

    wait: int


@attrs.define(kw_only=True)
class Replied:
    """The answer to an `ask`.

    Attributes:
        wait: which wait of the actor it ends.
        value: what the handler returned.
    """

    wait: int
    value: Any


@attrs.define(kw_only=True)
class AskTimedOut:
    """An `ask` was not answered in time.

    Attributes:
        wait: which wait of the actor it ends.
    """

    wait: int


@attrs.define(kw_only=True)
class Retire:
    """The actor has said that its work is done."""


@attrs.define(kw_only=True)
class Served:
    """The service of a message is over: it is handled now (K11).

    Attributes:
        sequence: number of the message.
    """

    sequence: int


class StopReason(StrEnum):
    """Why a run ends here and not with its stream or at its end: it was asked to, or a live feed has ended.

    A program that runs a system may know others, as words of its own.
    """

    ASKED = "asked"
    DATA_ENDED = "data ended"


@attrs.define(kw_only=True)
class Stopped:
    """The run ends here, where nothing in its messages says so; published, once, when it does.

    Attributes:
        because: a `StopReason`, or the word of whoever had it stopped.
    """

    because: str


# --- what supervisors say; published, so that anyone may listen ----------------------------------------------------


@attrs.define(kw_only=True)
class ActorCrashed:
    """A handler raised.

    Attributes:
        actor: the actor's name.
        kind: the kind of the message that it was handling; empty where its own task failed.
        sequence: number of that message.
        error: what the handler raised, in one line.
        time: ns since the Unix epoch.
    """

    actor: str
    kind: str
    sequence: int
    error: str
    time: int


@attrs.define(kw_only=True)
class ActorRestarted:
    """An actor is back.

    Attributes:
        actor: the actor's name.
        supervisor: who restarted it.
        replayed: how many messages were replayed to it on top of its last snapshot.
        down_ns: how long it was away.
        time: ns since the Unix epoch.
    """

    actor: str
    supervisor: str
    replayed: int
    down_ns: int
    time: int


@attrs.define(kw_only=True)
class ActorEnded:
    """An actor is not restarted, and takes part no more.

    Attributes:
        actor: the actor's name.
        supervisor: who decided so.
        reason: `crashed`, `retired`, or `terminated` together with another one.
        time: ns since the Unix epoch.
    """

    actor: str
    supervisor: str
    reason: str
    time: int


@attrs.define(kw_only=True)
class MessageSetAside:
    """A dead letter: a message that nobody will handle.

    Attributes:
        actor: whom it was for.
        kind: its kind.
        sequence: its number.
        reason: `crashed twice`, `actor ended`, `mailbox full`.
        time: ns since the Unix epoch.
    """

    actor: str
    kind: str
    sequence: int
    reason: str
    time: int


@attrs.define(kw_only=True)
class FailureEscalated:
    """A supervisor had restarted as often as it may, and handed the failure on.

    Attributes:
        supervisor: its name.
        above: who has it now; empty where nobody is above, and the run ends.
        actor: who crashed.
        intensity: how many restarts there may be.
        period_ns: within which time.
        time: ns since the Unix epoch.
    """

    supervisor: str
    above: str
    actor: str
    intensity: int
    period_ns: int
    time: int


SUPERVISION = (ActorCrashed, ActorRestarted, ActorEnded, MessageSetAside, FailureEscalated)


class Listening:
    """Stands for the task of a boundary actor that listens, where a crash names a message."""


class Ended(BaseException):
    """Raised in a handler that still waits for the kernel when the run ends; let it pass, as `trio.Cancelled`."""


class WaitEnded:
    """Stands in an actor's log where the kernel ended a handler that waited."""


RESUMES = frozenset({Woke, Replied, AskTimedOut, WaitEnded})
