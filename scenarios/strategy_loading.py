"""Find a strategy's class from what the scenario says of it, and make it with its settings."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import sysconfig
import traceback
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import cattrs

from tradepit.actors.strategy import Strategy, WrongSettingsError, settings_of
from tradepit.scenarios.problems import Problem, ScenarioError, did_you_mean
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.surroundings import surroundings_of
from tradepit.scenarios.tree import Scenario, StrategySpec

_PACKAGE = Path(__file__).resolve().parent.parent
_OWN = tuple(_PACKAGE / folder for folder in ("actors", "models", "scenarios", "tools"))
_LIBRARY = _PACKAGE / "scenarios" / "library"
_INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_NEVER_DROPPED = ("tradepit", "conftest", "__main__")


def load_strategy(scenario: Scenario, index: int) -> Strategy:
    """Make the scenario's strategy of that index.

    Raises:
        ScenarioError: the module or file does not import, has no such class, or the settings do not fit it.
    """
    spec = scenario.strategies[index]
    cls = _find_class(scenario, index)
    known = settings_of(cls)
    problems = [
        problem_at(
            scenario, f"strategies[{index}].with.{name}", f"{cls.__name__} has no setting of that name", None,
            _unknown_setting(cls, name, known),
        )
        for name in spec.with_
        if name not in known
    ]  # fmt: skip
    given: dict[str, Any] = {}
    for name, field in known.items():
        path = f"strategies[{index}].with.{name}"
        if name in spec.with_:
            try:
                given[field.alias or name] = structure(measured(spec.with_[name], _kind(field)), _kind(field))
            except (ValueError, TypeError, cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError) as error:
                declared = getattr(_kind(field), "__name__", str(_kind(field)))
                problems.append(
                    problem_at(scenario, path, reason_of(error), None, f"{cls.__name__} declares {declared}")
                )
        elif field.default is attrs.NOTHING:
            problems.append(
                problem_at(scenario, path, f"{cls.__name__} needs this setting", None, f"write it in {path}")
            )
    if problems:
        raise ScenarioError(problems)
    try:
        strategy = cls(**given)
        strategy.check_settings(surroundings_of(scenario, spec))
    except WrongSettingsError as error:
        within = f"strategies[{index}].with."
        raise ScenarioError(
            [problem_at(scenario, within + one.path, one.rule, one.value, one.suggestion) for one in error.problems]
        ) from None
    except Exception as error:  # the user's own code may raise anything; it is reported as a problem
        rule = f"{cls.__name__} refused its settings"
        raise users_error(scenario, f"strategies[{index}].with", rule, error) from error
    return strategy


def source_hashes(scenario: Scenario) -> dict[str, str]:
    """Return the BLAKE2b hash of each strategy's source file, by the strategy's name; empty where there is none."""
    return {spec.name: hash_of_source(_find_class(scenario, index)) for index, spec in enumerate(scenario.strategies)}


def hash_of_source(code: Any) -> str:
    """Return the BLAKE2b hash of the source file of a function or class; empty where there is none."""
    try:
        file = inspect.getsourcefile(code)
    except (OSError, TypeError):  # it was typed into a notebook or a prompt, or is no Python
        file = None
    return "" if file is None else hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest()


def _find_class(scenario: Scenario, index: int) -> type[Strategy]:
    spec: StrategySpec = scenario.strategies[index]
    path = f"strategies[{index}].use"
    where, _, name = spec.use.rpartition(":")
    module = load_module(scenario, path, where)
    found = getattr(module, name, None)
    candidates = {
        key: value for key, value in vars(module).items() if inspect.isclass(value) and issubclass(value, Strategy)
    }
    candidates.pop("Strategy", None)
    if found is None:
        raise ScenarioError(
            [problem_at(scenario, path, f"{where} has no {name}", spec.use, did_you_mean(name, candidates))]
        )
    if not (inspect.isclass(found) and issubclass(found, Strategy) and found is not Strategy):
        rule = f"{name} must be a subclass of tradepit.Strategy"
        raise ScenarioError([problem_at(scenario, path, rule, spec.use, f"write class {name}(tradepit.Strategy)")])
    return found


def load_module(scenario: Scenario, path: str, where: str) -> ModuleType:
    """Import a module, or a file beside the scenario.

    Args:
        scenario: where it is named.
        path: where in the scenario.
        where: a module's name, or a path that ends in `.py`.

    Raises:
        ScenarioError: it does not import.
    """
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
            raise ScenarioError([problem_at(scenario, path, f"no module named {error.name}", where, hint)]) from error
        raise users_error(scenario, path, f"{where} does not import", error) from error
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        raise users_error(scenario, path, f"{where} does not import", error) from error


def _module_of_file(scenario: Scenario, path: str, file: Path) -> ModuleType:
    if not file.is_file():
        near = did_you_mean(file.name, sorted(other.name for other in file.parent.glob("*.py")))
        raise ScenarioError([problem_at(scenario, path, "no such file", str(file.name), near)])
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
    _forget_namesakes(directory)
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))


def _forget_namesakes(directory: Path) -> None:
    """Drop modules that stand beside another scenario and would be taken for those that stand beside this one."""
    for file in (*directory.glob("*.py"), *directory.glob("*/__init__.py")):
        name = file.stem if file.parent == directory else file.parent.name
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded is None or name in _NEVER_DROPPED or _installed(found := Path(loaded).resolve()):
            continue
        if found != file.resolve():
            for other in [other for other in sys.modules if other == name or other.startswith(f"{name}.")]:
                del sys.modules[other]


def _kind(field: "attrs.Attribute[Any]") -> Any:
    """Return the type of a setting; anything where it could not be resolved."""
    return Any if field.type is None or isinstance(field.type, str) else field.type


def measured(given: object, kind: Any) -> object:
    """Return a percentage as the fraction that it is, where the setting is a number or a mapping to numbers."""
    if typing.get_origin(kind) is dict and isinstance(given, dict):
        return {key: measured(value, typing.get_args(kind)[1]) for key, value in given.items()}
    if kind in (float, Decimal) and isinstance(given, str) and given.strip().endswith("%"):
        try:
            fraction = Decimal(given.strip().removesuffix("%")) / 100
        except InvalidOperation:
            return given
        return float(fraction) if kind is float else fraction
    return given


def _unknown_setting(cls: type[Strategy], name: str, known: Iterable[str]) -> str:
    """Return the suggestion for a setting that a strategy does not have."""
    default = vars(cls).get(name)
    if default is not None and not callable(default):
        return f"only annotated fields are settings: write {name}: {type(default).__name__} = {default!r} in the class"
    return did_you_mean(name, known)


def reason_of(error: Exception) -> str:
    """Return the innermost words of what a converter said."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def users_error(scenario: Scenario, path: str, rule: str, error: BaseException) -> ScenarioError:
    """Return what a user's own code raised as a problem at a place of a scenario."""
    frame = users_line(error)
    text = f"{rule}: {type(error).__name__}: {error}" + (f" ({frame})" if frame else "")
    return ScenarioError([problem_at(scenario, path, text, None, "")])


