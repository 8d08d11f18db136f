"""Measure one side of one work once, in this interpreter, and print the round as JSON.

Started afresh for every round by `tradepit.tools.bench.rounds`, so that no round inherits another's memory or the
objects that its garbage collector would have to look through:

    python -m tradepit.tools.bench.measure w1 "plain loop" 1000000
"""

import json
import sys

from tradepit.tools.bench.peers.probe import keep_to_one_core, report
from tradepit.tools.bench.works import WORKS


def main(arguments: list[str]) -> None:
    """Measure the side that the arguments name: work, label of the side, count."""
    name, label, count = arguments
    keep_to_one_core()
    print(json.dumps(report(WORKS[name].sides[label](int(count)))))


if __name__ == "__main__":
    main(sys.argv[1:])
