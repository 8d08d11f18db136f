"""The journal: one line for each delivered message, hashed in a chain that anybody can follow (K13)."""

import base64
import dataclasses
import errno
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, ActorFailed, Detail, Dispatch, Journal, System
from tradepit.actors.kernel.errors import JournalError

IDENTITY = {"scenario": "a: 1", "seed": 7, "sources": {"X": "0f"}}


@attrs.define
class Order:
    quantity: Any


@attrs.define
class Filled:
    price: Decimal | None


@attrs.define
class Bar:
    __bulk__: ClassVar[bool] = True
    __key__: ClassVar[str] = "symbol"

    time: int
    symbol: str = "X"
    close: float = 1.5


class Feed(Actor):
    def __init__(self, bars: Iterable[Bar]) -> None:
        self.bars = bars

    def on_start(self) -> None:
        self.stream(self.bars)


class Buyer(Actor):
    """Sends an order on each bar, and the bar itself."""

    def on_bar(self, bar: Bar) -> None:
        self.send("venue", Order(Decimal("1.50")))
        self.send("venue", bar)


class Venue(Actor):
    def on_order(self, order: Order) -> None:
        self.publish(Filled(None))

    def on_bar(self, bar: Bar) -> None:
        pass


def trade(
    bars: int = 2,
    detail: Detail = Detail.ORDERS,
    *,
    identity: Any = IDENTITY,
    about: Any = None,
    dispatch: Dispatch = Dispatch.INLINE,
) -> tuple[Journal, bytes]:
    """Run a feed, a buyer and a venue, and return the journal and its file's bytes."""
    file = io.BytesIO()
    journal = Journal(identity=identity, about=about, detail=detail, file=file)
    system = System(journal=journal, dispatch=dispatch)
    system.add("feed", Feed([Bar(10 * number) for number in range(1, bars + 1)]))
    system.add("buyer", Buyer())
    system.add("venue", Venue())
    trio.run(system.run)
    return journal, file.getvalue()


def hash_of_header(line: bytes) -> str:
    """Return the hash over a header as it is without its own hash."""
    without = line[: line.rindex(b',"hash":')] + b"}\n"
    return hashlib.blake2b(without, digest_size=16).hexdigest()


def checks(block: Iterable[bytes]) -> str:
    """Return the Adler-32 of each line with its end, little-endian, all in Base64."""
    sums = [zlib.adler32(line.rstrip(b"\n") + b"\n") for line in block]
    return base64.b64encode(b"".join(number.to_bytes(4, "little") for number in sums)).decode()


def check(data: bytes, identity: Any = IDENTITY) -> list[list[Any]]:
    """Follow the chain of hashes in a journal with nothing but its description; return its entries."""
    header, *lines = data.splitlines(keepends=True)
    assert json.loads(header)["identity"] == identity
    assert json.loads(header)["hash"] == hash_of_header(header)
    first = json.dumps(identity, separators=(",", ":")).encode() + b"\n"
    chain = hashlib.blake2b(first, digest_size=16).digest()
    entries: list[list[Any]] = []
    block: list[bytes] = []
    blocks = 0
    for position, line in enumerate(lines):
        content = json.loads(line)
        if isinstance(content, list):
            block.append(line)
            entries.append(content)
        elif "block" in content:
            assert 0 < len(block) <= 4096
            blocks += 1
            chain = hashlib.blake2b(chain + b"".join(block), digest_size=16).digest()
            assert content == {"block": blocks, "hash": chain.hex(), "checks": checks(block)}
            block.clear()
        else:
            said = {"entries": len(entries), "fingerprint": chain.hex(), "finished": content["end"]["finished"]}
            assert content == {"end": said}
            assert position == len(lines) - 1
    assert block == []
    return entries


# --- the file ---------------------------------------------------------------------------------------------------------

