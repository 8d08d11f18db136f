"""`tradepit replay`: does a run come again as its journal says?"""

import contextlib
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tradepit.actors.kernel import Dispatch
from tradepit.actors.kernel.journal import Entry
from tradepit.actors.kernel.journal_damage import JournalDamaged
from tradepit.scenarios.comparison import EntryDifference
from tradepit.scenarios.replay import ReplayVerdict
from tradepit.scenarios.times import zone_of
from tradepit.tools.exits import BAD_INPUT, FAILED, PASSED
from tradepit.tools.progress import RunProgress
from tradepit.tools.replaying import journal_of, replay_run
from tradepit.tools.report.stamps import Stamps

_WIDTH = 80
_LABEL = 13
_HALF = (_WIDTH - _LABEL - 2) // 2
_FIELDS = ("sequence", "time", "sender", "receiver", "kind", "cause")


@click.command("replay")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--dispatch",
    type=click.Choice([one.value for one in Dispatch]),
    default=Dispatch.INLINE.value,
    show_default=True,
    help="How messages reach their actors; it makes no difference.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing when all came again.")
def command(*, run: Path, dispatch: str, as_json: bool, quiet: bool) -> int:
    """Run again what the journal of RUN tells of, and compare entry by entry.

    RUN is a run's folder, or the journal in it. Exits with 0 when every entry came again; with 1 when one differs, and
    shows it; with 2 when the journal is damaged or something that the replay needs is missing or has changed.
    """
    journal = journal_of(run)
    try:
        # What a strategy prints must not get into the JSON.
        with (
            contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext(),
            RunProgress(None, None, quiet=as_json or quiet) as progress,
        ):
            verdict = replay_run(run, dispatch=Dispatch(dispatch), progress=progress, cut=True)
    except JournalDamaged as damaged:
        if as_json:
            click.echo(json.dumps({"journal": str(journal), "equal": False, "damage": _damage(damaged)}, indent=2))
        else:
            _echo_damage(journal, damaged)
        return BAD_INPUT
    if as_json:
        click.echo(json.dumps(_plain(verdict), indent=2))
    elif not (quiet and verdict.equal and verdict.damage is None):
        _print(verdict)
    if verdict.damage is not None:
        return BAD_INPUT
    return PASSED if verdict.equal else FAILED


def _print(verdict: ReplayVerdict) -> None:
    if verdict.damage is not None:
        _echo_damage(verdict.journal, verdict.damage)
    if verdict.equal:
        end = "" if verdict.finished else " that are there" if verdict.damage is not None else " until it broke off"
        word, said = "SAME", f"{verdict.entries:,} entries{end}"
        click.echo(f"{word}  {said}: {verdict.fingerprint}, again {verdict.replayed}")
    else:
        click.echo(f"DIFFERENT  {verdict.journal}")
        click.echo(f"{'fingerprint':<{_LABEL}}{verdict.fingerprint or '(the journal was cut short)'}")
        click.echo(f"{'equal':<{_LABEL}}{verdict.entries:,} entries, then")
        assert verdict.difference is not None
        for line in side_by_side(verdict.difference):
            click.echo(line)
        if verdict.failure:
            _echo_label("again", f"it ended before its time: {verdict.failure}")
    for number, change in enumerate(verdict.changes):
        label = "" if number else "changed" if verdict.equal else "likely why"
        _echo_label(label, change)


def side_by_side(difference: EntryDifference) -> Iterator[str]:
    """Yield the lines that show an entry in both versions, what differs marked by a bar between them."""
    recorded, replayed = _shown(difference.recorded), _shown(difference.replayed)
    yield f"{'':<{_LABEL}}{'in the journal':<{_HALF}}  again"
    for name in dict.fromkeys([*recorded, *replayed]):
        left, right = recorded.get(name, ""), replayed.get(name, "")
        mark = " " if left == right else "|"
        lines = _wrapped(left), _wrapped(right)
        label = name if len(name) < _LABEL else f"{name[: _LABEL - 3]}.."
        for at in range(max(map(len, lines))):
            one, other = (column[at] if at < len(column) else "" for column in lines)
            yield f"{label if at == 0 else '':<{_LABEL}}{one:<{_HALF}}{mark} {other}".rstrip()


def _shown(entry: Entry | None) -> dict[str, str]:
    """Return an entry's fields in words; those of its payload stand below, with their path."""
    if entry is None:
        return {"": "(ended)"}
    found = {name: "(all who want it)" if value is None else str(value) for name, value in zip(_FIELDS, entry)}  # noqa: B905  the payload is the rest
    found["time"] = f"{entry[1]} {Stamps(zone_of('UTC')).text(entry[1])}"
    _add_payload(found, "", entry[6])
    return found


def _add_payload(found: dict[str, str], path: str, value: Any) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            _add_payload(found, f"{path}.{key}", inner)
    else:
        found[path or "payload"] = json.dumps(value, ensure_ascii=False)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _HALF, break_on_hyphens=False) or [""]


def _echo_label(label: str, text: str) -> None:
    for number, line in enumerate(textwrap.wrap(text, _WIDTH - _LABEL, break_on_hyphens=False)):
        click.echo(f"{'' if number else label:<{_LABEL}}{line}")


def _echo_damage(journal: Path, damaged: JournalDamaged) -> None:
    said = f"{damaged.damage}: {damaged}"
    lines = textwrap.wrap(said, _WIDTH - 2, break_on_hyphens=False, initial_indent="  ", subsequent_indent="  ")
    click.echo(f"{journal}: damaged", err=True)
    click.echo("\n".join(lines), err=True)


def _plain(verdict: ReplayVerdict) -> dict[str, Any]:
    difference = verdict.difference
    return {
        "journal": str(verdict.journal),
        "equal": verdict.equal,
        "fingerprint": verdict.fingerprint,
        "replayed": verdict.replayed,
        "entries": verdict.entries,
        "finished": verdict.finished,
        "stopped": verdict.stopped,
        "played_back": list(verdict.played_back),
        "changes": list(verdict.changes),
        "difference": None
        if difference is None
        else {"number": difference.number, "recorded": difference.recorded, "replayed": difference.replayed},
        "failure": verdict.failure,
        "damage": None if verdict.damage is None else _damage(verdict.damage),
    }


def _damage(damaged: JournalDamaged) -> dict[str, Any]:
    sound = damaged.sound
    return {
        "damage": damaged.damage,
        "text": damaged.text,
        "line": damaged.line,
        "offset": damaged.offset,
        "sequence": damaged.sequence,
        "sound": {
            "blocks": sound.blocks,
            "entries": sound.entries,
            "unsealed": sound.unsealed,
            "last_sequence": sound.last_sequence,
            "bytes": sound.bytes,
        },
    }
