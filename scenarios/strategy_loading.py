"""Find a strategy's class from what the scenario says of it, and make it with its settings."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import cattrs

from tradepit.actors.strategy import Strategy, settings_of
from tradepit.scenarios.problems import Problem, ScenarioError, did_you_mean
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.tree import Scenario, StrategySpec


def load_strategy(scenario: Scenario, index: int) -> Strategy:
    """Make the scenario's strategy of that index.

    Raises:
        ScenarioError: the module or file does not import, has no such class, or the settings do not fit it.
    """
    spec = scenario.strategies[index]
    cls = _find_class(scenario, index)
    known = settings_of(cls)
    problems = [
        _problem(
            scenario, f"strategies[{index}].with.{name}", f"{cls.__name__} has no setting of that name", None,
            did_you_mean(name, known),
        )
        for name in spec.with_
        if name not in known
    ]  # fmt: skip
    given: dict[str, Any] = {}
    for name, field in known.items():
        path = f"strategies[{index}].with.{name}"
        if name in spec.with_:
            try:
                given[field.alias or name] = structure(spec.with_[name], _kind(field))
            except (ValueError, TypeError, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
                declared = getattr(_kind(field), "__name__", str(_kind(field)))
                problems.append(_problem(scenario, path, _reason(error), None, f"{cls.__name__} declares {declared}"))
        elif field.default is attrs.NOTHING:
            problems.append(_problem(scenario, path, f"{cls.__name__} needs this setting", None, f"write it in {path}"))
    if problems:
        raise ScenarioError(problems)
    try:
        return cls(**given)
    except Exception as error:  # the user's own code may raise anything; it is reported as a problem
        rule = f"{cls.__name__} refused its settings"
        raise _users_error(scenario, f"strategies[{index}].with", rule, error) from error


def source_hashes(scenario: Scenario) -> dict[str, str]:
    """Return the BLAKE2b hash of each strategy's source file, by the strategy's name; empty where there is none."""
    found: dict[str, str] = {}
    for index, spec in enumerate(scenario.strategies):
        file = inspect.getsourcefile(_find_class(scenario, index))
        found[spec.name] = "" if file is None else hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest()
    return found


def _find_class(scenario: Scenario, index: int) -> type[Strategy]:
    spec: StrategySpec = scenario.strategies[index]
    path = f"strategies[{index}].use"
    where, _, name = spec.use.rpartition(":")
    module = _module(scenario, path, where)
    found = getattr(module, name, None)
    candidates = {
        key: value for key, value in vars(module).items() if inspect.isclass(value) and issubclass(value, Strategy)
    }
    candidates.pop("Strategy", None)
    if found is None:
        raise ScenarioError(
            [_problem(scenario, path, f"{where} has no {name}", spec.use, did_you_mean(name, candidates))]
        )
    if not (inspect.isclass(found) and issubclass(found, Strategy)):
        rule = f"{name} must be a subclass of tradepit.Strategy"
        raise ScenarioError([_problem(scenario, path, rule, spec.use, f"write class {name}(tradepit.Strategy)")])
    return found


def _module(scenario: Scenario, path: str, where: str) -> ModuleType:
    directory = scenario.directory.resolve()
    try:
        with _importable(directory):
            if not where.endswith(".py"):
                return importlib.import_module(where)
            return _module_of_file(scenario, path, scenario.resolve(where).resolve())
    except ScenarioError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(error.name + ".")):
            hint = "name an importable module, or a file as ./file.py:Class"
            raise ScenarioError([_problem(scenario, path, f"no module named {error.name}", where, hint)]) from error
        raise _users_error(scenario, path, f"{where} does not import", error) from error
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        raise _users_error(scenario, path, f"{where} does not import", error) from error


def _module_of_file(scenario: Scenario, path: str, file: Path) -> ModuleType:
    if not file.is_file():
        near = did_you_mean(file.name, sorted(other.name for other in file.parent.glob("*.py")))
        raise ScenarioError([_problem(scenario, path, "no such file", str(file.name), near)])
    name = f"tradepit_user_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def _importable(directory: Path) -> Iterator[None]:
    """Let modules beside the scenario be imported while a strategy is."""
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))


def _kind(field: "attrs.Attribute[Any]") -> Any:
    """Return the type of a setting; anything where it could not be resolved."""
    return Any if field.type is None or isinstance(field.type, str) else field.type


def _reason(error: Exception) -> str:
    """Return the innermost words of what a converter said."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def _users_error(scenario: Scenario, path: str, rule: str, error: BaseException) -> ScenarioError:
    frame = users_line(error)
    text = f"{rule}: {type(error).__name__}: {error}" + (f" ({frame})" if frame else "")
    return ScenarioError([_problem(scenario, path, text, None, "")])


def users_line(error: BaseException) -> str:
    """Return the last line of a traceback that is not in an installed package, as `file:line in function: code`."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    here = str(Path(__file__).resolve().parent.parent)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        own = str(Path(frame.filename).resolve()).startswith(here) and "library" not in frame.filename
        if not own and "site-packages" not in frame.filename and not frame.filename.startswith("<"):
            return f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    return ""


def _problem(scenario: Scenario, path: str, rule: str, value: str | None, suggestion: str) -> Problem:
    return Problem(place=scenario.place(path), path=path, rule=rule, value=value, suggestion=suggestion)