ENTRIES = [
    [1, 0, "kernel", "feed", "Start", 0, {}],
    [2, 10, "feed", None, "Bar", 0, {"time": 10, "symbol": "X", "close": 1.5}],
    [3, 10, "buyer", "venue", "Order", 2, {"quantity": "1.50"}],
    [4, 10, "buyer", "venue", "Bar", 2, {"time": 10, "symbol": "X", "close": 1.5}],
    [5, 10, "venue", None, "Filled", 3, {"price": None}],
]


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize(
    ("detail", "entries"),
    [
        (Detail.FULL, ENTRIES),
        (Detail.ORDERS, [entry for entry in ENTRIES if entry[4] != "Bar"]),
    ],
)
def test_a_journal_line_by_line(dispatch: Dispatch, detail: Detail, entries: list[Any]) -> None:
    journal, data = trade(1, detail, about={"versions": {"tradepit": "1"}}, dispatch=dispatch)
    raw = data.splitlines()
    lines = [json.loads(line) for line in raw]
    fingerprint = journal.fingerprint
    assert lines == [
        {
            "tradepit_journal": 3,
            "identity": IDENTITY,
            "about": {
                "versions": {"tradepit": "1"},
                "subscriptions": {"Bar": ["buyer", "venue"], "Order": ["venue"]},
            },
            "detail": detail,
            "hash": hash_of_header(raw[0] + b"\n"),
        },
        *entries,
        {"block": 1, "hash": fingerprint, "checks": checks(raw[1:-2])},
        {"end": {"entries": len(entries), "fingerprint": fingerprint, "finished": True}},
    ]
    assert data.startswith(b'{"tradepit_journal":3,')
    assert check(data) == entries


def test_a_run_of_nothing_has_a_header_and_an_end() -> None:
    file = io.BytesIO()
    journal = Journal(identity={"a": 1}, file=file)
    trio.run(System(journal=journal).run)
    beginning = hashlib.blake2b(b'{"a":1}\n', digest_size=16).hexdigest()
    assert [json.loads(line) for line in file.getvalue().splitlines()] == [
        {
            "tradepit_journal": 3,
            "identity": {"a": 1},
            "about": {"subscriptions": {}},
            "detail": "orders",
            "hash": hash_of_header(file.getvalue().splitlines(keepends=True)[0]),
        },
        {"end": {"entries": 0, "fingerprint": beginning, "finished": True}},
    ]
    assert journal.fingerprint == beginning


