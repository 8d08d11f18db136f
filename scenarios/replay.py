"""Runs again what a journal tells of, and compares the two (K14).

A journal that left market data out is run again from its sources. One that has everything needs none: what the feed
and the boundary actors sent is taken from it, and all others run again.
"""

import contextvars
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import attrs
import cattrs
import trio

from tradepit.actors import FEED
from tradepit.actors.kernel import ActorFailed, Boundary, Detail, Dispatch
from tradepit.actors.kernel.guard import KERNEL
from tradepit.actors.kernel.journal import Entry
from tradepit.actors.kernel.journal_damage import Damage, JournalDamaged
from tradepit.actors.kernel.journal_reading import Header, JournalReader
from tradepit.actors.kernel.lifecycle import SUPERVISION, Replied, Stopped, StopReason
from tradepit.actors.kernel.playback import Played
from tradepit.models.feed_events import FEED_EVENTS
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import EVENTS
from tradepit.models.system_statistics import ActorTally, SystemStatistics
from tradepit.scenarios.actor_figures import statistics_of
from tradepit.scenarios.comparison import Comparison, Enough, EntryDifference, Parted, UpTo
from tradepit.scenarios.loader import loads
from tradepit.scenarios.runner import Closing, Progress, about_of, identity_of, rare_collections
from tradepit.scenarios.sources import SourceError
from tradepit.scenarios.structuring import structure
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.wiring import Pit, RecordedMarket, wire

_T = TypeVar("_T")


class ReplayError(ValueError):
    """A run cannot be replayed; the message says what is missing or has changed."""


@attrs.frozen(kw_only=True)
class ReplayVerdict:
    """How a replay compares with the run.

    Attributes:
        journal: the run's.
        equal: whether every entry of the journal came again, and no other.
        fingerprint: of the run; of a journal that was cut short, that of the part that is there.
        replayed: fingerprint of the replay, up to where it parted from the run.
        entries: how many entries were equal.
        finished: whether the run came to its end. Of one that did not, the replay goes as far as the journal.
        stopped: whether the run was stopped from outside, as if its data had ended; not so where a live feed had
            ended, or the last strategy.
        played_back: the actors whose part was taken from the journal.
        changes: what is not as it was when the run was made: versions, sources of strategies and of
            other code of the user's own; a line each.
        difference: the first entry that differs, or None.
        failure: what ended the replay before its time where the run had gone on, or empty.
        damage: why the journal ends before its last line, where it was cut short, or None.
    """

    journal: Path
    equal: bool
    fingerprint: str
    replayed: str
    entries: int
    finished: bool
    stopped: bool
    played_back: tuple[str, ...]
    changes: tuple[str, ...]
    difference: EntryDifference | None
    failure: str
    damage: JournalDamaged | None


@attrs.define(kw_only=True)
class _Record:
    """What a journal says, read through once.

    Attributes:
        header: its first line.
        entries: how many whole entries there are.
        fingerprint: in its last line, or empty.
        finished: whether the run came to its end.
        start: when the run began, ns since the Unix epoch.
        stopped_at: (time, sequence, why) of the entry that says that it was stopped, or None.
        tallies: what each actor had done at the end.
        damage: how it was cut short, or None.
    """

    header: Header
    entries: int = 0
    fingerprint: str = ""
    finished: bool = False
    start: int | None = None
    stopped_at: tuple[int, int, str] | None = None
    tallies: dict[str, ActorTally] = attrs.Factory(dict)
    damage: JournalDamaged | None = None


