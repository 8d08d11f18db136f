"""Find a user's own function or class from what the scenario says of it, check that it can be called, and set it up."""

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cattrs

from tradepit.scenarios.own_places import all_own
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.problems import Problem, ScenarioError, did_you_mean
from tradepit.scenarios.strategy_loading import (
    hash_of_source,
    load_module,
    measured,
    problem_at,
    reason_of,
    users_error,
)
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.tree import Scenario

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def load_own(
    scenario: Scenario, path: str, own: OwnCode, takes: Sequence[str], method: str
) -> tuple[Callable[..., Any], object]:
    """Return a function with its settings given, and what it belongs to: itself, or an instance of a class.

    Settings are a class's parameters, or those of a function behind the ones that it is called with. Values are checked
    against their annotations, as those of strategies are; without an annotation they stay as they are written.

    Args:
        scenario: where it is named.
        path: where in the scenario.
        own: what the scenario says.
        takes: what it is called with, by position.
        method: of a class, which is called.

    Raises:
        ScenarioError: the module or file does not import, has no such function or class, or it takes other things.
    """
    use = f"{path}.use"
    place = use if not scenario.places or use in scenario.places else path
    name = own.use.rpartition(":")[2]
    code = _find(scenario, place, own)
    if not inspect.isclass(code):
        _check_call(scenario, place, name, code, takes, f"write def {name}({', '.join(takes)})")
        settings = _settings(scenario, path, own, code, len(takes))
        return functools.update_wrapper(functools.partial(code, **settings), code) if settings else code, code
    settings = _settings(scenario, path, own, code, 0)
    try:
        owner = code(**settings)
    except Exception as error:  # the user's own code may raise anything; it is reported as a problem
        raise users_error(scenario, path, f"{name} refused its settings", error) from error
    function = getattr(owner, method, None)
    hint = f"write def {method}(self, {', '.join(takes)})"
    if not callable(function):
        raise ScenarioError([problem_at(scenario, place, f"{name} must have a method {method}", own.use, hint)])
    _check_call(scenario, place, f"{name}.{method}", function, takes, hint, has_settings=False)
    return function, owner


def own_hashes(scenario: Scenario) -> dict[str, str]:
    """Return the BLAKE2b hash of the source file of each own function or class, by what `use` says; empty without.

    Those of strategies are `strategy_loading.source_hashes`.
    """
    return {own.use: hash_of_source(_find(scenario, path, own)) for path, own in all_own(scenario)}


def _find(scenario: Scenario, path: str, own: OwnCode) -> Any:
    where, _, name = own.use.rpartition(":")
    module = load_module(scenario, path, where)
    code = getattr(module, name, None)
    if code is None:
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise ScenarioError([problem_at(scenario, path, f"{where} has no {name}", own.use, did_you_mean(name, known))])
    if not callable(code):
        raise ScenarioError([problem_at(scenario, path, f"{name} must be a function or a class", own.use, "")])
    return code


def _check_call(
    scenario: Scenario,
    path: str,
    name: str,
    function: Callable[..., object],
    takes: Sequence[str],
    hint: str,
    *,
    has_settings: bool = True,
) -> None:
    """Refuse what cannot be called by position, whatever its settings are, and what would not answer at once.

    A function may have settings behind what it takes; a method has none, its class does.
    """
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(is_one(function) for is_one in kinds):
        rule = f"{name} must be a plain function, without async and yield"
        raise ScenarioError([problem_at(scenario, path, rule, None, hint)])
    signature = _signature(function)
    if signature is None:
        return
    settings = _settings_of(signature, len(takes)) if has_settings else {}
    needed = [key for key, parameter in settings.items() if parameter.default is inspect.Parameter.empty]
    try:
        signature.bind(*takes, **dict.fromkeys(needed))
    except TypeError as error:
        rule = f"{name} must take ({', '.join(takes)}): {error}"
        raise ScenarioError([problem_at(scenario, path, rule, None, hint)]) from error


def _settings(scenario: Scenario, path: str, own: OwnCode, code: Any, taken: int) -> dict[str, Any]:
    """Return the settings, made into what their annotations say: `rate: Decimal`, from 0.1%."""
    name = own.use.rpartition(":")[2]
    signature = _signature(code)
    if signature is None:
        return dict(own.with_)
    known = _settings_of(signature, taken)
    any_name = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in signature.parameters.values())
    kinds = _annotations(code)
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    for setting, written in own.with_.items():
        place = f"{path}.with.{setting}"
        if setting not in known and not any_name:
            rule = f"{name} has no setting of that name"
            problems.append(problem_at(scenario, place, rule, None, did_you_mean(setting, known)))
            continue
        kind = kinds.get(setting, Any) if setting in known else Any
        try:
            given[setting] = structure(measured(written, kind), kind)
        except (ValueError, TypeError, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
            declared = getattr(kind, "__name__", str(kind))
            problems.append(problem_at(scenario, place, reason_of(error), None, f"{name} declares {declared}"))
    for setting, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and setting not in own.with_:
            rule, hint = f"{name} needs this setting", f"write it in {path}.with"
            problems.append(problem_at(scenario, f"{path}.with.{setting}", rule, None, hint))
    if problems:
        raise ScenarioError(problems)
    return given


def _settings_of(signature: inspect.Signature, taken: int) -> dict[str, inspect.Parameter]:
    """Return the parameters that can be given by name, behind those that are taken by position."""
    behind = [one for one in signature.parameters.values() if one.kind in _BY_POSITION][taken:]
    behind += [one for one in signature.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY]
    return {one.name: one for one in behind if one.kind in _BY_NAME}


def _signature(code: Callable[..., object]) -> inspect.Signature | None:
    """Return a signature; None for a function of C without one, of which calling it will tell."""
    try:
        return inspect.signature(code)
    except ValueError:
        return None


def _annotations(code: Any) -> Mapping[str, Any]:
    """Return annotations; where they cannot be resolved, as they are for checkers only, none."""
    try:
        return typing.get_type_hints(code.__init__ if inspect.isclass(code) else code)
    except Exception:  # noqa: BLE001  an annotation may be any expression
        return {}