def users_line(error: BaseException) -> str:
    """Return the last line of a traceback that is the user's own, as `file:line in function: code`.

    Lines of Tradepit and of installed packages are not the user's. Where there are no others, the first line outside
    Tradepit is taken, the one that it called: the strategy may be installed too.
    """
    if isinstance(error, SyntaxError) and error.filename and not error.filename.startswith("<"):
        return f"{error.filename}:{error.lineno}"
    called: traceback.FrameSummary | None = None
    own: traceback.FrameSummary | None = None
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename).resolve()
        shipped = _within(file, (_LIBRARY,))
        if frame.filename.startswith("<") or (_within(file, _OWN) and not shipped):
            continue
        called = called or frame
        if shipped or not _installed(file):
            own = frame
    shown = own or called
    return "" if shown is None else f"{shown.filename}:{shown.lineno} in {shown.name}: {shown.line}"


def _installed(file: Path) -> bool:
    return "site-packages" in file.parts or _within(file, _INSTALLED)


def _within(file: Path, folders: Iterable[Path]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)


def problem_at(scenario: Scenario, path: str, rule: str, value: str | None, suggestion: str) -> Problem:
    """Return a problem at a place of a scenario."""
    return Problem(place=scenario.place(path), path=path, rule=rule, value=value, suggestion=suggestion)
