"""Every error has its words and its exit code."""

from collections.abc import Callable

import click
import pytest

from tradepit.actors.kernel.errors import JournalError, StateError
from tradepit.scenarios.calendars import SessionsError
from tradepit.scenarios.problems import Place, Problem, ScenarioError
from tradepit.scenarios.runner import Interrupted
from tradepit.scenarios.sources.source import SourceError
from tradepit.tools.exits import guarded
from tradepit.tools.run_directory import RunDirectoryError

FULL = OSError(28, "No space left on device")


def raising(error: BaseException, cause: BaseException | None = None) -> Callable[[], object]:
    def command() -> object:
        raise error from cause

    return command


CASES: list[tuple[BaseException, BaseException | None, int, str]] = [
    (ScenarioError([Problem(place=Place("a.yaml", 3, 1), path="x", rule="must be y")]), None, 2,
     "a.yaml:3:1: x: must be y\n"),
    (SourceError("a.csv", "high is low", rule="r", row=7), None, 2, "a.csv:7: high is low\n"),
    (SessionsError("no such calendar"), None, 2, "no such calendar\n"),
    (RunDirectoryError("not empty"), None, 2, "not empty\n"),
    (StateError("a", "the state of 'a' cannot be copied"), None, 2, "the state of 'a' cannot be copied\n"),
    (click.UsageError("no such option"), None, 2, "Error: no such option\n"),
    (click.Abort(), None, 130, "stopped\n"),
    (KeyboardInterrupt(), None, 130, "stopped\n"),
    (Interrupted("stopped by SIGINT"), None, 130, "stopped by SIGINT, at once\n"),
    (PermissionError(13, "Permission denied", "runs"), None, 74, "runs: Permission denied\n"),
    (JournalError("the journal takes no more"), FULL, 74, "the journal takes no more: No space left on device\n"),
    (click.exceptions.Exit(5), None, 5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("error", "cause", "code", "said"), CASES, ids=[type(case[0]).__name__ for case in CASES])
def test_an_error_has_its_code_and_its_words(
    error: BaseException, cause: BaseException | None, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error, cause)) == code
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("error", [TypeError("of ours"), JournalError("cannot be written down"), AssertionError()])
def test_a_bug_says_that_it_is_one_and_shows_its_traceback(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == 70
    said = capsys.readouterr().err
    assert said.startswith("This is a bug in tradepit, not in your files.")
    assert "Traceback (most recent call last):" in said
    assert type(error).__name__ in said.splitlines()[-1]


def test_a_command_that_returns_no_code_has_passed() -> None:
    assert [guarded(lambda: None), guarded(lambda: 3)] == [0, 3]


def test_a_command_without_standard_output_still_exits_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert guarded(lambda: 1) == 1
