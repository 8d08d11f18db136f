"""Why an execution that a venue reports cannot be true of its order."""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.fill_validation import Booked, check_fill
from tradepit.models.orders import Fill, Order

_subtract: Final = Context(prec=200).subtract  # exact, whatever precision a strategy sets for itself


class InvalidFillError(ValueError):
    """A fill that cannot be true of its order.

    Attributes:
        code: stable name, documented in docs/errors.md.
        text: one line with the figures.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


def why_untrue(fill: Fill, order: Order, left: Decimal, *, known: bool) -> InvalidFillError:
    """Say why a fill cannot be true of an order, given that it cannot: which rule that always holds it breaks.

    Args:
        fill: the execution.
        order: the order that it is reported for.
        left: quantity that may still be executed.
        known: whether one of its id came before.
    """
    booked = Booked(cumulative=_subtract(order.quantity, left), fill_ids=(fill.fill_id,) if known else ())
    refusal = check_fill(fill, order, booked)
    assert refusal is not None
    return InvalidFillError(refusal.code, refusal.text)
