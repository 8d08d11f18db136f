"""What the command's exit codes mean, and how every error finds its own; a user's mistake never shows a traceback."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import click

PASSED: Final = 0
FAILED: Final = 1
"""An expectation or invariant failed, an actor or strategy raised, or two runs that must be equal were not."""
BAD_INPUT: Final = 2
"""A scenario, market data, a calendar, or the command line itself cannot be used."""
BUG: Final = 70
"""Tradepit itself is wrong (EX_SOFTWARE of sysexits.h)."""
IO_ERROR: Final = 74
"""A file could not be written or read: disk full, no permission (EX_IOERR of sysexits.h)."""
INTERRUPTED: Final = 130
"""Stopped by Ctrl-C: 128 and the number of SIGINT, as shells have it."""
NO_READER: Final = 141
"""Whoever read the output went away: 128 and the number of SIGPIPE."""


class NoReaderError(Exception):
    """Whoever read standard output went away."""


def guarded(command: Callable[[], object]) -> int:
    """Call a command and return its exit code; what it raises is told on standard error."""
    try:
        code = command()
        if sys.stdout is not None:  # it is None when the caller closed it
            sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return INTERRUPTED
    except (BrokenPipeError, NoReaderError):
        # What is still to be written goes nowhere, or the interpreter would complain as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001  the last line of defence: every error gets its words and its code
        return _told(error)
    return code if isinstance(code, int) else PASSED


def _told(error: BaseException) -> int:
    from tradepit.actors.kernel.errors import JournalError, StateError  # slow to import, and most commands end well
    from tradepit.scenarios.calendars import SessionsError
    from tradepit.scenarios.problems import ScenarioError
    from tradepit.scenarios.replay import ReplayError
    from tradepit.scenarios.runner import Interrupted
    from tradepit.scenarios.sources.source import SourceError
    from tradepit.tools.run_directory import RunDirectoryError

    if isinstance(error, (ScenarioError, SourceError, SessionsError, RunDirectoryError, ReplayError, StateError)):
        click.echo(f"{error}", err=True)
        return BAD_INPUT
    if isinstance(error, Interrupted):
        click.echo("\n".join([f"{error}, at once", *getattr(error, "__notes__", [])]), err=True)
        return INTERRUPTED
    if isinstance(error, OSError) or (isinstance(error, JournalError) and isinstance(error.__cause__, OSError)):
        cause = error if isinstance(error, OSError) else error.__cause__
        where = f"{cause.filename}: " if isinstance(cause, OSError) and cause.filename else ""
        what = "the journal takes no more: " if isinstance(error, JournalError) else ""
        words = f"{where}{what}{getattr(cause, 'strerror', None) or error}"
        click.echo("\n".join([words, *getattr(error, "__notes__", [])]), err=True)
        return IO_ERROR
    click.echo("This is a bug in tradepit, not in your files. Please report it with what follows.\n", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    return BUG