@pytest.mark.parametrize("count", [1, 4095, 4096, 4097, 8191, 8192, 8193])
def test_every_4096_entries_are_a_block(count: int) -> None:
    class Counts(Actor):
        """Publishes so many messages that, with its start, there are `count` entries."""

        def on_start(self) -> None:
            for number in range(count - 1):
                self.publish(number)

    file = io.BytesIO()
    system = System(journal=Journal(identity=IDENTITY, file=file))
    system.add("a", Counts())
    trio.run(system.run)
    entries = check(file.getvalue())
    assert [entry[0] for entry in entries] == list(range(1, count + 1))
    assert file.getvalue().count(b'{"block":') == -(-count // 4096)


def test_sent_messages_fill_blocks_as_published_ones_do() -> None:
    class Counts(Actor):
        def on_start(self) -> None:
            for number in range(5000):
                self.send("a", number)

        def on_number(self, number: int) -> None:
            pass

    file = io.BytesIO()
    system = System(journal=Journal(identity=IDENTITY, file=file))
    system.add("a", Counts())
    trio.run(system.run)
    assert len(check(file.getvalue())) == 5001
    assert file.getvalue().count(b'{"block":') == 2


# --- the fingerprint --------------------------------------------------------------------------------------------------


def test_off_writes_nothing_and_has_the_fingerprint_of_orders() -> None:
    off, data = trade(detail=Detail.OFF)
    orders, _ = trade(detail=Detail.ORDERS)
    full, _ = trade(detail=Detail.FULL)
    assert data == b""
    assert off.fingerprint == orders.fingerprint
    assert full.fingerprint != orders.fingerprint
    assert (off.written, orders.written, full.written) == (5, 5, 9)


def test_without_a_file_the_fingerprint_is_the_same() -> None:
    system = System(journal=Journal(identity=IDENTITY))
    system.add("feed", Feed([Bar(10), Bar(20)]))
    system.add("buyer", Buyer())
    system.add("venue", Venue())
    trio.run(system.run)
    assert system.journal is not None
    assert system.journal.fingerprint == trade()[0].fingerprint


def test_the_fingerprint_covers_the_identity_and_not_what_else_the_header_says() -> None:
    plain = trade()[0].fingerprint
    assert trade(about={"python": "3.99"})[0].fingerprint == plain
    others = [{**IDENTITY, "seed": 8}, {**IDENTITY, "sources": {"X": "10"}}, {}]
    assert len({plain, *(trade(identity=identity)[0].fingerprint for identity in others)}) == 4


entry = st.tuples(
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from("ab"),
    st.sampled_from(["a", None]),
    st.sampled_from(["Order", "Fill"]),
    st.integers(0, 3),
    st.sampled_from([Order(1), Order(2), Order("1")]),
)


def fingerprint(entries: Iterable[Any], cut_at: int | None = None) -> str:
    journal = Journal(identity={})
    for position, each in enumerate(entries):
        journal.entries.append(each)
        if position == cut_at:
            journal.flush()
    journal.close()
    return journal.fingerprint


@given(first=st.lists(entry, max_size=3), second=st.lists(entry, max_size=3))
def test_fingerprints_are_equal_exactly_when_all_entries_are(first: list[Any], second: list[Any]) -> None:
    same = [attrs.astuple(e[-1]) + e[:-1] for e in first] == [attrs.astuple(e[-1]) + e[:-1] for e in second]
    assert (fingerprint(first) == fingerprint(second)) is same


# --- what can be written down -----------------------------------------------------------------------------------------


class Side(Enum):
    BUY = "buy"


@dataclasses.dataclass
class Plain:
    number: int


class Own:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __json__(self) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return {"own": self.value}


def written(value: Any) -> Any:
    file = io.BytesIO()
    journal = Journal(identity=IDENTITY, file=file)
    journal.begin({})
    journal.entries.append((1, 2, "a", "b", "Order", 0, Order(value)))
    journal.close()
    return check(file.getvalue())[0][-1]["quantity"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.10"), "1.10"),
        (0.1, 0.1),
        (float("nan"), None),
        (2**80, 2**80),
        (Side.BUY, "buy"),
        (Plain(3), {"number": 3}),
        (Order(Order(None)), {"quantity": {"quantity": None}}),
        (Own(Decimal(3)), {"own": "3"}),
        ((1, "é\n"), [1, "é\n"]),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        (frozenset({"SPY", "IBM", "GOOG", "AAPL"}), ["AAPL", "GOOG", "IBM", "SPY"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_messages_are_written_as_plain_json(value: Any, expected: Any) -> None:
    assert written(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            object(),
            "a message for the journal must be an attrs class, a dataclass or plain data, was object; give it",
        ),
        (Own(KeyError("inner")), "'inner'"),
        (frozenset({1, "a"}), "'<' not supported between instances of "),
        ("\ud800", "surrogates not allowed"),
    ],
    ids=["object", "own", "set", "text"],
)
@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_message_that_cannot_be_written_down_is_named_and_what_came_before_it_kept(
    dispatch: Dispatch, sent: bool, value: Any, reason: str
) -> None:
    class Says(Actor):
        def on_start(self) -> None:
            self.publish(Order(1))
            (self.send_on if sent else self.publish)(Order(value))
            self.publish(Order(2))

        def send_on(self, order: Order) -> None:
            self.send("venue", order)

    file = io.BytesIO()
    journal = Journal(identity=IDENTITY, file=file)
    system = System(journal=journal, dispatch=dispatch)
    system.add("says", Says())
    system.add("venue", Venue())
    with pytest.raises(JournalError) as caught:
        trio.run(system.run)
    assert str(caught.value).startswith("the Order that 'says' sent (message 3) cannot be written down: ")
    assert reason in str(caught.value)
    assert [entry[0] for entry in check(file.getvalue())] == [1, 2]


def test_when_nothing_comes_before_what_cannot_be_written_down_there_is_no_block() -> None:
    file = io.BytesIO()
    journal = Journal(identity=IDENTITY, file=file)
    journal.begin({})
    journal.entries.append((1, 2, "a", "b", "Order", 0, Order(object())))
    with pytest.raises(JournalError, match=r"the Order that 'a' sent \(message 1\) cannot be written down"):
        journal.take()
    journal.close()
    assert check(file.getvalue()) == []


def test_an_entry_that_cannot_be_written_down_in_mid_run_ends_the_run_with_its_block() -> None:
    class Says(Actor):
        def on_start(self) -> None:
            for number in range(10_000):
                self.publish(Order(object() if number == 3000 else number))

    file = io.BytesIO()
    system = System(journal=Journal(identity=IDENTITY, file=file))
    system.add("says", Says())
    with pytest.raises(JournalError, match=r"'says' sent \(message 3002\)"):
        trio.run(system.run)
    assert len(check(file.getvalue())) == 3001
    assert 10_001 - 3002 - 256 <= len(system.due) <= 10_001 - 3002


def test_the_first_failure_is_the_one_that_is_raised_and_the_journal_s_own_its_note() -> None:
    class Fails(Actor):
        def on_start(self) -> None:
            self.publish(Order(object()))
            self.send("fails", Order(1))

        def on_order(self, order: Order) -> None:
            if order.quantity == 1:
                raise ValueError("the cause of it all")

    system = System(journal=Journal(identity=IDENTITY))
    system.add("fails", Fails())
    with pytest.raises(ActorFailed, match="the cause of it all") as caught:
        trio.run(system.run)
    (note,) = caught.value.__notes__
    assert note.startswith(
        "Nor could the journal be written to its end: the Order that 'fails' sent (message 2) cannot"
    )


def test_the_journal_says_that_it_is_busy_while_it_encodes_and_writes_and_no_longer() -> None:
    class Watches(io.BytesIO):
        def write(self, data: Any) -> int:
            busy.append(journal.busy)
            return super().write(data)

    class Asks:
        def __json__(self) -> str:
            busy.append(journal.busy)
            return "asked"

    busy: list[bool] = []
    file = Watches()
    journal = Journal(identity=IDENTITY, file=io.BytesIO())
    journal._file = file
    for value in (Asks(), object()):
        journal.entries.append((1, 2, "a", "b", "Order", 0, Order(value)))
    with pytest.raises(JournalError):
        journal.take()
    assert (busy, journal.busy) == ([True] * 5, False)


# --- who reads along --------------------------------------------------------------------------------------------------


class Numbers(Actor):
    """Publishes 1 to 10,000; one of them cannot be written down, or its handler fails on it."""

    def __init__(self, *, refused: int = 0, fails: int = 0) -> None:
        self.refused, self.fails = refused, fails

    def on_start(self) -> None:
        for number in range(1, 10_001):
            self.publish(Order(object() if number == self.refused else number))

    def on_order(self, order: Order) -> None:
        if order.quantity == self.fails:
            raise ValueError("enough")


def numbers_heard(numbers: Numbers, file: io.BytesIO | None = None) -> tuple[list[int], int, str]:
    """Return the numbers of the entries that were heard, in how many parts, and how the run failed."""
    heard: list[int] = []
    parts: list[int] = []
    failure = ""

    def hear(entries: Sequence[Any]) -> None:
        heard.extend(entry[0] for entry in entries)
        parts.append(len(entries))

    journal = Journal(identity=IDENTITY, file=file)
    journal.on_entries = hear
    system = System(journal=journal)
    system.add("numbers", numbers)
    try:
        trio.run(system.run)
    except (ActorFailed, JournalError) as error:
        failure = str(error)
    return heard, len(parts), failure


def test_whoever_reads_along_gets_each_entry_once_and_some_at_a_time() -> None:
    heard, parts, failure = numbers_heard(Numbers())
    assert (heard, failure) == (list(range(1, 10_002)), "")
    assert 10_001 // 4096 < parts <= 10_001 // 256 + 2


@pytest.mark.parametrize("number", [1, 256, 3000, 10_000])
def test_whoever_reads_along_gets_all_entries_up_to_a_failure(number: int) -> None:
    heard, _, failure = numbers_heard(Numbers(fails=number))
    assert heard == list(range(1, number + 2))
    assert "enough" in failure


@pytest.mark.parametrize("number", [1, 3000])
def test_whoever_reads_along_gets_an_entry_once_when_one_beside_it_cannot_be_written_down(number: int) -> None:
    heard, _, failure = numbers_heard(Numbers(refused=number))
    assert "cannot be written down" in failure
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) > number


def test_whoever_reads_along_gets_an_entry_once_when_the_disk_is_full() -> None:
    heard, _, failure = numbers_heard(Numbers(), Disk(100_000, in_part=False))
    assert failure.startswith("the journal takes no more")
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) > 256


