"""SimPy: processes that wake one another by events round a ring.

An event for each delivery is the leanest way that SimPy offers. Its stores, which queue like a mailbox, cost more.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Ready, Task

simpy: Any = importlib.import_module("simpy")
DISTRIBUTION = "simpy"


def ring(task: "Task") -> "Ready":
    """Pass one message round: each actor waits for its event and triggers the next actor's."""
    environment = simpy.Environment()
    mailboxes = [environment.event() for _ in range(task.actors)]
    delivered = 0
    done = environment.event()

    def actor(own: int, receiver: int) -> Iterator[Any]:
        nonlocal delivered
        while True:
            message = yield mailboxes[own]
            mailboxes[own] = environment.event()
            delivered += 1
            if delivered == task.count:
                done.succeed()
                return
            mailboxes[receiver].succeed(message)

    for own in range(task.actors):
        environment.process(actor(own, (own + 1) % task.actors))
    mailboxes[0].succeed("message")
    return lambda: environment.run(until=done), lambda: (delivered, 0, 0.0)


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"ring": ring}
