"""A run is the same in every process: whatever its hash seed, trio's order of tasks and the mode of dispatch (K6).

This file is also the program that the processes run.
"""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
from typing import Any

import attrs
import trio

from tradepit.actors.kernel import Actor, AskTimeout, Detail, Dispatch, Journal, Link, System


@attrs.define
class Tick:
    __key__ = "symbol"

    time: int
    symbol: str


@attrs.define
class Order:
    symbols: frozenset[str]
    limits: dict[str, float]


@attrs.define
class Fill:
    symbol: str
    price: float


class Feed(Actor):
    def on_start(self) -> None:
        self.stream(Tick(number // 3, "XYZ"[number % 3]) for number in range(600))


class Trader(Actor):
    def on_start(self) -> None:
        self.seen: dict[str, None] = {}
        self.subscribe(Tick, settled=True)

    async def on_tick(self, tick: Tick) -> None:
        self.seen[tick.symbol] = None
        if self.random.random() < 0.3:
            order = Order(frozenset({"SPY", "QQQ", *self.seen}), {symbol: self.random.random() for symbol in self.seen})
            try:
                await self.ask("venue", order, timeout_ns=self.random.randrange(4))
            except AskTimeout:
                self.send("venue", order)


class Venue(Actor):
    async def on_order(self, order: Order) -> int:
        await self.sleep(self.random.randrange(3))
        for symbol in sorted(order.symbols):
            self.send("book", Fill(symbol, self.random.random()))
        return len(order.symbols)


class Book(Actor):
    def on_fill(self, fill: Fill) -> None:
        if fill.price < 0.1:
            self.call_at(self.now + 1, Fill(fill.symbol, fill.price + 0.5))


def run(dispatch: Dispatch) -> str:
    """Run the system; return a hash of its journal's bytes, which is not the journal's own."""
    file = io.BytesIO()
    system = System(seed=11, dispatch=dispatch, journal=Journal(identity={}, detail=Detail.FULL, file=file))
    for name, actor in (("trader", Trader()), ("venue", Venue()), ("book", Book()), ("feed", Feed())):
        system.add(name, actor)
    system.link("venue", "book", Link(lambda stream: stream.randrange(5), random.Random(1)))
    trio.run(lambda: system.run(end=250))
    return f"{hashlib.sha256(file.getvalue()).hexdigest()} {len(file.getvalue().splitlines())}"


def in_a_process(hash_seed: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_two_processes_with_other_hash_seeds_and_both_modes_write_the_same_journal() -> None:
    first, second = in_a_process("1"), in_a_process("2")
    assert first.pop("set order") != second.pop("set order"), "the hash seeds make no difference here"
    assert first == second
    assert first["inline"] == first["task"] == run(Dispatch.INLINE)
    assert int(first["inline"].split()[1]) > 1000


if __name__ == "__main__":
    found = {dispatch: run(dispatch) for dispatch in Dispatch}
    print(json.dumps({**found, "set order": list({"SPY", "QQQ", "X", "Y", "Z"})}))  # noqa: T201  it is a program here
