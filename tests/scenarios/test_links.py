"""Links of a scenario: read, checked, written, and laid between the actors."""

from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Link
from tradepit.actors.kernel.link_rules import Delay, Drop, Duplicate, Partition, Reorder
from tradepit.models.venue_reports import ChildAccepted
from tradepit.scenarios.link_forms import message_names
from tradepit.scenarios.link_tree import LinkRuleSpec, actors_of, is_known, pairs
from tradepit.scenarios.link_wiring import links_of
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.tree import LatencySpec, LinkSpec
from tradepit.scenarios.writer import dump

SMALL = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-03, zone: America/New_York}
market: {ACME: {gbm: {}}}
venues: {ARCA: {latency: {order: "common(1us, wan, 0.5)", data: 7us}}, BATS: {}}
strategies:
  - {use: "a:Dip"}
"""
START = 1_704_171_600 * 10**9  # midnight in New York
SECOND = 10**9
BLOCKS = Path(__file__).with_name("link_mistakes.txt").read_text().split("\n\n")[1:]
MISTAKES = [(wrong, problem.strip()) for wrong, _, problem in (block.partition("\n-> ") for block in BLOCKS)]
ACTORS = actors_of(["ARCA", "BATS"], ["dip"])


@pytest.mark.parametrize(("addition", "problem"), MISTAKES)
def test_a_mistake_in_links_is_placed_and_explained(addition: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(SMALL + addition + "\n", "f.yaml")
    assert [str(found) for found in caught.value.problems] == [f"f.yaml:{problem}"]


def test_nobody_is_blamed_for_what_another_section_got_wrong() -> None:
    text = SMALL.replace("BATS: {}", "BATS: {fees: nothing}") + "links: {router -> BATZ: {latency: 1us}}\n"
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml")
    assert [problem.path for problem in caught.value.problems] == ["venues.BATS.fees"]


# --- who is meant -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        ("router -> broker:ARCA", [("router", "broker:ARCA")]),
        ("router -> BATS", [("router", "broker:BATS")]),
        ("BATS -> orders", [("broker:BATS", "orders")]),
        ("feed -> BATS", [("feed", "venue:BATS")]),
        ("broker:BATS -> BATS", [("broker:BATS", "venue:BATS")]),
        ("BATS -> broker:BATS", [("venue:BATS", "broker:BATS")]),
        ("venue:BATS -> BATS", [("venue:BATS", "broker:BATS")]),
        ("strategy:dip -> portfolio", [("strategy:dip", "portfolio")]),
        ("any -> orders", [(name, "orders") for name in ACTORS if name != "orders"]),
        ("feed -> any", [("feed", name) for name in ACTORS if name != "feed"]),
        ("feed -> MOON", []),
    ],
)
def test_the_name_of_a_link_says_who_is_at_its_ends(link: str, meant: Any) -> None:
    assert list(pairs(link, ACTORS)) == meant


def test_all_that_goes_to_a_venue_goes_to_the_end_that_hears_the_sender() -> None:
    meant = dict(pairs("any -> BATS", ACTORS))
    assert {name: meant[name] for name in ("router", "feed", "broker:BATS", "venue:BATS")} == {
        "router": "broker:BATS",
        "feed": "venue:BATS",
        "broker:BATS": "venue:BATS",
        "venue:BATS": "broker:BATS",
    }


def test_an_actors_own_name_goes_before_a_venues() -> None:
    actors = actors_of(["orders", "any"], [])
    assert list(pairs("router -> orders", actors)) == [("router", "orders")]
    assert list(pairs("router -> broker:orders", actors)) == [("router", "broker:orders")]
    assert not is_known("BATS", actors)


# --- what is laid -----------------------------------------------------------------------------------------------


def _laid(links: str) -> dict[tuple[str, str], Link]:
    scenario = loads(SMALL + links)
    return {(sender, receiver): link for sender, receiver, link in links_of(scenario, START)}


def _arrival(link: Link, now: int = START) -> int:
    return link.arrival(now, _accepted()) - now


def _accepted() -> ChildAccepted:
    return ChildAccepted(child_id="1", order_id="1", venue="ARCA", time=0)


def test_a_venues_latency_lies_between_it_and_its_broker() -> None:
    laid = _laid("")
    assert list(laid) == [("broker:ARCA", "venue:ARCA"), ("venue:ARCA", "broker:ARCA")]
    assert _arrival(laid["venue:ARCA", "broker:ARCA"]) == 7000


def test_rules_join_a_venues_latency_and_a_latency_takes_its_place() -> None:
    laid = _laid("""\
links:
  ARCA -> broker:ARCA: {rules: [{do: delay, by: 1us}]}
  broker:ARCA -> ARCA: {latency: 3us}
  any -> ARCA: {rules: [{do: drop, rate: 1%}]}
  broker:ARCA -> venue:ARCA: {latency: 4us}
