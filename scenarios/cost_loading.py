"""Find a user's own slippage and commission from what the scenario says of them, and check that they can be called."""

import hashlib
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import cattrs

from tradepit.models.commission import Commission
from tradepit.models.market_state import Needs
from tradepit.models.own_costs import ALL_NEEDS, COMMISSION_ARGUMENTS, SLIPPAGE_ARGUMENTS, OwnCommission, OwnSlippage
from tradepit.models.slippage import Slippage
from tradepit.scenarios.cost_tree import (
    BuysFee,
    DatedFee,
    FeeSpec,
    OwnCost,
    SellsFee,
    SlippageSpec,
    SumFee,
    SumSlippageSpec,
)
from tradepit.scenarios.costs import commission_of, slippage_of
from tradepit.scenarios.problems import ScenarioError, did_you_mean
from tradepit.scenarios.strategy_loading import load_module, measured, problem_at, reason_of, users_error
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.tree import Scenario

_MADE_FROM_TEXT = (Decimal, int, float, str, bool)


def load_commission(scenario: Scenario, venue: str) -> Commission:
    """Return what a venue charges, with the user's own code loaded.

    Raises:
        ScenarioError: that does not import, has no such name, or cannot be called as a commission is.
    """
    spec = scenario.resolved_venues()[venue].fees
    assert spec is not None
    path = _path(scenario, venue, "fees", "commission")

    def own(cost: OwnCost) -> Commission:
        function, _ = _load(scenario, path, cost, "fee", COMMISSION_ARGUMENTS)
        return OwnCommission(function=function, name=cost.use)

    return commission_of(spec, own)


def load_slippage(scenario: Scenario, venue: str) -> Slippage:
    """Return the slippage at a venue, with the user's own code loaded.

    Raises:
        ScenarioError: as above, or a class's `needs` is none.
    """
    spec = scenario.resolved_venues()[venue].slippage
    assert spec is not None
    path = _path(scenario, venue, "slippage", "slippage")

    def own(cost: OwnCost) -> Slippage:
        function, owner = _load(scenario, path, cost, "amount", SLIPPAGE_ARGUMENTS)
        needs = getattr(owner, "needs", ALL_NEEDS)
        if needs is not None and not isinstance(needs, Needs):
            rule = "needs must be a tradepit.models.market_state.Needs or None"
            raise ScenarioError([problem_at(scenario, path, rule, repr(needs), "")])
        return OwnSlippage(function=function, name=cost.use, needs=needs)

    try:
        return slippage_of(spec, own)
    except ValueError as error:  # the windows of a sum, which are known only now
        raise ScenarioError([problem_at(scenario, path, str(error), None, "")]) from error


def cost_hashes(scenario: Scenario) -> dict[str, str]:
    """Return the BLAKE2b hash of the source file of each own function or class, by what `use` says; empty without."""
    found: dict[str, str] = {}
    for name, venue in scenario.resolved_venues().items():
        for spec, place in ((venue.fees, ("fees", "commission")), (venue.slippage, ("slippage", "slippage"))):
            assert spec is not None
            for cost in _own_costs(spec):
                code = _find(scenario, _path(scenario, name, *place), cost.use)
                try:
                    file = inspect.getsourcefile(code)
                except (OSError, TypeError):  # it was typed into a notebook or a prompt, or is no Python
                    file = None
                content = b"" if file is None else Path(file).read_bytes()
                found[cost.use] = hashlib.blake2b(content, digest_size=16).hexdigest() if content else ""
    return found


def _own_costs(spec: FeeSpec | SlippageSpec) -> list[OwnCost]:
    """Return the parts of what a scenario says that are a user's own."""
    match spec:
        case OwnCost():
            return [spec]
        case SumFee() | SumSlippageSpec():
            return [own for part in spec.sum for own in _own_costs(part)]
        case DatedFee():
            return [own for period in spec.dated for own in _own_costs(period.fees)]
        case SellsFee():
            return _own_costs(spec.sells)
        case BuysFee():
            return _own_costs(spec.buys)
    return []


def _path(scenario: Scenario, venue: str, of_venue: str, of_costs: str) -> str:
    """Return where the scenario says what holds at a venue."""
    own = scenario.venues.get(venue)
    return f"costs.{of_costs}" if own is None or getattr(own, of_venue) is None else f"venues.{venue}.{of_venue}"


def _find(scenario: Scenario, path: str, use: str) -> Any:
    where, _, name = use.rpartition(":")
    module = load_module(scenario, path, where)
    code = getattr(module, name, None)
    if code is None:
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise ScenarioError([problem_at(scenario, path, f"{where} has no {name}", use, did_you_mean(name, known))])
    if not callable(code):
        raise ScenarioError([problem_at(scenario, path, f"{name} must be a function or a class", use, "")])
    return code


def _load(
    scenario: Scenario, path: str, cost: OwnCost, method: str, arguments: Sequence[str]
) -> tuple[Callable[..., object], object]:
    """Return a function that takes the arguments by position, and what it belongs to."""
    code = _find(scenario, path, cost.use)
    name = cost.use.rpartition(":")[2]
    wanted = f"({', '.join(arguments)})"
    settings = _settings(scenario, path, cost, code)
    if not inspect.isclass(code):
        function = partial(code, **settings) if settings else code
        _check_call(scenario, path, name, function, arguments, f"write def {name}{wanted}")
        return function, code
    try:
        inspect.signature(code).bind(**settings)
        owner = code(**settings)
    except Exception as error:  # the user's own code may raise anything; it is reported as a problem
        raise users_error(scenario, path, f"{name} refused its settings", error) from error
    function = getattr(owner, method, None)
    hint = f"write def {method}(self, {', '.join(arguments)})"
    if not callable(function):
        raise ScenarioError([problem_at(scenario, path, f"{name} must have a method {method}", cost.use, hint)])
    _check_call(scenario, path, f"{name}.{method}", function, arguments, hint)
    return function, owner


def _check_call(
    scenario: Scenario, path: str, name: str, function: Callable[..., object], arguments: Sequence[str], hint: str
) -> None:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        rule = f"{name} must take ({', '.join(arguments)}): {error}"
        raise ScenarioError([problem_at(scenario, path, rule, None, hint)]) from error
    except ValueError:  # a function of C without a signature; calling it will tell
        return


def _settings(scenario: Scenario, path: str, cost: OwnCost, code: Any) -> dict[str, Any]:
    """Return the settings, those with a plain annotation made into what it says: `rate: Decimal`, from 0.1%."""
    if not cost.with_:
        return {}
    parameters: Mapping[str, inspect.Parameter] = inspect.signature(code).parameters
    try:
        kinds = typing.get_type_hints(code.__init__ if inspect.isclass(code) else code)
    except Exception:  # noqa: BLE001  an annotation may be any expression; without types the settings stay as written
        kinds = {}
    given: dict[str, Any] = {}
    for name, written in cost.with_.items():
        if name not in parameters and not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            rule = f"{cost.use.rpartition(':')[2]} has no setting of that name"
            raise ScenarioError(
                [problem_at(scenario, f"{path}.with.{name}", rule, name, did_you_mean(name, parameters))]
            )
        kind = kinds.get(name)
        if kind not in _MADE_FROM_TEXT:
            given[name] = written
            continue
        try:
            given[name] = structure(measured(written, kind), kind)
        except (ValueError, cattrs.BaseValidationError) as error:
            raise ScenarioError([problem_at(scenario, f"{path}.with.{name}", reason_of(error), None, "")]) from error
    return given
