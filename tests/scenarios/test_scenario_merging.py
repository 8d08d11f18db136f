"""`extends` and `--set` vary a scenario, and each value keeps its place."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.scenarios.document import parse, plain
from tradepit.scenarios.loader import load, loads
from tradepit.scenarios.merging import merged
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.tree import (
    FileSource,
    GbmSource,
    LatencySpec,
    PathSource,
    PercentFee,
    PerShareFee,
    StrategySpec,
    VenueLatency,
    VenueSpec,
)
from tradepit.scenarios.writer import dump

BASE = """\
tradepit: 1
name: base
clock: {start: 2024-01-02, end: 2024-01-03}
venues:
  ARCA: {fees: {per_share: 0.005/share, minimum: 1}, latency: {order: 350us, data: 200us}}
  BATS: {}
market:
  ACME: {gbm: {start: 50, drift: 5%}}
  BRK.B: {gbm: {}}
strategies:
  - {use: a:B, with: {fast: 10, slow: 30}}
"""


def as_values(text: str) -> Any:
    return plain(parse(text, "f", []))


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ("{a: 1, b: 2}", "{b: 3, c: 4}", {"a": 1, "b": 3, "c": 4}),
        ("{a: {b: {c: 1, d: 2}}}", "{a: {b: {c: 3}}}", {"a": {"b": {"c": 3, "d": 2}}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: {b: 1}}", "{a: 2}", {"a": 2}),
        ("{a: 2}", "{a: {b: 1}}", {"a": {"b": 1}}),
        ("{a: 1, b: 2}", "{a: , b: null, c: ~}", {"c": None}),
        ("{market: {A: {gbm: {start: 1}, as: quotes}}}", "{market: {A: {path: []}}}", {"market": {"A": {"path": []}}}),
        (
            "{market: {A: {gbm: {start: 1}}}}",
            "{market: {A: {gbm: {drift: 2}}}}",
            {"market": {"A": {"gbm": {"start": 1, "drift": 2}}}},
        ),
        ("{market: {A: {as: quotes}}}", "{market: {A: {gbm: {}}}}", {"market": {"A": {"as": "quotes", "gbm": {}}}}),
        (
            "{portfolio: {sizing: {fixed: 1}}}",
            "{portfolio: {sizing: {percent_of_equity: 2}}}",
            {"portfolio": {"sizing": {"percent_of_equity": 2}}},
        ),
        (
            "{venues: {X: {fees: {per_share: 1, cap: 2}}}}",
            "{venues: {X: {fees: {taker: 3}}}}",
            {"venues": {"X": {"fees": {"taker": 3}}}},
        ),
        (
            "{venues: {X: {fees: {maker: 1, taker: 2}}}}",
            "{venues: {X: {fees: {taker: 3}}}}",
            {"venues": {"X": {"fees": {"maker": 1, "taker": 3}}}},
        ),
        (
            "{costs: {commission: {by_symbol: {X: {per_share: 1, cap: 2}, Y: {percent: 3}}}}}",
            "{costs: {commission: {by_symbol: {X: {taker: 4}, Y: {minimum: 5}}}}}",
            {"costs": {"commission": {"by_symbol": {"X": {"taker": 4}, "Y": {"percent": 3, "minimum": 5}}}}},
        ),
        (
            "{portfolio: {sizing: {fixed: 1}}, corporate_actions: {}, venues: {X: {slippage: {book: 1, cap: 2}}}}",
            "{portfolio: {sizing: {cash: 2}}, venues: {X: {slippage: {half_spread: 3}}}}",
            {
                "portfolio": {"sizing": {"cash": 2}},
                "corporate_actions": {},
                "venues": {"X": {"slippage": {"half_spread": 3}}},
            },
        ),
        (
            "{strategies: {with: {file: 1}}}",
            "{strategies: {with: {path: 2}}}",
            {"strategies": {"with": {"file": 1, "path": 2}}},
        ),
    ],
)
def test_mappings_merge_lists_are_replaced_and_nothing_takes_away(base: Any, over: Any, result: Any) -> None:
    assert plain(merged(parse(base, "b", []), parse(over, "o", []))) == result


def test_a_file_varies_the_one_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "over.yaml").write_text(
        "extends: base.yaml\nname: over\nvenues: {BATS: , ARCA: {fees: 0.1%, latency: {order: 5ms}}}\n"
        "market: {ACME: {path: [[2024-01-02, 1], [2024-01-03, 2]]}}\n"
    )
    scenario = load(tmp_path / "over.yaml")
    assert scenario.name == "over"
    assert scenario.venues == {
        "ARCA": VenueSpec(
            fees=PercentFee(percent="0.001"),
            latency=VenueLatency(order=LatencySpec(params=(5_000_000,)), data=LatencySpec(params=(200_000,))),
        )
    }
    assert isinstance(scenario.market["ACME"], PathSource)
    assert scenario.market["BRK.B"] == GbmSource()
    assert loads(dump(scenario)) == scenario


def test_a_chain_of_files_is_followed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "sub" / "middle.yaml").write_text("extends: ../base.yaml\nseed: 1\nabout: middle\n")
    (tmp_path / "top.yaml").write_text("extends: sub/middle.yaml\nseed: 2\n")
    scenario = load(tmp_path / "top.yaml")
    assert (scenario.name, scenario.about, scenario.seed) == ("base", "middle", 2)


def test_problems_point_into_the_file_where_the_value_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("sub/base.yaml").write_text(BASE.replace("350us", "350").replace("drift: 5%", "drift: 5, strt: 1"))
    Path("over.yaml").write_text("extends: sub/base.yaml\nsead: 1\nvenues: {ARCA: {latency: {data: 7}}}\n")
    with pytest.raises(ScenarioError) as caught:
        load("over.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        "over.yaml:2:1: sead: must be a known key, was sead; did you mean seed?",
        "over.yaml:3:33: venues.ARCA.latency.data: a duration needs a unit, was 7; write 7us, 7ms, 7s or 7min",
        (
            "sub/base.yaml:5:71: venues.ARCA.latency.order: a duration needs a unit, was 350;"
            " write 350us, 350ms, 350s or 350min"
        ),
        "sub/base.yaml:8:34: market.ACME.gbm.drift: a share needs % or bps, was 5; write 5% or 500%",
        "sub/base.yaml:8:37: market.ACME.gbm.strt: must be a known key, was strt; did you mean start?",
    ]


def test_relative_paths_start_where_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "spy.csv").write_text("")
    (tmp_path / "sub" / "mine.py").write_text("")
    (tmp_path / "sub" / "base.yaml").write_text(
        "tradepit: 1\nname: base\nmarket: {SPY: {file: spy.csv}}\nstrategies: [{use: ./mine.py:Mine}]\n"
    )
    (tmp_path / "over.yaml").write_text("extends: sub/base.yaml\n")
    (tmp_path / "sub" / "deep.yaml").write_text("extends: ./base.yaml\n")
    over, deep = load(tmp_path / "over.yaml"), load(tmp_path / "sub" / "deep.yaml")
    assert isinstance(over.market["SPY"], FileSource)
    assert isinstance(deep.market["SPY"], FileSource)
    assert (over.market["SPY"].file, over.strategies[0].use) == ("sub/spy.csv", "./sub/mine.py:Mine")
    assert (deep.market["SPY"].file, deep.strategies[0].use) == ("spy.csv", "./mine.py:Mine")


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        (
            {"a": "extends: b.yaml", "b": "extends: a.yaml"},
            [
                (
                    "b.yaml:1:10: extends: files must not extend one another in a circle: a.yaml -> b.yaml -> a.yaml,"
                    " was a.yaml"
                )
            ],
        ),
        (
            {"a": "extends: a.yaml"},
            ["a.yaml:1:10: extends: files must not extend one another in a circle: a.yaml -> a.yaml, was a.yaml"],
        ),
        ({"a": "extends: c.yaml", "b": ""}, ["a.yaml:1:10: extends: no such file, was c.yaml; did you mean b.yaml?"]),
        ({"a": "extends: [b.yaml]"}, ["a.yaml:1:10: extends: must be a path, was a list; write extends: base.yaml"]),
        ({"a": "extends: "}, ["a.yaml:1:9: extends: must be a path, was nothing; write extends: base.yaml"]),
        ({"a": "extends: ."}, ["a.yaml:1:10: extends: must be a file, not a directory, was ."]),
        ({"a": 'extends: "x\\0y"'}, ['a.yaml:1:10: extends: no such file, was "x\\x00y"']),
        (
            {"a": "seed: 1\nseed: 2\nextends: b.yaml", "b": "a: ["},
            [
                "a.yaml:2:1: each key may stand once, was seed; the first is on line 1",
                "b.yaml:2:1: not YAML: did not find expected node content while parsing a flow node begun on line 2",
            ],
        ),
        ({"a": "extends: b.yaml\nseed: 1", "b": "just words"}, None),
    ],
)
def test_what_cannot_be_extended_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Any, problems: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        Path(f"{name}.yaml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load("a.yaml")
    found = [str(problem) for problem in caught.value.problems if "is required" not in problem.rule]
    assert found == (problems or [])


def test_a_chain_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(12):
        Path(f"s{number}.yaml").write_text(f"extends: s{number + 1}.yaml\n")
    with pytest.raises(ScenarioError, match=r"s9\.yaml:1:10: extends: at most 10 files extend one another"):
        load("s0.yaml")


def test_a_text_may_extend_a_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    assert loads("extends: base.yaml\nseed: 3\n", directory=tmp_path).seed == 3


# --- --set ------------------------------------------------------------------------------------------------------


def test_one_value_is_set() -> None:
    latency = loads(BASE, sets=["venues.ARCA.latency.order=5ms"]).venues["ARCA"].latency
    assert latency == VenueLatency(order=LatencySpec(params=(5_000_000,)), data=LatencySpec(params=(200_000,)))


@pytest.mark.parametrize(
    ("options", "look", "value"),
    [
        (["seed=7", "seed=8"], lambda s: s.seed, 8),
        (["about=a = b"], lambda s: s.about, "a = b"),
        (["about='a: b'"], lambda s: s.about, "a: b"),
        (["strategies[0].with.fast=5"], lambda s: s.strategies[0].with_, {"fast": 5, "slow": 30}),
        (["strategies.0.with={fast: 5}"], lambda s: s.strategies[0].with_, {"fast": 5}),
        (["strategies.0.with.slow="], lambda s: s.strategies[0].with_, {"fast": 10}),
        (["strategies="], lambda s: s.strategies, ()),
        (["strategies=[{use: c:D}]"], lambda s: s.strategies, (StrategySpec(use="c:D", name="d"),)),
        (['market."BRK.B".gbm.start=9'], lambda s: s.market["BRK.B"], GbmSource(start=9)),
        (['market."BRK.B"='], lambda s: list(s.market), ["ACME"]),
        (["market.ACME.gbm.drift="], lambda s: s.market["ACME"], GbmSource(start=50)),
        (["instruments.ACME.tick=0.05"], lambda s: s.instruments["ACME"].tick, Decimal("0.05")),
        (["portfolio.limits.max_position=5"], lambda s: s.portfolio.limits.max_position, 5),
        (["venues.ARCA.fees=0.1%"], lambda s: s.venues["ARCA"].fees, PercentFee(percent="0.001")),
        (["venues.ARCA.fees.per_share=1/share"], lambda s: s.venues["ARCA"].fees, PerShareFee(per_share=1, minimum=1)),
        (["venues.ARCA.fees.percent=1%"], lambda s: s.venues["ARCA"].fees, PercentFee(percent="0.01")),
        (["venues.EDGE={}"], lambda s: list(s.venues), ["ARCA", "BATS", "EDGE"]),
        (["venues=", "venues.SIM.latency.order=1s"], lambda s: list(s.venues), ["SIM"]),
    ],
)
def test_values_are_set_added_and_taken_away(options: Any, look: Any, value: Any) -> None:
    assert look(loads(BASE, sets=options)) == value


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (
            "venues.ARCA.latency.order=5",
            (
                "--set venues.ARCA.latency.order=5: venues.ARCA.latency.order: a duration needs"
                " a unit, was 5; write 5us, 5ms, 5s or 5min"
            ),
        ),
        (
            "venues.ARCA.latncy.order=5ms",
            (
                "--set venues.ARCA.latncy.order=5ms: venues.ARCA.latncy: must be a known key,"
                " was latncy; did you mean latency?"
            ),
        ),
        (
            "venues.ARKA.latency.order=5ms",
            "--set venues.ARKA.latency.order=5ms: venues: has none of that name, was ARKA; did you mean ARCA?",
        ),
        (
            "strategies[1].with.fast=5",
            "--set strategies[1].with.fast=5: strategies: strategies is a list of 1, counted from 0, was 1",
        ),
        (
            "strategies.first.with.fast=5",
            "--set strategies.first.with.fast=5: strategies: strategies is a list of 1, counted from 0, was first",
        ),
        ("seed.x=5", "--set seed.x=5: seed.x: must be a known key, was x"),
        (
            "name.x=5",
            (
                "--set name.x=5: name: name is one value, there is nothing below it to set, was base;"
                " set it whole: name={x: ...}"
            ),
        ),
        ("seed", "--set seed: must be PATH=VALUE; write --set venues.ARCA.latency.order=5ms"),
        ("=5", "--set =5: must be PATH=VALUE; write --set venues.ARCA.latency.order=5ms"),
        ("a" + ".a" * 20 + "=5", None),
        ("seed=[1", "--set seed=[1: not YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        ("seed=!!int 3", "--set seed=!!int 3: tags are not read, was tag:yaml.org,2002:int; take the tag away"),
    ],
)
def test_a_wrong_option_is_told_by_its_text(option: str, problem: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(BASE, sets=[option])
    if problem is None:
        problem = f"--set {option[:45].rstrip()[:45]}" if len(option) > 48 else f"--set {option}"
        assert str(caught.value.problems[0]).startswith(f"{problem}: must be PATH=VALUE")
    elif option == "seed.x=5":
        assert caught.value.problems[0].path == "seed"
    else:
        assert [str(found) for found in caught.value.problems] == [problem]


def test_wrong_options_are_told_after_what_is_wrong_with_the_file() -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(BASE.replace("350us", "350"), "f.yaml", sets=["clock.end=2023-01-01", "seed=x"])
    assert [problem.file for problem in caught.value.problems] == [
        "f.yaml",
        "--set clock.end=2023-01-01",
        "--set seed=x",
    ]
