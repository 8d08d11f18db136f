"""The lives of the orders that were done last, for news that comes late.

They are kept in two dictionaries in turn: a full one steps behind the one before it is thrown away, so that to forget
the oldest costs nothing, and a snapshot copies both at once instead of life by life.
"""

from collections.abc import Mapping

from tradepit.models.order_life import OrderLife


class DoneOrders:
    """Remembers exactly so many lives that are over, or all of them.

    A life in here changes no more: whoever books news of it puts a changed copy in its place.

    Args:
        history: how many, or None for all.
    """

    __slots__ = ("_before", "_history", "_latest")

    def __init__(self, history: int | None) -> None:
        self._history = history
        self._latest: dict[str, OrderLife] = {}
        self._before: dict[str, OrderLife] = {}

    def add(self, life: OrderLife) -> None:
        """Remember one more, and with that forget the oldest."""
        latest = self._latest
        if self._history is not None and len(latest) >= self._history:
            if not self._history:
                return
            self._before = latest
            latest = self._latest = {}
        latest[life.order.order_id] = life

    def replace(self, life: OrderLife) -> None:
        """Put a changed copy in the place of a life that is remembered."""
        order_id = life.order.order_id
        (self._latest if order_id in self._latest else self._before)[order_id] = life

    def get(self, order_id: str) -> OrderLife | None:
        """Return the life of an order, or None where it is not among those remembered."""
        life = self._latest.get(order_id)
        if life is None:
            life = self._before.get(order_id)
            if life is not None and self._is_forgotten(order_id):
                return None
        return life

    def _is_forgotten(self, order_id: str) -> bool:
        """Tell whether an order of the older ones is older than what is remembered."""
        return list(self._before).index(order_id) < len(self._latest)

    @property
    def lives(self) -> Mapping[str, OrderLife]:
        """Return what is remembered by id, the oldest first."""
        older = [(name, life) for name, life in list(self._before.items())[len(self._latest) :]]
        return dict(older) | self._latest

    def __deepcopy__(self, _memo: object) -> "DoneOrders":
        copied = DoneOrders(self._history)
        copied._latest, copied._before = self._latest.copy(), self._before.copy()
        return copied
