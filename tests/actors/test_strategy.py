"""The base class of strategies: settings as fields, hooks as plain functions."""

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tradepit.actors.strategy import Strategy, overrides, settings_of
from tradepit.models.market import Bar

if TYPE_CHECKING:
    from fractions import Fraction

HOOKS = ("on_start", "on_bar", "on_quote", "on_trade", "on_fill", "on_order", "on_rebalance", "on_stop")


class Dipper(Strategy):
    drop: float = 0.02
    count: int
    label: ClassVar[str] = "no setting"
    _secret: int = 7
    seen = 0

    def on_bar(self, bar: Bar) -> None:
        self.seen += 1


class Deeper(Dipper):
    depth: Decimal = Decimal(3)


class Careless(Strategy):
    closes: list[float] = []  # noqa: RUF012  what a user writes
    by_symbol: dict[str, list[int]] = {"X": []}  # noqa: RUF012  as above
    recent: deque[int] = deque(maxlen=3)  # noqa: RUF012  as above


class Late(Strategy):
    ratio: "Fraction | None" = None


def test_fields_are_settings_with_their_types_and_so_are_those_of_base_classes() -> None:
    assert {name: field.type for name, field in settings_of(Deeper).items()} == {
        "drop": float,
        "count": int,
        "depth": Decimal,
    }


def test_a_setting_whose_type_cannot_be_resolved_is_one_all_the_same() -> None:
    assert list(settings_of(Late)) == ["ratio"]


def test_settings_are_given_by_name_and_have_their_defaults() -> None:
    deeper = Deeper(count=3, drop=0.5)
    assert (deeper.drop, deeper.count, deeper.depth, deeper._secret) == (0.5, 3, Decimal(3), 7)
    with pytest.raises(TypeError, match="count"):
        Deeper()  # type: ignore[call-arg]  # what the test is about


def test_a_default_that_can_change_is_each_strategys_own() -> None:
    first, second = Careless(), Careless()
    first.closes.append(1.0)
    first.by_symbol["X"].append(1)
    first.recent.append(1)
    assert (second.closes, second.by_symbol, list(second.recent), second.recent.maxlen) == ([], {"X": []}, [], 3)


@pytest.mark.parametrize(
    "body",
    [
        "async def on_bar(self, bar): ...",
        "async def on_quote(self, quote):\n        yield",
        "def on_start(self):\n        yield",
    ],
)
def test_a_hook_that_waits_or_yields_is_refused_where_the_class_is_made(body: str) -> None:
    with pytest.raises(TypeError, match=r"Waiter\.on_\w+ must be a plain function, without async and yield"):
        exec(f"class Waiter(Strategy):\n    {body}", {"Strategy": Strategy})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def on_bars(self, bar): ...", "Odd.on_bars is no hook of a strategy; did you mean on_bar?"),
        (
            "def on_moonshine(self, x): ...",
            f"Odd.on_moonshine is no hook of a strategy; known: {', '.join(HOOKS)}",
        ),
        ("def on_bar(self): ...", "Odd.on_bar must take one parameter beside self"),
        ("def on_bar(self, bar, more): ...", "Odd.on_bar must take one parameter beside self"),
        ("def on_start(self, bar): ...", "Odd.on_start must take nothing beside self"),
    ],
)
def test_a_method_that_nobody_would_call_is_refused(body: str, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        exec(f"class Odd(Strategy):\n    {body}", {"Strategy": Strategy})
    assert str(caught.value) == message


@pytest.mark.parametrize("body", ["def on_bar(self, bar, more=1): ...", "def on_bar(self, *args): ..."])
def test_a_hook_may_take_more_than_it_needs(body: str) -> None:
    exec(f"class Generous(Strategy):\n    {body}", {"Strategy": Strategy})


def test_methods_that_are_no_hooks_may_be_what_they_like() -> None:
    exec("class Free(Strategy):\n    def closes(self):\n        yield 1", {"Strategy": Strategy})


def test_which_hooks_a_strategy_has_is_known() -> None:
    strategy = Deeper(count=1)
    assert [hook for hook in HOOKS if overrides(strategy, hook)] == ["on_bar"]


def test_the_hooks_that_a_strategy_leaves_alone_do_nothing() -> None:
    strategy: Any = Deeper(count=1)
    for hook in ("on_start", "on_stop"):
        assert getattr(strategy, hook)() is None
    for hook in ("on_quote", "on_trade", "on_fill", "on_order"):
        assert getattr(strategy, hook)(None) is None
    assert Strategy.on_bar(strategy, None) is None  # type: ignore[arg-type, func-returns-value]  # it looks at nothing


ACTS: list[Any] = [
    lambda strategy: strategy.buy("X", 1),
    lambda strategy: strategy.sell("X", 1),
    lambda strategy: strategy.signal("X", "LONG"),
    lambda strategy: strategy.cancel("dipper-1"),
    lambda strategy: strategy.position("X"),
    lambda strategy: strategy.average_price("X"),
    lambda strategy: strategy.price("X"),
    lambda strategy: strategy.cash,
    lambda strategy: strategy.now,
    lambda strategy: strategy.random,
    lambda strategy: strategy.symbols,
]


@pytest.mark.parametrize("act", ACTS)
def test_outside_a_run_a_strategy_can_do_nothing_and_says_so(act: Any) -> None:
    with pytest.raises(RuntimeError, match="Dipper is not running: trade from on_start, on_bar and the others"):
        act(Dipper(count=1))
