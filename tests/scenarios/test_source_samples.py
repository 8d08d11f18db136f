import gzip
import importlib.util
import random
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import Source, SourceError, open_source
from tradepit.scenarios.tree import Sample, SampleSource

SECOND = 1_000_000_000


def sample(
    name: Sample, sessions: Sessions | None = None, start_ns: int | None = None, end_ns: int | None = None
) -> Source:
    return open_source(
        "PIT",
        SampleSource(sample=name),
        instrument=Instrument(symbol="PIT"),
        sessions=sessions or Sessions(),
        start_ns=start_ns,
        end_ns=end_ns,
        rng=random.Random(0),
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the package's folder."""
    spec = ModuleSpec("bokeh_sampledata", None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    (tmp_path / "_data").mkdir()
    return tmp_path / "_data"


@pytest.mark.parametrize(
    ("name", "bars", "first_day"),
    [
        (Sample.AAPL, 3270, 951_955_200),
        (Sample.GOOG, 2148, 1_092_960_000),
        (Sample.IBM, 3270, 951_955_200),
        (Sample.MSFT, 3270, 951_955_200),
    ],
)
def test_each_sample_is_there_whole_up_to_march_2013(name: Sample, bars: int, first_day: int) -> None:
    source = sample(name)
    events = list(source)
    assert (len(events), events[0].time, events[-1].time) == (bars, first_day * SECOND, 1_362_182_400 * SECOND)
    assert {event.symbol for event in events} == {"PIT"}
    assert source.problems == {}


def test_days_of_a_sample_close_with_the_session() -> None:
    closes = [event.time // SECOND for event in sample(Sample.GOOG, Sessions("UTC", "XNYS"))]
    assert closes[0] == 1_092_945_600  # 2004-08-19 16:00 in New York
    assert 1_101_492_000 in closes  # 2004-11-26, which closed at 13:00


def test_the_clock_cuts_a_sample() -> None:
    whole = list(sample(Sample.IBM))
    assert list(sample(Sample.IBM, start_ns=whole[100].time, end_ns=whole[102].time)) == whole[100:103]
    with pytest.raises(SourceError, match=r"^sample IBM: at least one row must lie within the clock, "):
        sample(Sample.IBM, start_ns=whole[-1].time + 1)


OLD = "Date,Open,High,Low,Close,Volume,Adj Close\n2004-08-19,100.0,104.06,95.96,100.34,22351900,100.34\n"
NEW = (
    "Ticker,Date,Open,High,Low,Close,Volume,Adj Close\n"
    "AAPL,2004-08-19,1,1,1,1,1,1\nGOOG,2004-08-19,100.0,104.06,95.96,100.34,22351900,100.34\n"
)
GOOG_BAR: list[MarketEvent] = [
    Bar(
        symbol="PIT",
        time=1_092_960_000 * SECOND,
        open=100.0,
        high=104.06,
        low=95.96,
        close=100.34,
        volume=22_351_900.0,
    )
]


def test_both_ways_in_which_the_package_files_its_data_give_the_same(package: Path) -> None:
    (package / "GOOG.csv").write_text(OLD)
    old = sample(Sample.GOOG)
    (package / "stocks.csv.gz").write_bytes(gzip.compress(NEW.encode()))
    new = sample(Sample.GOOG)
    assert list(old) == list(new) == GOOG_BAR
    assert old.fingerprint == new.fingerprint != sample(Sample.AAPL).fingerprint


def test_a_sample_that_the_package_has_no_more_is_refused(package: Path) -> None:
    with pytest.raises(SourceError) as caught:
        sample(Sample.GOOG)
    assert str(caught.value) == "sample GOOG: cannot be read: No such file or directory"
    (package / "stocks.csv.gz").write_bytes(gzip.compress(NEW.encode()))
    with pytest.raises(SourceError) as caught:
        sample(Sample.IBM)
    assert str(caught.value) == "sample IBM: at least one row of data is needed, there is none"


def test_a_fault_in_a_sample_names_the_packages_line(package: Path) -> None:
    (package / "stocks.csv.gz").write_bytes(gzip.compress(NEW.replace("104.06", "99").encode()))
    with pytest.raises(SourceError, match=r"^sample GOOG:3: high must be at or above open, low and close, was 99\.0"):
        sample(Sample.GOOG)


@pytest.mark.parametrize("spec", [None, ModuleSpec("bokeh_sampledata", None)])
def test_a_missing_package_is_named_with_its_extra(spec: ModuleSpec | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    with pytest.raises(SourceError) as caught:
        sample(Sample.GOOG)
    assert str(caught.value) == ('sample GOOG: the package bokeh_sampledata is needed: pip install "tradepit[samples]"')


def test_a_sample_imports_neither_its_package_nor_anything_heavy() -> None:
    code = (
        "import random, sys\n"
        "from tradepit.models.instruments import Instrument\n"
        "from tradepit.scenarios.sessions import Sessions\n"
        "from tradepit.scenarios.sources import open_source\n"
        "from tradepit.scenarios.tree import SampleSource\n"
        "list(open_source('X', SampleSource(sample='GOOG'), instrument=Instrument(symbol='X'), sessions=Sessions(),\n"
        "                 start_ns=None, end_ns=None, rng=random.Random(0)))\n"
        "print([name for name in ('bokeh_sampledata', 'pandas', 'numpy', 'pyarrow') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
