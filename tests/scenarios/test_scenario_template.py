"""What `tradepit new` writes can be used as it is."""

import ast
from pathlib import Path

import pytest

from tradepit.actors.strategy import Strategy
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.loader import loads
from tradepit.scenarios.template import SHIPPED_STRATEGY, new_scenario, new_strategy
from tradepit.scenarios.tree import BpsSlippage, PerShareFee


def test_the_new_scenario_loads_and_shows_every_section() -> None:
    text = new_scenario("my-first.run_2")
    scenario = loads(text)
    assert scenario.name == "my-first.run_2"
    assert scenario.strategies[0].use == SHIPPED_STRATEGY
    shown = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    assert shown >= {key.name for key in SCENARIO.keys} - {"costs"}
    assert max(map(len, text.splitlines())) <= 110


def test_the_venue_that_is_named_first_has_the_best_figures() -> None:
    """Net of fees and slippage at the price that the prices start from, so a newcomer's orders go to one place."""
    venues = loads(new_scenario("x")).venues
    near, far = (venues[name] for name in ("NEAR", "FAR"))
    assert list(venues) == ["NEAR", "FAR"]
    assert isinstance(near.fees, PerShareFee)
    assert isinstance(far.fees, PerShareFee)
    assert near.fees.per_share < far.fees.per_share
    assert isinstance(near.slippage, BpsSlippage)
    assert isinstance(far.slippage, BpsSlippage)
    assert near.slippage.bps < far.slippage.bps


def test_commented_alternatives_are_right_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spy.csv").write_text("")
    text = new_scenario("x")
    for symbol in ("GOOG", "SPY", "DIP"):
        text = text.replace(f"  # {symbol}:", f"  {symbol}:")
    assert list(loads(text, directory=tmp_path).market) == ["ACME", "GOOG", "SPY", "DIP"]


def test_a_scenario_may_use_ones_own_strategy(tmp_path: Path) -> None:
    (tmp_path / "dipper.py").write_text(new_strategy("Dipper"))
    scenario = loads(new_scenario("x", strategy="./dipper.py:Dipper"), directory=tmp_path)
    assert scenario.strategies[0].use == "./dipper.py:Dipper"
    assert scenario.strategies[0].name == "dipper"


def test_the_new_strategy_overrides_what_a_strategy_has() -> None:
    (cls,) = [node for node in ast.parse(new_strategy("Dipper")).body if isinstance(node, ast.ClassDef)]
    assert cls.name == "Dipper"
    methods = [node.name for node in cls.body if isinstance(node, ast.FunctionDef)]
    assert methods == ["on_start", "on_bar", "on_fill"]
    assert all(hasattr(Strategy, method) for method in methods)


@pytest.mark.parametrize("name", ["", "Two Words", "-x", "a--b", "a\nb", "ü"])
def test_a_scenarios_name_is_a_slug(name: str) -> None:
    with pytest.raises(ValueError, match="a scenario's name has lower-case letters, digits and dashes, was"):
        new_scenario(name)


@pytest.mark.parametrize("name", ["", "class", "a-b", "1x"])
def test_a_strategys_name_is_that_of_a_class(name: str) -> None:
    with pytest.raises(ValueError, match="a strategy's name is that of a Python class, was"):
        new_strategy(name)