# --- a disk that is full ----------------------------------------------------------------------------------------------


class Disk(io.BytesIO):
    """A file on a disk with so much room; what no longer fits is left out, or written as far as it goes."""

    def __init__(self, room: int, *, in_part: bool) -> None:
        super().__init__()
        self.room = room
        self.in_part = in_part

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            if self.in_part:
                super().write(data[: self.room - self.tell()])
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def count_to(number: int) -> Callable[[Journal], None]:
    def run(journal: Journal) -> None:
        class Counts(Actor):
            def on_start(self) -> None:
                for each in range(number):
                    self.publish(each)

        system = System(journal=journal)
        system.add("a", Counts())
        trio.run(system.run)

    return run


def whole(data: bytes) -> bytes:
    """Return a file's bytes up to its last line with a hash."""
    last = data.rfind(b'{"block"')
    return data[: data.index(b"\n", last) + 1]


@pytest.mark.parametrize("in_part", [False, True])
@pytest.mark.parametrize("blocks", [1, 2])
def test_a_full_disk_ends_the_run_and_leaves_whole_blocks(blocks: int, in_part: bool) -> None:
    everything = io.BytesIO()
    count_to(10_000)(Journal(identity=IDENTITY, file=everything))
    ends = [
        everything.getvalue().index(b"\n", everything.getvalue().index(b'{"block":%d,' % number)) + 1
        for number in (1, 2)
    ]
    disk = Disk(ends[blocks - 1] + 1000, in_part=in_part)
    with pytest.raises(JournalError) as caught:
        count_to(10_000)(Journal(identity=IDENTITY, file=disk))
    assert str(caught.value) == "the journal takes no more: [Errno 28] No space left on device"
    assert isinstance(caught.value.__cause__, OSError)
    assert not hasattr(caught.value, "__notes__")
    data = disk.getvalue()
    assert len(data) == disk.room if in_part else data == whole(data)
    assert len(check(whole(data))) == 4096 * blocks


def test_a_disk_without_room_for_the_header_is_said_before_anything_is_delivered() -> None:
    journal = Journal(identity=IDENTITY, file=Disk(10, in_part=False))
    with pytest.raises(JournalError, match="the journal takes no more") as caught:
        count_to(10)(journal)
    assert not hasattr(caught.value, "__notes__")
    assert (journal.entries, journal.written) == ([], 0)


def test_a_disk_that_fills_at_the_last_line_is_said_too() -> None:
    everything = io.BytesIO()
    count_to(10)(Journal(identity=IDENTITY, file=everything))
    disk = Disk(len(everything.getvalue()) - 1, in_part=False)
    with pytest.raises(JournalError, match="the journal takes no more"):
        count_to(10)(Journal(identity=IDENTITY, file=disk))
    assert len(check(disk.getvalue())) == 11
