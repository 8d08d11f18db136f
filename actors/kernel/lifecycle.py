"""The kernel's own messages. They stand in the journal like any other."""

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


class Ended(BaseException):
    """Raised in a handler that still waits for the kernel when the run ends; let it pass, as `trio.Cancelled`."""


RESUMES = frozenset({Woke, Replied, AskTimedOut})
