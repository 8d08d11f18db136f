import random
import sys
from pathlib import Path
from typing import Any

import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.market import MarketEvent
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import SourceError, open_source
from tradepit.scenarios.tree import Faulty, FileSource, MarketKind, Stamp

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
MIDNIGHT = 1_704_153_600 * SECOND  # 2024-01-02 00:00 UTC
FALL_BACK = 1_730_613_600 * SECOND  # 2024-11-03 01:00 EST, an hour after 01:00 EDT
SPRING_FORWARD = 1_710_054_000 * SECOND  # 2024-03-10 03:00 EDT, which follows on 01:59:59 EST


@pytest.fixture(params=["pyarrow", "csv module"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "csv module":
        monkeypatch.setitem(sys.modules, "pyarrow", None)


def read(
    tmp_path: Path, stamps: list[str], sessions: Sessions | None = None, **spec: Any
) -> tuple[list[MarketEvent], dict[str, int]]:
    columns, cells = ("price,size", "1,1") if spec.get("as_") else ("open,high,low,close,volume", "1,1,1,1,1")
    (tmp_path / "x.csv").write_text("\n".join([f"time,{columns}", *(f'"{stamp}",{cells}' for stamp in stamps), ""]))
    source = open_source(
        "X",
        FileSource(file="x.csv", **spec),
        instrument=Instrument(symbol="X"),
        sessions=sessions or Sessions(),
        start_ns=None,
        end_ns=None,
        rng=random.Random(0),
        directory=tmp_path,
    )
    return list(source), dict(source.problems)


def times(tmp_path: Path, stamps: list[str], sessions: Sessions | None = None, **spec: Any) -> list[int]:
    return [event.time for event in read(tmp_path, stamps, sessions, **spec)[0]]


def refused(tmp_path: Path, stamps: list[str], sessions: Sessions | None = None, **spec: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, stamps, sessions, **spec)
    return str(caught.value)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2024-01-02 09:30", MIDNIGHT + 9 * HOUR + 30 * MINUTE),
        ("2024-01-02T09:30:15", MIDNIGHT + 9 * HOUR + 30 * MINUTE + 15 * SECOND),
        ("2024-01-02 09:30:15.25", MIDNIGHT + 9 * HOUR + 30 * MINUTE + 15 * SECOND + 250_000_000),
        ("2024-01-02 09:30:15,000000001", MIDNIGHT + 9 * HOUR + 30 * MINUTE + 15 * SECOND + 1),
        ("2024-01-02 09:30Z", MIDNIGHT + 9 * HOUR + 30 * MINUTE),
        ("2024-01-02t09:30z", MIDNIGHT + 9 * HOUR + 30 * MINUTE),
        ("2024-01-02 09:30:00+01:00", MIDNIGHT + 8 * HOUR + 30 * MINUTE),
        ("2024-01-02 09:30:00 -0530", MIDNIGHT + 15 * HOUR),
        ("2024-01-02 09:30:00.5-05", MIDNIGHT + 14 * HOUR + 30 * MINUTE + SECOND // 2),
        ("2024-02-29 00:00", MIDNIGHT + 58 * 24 * HOUR),
        ("1969-12-31 23:59:59.5Z", -SECOND // 2),
        ("1704153600", MIDNIGHT),
        ("1704153600.5", MIDNIGHT + SECOND // 2),
        ("-86400.25", -86_400_250_000_000),
        ("0", 0),
        ("9999999999", None),
        ("9000000000", 9_000_000_000 * SECOND),
        ("10000000000", 10_000_000 * SECOND),
        ("1704153600123", MIDNIGHT + 123_000_000),
        ("1704153600123456", MIDNIGHT + 123_456_000),
        ("1704153600123456789", MIDNIGHT + 123_456_789),
        ("1.7041536e9", MIDNIGHT),
        ("2024-01-02", MIDNIGHT + 24 * HOUR),
        ("20240102", MIDNIGHT + 24 * HOUR),
        ("  2024-01-02  ", MIDNIGHT + 24 * HOUR),
    ],
)
def test_a_stamp_is_text_an_epoch_or_a_date(tmp_path: Path, stamp: str, expected: int | None) -> None:
    if expected is None:
        assert "time must lie between 1677-09-22 and 2262-04-11, was 9999999999" in refused(tmp_path, [stamp])
    else:
        assert times(tmp_path, [stamp]) == [expected]


@pytest.mark.parametrize(
    "stamp",
    [
        "01/02/2024",
        "2024-13-01",
        "2024-02-30 10:00",
        "2023-02-29 10:00:00",
        "1900-02-29 10:00:00",
        "2024-01-02 24:00",
        "2024-01-02 23:60",
        "2024-01-02 23:59:60",
        "2024-01-02 09",
        "2024-01-02 9:30",
        "2024-01-02 09:30+24:00",
        "2024-01-02 09:30+01:60",
        "2024-01-02 09:30*01:00",
        "2024-01-02 09:30:00.0000000001",
        "2024-00-02 09:30:00",
        "2024-01-00 09:30:00",
        "20240230",
        "0x1234567890",
        "1_704_153_600",
        "1704153600 s",
        "inf",
        "nan",
        "1e30",
        "\u0661\u0667\u0660\u0664\u0661\u0665\u0663\u0666\u0660\u0660",
        "x",
    ],
)
def test_other_stamps_are_refused_with_examples(tmp_path: Path, stamp: str) -> None:
    assert refused(tmp_path, [stamp]) == (
        "x.csv:2: time must be ISO 8601 (2024-01-02, 2024-01-02 09:30:00, 2024-01-02T09:30:00-05:00) or an epoch, "
        f"was {stamp!r}"
    )


@pytest.mark.parametrize(
    "stamp", ["1600-01-01 00:00:00", "1677-01-01 00:00:00Z", "2263-01-01 00:00:00+01:00", "2263-01-01"]
)
def test_a_stamp_beyond_what_64_bits_hold_is_refused(tmp_path: Path, stamp: str) -> None:
    assert refused(tmp_path, [stamp]).startswith("x.csv:2: time must lie between 1677-09-22 and 2262-04-11, was ")


def test_stamps_of_several_forms_may_follow_one_another(tmp_path: Path) -> None:
    stamps = ["2024-01-02 09:30", "2024-01-02T09:30:30Z", "1704187860", "2024-01-02 11:32:00+02:00", "2024-01-02"]
    base = MIDNIGHT + 9 * HOUR + 30 * MINUTE
    assert times(tmp_path, stamps) == [
        base,
        base + 30 * SECOND,
        base + MINUTE,
        base + 2 * MINUTE,
        MIDNIGHT + 24 * HOUR,
    ]


@pytest.mark.parametrize(
    ("first", "odd"),
    [
        ("2024-01-02 09:30:00", "2024-01-0x 09:31:00"),
        ("2024-01-02 09:30:00", "2024-01-02_09:31:00"),
        ("2024-01-02 09:30:00+01:00", "2024-01-02 09:31:00*01:00"),
        ("2024-01-02 09:30:00", "2024-01-02 09:61:00"),
        ("2024-01-02 09:30:00", "2024-02-30 09:31:00"),
        ("1704153600", "17041536x1"),
    ],
)
def test_an_odd_stamp_among_others_of_its_width_is_found(tmp_path: Path, first: str, odd: str) -> None:
    assert refused(tmp_path, [first, odd]).endswith(f"was {odd!r}")


def test_offsets_may_change_from_row_to_row(tmp_path: Path) -> None:
    stamps = ["2024-11-03 01:59:00-04:00", "2024-11-03 01:00:00-05:00", "2024-11-03 07:30:00+01:00"]
    assert times(tmp_path, stamps) == [FALL_BACK - HOUR + 59 * MINUTE, FALL_BACK, FALL_BACK + 30 * MINUTE]


@pytest.mark.parametrize(
    ("stamp", "every", "shift"),
    [(Stamp.CLOSE, None, 0), (Stamp.CLOSE, MINUTE, 0), (Stamp.OPEN, 5 * MINUTE, 5 * MINUTE)],
)
def test_bars_stamped_at_their_open_are_known_at_their_close(
    tmp_path: Path, stamp: Stamp, every: int | None, shift: int
) -> None:
    stamps = ["2024-01-02 09:30:00", "2024-01-02 09:35:00Z", "1704188400"]
    base = MIDNIGHT + 9 * HOUR + 30 * MINUTE + shift
    expected = [base, base + 5 * MINUTE, base + 10 * MINUTE]
    assert times(tmp_path, stamps, stamp=stamp, every=every) == expected
    assert times(tmp_path, stamps[:1], stamp=stamp, every=every) == expected[:1]
    assert times(tmp_path, stamps[1:2], stamp=stamp, every=every) == expected[1:2]


def test_a_bare_date_is_its_sessions_close_whatever_the_stamp_names(tmp_path: Path) -> None:
    sessions = Sessions("America/New_York", "XNYS")
    early, late = 1_732_903_200 * SECOND, 1_733_173_200 * SECOND
    stamps = ["2024-11-29", "2024-12-02"]
    assert times(tmp_path, stamps, sessions) == [early, late]
    assert times(tmp_path, stamps, sessions, stamp=Stamp.OPEN, every=24 * HOUR) == [early, late]


def test_a_date_on_which_the_market_is_closed_is_a_fault(tmp_path: Path) -> None:
    stamps, sessions = ["2024-12-24", "2024-12-25", "2024-12-26"], Sessions(calendar="XNYS")
    assert refused(tmp_path, stamps, sessions) == (
        "x.csv:3: date must be a trading day of calendar XNYS, was 2024-12-25, a Wednesday"
    )
    events, problems = read(tmp_path, stamps, sessions, faulty=Faulty.SKIP)
    assert (len(events), problems) == (2, {"trading_day skipped": 1})


def test_stamp_open_needs_the_length_of_a_bar(tmp_path: Path) -> None:
    assert refused(tmp_path, ["2024-01-02"], stamp=Stamp.OPEN) == (
        "x.csv: stamp: open needs every, the length of a bar, such as every: 1min"
    )


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, ["2024-01-02"], zone="Europe/Berln") == (
        "x.csv: zone must be an IANA time zone, was 'Europe/Berln'; did you mean 'Europe/Berlin'?"
    )


@pytest.mark.parametrize("zone", ["America/New_York", None])
@pytest.mark.parametrize("shift", [0, 30 * MINUTE])
def test_times_that_occur_twice_are_first_the_one_and_then_the_other(
    tmp_path: Path, zone: str | None, shift: int
) -> None:
    stamps = [f"2024-11-03 {clock}:00" for clock in ("00:30", "01:00", "01:30", "01:00", "01:30", "02:00")]
    expected = [FALL_BACK + half_hour * 30 * MINUTE - HOUR + shift for half_hour in (-1, 0, 1, 2, 3, 4)]
    sessions = Sessions() if zone else Sessions("America/New_York")
    spec = {"stamp": Stamp.OPEN, "every": shift} if shift else {}
    assert times(tmp_path, stamps, sessions, zone=zone, **spec) == expected


def test_trades_of_one_instant_do_not_move_to_the_second_occurrence(tmp_path: Path) -> None:
    stamps = ["2024-11-03 01:30:00", "2024-11-03 01:30:00", "2024-11-03 01:29:00"]
    first = FALL_BACK - HOUR + 30 * MINUTE
    assert times(tmp_path, stamps, zone="America/New_York", as_=MarketKind.TRADES) == [
        first,
        first,
        first + 59 * MINUTE,
    ]


def test_a_time_that_clocks_skip_is_a_fault_and_repaired_with_the_offset_before(tmp_path: Path) -> None:
    stamps = ["2024-03-10 01:59:00", "2024-03-10 02:30:00", "2024-03-10 03:31:00"]
    message = "x.csv:3: time must exist in America/New_York, was 2024-03-10 02:30:00: clocks skip it"
    assert refused(tmp_path, stamps, zone="America/New_York") == message
    first, last = SPRING_FORWARD - MINUTE, SPRING_FORWARD + 31 * MINUTE
    events, problems = read(tmp_path, stamps, zone="America/New_York", faulty=Faulty.SKIP)
    assert ([event.time for event in events], problems) == ([first, last], {"time_skipped skipped": 1})
    events, problems = read(tmp_path, stamps, zone="America/New_York", faulty=Faulty.REPAIR)
    assert [event.time for event in events] == [first, SPRING_FORWARD + 30 * MINUTE, last]
    assert problems == {"time_skipped repaired": 1}
