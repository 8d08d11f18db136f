"""The table of orders: each as it stands in the end, also where that changed after the order had ended."""

import tempfile
from pathlib import Path
from typing import Final

import msgspec

from tradepit.models.messages import OrderClosed
from tradepit.scenarios.rows import Rows

_COPY: Final = "DUPLICATE_ORDER_ID"  # the code of what came under the id of another


class _Named(msgspec.Struct):
    order_id: str


class _Row(msgspec.Struct):
    order: _Named
    code: str


class OrderRows(Rows[OrderClosed]):
    """A table of orders in a file, in which a row can be written anew."""

    def __init__(self, path: Path | None = None) -> None:
        """Make an empty table."""
        super().__init__(OrderClosed, path)
        self._revised: dict[str, OrderClosed] = {}

    def revise(self, closed: OrderClosed) -> None:
        """Put an order's row in place of the one that it has."""
        self._revised[closed.order.order_id] = closed

    def flush(self) -> None:
        """Write what is held back, and once more the rows that changed: few runs have any."""
        super().flush()
        if not self._revised:
            return
        revised, self._revised = self._revised, {}
        decode = msgspec.json.Decoder(_Row).decode
        with tempfile.TemporaryFile() as copy:
            self._file.seek(0)
            for line in self._file:
                row = decode(line)
                closed = None if row.code == _COPY else revised.get(row.order.order_id)
                copy.write(line if closed is None else self._encode([closed]))
            copy.seek(0)
            self._file.seek(0)
            self._file.truncate()
            while block := copy.read(1 << 20):
                self._file.write(block)
        self._file.flush()
