"""Find a function of the user's own from what the scenario says of it, check its signature, give it its settings."""

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import cattrs

from tradepit.scenarios.problems import Problem, ScenarioError, did_you_mean
from tradepit.scenarios.risk_tree import OwnFunction
from tradepit.scenarios.strategy_loading import load_module, measured, reason_of
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.tree import Scenario

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def load_function(scenario: Scenario, path: str, spec: OwnFunction, takes: tuple[str, ...]) -> Callable[..., Any]:
    """Return a user's function with its settings given.

    Settings are the parameters behind those that it is called with; values are checked against their annotations, as
    those of strategies are.

    Args:
        scenario: where it is named.
        path: where in the scenario.
        spec: what the scenario says.
        takes: what it is called with, by position.

    Raises:
        ScenarioError: the module or file does not import, has no such function, or the function takes other things.
    """
    use = f"{path}.use"
    function = _find(scenario, use if not scenario.places or use in scenario.places else path, spec)
    name = spec.use.rpartition(":")[2]
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    wanted = f"{name}({', '.join(takes)}, ...)"
    first, settings = parameters[: len(takes)], parameters[len(takes) :]
    if len(first) < len(takes) or any(parameter.kind not in _BY_POSITION for parameter in first):
        raise _refused(scenario, path, f"{name} must take {' and '.join(takes)}", f"write def {wanted}")
    known = {parameter.name: parameter for parameter in settings if parameter.kind in _BY_NAME}
    kinds = _annotations(function)
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    for setting, value in spec.with_.items():
        place = f"{path}.with.{setting}"
        if setting not in known:
            problems.append(
                _problem(scenario, place, f"{name} has no setting of that name", did_you_mean(setting, known))
            )
            continue
        kind = kinds.get(setting, Any)
        try:
            given[setting] = structure(measured(value, kind), kind)
        except (ValueError, TypeError, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
            declared = getattr(kind, "__name__", str(kind))
            problems.append(_problem(scenario, place, reason_of(error), f"{name} declares {declared}"))
    for setting, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and setting not in spec.with_:
            place = f"{path}.with.{setting}"
            problems.append(_problem(scenario, place, f"{name} needs this setting", f"write it in {path}.with"))
    if problems:
        raise ScenarioError(problems)
    return functools.update_wrapper(functools.partial(function, **given), function) if given else function


def _find(scenario: Scenario, path: str, spec: OwnFunction) -> Callable[..., Any]:
    where, _, name = spec.use.rpartition(":")
    module = load_module(scenario, path, where)
    found = getattr(module, name, None)
    if found is None:
        functions = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        raise _refused(scenario, path, f"{where} has no {name}", did_you_mean(name, functions), spec.use)
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found) or inspect.isgeneratorfunction(found):
        raise _refused(scenario, path, f"{name} must be a plain function, without async and yield", "", spec.use)
    return found


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return a function's annotations; where they cannot be resolved, as they are for checkers only, none."""
    try:
        return typing.get_type_hints(function)
    except NameError:
        return {}


def _refused(scenario: Scenario, path: str, rule: str, suggestion: str, value: str | None = None) -> ScenarioError:
    return ScenarioError([_problem(scenario, path, rule, suggestion, value)])


def _problem(scenario: Scenario, path: str, rule: str, suggestion: str, value: str | None = None) -> Problem:
    return Problem(place=scenario.place(path), path=path, rule=rule, value=value, suggestion=suggestion)
