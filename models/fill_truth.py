"""Why an execution that a venue reports cannot be true of its order."""

from decimal import Decimal
from typing import Final

from tradepit.models.orders import Fill, Order

_ZERO: Final = Decimal(0)


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
    """Say why a fill cannot be true of an order, given that it cannot.

    Args:
        fill: the execution.
        order: the order that it is reported for.
        left: quantity that may still be executed.
        known: whether one of its id came before.
    """
    quantity, price = fill.quantity, fill.price
    if fill.order_id != order.order_id:
        return _foreign(fill, order, "order_id", order.order_id, fill.order_id)
    if fill.symbol != order.symbol:
        return _foreign(fill, order, "symbol", order.symbol, fill.symbol)
    if fill.side is not order.side:
        return _foreign(fill, order, "side", order.side, fill.side)
    if known:
        return InvalidFillError("DUPLICATE_FILL", f"fill {fill.fill_id} of order {order.order_id} came before")
    if not (quantity.is_finite() and quantity > _ZERO and price.is_finite()):
        text = f"fill {fill.fill_id} must have a quantity above 0 and a finite price, was {quantity} at {price}"
        return InvalidFillError("FILL_NOT_A_NUMBER", text)
    if quantity > left:
        text = f"fill {fill.fill_id} of order {order.order_id}: limit={left}, was={quantity}"
        return InvalidFillError("OVERFILL", text)
    text = f"fill {fill.fill_id} of order {order.order_id} ({order.side}): limit={order.limit_price}, was={price}"
    return InvalidFillError("FILL_THROUGH_LIMIT", text)


def _foreign(fill: Fill, order: Order, field: str, expected: str, was: str) -> InvalidFillError:
    return InvalidFillError(
        "FOREIGN_FILL", f"fill {fill.fill_id}: {field} must be that of order {order.order_id}, {expected}, was {was}"
    )
