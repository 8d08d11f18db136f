"""Where a resting order stands in the queue at its price, estimated from what quotes and trades show.

A quote shows how much rests at the best price, not who. On joining, an order stands behind all that is shown. Trades
at its price take from the front. When the size shown shrinks by more than was traded, somebody cancelled, ahead of the
order or behind it: that is what the models differ in.

| model | part of the cancelled quantity that was behind the order |
|---|---|
| `front` | none, until all ahead is gone: the most hopeful |
| `back` | all, until nothing is left behind: the most careful |
| `proportional` | back / (front + back) |
| `power(n)` | back^n / (front^n + back^n) |
| `log` | log(1 + back) / (log(1 + front) + log(1 + back)) |

with `front` the quantity ahead and `back` the quantity behind. Source: E. Rigtorp, "Estimating order queue position"
(2013); hftbacktest's queue models have the same functions, `power(1)` being `proportional`. With n above 1 cancels are
taken to come rather from the longer part, with n below 1 more evenly from both.

Quantities here are estimates, so floats.
"""

import math
from collections.abc import Callable

import attrs

from tradepit.models.values import uncopied

_WORDS = ("front", "back", "proportional", "log")


def _check_power(instance: "QueueModel", _attribute: object, power: float | None) -> None:
    if (instance.name == "power") != (power is not None):
        raise ValueError(f"power must be given for the model power and for no other, was {instance.name} and {power}")
    if power is not None and not (math.isfinite(power) and power > 0):
        raise ValueError(f"power must be a finite number above 0, was {power}")


def _check_name(_instance: object, _attribute: object, name: str) -> None:
    if name != "power" and name not in _WORDS:
        raise ValueError(f"name must be one of {', '.join(_WORDS)} or power, was {name!r}")


@uncopied
@attrs.frozen
class QueueModel:
    """Who cancels.

    Attributes:
        name: `front`, `back`, `proportional`, `power` or `log`.
        power: the exponent of `power`, above zero; None for the others.

    Raises:
        ValueError: no such model, or an exponent where none belongs or none above zero.
    """

    name: str = attrs.field(validator=_check_name)
    power: float | None = attrs.field(default=None, validator=_check_power)

    def behind(self, front: float, back: float) -> float:
        """Return which part, from 0 to 1, of a cancelled quantity was behind the order."""
        match self.name:
            case "front":
                return 0.0
            case "back":
                return 1.0
            case "log":
                return _part(math.log1p, front, back)
            case "power":
                exponent = self.power
                assert exponent is not None
                # Parts of the whole, so that no power of a large quantity overflows.
                whole = front + back
                return _part(lambda x: (x / whole) ** exponent, front, back) if whole > 0 else 1.0
        return _part(float, front, back)


def _part(weight: Callable[[float], float], front: float, back: float) -> float:
    ahead, behind = weight(front), weight(back)
    return behind / (ahead + behind) if ahead + behind > 0 else 1.0


@attrs.define(eq=False)
class QueuePlace:
    """The place of one order.

    Attributes:
        model: who cancels.
        ahead: quantity that must trade before the order, or None while its price has not been shown.
        shown: quantity last shown at its price, without the order itself.
        traded: what traded there since it was last shown.
        others: what is left of what was shown, when what the order itself took is not counted as traded.
    """

    model: QueueModel
    ahead: float | None = None
    shown: float = 0.0
    traded: float = 0.0
    others: float = 0.0

    def show(self, size: float) -> None:
        """Take note of what a quote shows at the order's price."""
        self.others = size
        if self.ahead is None:
            self.ahead, self.shown, self.traded = size, size, 0.0
            return
        left = max(self.shown - self.traded, 0.0)  # what would rest there, had nobody cancelled or joined
        cancelled = left - size
        self.shown, self.traded = size, 0.0
        if cancelled > 0:
            front, back = self.ahead, max(left - self.ahead, 0.0)
            from_behind = min(self.model.behind(front, back) * cancelled, back)
            self.ahead = front - (cancelled - from_behind)
        self.ahead = max(min(self.ahead, size), 0.0)

    def alone(self) -> None:
        """Take note that the order is better than all that is shown: nobody is ahead of it."""
        self.ahead, self.shown, self.traded, self.others = 0.0, 0.0, 0.0, 0.0

    def trade(self, size: float) -> float:
        """Take note of a trade at the order's price, and return what of it comes to the order."""
        self.traded += size
        return self.through(size)

    def through(self, size: float) -> float:
        """Let a quantity that trades pass through the queue, and return what of it comes to the order."""
        if self.ahead is None:
            return 0.0
        eaten = min(size, self.ahead)
        self.ahead -= eaten
        self.others = max(self.others - eaten, 0.0)
        return size - eaten

    def beyond(self, size: float) -> None:
        """Take note of a quantity that traded past the order, from those behind it."""
        self.others = max(self.others - size, 0.0)

    def rejoin(self) -> None:
        """Send the order to the back of the queue."""
        if self.ahead is not None:
            self.ahead = self.others
