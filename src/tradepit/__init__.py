"""Tradepit: a trading pit you can crash on purpose and replay bit for bit.

    import tradepit

    result = tradepit.run("first-run")
    print(result.metrics["sharpe"], result.fingerprint)

Everything that a user needs is importable from here; a name is imported when it is first used.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.actors.strategy import Strategy
    from tradepit.models.market import Bar, Quote, Trade
    from tradepit.models.messages import Direction, OrderEvent
    from tradepit.models.orders import Fill, Order, OrderKind, Side, TimeInForce
    from tradepit.scenarios.calendars import SessionsError
    from tradepit.scenarios.loader import loads
    from tradepit.scenarios.problems import ScenarioError
    from tradepit.scenarios.result import Result
    from tradepit.scenarios.sources.source import SourceError
    from tradepit.scenarios.tree import Scenario
    from tradepit.scenarios.writer import dump
    from tradepit.tools.front import RunFailed, load, run
    from tradepit.tools.replaying import replay

    __version__: str

__all__ = [
    "Bar",
    "Direction",
    "Fill",
    "Order",
    "OrderEvent",
    "OrderKind",
    "Quote",
    "Result",
    "RunFailed",
    "Scenario",
    "ScenarioError",
    "SessionsError",
    "Side",
    "SourceError",
    "Strategy",
    "TimeInForce",
    "Trade",
    "__version__",
    "dump",
    "load",
    "loads",
    "replay",
    "run",
]

_HOMES = {
    "Bar": "models.market",
    "Direction": "models.messages",
    "Fill": "models.orders",
    "Order": "models.orders",
    "OrderEvent": "models.messages",
    "OrderKind": "models.orders",
    "Quote": "models.market",
    "Result": "scenarios.result",
    "RunFailed": "tools.front",
    "Scenario": "scenarios.tree",
    "ScenarioError": "scenarios.problems",
    "SessionsError": "scenarios.calendars",
    "Side": "models.orders",
    "SourceError": "scenarios.sources.source",
    "Strategy": "actors.strategy",
    "TimeInForce": "models.orders",
    "Trade": "models.market",
    "dump": "scenarios.writer",
    "load": "tools.front",
    "loads": "scenarios.loader",
    "replay": "tools.replaying",
    "run": "tools.front",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        found: Any = metadata.version("tradepit")
    elif name in _HOMES:
        found = getattr(import_module(f"tradepit.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'tradepit' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
