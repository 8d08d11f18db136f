"""Scenarios with a live feed: how they are written, what does not fit together, and where they may run."""

import json
from pathlib import Path

import pytest

from tradepit.actors import FEED
from tradepit.actors.kernel import Boundary
from tradepit.scenarios.addresses import read_address, split_address
from tradepit.scenarios.loader import loads
from tradepit.scenarios.market_tree import MarketKind, TcpSource, gives
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.schema import json_schema
from tradepit.scenarios.sources import SourceError
from tradepit.scenarios.surroundings import instrument_of
from tradepit.scenarios.units import UnitError
from tradepit.scenarios.wiring import open_market, wire
from tradepit.scenarios.writer import dump

LIVE = """\
tradepit: 1
name: live
market:
  ACME: {tcp: 127.0.0.1:9001, as: quotes}
  ZED: {tcp: "[::1]:9002", reconnect: false}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml")
    return [" ".join(line.split()) for line in str(caught.value).split("\nf.yaml")]


def test_a_live_source_is_read_and_written() -> None:
    scenario = loads(LIVE)
    assert scenario.market == {
        "ACME": TcpSource(tcp="127.0.0.1:9001", as_=MarketKind.QUOTES),
        "ZED": TcpSource(tcp="[::1]:9002", reconnect=False),
    }
    assert [gives(source) for source in scenario.market.values()] == [MarketKind.QUOTES, MarketKind.BARS]
    assert loads(dump(scenario)) == scenario
    assert scenario.is_live
    assert not loads("{tradepit: 1, name: a, market: {A: {sample: GOOG}}}").is_live


def test_editors_know_the_key() -> None:
    assert '"tcp": {"type"' in json.dumps(json_schema())


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:9001", ("127.0.0.1", 9001)),
        ("feed.example:1", ("feed.example", 1)),
        ("[fe80::1%eth0]:65535", ("fe80::1%eth0", 65535)),
    ],
)
def test_an_address_is_host_and_port(address: str, parts: tuple[str, int]) -> None:
    assert split_address(read_address(address)) == parts


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("127.0.0.1", "an address is host:port"),
        (":9001", "an address is host:port"),
        ("::1:9001", "an address is host:port"),
        ("tcp://a:9001", "an address is host:port"),
        ("a:0", "a port lies between 1 and 65535"),
        ("a:65536", "a port lies between 1 and 65535"),
    ],
)
def test_what_is_no_address_is_refused(address: str, rule: str) -> None:
    with pytest.raises(UnitError) as caught:
        read_address(address)
    assert (caught.value.rule, caught.value.suggestion) == (rule, "write 127.0.0.1:9001")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            LIVE + "clock: {start: 2024-01-02}\n",
            [("f.yaml:6:16: clock.start: a live feed begins when it is connected, and has no start, was 2024-01-02;"
             " leave it away")],
        ),
        (
            LIVE + "  OLD: {sample: GOOG}\n",
            [("f.yaml:6:8: market.OLD: ACME comes from a live feed, and then all symbols do;"
             " write OLD: {tcp: 127.0.0.1:9001}")],
        ),
        (
            LIVE + "  TWO: {tcp: 127.0.0.1:9001, reconnect: no}\n",
            ["f.yaml:6:41: market.TWO.reconnect: must be true or false, was no"],
        ),
        (
            LIVE + "  TWO: {tcp: 127.0.0.1:9001, reconnect: off}\n",
            ["f.yaml:6:8: market.TWO.reconnect: TWO and ACME come over one connection, and reconnect or do not"],
        ),
        (LIVE.replace(":9001", ""), [("f.yaml:4:15: market.ACME.tcp: an address is host:port, was 127.0.0.1;"
                                     " write 127.0.0.1:9001")]),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_live_feed_is_told_with_its_place(text: str, found: list[str]) -> None:
    assert problems(text) == found


def test_a_live_scenario_is_wired_without_a_connection() -> None:
    scenario = loads(LIVE)
    pit = wire(scenario, identity={}, about={})
    feed = pit.system.cells[FEED].actor
    assert isinstance(feed, Boundary)
    assert list(pit.sources) == ["ACME", "127.0.0.1:9001", "ZED", "[::1]:9002"]
    again = wire(scenario, identity={}, about={})
    assert {name: source.fingerprint for name, source in pit.sources.items()} == {
        name: source.fingerprint for name, source in again.sources.items()
    }


def test_a_live_scenario_runs_in_real_time_only() -> None:
    with pytest.raises(ScenarioError) as caught:
        run_scenario(loads(LIVE, "f.yaml"))
    assert str(caught.value) == ("f.yaml:4:9: market.ACME: a live feed needs real time; run it with tradepit paper")


def test_a_live_session_cannot_end_before_it_begins() -> None:
    with pytest.raises(ScenarioError) as caught:
        run_scenario(loads(LIVE + "clock: {end: 2024-01-02 10:00}\n", "f.yaml"), speed=1.0)
    assert " ".join(str(caught.value).split()) == (
        "f.yaml:6:14: clock.end: a live session ends in the future, and 2024-01-02T10:00:00Z is over;"
        " leave it away, or write a later time"
    )


def test_what_came_over_a_feed_cannot_be_opened_again() -> None:
    pit = wire(loads(LIVE), identity={}, about={})
    with pytest.raises(SourceError, match="cannot be given again"):
        open_market(pit.scenario, instrument_of(pit.scenario, "ACME"), pit.sessions)


def test_one_scenario_may_put_a_live_feed_in_the_place_of_a_file(tmp_path: Path) -> None:
    base = "{tradepit: 1, name: a, clock: {start: 2024-01-02, end: 2024-01-03}, market: {A: {gbm: {}, as: quotes}}}"
    scenario = loads(base, directory=tmp_path, sets=["clock.start=", "market.A={tcp: 127.0.0.1:9001}"])
    assert scenario.market == {"A": TcpSource(tcp="127.0.0.1:9001")}