def replay_journal(
    journal: Path,
    *,
    directory: Path,
    dispatch: Dispatch = Dispatch.INLINE,
    progress: Progress | None = None,
    cut: bool = False,
) -> ReplayVerdict:
    """Run again what a journal tells of and compare the two.

    Args:
        journal: the file.
        directory: where the scenario's relative paths start.
        dispatch: how messages reach their actors; it makes no difference.
        progress: called about every 10 ms of real time.
        cut: whether a journal that was cut short is replayed as far as it goes, and not refused.

    Raises:
        JournalDamaged: the journal is not as it was written.
        ReplayError: something that the replay needs is missing or has changed.
        ScenarioError: a strategy cannot be loaded.
        SourceError: market data cannot be opened.
        OSError: the journal cannot be read.
    """
    record = _read(journal, cut=cut)
    scenario = scenario_of(record.header, directory)
    identity = record.header.identity
    full = record.header.detail == Detail.FULL
    comparison = Comparison(journal, most=record.entries)
    pit = wire(
        scenario,
        dispatch=dispatch,
        file=comparison,
        identity=identity,
        about={},
        on_yield=progress,
        recorded=RecordedMarket(sources=identity["sources"], start=record.start or 0) if full else None,
    )
    boundaries = [name for name in pit.system.cells if _listens_outside(pit, name)]
    names = (*boundaries, *(() if FEED in boundaries else (FEED,))) if full else ()
    if boundaries and not full:
        raise ReplayError(
            f"{journal}: {', '.join(boundaries)} brought in what no source can give again, and the journal has detail "
            f"{record.header.detail}; run with --journal full"
        )
    if not full:
        _check_sources(journal, identity["sources"], pit)
    changes = tuple(_changes(record.header, scenario))
    failure = _run(pit, record, names, journal) if record.entries else ""
    comparison.finish()
    difference = comparison.difference
    return ReplayVerdict(
        journal=journal,
        equal=difference is None,
        fingerprint=record.fingerprint or (pit.journal.fingerprint if difference is None else ""),
        replayed=pit.journal.fingerprint,
        entries=comparison.equal,
        finished=record.finished,
        stopped=record.stopped_at is not None and record.stopped_at[2] == StopReason.ASKED,
        played_back=names,
        changes=changes,
        difference=difference,
        failure=failure if difference is not None else "",
        damage=record.damage,
    )


def scenario_of(header: Header, directory: Path) -> Scenario:
    """Return the scenario of a journal's header.

    Raises:
        ReplayError: the journal is not that of a scenario.
        ScenarioError: this version of Tradepit does not know the scenario's words.
    """
    identity = header.identity
    if not (isinstance(identity.get("scenario"), str) and isinstance(identity.get("sources"), dict)):
        raise ReplayError("the journal is whole, but not that of a scenario: its header names none")
    scenario = loads(identity["scenario"], "the journal's header", directory=directory, needs_data=False)
    return attrs.evolve(scenario, journal=Detail(header.detail))


def _read(journal: Path, *, cut: bool) -> _Record:
    reader = JournalReader(journal)
    record = _Record(header=reader.header)
    try:
        for entry in reader:
            _note(record, entry)
    except JournalDamaged as damaged:
        if not (cut and damaged.damage is Damage.CUT):
            raise
        record.damage = damaged
        record.entries = damaged.sound.entries + damaged.sound.unsealed
        for entry in reader.unsealed():
            _note(record, entry)
    else:
        assert reader.end is not None
        record.entries, record.finished = reader.end.entries, reader.end.finished
        record.fingerprint = reader.end.fingerprint
    return record


def _note(record: _Record, entry: Entry) -> None:
    sequence, time, sender, _, kind, _, payload = entry
    if record.start is None:
        record.start = time
    if sender != KERNEL:
        return
    if kind == Stopped.__name__:
        record.stopped_at = (time, sequence, _structured(sequence, payload, Stopped).because)
    elif kind == SystemStatistics.__name__:
        record.tallies = {tally.actor: tally for tally in _structured(sequence, payload, SystemStatistics).actors}


def _check_sources(journal: Path, recorded: Mapping[str, str], pit: Pit) -> None:
    wrong = [
        f"the data of {symbol} have changed since the run: their hash is {source.fingerprint}, "
        f"it was {recorded.get(symbol, 'none')}"
        for symbol, source in pit.sources.items()
        if source.fingerprint != recorded.get(symbol)
    ]
    if wrong:
        raise ReplayError(f"{journal}: {'; '.join(wrong)}")


