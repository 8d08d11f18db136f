"""One scenario of many: run in a worker process, and told back in a few plain words."""

import contextlib
import os
import sys
import traceback
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import attrs

from tradepit.actors.kernel.clock import NS_PER_S, wall_ns
from tradepit.scenarios.calendars import SessionsError
from tradepit.scenarios.loader import load
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.sources.source import SourceError


class Outcome(StrEnum):
    """How a scenario ended, from the best to the worst."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    BAD_INPUT = "BAD INPUT"
    BUG = "BUG"


@attrs.frozen(kw_only=True)
class Verdict:
    """What came of one scenario.

    Attributes:
        file: where it stands.
        name: the scenario's name; the file's when the scenario cannot be read.
        outcome: how it ended.
        elapsed_s: how long it took, s.
        fingerprint: of its run; empty when there was none.
        account: what went wrong, a line each.
    """

    file: Path
    name: str
    outcome: Outcome
    elapsed_s: float
    fingerprint: str = ""
    account: tuple[str, ...] = ()


def judge_file(file: Path) -> Verdict:
    """Run a scenario without leaving anything on disk; whatever is wrong with it is in the verdict.

    What its strategies print goes to standard error.
    """
    began = wall_ns()
    name = file.stem
    before = dict(sys.modules)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            scenario = load(file)
            name = scenario.name
            result = run_scenario(scenario)
    except ScenarioError as error:
        outcome, account, fingerprint = Outcome.BAD_INPUT, tuple(map(str, error.problems)), ""
    except (SourceError, SessionsError) as error:
        outcome, account, fingerprint = Outcome.BAD_INPUT, (str(error),), ""
    except Exception:  # noqa: BLE001  a bug that one scenario meets must not hide how the others went
        outcome, account, fingerprint = Outcome.BUG, tuple(traceback.format_exc().splitlines()), ""
    else:
        outcome = Outcome.PASSED if result.passed else Outcome.FAILED
        account, fingerprint = tuple(account_of(result)), result.fingerprint
    finally:
        _forget_modules_beside(file, before)
    return Verdict(
        file=file,
        name=name,
        outcome=outcome,
        elapsed_s=(wall_ns() - began) / NS_PER_S,
        fingerprint=fingerprint,
        account=account,
    )


def _forget_modules_beside(file: Path, before: Mapping[str, ModuleType]) -> None:
    """Let the next scenario import its own modules, though they bear the names of this one's."""
    folder = str(file.resolve().parent) + os.sep
    for name, module in list(sys.modules.items()):
        source = getattr(module, "__file__", None) or ""
        if name not in before and source.startswith(folder) and "site-packages" not in source:
            del sys.modules[name]


def account_of(result: Result) -> list[str]:
    """Return what kept a run from passing, a line each; nothing when it passed."""
    lines = [] if result.failure is None else str(result.failure).splitlines()
    lines += [f"{one.text}, was {one.was}" for one in result.expectations if not one.passed]
    lines += [f"{one.invariant}, message {one.sequence}: {one.text}" for one in result.violations]
    return lines
