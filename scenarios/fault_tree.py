"""The part of the scenario tree that says what goes wrong, to whom and when."""

from enum import StrEnum

import attrs


class FaultDo(StrEnum):
    """What a fault does."""

    CRASH = "crash"


@attrs.frozen(kw_only=True)
class FaultSpec:
    """One fault.

    Attributes:
        actor: whom it befalls.
        do: what it does: a crash comes when the actor has done everything about a message, the worst moment.
        at: when, ns: the first message that the actor handles at that time or later.
        message: in place of a time, the number of the message among those that the actor handles, 1 for the first.
        times: how often; from 2 on the actor crashes again on the same message when it is back.
    """

    actor: str
    do: FaultDo = attrs.field(default=FaultDo.CRASH, converter=FaultDo)
    at: int | None = None
    message: int | None = None
    times: int = 1

    def __attrs_post_init__(self) -> None:
        if (self.at is None) is (self.message is None):
            raise ValueError("a crash has either at, a time, or message, a number")
        if (self.message is not None and self.message < 1) or self.times < 1:
            raise ValueError(f"message and times are at least 1, was {self!r}")
