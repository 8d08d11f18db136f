"""The floors: plain Python loops that do the bare work, with no engine around it.

What an engine adds (actors, checks, a journal) costs something. These loops say what the same answers cost without
it on the same machine, so that a ratio means the same everywhere.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import chain
from typing import Any

import trio
import trio.testing

from tradepit.tools.bench.peers.probe import Measured, seconds_of
from tradepit.tools.bench.workloads import ACTORS, CASH, FAST, QUANTITY, QUOTES_AN_ORDER, SLOW, quotes, rows

_BLOCK = 65_536


def ring(count: int) -> Measured:
    """Pass one message round a ring of actors: a pop, a call and a push for each delivery."""

    def handler_sending_to(receiver: int) -> Callable[[int], int]:
        def handle(_sequence: int) -> int:
            return receiver

        return handle

    handlers = [handler_sending_to((actor + 1) % ACTORS) for actor in range(ACTORS)]

    def run() -> None:
        due = [(0, 0, 0)]
        for sent in range(1, count + 1):
            time, sequence, receiver = heappop(due)
            heappush(due, (time, sent, handlers[receiver](sequence)))

    return Measured(count, seconds_of(run))


def ring_tasks(count: int) -> Measured:
    """Wake parked trio tasks round a ring: each wakes the next and parks again."""
    delivered = 0

    async def member(parked: list[trio.lowlevel.Task], receiver: int, scope: trio.CancelScope) -> None:
        nonlocal delivered
        while True:
            await trio.lowlevel.wait_task_rescheduled(_let_go)
            delivered += 1
            if delivered == count:
                scope.cancel()
                return
            trio.lowlevel.reschedule(parked[receiver])

    async def ring_of_tasks() -> None:
        parked: list[trio.lowlevel.Task] = []
        async with trio.open_nursery() as nursery:
            for actor in range(ACTORS):
                nursery.start_soon(member, parked, (actor + 1) % ACTORS, nursery.cancel_scope, name=str(actor))
            await trio.testing.wait_all_tasks_blocked()
            parked.extend(sorted(nursery.child_tasks, key=lambda task: int(task.name)))
            trio.lowlevel.reschedule(parked[0])

    seconds = seconds_of(lambda: trio.run(ring_of_tasks))
    return Measured(delivered, seconds)


def _let_go(_raise_cancel: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.SUCCEEDED


def w1(count: int) -> Measured:
    """Trade the crossover over columns: rows, orders, their fills at the next open, and an equity for every bar."""
    columns = _columns(rows(count))
    fills: list[tuple[int, int, float]] = []
    curve = [float(CASH)]

    def run() -> None:
        cash = float(CASH)
        position = 0
        fast = slow = 0.0
        fast_window = deque([0.0] * FAST)
        slow_window = deque([0.0] * SLOW)
        orders: list[int] = []
        for seen, (time, opening, _, _, close, _) in enumerate(_rows_of(columns), start=1):
            if orders:
                for quantity in orders:
                    cash -= quantity * opening
                    position += quantity
                    fills.append((time, quantity, opening))
                orders.clear()
            fast += close - fast_window.popleft()
            fast_window.append(close)
            slow += close - slow_window.popleft()
            slow_window.append(close)
            curve.append(cash + position * close)
            if seen >= SLOW:
                wanted = QUANTITY if fast / FAST > slow / SLOW else 0
                if wanted != position:
                    orders.append(wanted - position)

    seconds = seconds_of(run)
    return Measured(count, seconds, len(fills), curve[-1])


def w1b(count: int) -> Measured:
    """Order on every bar over columns: rows, orders, their fills at the next open, and an equity for every bar."""
    columns = _columns(rows(count))
    fills: list[tuple[int, int, float]] = []
    curve = [float(CASH)]

    def run() -> None:
        cash = float(CASH)
        position = 0
        orders: list[int] = []
        for seen, (time, opening, _, _, close, _) in enumerate(_rows_of(columns), start=1):
            if orders:
                for quantity in orders:
                    cash -= quantity * opening
                    position += quantity
                    fills.append((time, quantity, opening))
                orders.clear()
            curve.append(cash + position * close)
            if 1 < seen < count:
                orders.append(-1 if position else 1)

    seconds = seconds_of(run)
    return Measured(len(fills), seconds, len(fills), curve[-1])


def w2(count: int) -> Measured:
    """Order on every hundredth quote over columns: rows, orders, and their fills at the far side at once."""
    columns = _columns(quotes(count))
    fills: list[tuple[int, int, float]] = []
    cash = float(CASH)
    position = 0
    mid = 0.0

    def run() -> None:
        nonlocal cash, position, mid
        for seen, (time, bid, ask, _, _) in enumerate(_rows_of(columns), start=1):
            mid = (bid + ask) / 2
            if not seen % QUOTES_AN_ORDER:
                change, price = (-1, bid) if position else (1, ask)
                position += change
                cash -= change * price
                fills.append((time, change, price))

    seconds = seconds_of(run)
    return Measured(count, seconds, len(fills), cash + position * mid)


def _columns(found: Iterable[tuple[float, ...]]) -> list["array[int] | array[float]"]:
    """Return rows as they lie in a file: by columns. Tradepit reads the same out of one while it is timed."""
    time, *others = zip(*found, strict=True)
    return [array("q", time), *(array("d", column) for column in others)]


def _rows_of(columns: list["array[int] | array[float]"]) -> Iterator[tuple[Any, ...]]:
    """Return the rows one after another, made of columns in blocks as a file has them."""
    blocks = range(0, len(columns[0]), _BLOCK)
    return chain.from_iterable(
        zip(*(column[at : at + _BLOCK].tolist() for column in columns), strict=True) for at in blocks
    )