""")
    back, out = laid["venue:ARCA", "broker:ARCA"], laid["broker:ARCA", "venue:ARCA"]
    assert (back.rules, out.rules) == ((Delay(by=1000), Drop(rate=0.01)), (Drop(rate=0.01),))
    assert back.arrivals(START, _accepted()) == (START + 8000,)
    assert _arrival(out) == 4000


def test_every_rule_is_laid_as_it_is_written() -> None:
    laid = _laid("""\
links:
  router -> BATS:
    rules:
      - {do: delay, by: 40ms, at: 14:45, for: 30s}
      - {do: drop, rate: 5%, kinds: [SubmitChild, CancelChild], at: 14:45}
      - {do: duplicate, copies: 3, for: 10s}
      - {do: reorder, by: 1us}
      - {do: partition, at: 2024-01-02 10:00, for: 1s}
""")
    at, ten = START + (14 * 60 + 45) * 60 * SECOND, START + 10 * 3600 * SECOND
    assert list(laid)[2:] == [("router", "broker:BATS")]
    assert laid["router", "broker:BATS"].rules == (
        Delay(by=40_000_000, start_ns=at, end_ns=at + 30 * SECOND),
        Drop(rate=0.05, kinds=("SubmitChild", "CancelChild"), start_ns=at),
        Duplicate(copies=3, by=0, end_ns=START + 10 * SECOND),
        Reorder(by=1000),
        Partition(start_ns=ten, end_ns=ten + SECOND),
    )


def test_a_rule_for_both_ways_stands_on_the_way_back_too() -> None:
    laid = _laid("links: {router -> BATS: {rules: [{do: partition, both: true}, {do: drop, rate: 1%}]}}\n")
    assert laid["router", "broker:BATS"].rules == (Partition(), Drop(rate=0.01))
    assert laid["broker:BATS", "router"].rules == (Partition(),)


def test_links_of_a_group_have_their_factor_in_common() -> None:
    laid = _laid("""\
links:
  router -> BATS: {latency: "common(1us, wan, 0.5)"}
  router -> ARCA: {latency: "common(1us, lan, 0.5)"}
""")
    pair = laid["broker:ARCA", "venue:ARCA"], laid["router", "broker:BATS"], laid["router", "broker:ARCA"]
    times = [START + number * SECOND for number in range(5)]
    one, other, stranger = ([_arrival(link, now) for now in times] for link in pair)
    assert one == other != stranger


def test_a_latency_of_nothing_takes_a_venues_away() -> None:
    assert list(_laid("links: {ARCA -> broker:ARCA: {latency: 0s}}\n")) == [("broker:ARCA", "venue:ARCA")]


# --- written, varied, built -------------------------------------------------------------------------------------


def test_a_link_can_be_set_from_the_command_line() -> None:
    text = SMALL + "links: {router -> BATS: {latency: 1us}}\n"
    slow = loads(text, sets=['links."router -> BATS".latency=5ms', 'links."feed -> strategy:dip"={latency: 2us}'])
    assert slow.links == {
        "router -> BATS": LinkSpec(latency=LatencySpec(params=(5_000_000,))),
        "feed -> strategy:dip": LinkSpec(latency=LatencySpec(params=(2000,))),
    }
    assert loads(text, sets=['links."router -> BATS"=']).links == {}


def test_links_are_written_as_they_are_read() -> None:
    links = """\
links:
  router -> BATS: {latency: 5ms, rules: [{do: drop, rate: 1%, kinds: [SubmitChild]}]}
  feed -> strategy:dip:
    latency: quantiles(50% 1ms, 99% 5ms)
    rules:
    - do: duplicate
      by: uniform(0s, 1us)
      copies: 2
      at: 2024-01-02 14:45
      for: 30s
    - {do: partition, both: true}
"""
    scenario = loads(SMALL + links)
    written = dump(scenario)
    assert written[written.index("links:") :] == links
    assert loads(written) == scenario


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"do": "delay"}, "delay needs by: how much longer the message takes"),
        ({"do": "drop", "by": LatencySpec()}, "drop has no by"),
        ({"do": "drop", "copies": 2}, "drop has no copies"),
        ({"do": "partition", "rate": 0.5}, "partition lets nothing through: it has neither rate nor kinds, drop has"),
        ({"do": "partition", "kinds": "Bar"}, "partition lets nothing through: it has neither rate nor kinds"),
    ],
)
def test_a_rule_built_in_python_is_checked(rule: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LinkRuleSpec(**rule)


def test_kinds_are_what_actors_tell_one_another_and_nothing_else() -> None:
    names = message_names()
    assert {"Bar", "Quote", "SubmitChild", "ChildFilled", "OrderFilled", "Signal", "PositionChanged"} <= set(names)
    assert {"Direction", "BreakerState", "OrderEvent", "EVENTS"}.isdisjoint(names)
    assert list(names) == sorted(names)
