"""What can go wrong in the kernel. Each error carries the figures as fields."""

from typing import Any

import attrs


class KernelError(Exception):
    """Base of the kernel's errors."""


class ActorError(KernelError):
    """An actor's class is not well formed, or it was used in a way that the kernel does not allow."""


class StateError(ActorError):
    """An actor that is to be restarted when it crashes holds state of which no snapshot can be taken.

    Attributes:
        actor: the actor's name.
    """

    def __init__(self, actor: str, text: str) -> None:
        self.actor = actor
        super().__init__(text)


class HandlerError(ActorError):
    """A handler has no annotation, too many parameters, or a second handler takes the same kind (K2)."""


class UnknownActor(KernelError):  # noqa: N818  errors are named after what happened
    """A message was sent to a name that no actor has."""


class NoHandler(KernelError):  # noqa: N818  as above
    """A message was sent to an actor that has no handler for its kind."""


class AskTimeout(KernelError):  # noqa: N818  as above
    """An `ask` was not answered in time."""


class NeverEnds(KernelError):  # noqa: N818  as above
    """A run does not come to its end: what is delivered after its data brings about more, again and again."""


class JournalError(KernelError):
    """The journal could not be written: the message cannot be encoded, or the file takes no more."""


@attrs.define
class MailboxFull(KernelError):  # noqa: N818  as above
    """A message came to a full mailbox whose rule is to fail.

    Attributes:
        actor: whose mailbox.
        kind: the kind of the message.
        capacity: how many messages may wait.
        time: virtual time, ns since the Unix epoch.
    """

    actor: str
    kind: str
    capacity: int
    time: int

    def __str__(self) -> str:
        return f"the mailbox of {self.actor!r} holds {self.capacity} messages and is full; a {self.kind} came"


@attrs.define
class ActorFailed(KernelError):  # noqa: N818  as above
    """A handler raised and nothing was there to recover it: the run ends.

    The handler's own exception is the `__cause__`.

    Attributes:
        actor: the actor's name.
        kind: the kind of the message that it was handling; empty where a boundary actor failed while it listened.
        sequence: sequence number of that message, or 0.
        time: virtual time, ns since the Unix epoch.
        message: the message itself.
        error: what the handler raised.
    """

    actor: str
    kind: str
    sequence: int
    time: int
    message: Any
    error: BaseException

    def __str__(self) -> str:
        name = type(self.error).__name__
        at = f"on {self.kind} (message {self.sequence})" if self.kind else "while it listened"
        return f"actor {self.actor!r} failed {at}: {name}: {self.error}"
