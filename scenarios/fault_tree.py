"""The part of the scenario tree that says what goes wrong, to whom and when."""

from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.scenarios.exact import exact_or_none


class FaultDo(StrEnum):
    """What a fault does."""

    CRASH = "crash"
    BUST = "bust"
    CORRECT = "correct"


@attrs.frozen(kw_only=True)
class FaultSpec:
    """A crash of an actor.

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


@attrs.frozen(kw_only=True)
class TradeFaultSpec:
    """An execution that a venue takes back or corrects.

    Attributes:
        venue: whose execution it is.
        do: what the venue does: bust takes the execution back, correct gives it another quantity or price.
        at: when, ns.
        fill: the execution by its number among those of the venue, from 1; None for the last one before that time.
        quantity: what was really executed; None leaves it. For correct.
        price: at which it really was; None leaves it. For correct.
        reason: why, in words.
    """

    venue: str
    do: FaultDo = attrs.field(converter=FaultDo)
    at: int
    fill: int | None = None
    quantity: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    price: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    reason: str = "clearly erroneous"

    def __attrs_post_init__(self) -> None:
        corrects = self.quantity is not None or self.price is not None
        if self.do is FaultDo.CRASH:
            raise ValueError("a venue's fault is a bust or a correct, was a crash")
        if corrects is not (self.do is FaultDo.CORRECT):
            raise ValueError("a correct has a quantity, a price or both, and a bust has neither")
        if self.fill is not None and self.fill < 1:
            raise ValueError(f"fill is at least 1, was {self.fill}")


AnyFaultSpec = FaultSpec | TradeFaultSpec