def _changes(header: Header, scenario: Scenario) -> Iterator[str]:
    """Yield what is not as it was when the run was made."""
    before, now = header.about, about_of(scenario)
    for name, version in now["versions"].items():
        was = before.get("versions", {}).get(name)
        if was != version:
            yield f"{name} is {version}, was {was or 'not there'}"
    for name, found in now["strategies"].items():
        was = before.get("strategies", {}).get(name)
        if was != found:
            yield f"the source of strategy {name} has changed: its hash is {found}, was {was}"
    for use, found in now.get("own", {}).items():
        was = before.get("own", {}).get(use)
        if was != found:
            yield f"the source of {use} has changed: its hash is {found}, was {was}"
    written = header.identity["scenario"]
    if identity_of(scenario) != written:
        yield "the scenario is written otherwise by this version of tradepit"


def _run(pit: Pit, record: _Record, names: tuple[str, ...], journal: Path) -> str:
    """Run, up to the journal's last entry where the run did not come to its end; return what failed."""
    system = pit.system
    if not record.finished:
        pit.journal.entries = UpTo(record.entries)
    if record.stopped_at is not None:
        time, sequence, because = record.stopped_at
        system.stop_at(time, sequence - 1, because)
    if names:
        system.play_back(names, _posts(pit, journal, names), feed="" if _listens_outside(pit, FEED) else FEED)
    closing = Closing(pit, partial(_statistics, pit, record, names))
    try:
        with rare_collections():
            contextvars.Context().run(trio.run, partial(system.run, end=pit.scenario.clock.end, closing=closing))
    except (Parted, Enough):
        return ""
    except (ActorFailed, SourceError) as error:
        return str(error)
    return ""


def _listens_outside(pit: Pit, name: str) -> bool:
    return isinstance(pit.system.cells[name].actor, Boundary)


def _statistics(pit: Pit, record: _Record, names: Collection[str]) -> SystemStatistics:
    """Return what the actors have done; of those that are played back, what the journal says."""
    found = statistics_of(pit.system, pit.links)
    actors = (record.tallies.get(tally.actor, tally) if tally.actor in names else tally for tally in found.actors)
    return SystemStatistics(actors=tuple(actors), links=found.links, time=found.time)


def _posts(pit: Pit, journal: Path, names: Collection[str]) -> Iterator[Played]:
    """Yield what the played actors sent, and what was said of their crashes."""
    kinds = _kinds(pit)
    said = {kind.__name__ for kind in SUPERVISION}
    reader = JournalReader(journal)
    try:
        for entry in reader:
            if (post := _post(entry, kinds, said, names)) is not None:
                yield post
    except JournalDamaged:
        for entry in reader.unsealed():
            if (post := _post(entry, kinds, said, names)) is not None:
                yield post


def _post(entry: Entry, kinds: Mapping[str, type], said: Collection[str], names: Collection[str]) -> Played | None:
    sequence, time, sender, receiver, kind, cause, payload = entry
    if sender == KERNEL:
        if kind not in said or payload["actor"] not in names:
            return None
    elif sender not in names or (sender == FEED and receiver is not None):
        return None
    if kind not in kinds:
        raise ReplayError(f"entry {sequence}: no actor of the scenario knows a {kind}")
    return time, sequence, sender, receiver, _structured(sequence, payload, kinds[kind]), cause


def _structured(sequence: int, payload: Any, kind: type[_T]) -> _T:
    try:
        message: _T = structure(payload, kind)
    except (cattrs.BaseValidationError, ValueError) as error:
        raise ReplayError(
            f"entry {sequence} is not what this version of tradepit calls a {kind.__name__}: {error}"
        ) from None
    return message


def _kinds(pit: Pit) -> dict[str, type]:
    handled = [kind for cell in pit.system.cells.values() for kind in cell.handlers]
    return {kind.__name__: kind for kind in (Bar, Quote, Trade, Replied, *EVENTS, *FEED_EVENTS, *SUPERVISION, *handled)}
