"""Reading a journal: what is whole is given out, and whatever was done to the file is told with its place."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hypothesis import example, given
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, Detail, Journal, System
from tradepit.actors.kernel import journal as writing
from tradepit.actors.kernel import journal_diagnosis as diagnosis
from tradepit.actors.kernel import journal_reading as reading
from tradepit.actors.kernel.journal_damage import Damage, JournalDamaged, Sound
from tradepit.actors.kernel.journal_reading import End, Header, JournalReader, read_through


@attrs.define
class Note:
    text: str


class Writer(Actor):
    def __init__(self, notes: int) -> None:
        self.notes = notes

    def on_start(self) -> None:
        for number in range(1, self.notes):
            self.send("reader", Note(f"note {number}, \N{EURO SIGN} 1.50"))


class Reader(Actor):
    def on_note(self, note: Note) -> None:
        pass


def written(entries: int, block: int = 4096, *, fails: bool = False) -> bytes:
    """Return a journal of so many entries, in blocks of a given size."""
    file = io.BytesIO()
    journal = Journal(identity={"seed": 7}, about={"by": "a test"}, detail=Detail.FULL, file=file)
    system = System(journal=journal)
    system.add("writer", Writer(entries))
    system.add("reader", Reader())
    with pytest.MonkeyPatch.context() as patch:
        in_blocks(patch, block)
        if fails:
            with pytest.raises(ZeroDivisionError):
                trio.run(lambda: system.run(closing=_Raising()))
        else:
            trio.run(system.run)
    return file.getvalue()


class _Raising(list[Any]):
    def __iter__(self) -> Any:
        raise ZeroDivisionError


def in_blocks(patch: pytest.MonkeyPatch, block: int) -> None:
    for module in (writing, reading, diagnosis):
        patch.setattr(module, "BLOCK_ENTRIES", block)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    in_blocks(monkeypatch, 4)


def account(data: bytes) -> JournalDamaged:
    """Return what is said of a damaged journal."""
    with pytest.raises(JournalDamaged) as caught:
        read_through(data)
    return caught.value


def line_of(data: bytes, byte: int) -> int:
    return data[:byte].count(b"\n") + 1


SMALL = written(11, 4)
"""Header; blocks of 4, 4 and 3 entries with a hash line each; end line: 16 lines."""
LINES = SMALL.splitlines(keepends=True)
HASH_LINES = (6, 11, 15)
LAST = 16


# --- a journal that is whole --------------------------------------------------------------------------------------


def test_a_whole_journal_is_read_as_it_was_written() -> None:
    reader = JournalReader(SMALL)
    assert reader.header == Header(
        identity={"seed": 7}, about={"by": "a test", "subscriptions": {"Note": ["reader"]}}, detail="full"
    )
    entries = list(reader)
    assert entries[0] == (1, 0, "kernel", "writer", "Start", 0, {})
    assert entries[1] == (2, 0, "writer", "reader", "Note", 1, {"text": "note 1, \N{EURO SIGN} 1.50"})
    assert [entry[0] for entry in entries] == list(range(1, 12))
    fingerprint = LINES[14][19:51].decode()
    assert reader.end == End(entries=11, fingerprint=fingerprint, finished=True)
    assert reader.sound == Sound(blocks=3, entries=11, last_sequence=11, bytes=sum(map(len, LINES[:15])))


@pytest.mark.parametrize("entries", [1, 2, 3, 4, 5, 8, 9])
def test_journals_of_any_length_are_whole(entries: int) -> None:
    assert len(list(JournalReader(written(entries, 4)))) == entries


def test_a_journal_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_bytes(SMALL)
    assert read_through(file).end == read_through(SMALL).end


def test_the_last_line_tells_of_a_run_that_broke_off() -> None:
    end = read_through(written(5, 4, fails=True)).end
    assert end is not None
    assert (end.entries, end.finished) == (5, False)


def test_entries_are_given_out_only_when_their_block_has_been_checked() -> None:
    changed = SMALL.replace(b"note 6", b"note 9")
    entries = iter(JournalReader(changed))
    assert [next(entries)[0] for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(JournalDamaged):
        next(entries)


# --- damage of every kind, at every place -------------------------------------------------------------------------


@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
@example(SMALL.index(b"\n", SMALL.index(b"note 10")), 1)  # an entry and the hash line on one line
@example(SMALL.index(b"true"), ord("t") ^ ord("f"))  # as if it were to be "false"
def test_one_changed_byte_is_found_wherever_it_is(byte: int, change: int) -> None:
    changed = bytearray(SMALL)
    changed[byte] ^= change
    found = account(bytes(changed))
    split = changed[byte] == 10  # a new line in the middle of one
    assert found.line in (line_of(SMALL, byte), line_of(SMALL, byte) + split)
    line = line_of(SMALL, byte)
    if SMALL[byte] != 10 and not split and line not in (1, *HASH_LINES):
        assert found.offset == byte
    if line not in (1, LAST, *HASH_LINES):
        assert found.damage in (Damage.ENTRY, Damage.ENTRIES)
    assert found.sound.entries == 4 * sum(line > mark for mark in HASH_LINES[:2]) + 3 * (line > HASH_LINES[2])
    assert str(found.line) in str(found)


@given(st.integers(0, len(SMALL) - 1))
def test_a_journal_that_was_cut_tells_how_far_it_is_whole(length: int) -> None:
    found = account(SMALL[:length])
    lines = SMALL[:length].count(b"\n")
    assert found.damage is (Damage.CUT if length else Damage.EMPTY)
    blocks = sum(lines >= mark for mark in HASH_LINES)
    entries = sum(lines >= number for number in range(2, 15) if number not in HASH_LINES)
    whole = min(lines, 15)
    assert found.sound == Sound(
        blocks=blocks,
        entries=min(4 * blocks, 11),
        unsealed=entries - min(4 * blocks, 11),
        last_sequence=entries,
        bytes=sum(map(len, LINES[:whole])) if whole > 1 or blocks else found.sound.bytes,
    )
    assert found.offset == length or length == 0


@given(st.integers(0, LAST - 1))
def test_a_line_that_is_gone_is_missed(index: int) -> None:
    found = account(b"".join(LINES[:index] + LINES[index + 1 :]))
    line = index + 1
    if line == 1:
        expected = Damage.NOT_A_JOURNAL
    elif line == LAST:
        expected = Damage.CUT
    else:
        expected = Damage.HASH_LINE if line in HASH_LINES else Damage.MISSING
    assert (found.damage, found.line) == (expected, line)


@given(st.integers(0, LAST - 1))
def test_a_line_that_is_there_twice_is_noticed(index: int) -> None:
    found = account(b"".join(LINES[: index + 1] + LINES[index:]))
    line = index + 1
    expected = Damage.TOO_MANY
    if line in (*HASH_LINES, LAST):
        expected = Damage.TRAILING if line == LAST else Damage.HASH_LINE
    assert found.damage is expected
    assert found.line == (2 if line == 1 else line + 1)


@given(st.integers(0, LAST - 1), st.integers(0, LAST - 1))
def test_two_lines_that_changed_places_are_noticed_at_the_first(one: int, other: int) -> None:
    lines = list(LINES)
    lines[one], lines[other] = lines[other], lines[one]
    if lines == LINES:
        assert read_through(b"".join(lines)).end is not None
    else:
        found = account(b"".join(lines))
        first = min(one, other)
        before = max((mark for mark in HASH_LINES if mark <= first), default=1)
        assert before < found.line or first == 0
        assert found.sound.bytes <= sum(map(len, LINES[:first]))


@given(st.binary(min_size=1, max_size=60), st.sampled_from([b"", SMALL]))
def test_bytes_of_any_kind_are_no_journal_and_may_not_follow_one(data: bytes, before: bytes) -> None:
    found = account(before + data)
    assert found.damage in ((Damage.TRAILING,) if before else (Damage.NOT_A_JOURNAL, Damage.CUT))


# --- the words ----------------------------------------------------------------------------------------------------


def replaced(old: bytes, new: bytes) -> bytes:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def without(*lines: int) -> bytes:
    return b"".join(line for number, line in enumerate(LINES, start=1) if number not in lines)


@pytest.mark.parametrize(
    ("data", "damage", "sequence", "text"),
    [
        (b"", Damage.EMPTY, None, "the file is empty"),
        (b"{}\n", Damage.NOT_A_JOURNAL, None, 'a journal begins with {"tradepit_journal":, this file with \'{}\''),
        (
            SMALL.replace(b'{"tradepit_journal":3', b'{"tradepit_journal":2'), Damage.OTHER_FORMAT, None,
            (
                "the journal has format '2', this version of tradepit reads 3; nor does the header's hash agree, so "
                "the line may have been changed"
            ),
        ),
        (
            replaced(b"note 6", b"note 9"), Damage.ENTRY, 7,
            "entry 7 was changed: byte 46 of its line is '9' and was '6'",
        ),
        (replaced(b"note 6", b"NOTE 6"), Damage.ENTRY, 7, "entry 7, number 3 of block 2, was changed"),
        (
            replaced(b"note 5", b"NOTE 5").replace(b"note 7", b"NOTE 7"), Damage.ENTRIES, 6,
            "2 entries were changed: entry 6, entry 8",
        ),
        (without(8), Damage.MISSING, None, "1 entry is missing after entry 5"),
        (without(7, 8), Damage.MISSING, None, "2 entries are missing at the beginning of block 2"),
        (without(7, 8, 9, 10, 11), Damage.BLOCK, None, "block 2 is missing: block 3 stands in its place"),
        (without(11), Damage.HASH_LINE, None, "the hash line of block 2 is missing"),
        (without(15), Damage.HASH_LINE, None, "the hash line of block 3 is missing"),
        (
            b"".join([*LINES[:6], LINES[7], LINES[6], *LINES[8:]]), Damage.REORDERED, 6,
            "2 entries are not in the order in which they were written, from entry 6 on",
        ),
        (b"".join([*LINES[:6], *LINES[1:6], *LINES[6:]]), Damage.BLOCK, None, "block 1 stands where block 2 belongs"),
        (replaced(b"note 6", b"ntoe 6"), Damage.ENTRY, 7, "entry 7, number 3 of block 2, was changed"),
        (
            replaced(b"note 6", b"note 9").replace(LINES[10][20:30], LINES[10][29:19:-1]), Damage.ENTRY, 7,
            "entry 7, number 3 of block 2, was changed",
        ),
        (
            b"".join([*LINES[:9], LINES[9][:-1] + b"x", *LINES[10:]]), Damage.ENTRY, None,
            "the end of the line of entry 8 was changed: the hash line of block 2 stands on it too",
        ),
        (
            b"".join([*LINES[:7], b"rubbish\n"]), Damage.ENTRY, None,
            "the line after entry 5 is no entry: 'rubbish\\n'",
        ),
        (b"".join([*LINES[:6], b"rubbish\n"]), Damage.ENTRY, None,
            "the line at the beginning of block 2 is no entry: 'rubbish\\n'"),
        (SMALL + b"\n", Damage.TRAILING, None, "the journal ends here, and something follows its last line"),
        (SMALL[:-1], Damage.CUT, None, "the file ends within its last line"),
        (
            without(LAST), Damage.CUT, None,
            "the file ends before its last line: the run was killed, or the file was cut",
        ),
    ],
)  # fmt: skip
def test_an_account_names_the_place_and_the_figures(
    data: bytes, damage: Damage, sequence: int | None, text: str
) -> None:
    found = account(data)
    assert (found.damage, found.sequence, found.text) == (damage, sequence, text)


@pytest.mark.parametrize("byte", [0, 1, 5])
def test_a_last_line_that_a_new_line_splits_is_the_last_line_changed(byte: int) -> None:
    at = len(SMALL) - len(LINES[-1]) + byte
    found = account(SMALL[:at] + b"\n" + SMALL[at + 1 :])
    assert (found.damage, found.offset) == (Damage.END_LINE, at)


@pytest.mark.parametrize("at", [50, 60_000, 69_990, 139_000])
def test_a_changed_byte_is_found_in_a_line_of_any_length(at: int) -> None:
    file = io.BytesIO()
    journal = Journal(identity={}, file=file)
    journal.begin({})
    journal.entries.append((1, 0, "a", None, "Text", 0, "note " * 28_000))
    journal.close()
    whole = file.getvalue()
    begins = whole.index(b"\n") + 1
    changed = whole[: begins + at] + b"?" + whole[begins + at + 1 :]
    was = chr(whole[begins + at])
    found = account(changed)
    assert (found.damage, found.offset) == (Damage.ENTRY, begins + at)
    assert found.text == f"entry 1 was changed: byte {at} of its line is '?' and was {was!r}"


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (Sound(), "no whole block stands before it"),
        (
            Sound(blocks=1, entries=1, last_sequence=3),
            "before it, 1 block with 1 entry as they were written; the last whole entry has sequence 3",
        ),
        (
            Sound(blocks=2, entries=8192, unsealed=7, last_sequence=9000),
            (
                "before it, 2 blocks with 8,192 entries as they were written, then 7 whole entries that no hash "
                "covers; the last whole entry has sequence 9000"
            ),
        ),
    ],
)
def test_what_is_sound_is_told_in_words(sound: Sound, words: str) -> None:
    assert str(sound) == words


# --- lines whose hashes agree and that are wrong all the same -----------------------------------------------------


def forged(change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Return a journal with another block, and every hash to match."""
    header = LINES[0]
    body = change(list(LINES[1:5]))
    first = writing.digest(b'{"seed":7}\n')
    block = writing.digest(first, *body)
    closing = writing.hash_line(1, block, writing.checks_of(body))
    return b"".join([header, *body, closing, writing.end_line(len(body), block, finished=True)])


def test_a_line_that_is_no_entry_is_refused_though_its_hash_agrees() -> None:
    found = account(forged(lambda body: [body[0], b"[1,2]\n", *body[2:]]))
    assert (found.damage, found.line, found.text) == (Damage.ENTRY, 3, "this is no entry, though its hash agrees")


def test_a_block_that_is_too_long_is_refused_though_its_hash_agrees() -> None:
    found = account(forged(lambda body: body + body))
    assert (found.damage, found.text) == (
        Damage.HASH_LINE, "a block has 1 to 4 entries, this one has 8, though its hash agrees",
    )  # fmt: skip


def test_a_forged_journal_whose_hashes_all_agree_is_whole() -> None:
    assert len(list(JournalReader(forged(lambda body: body[::-1])))) == 4
