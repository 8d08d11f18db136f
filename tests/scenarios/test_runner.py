"""Whole runs: from a scenario to its results."""

import json
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch, System
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar, Quote
from tradepit.models.messages import CircuitTripped
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Side
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import OpenPosition, Result
from tradepit.scenarios.runner import Interrupted, run_scenario

MINUTE_NS = 60_000_000_000
OPENS_NS = 1_704_187_800_000_000_000  # 2024-01-02 09:30 UTC


class Scripted(Strategy):
    """Says at the n-th bar or quote what its script has for it, and keeps a diary."""

    script: dict[int, list[list[Any]]] = {}  # noqa: RUF012  each strategy gets a copy

    def on_start(self) -> None:
        self.number = 0
        self.sent: list[str] = []
        DIARY.clear()

    def on_bar(self, bar: Bar) -> None:
        self.act(bar.symbol)

    def on_quote(self, quote: Quote) -> None:
        self.act(quote.symbol)

    def on_fill(self, fill: Fill) -> None:
        DIARY.append(("fill", self.number, fill.symbol, self.position(fill.symbol), self.cash))

    def act(self, symbol: str) -> None:
        self.number += 1
        DIARY.append(("data", self.number, symbol, self.position(symbol), self.cash))
        for what, *arguments in self.script.get(self.number, []):
            named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
            if what == "cancel":
                self.cancel(self.sent[arguments[0]])
            else:
                self.sent.append(getattr(self, what)(*arguments, **named))


DIARY: list[tuple[str, int, str, Decimal, Decimal]] = []
"""What the strategy that ran last knew, when."""


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Result]:
    """Run a script over minute bars (open, close, volume) from 09:30, or over what `market` says."""

    def run_it(
        script: dict[int, list[list[Any]]],
        bars: list[tuple[float, float, int]] | None = None,
        directory: Path | None = None,
        progress: Callable[[System], None] | None = None,
        **sections: Any,
    ) -> Result:
        rows = [
            f"2024-01-02 {9 + (30 + number) // 60:02}:{(30 + number) % 60:02},"
            f"{opens},{max(opens, closes)},{min(opens, closes)},{closes},{volume}"
            for number, (opens, closes, volume) in enumerate(bars or [])
        ]
        (tmp_path / "x.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows, ""]), "utf-8")
        tree = {
            "tradepit": 1,
            "name": "scripted",
            "market": {"X": {"file": "x.csv"}},
            "strategies": [{"use": f"{__name__}:Scripted", "with": {"script": script}, "name": "s"}],
            **sections,
        }
        tree["strategies"][0]["with"] = {}
        scenario = loads(json.dumps(tree), directory=tmp_path)
        SCRIPT.clear()
        SCRIPT.update(script)
        return run_scenario(scenario, dispatch=request.param, directory=directory, progress=progress)

    return run_it


SCRIPT: dict[int, list[list[Any]]] = {}
FLAT_BARS = [(10.0, 10.0, 1000)] * 6
