"""`tradepit test`: many scenarios on several processes, a line each, and JUnit XML."""

import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tradepit.tools.batch import judge_all
from tradepit.tools.collecting import Collected, collect
from tradepit.tools.junit import write_junit
from tradepit.tools.main import main
from tradepit.tools.run_directory import AS_IT_RAN
from tradepit.tools.verdicts import Outcome, Verdict, judge_file

SCENARIO = """\
tradepit: 1
name: {name}
clock: {{start: 2024-01-02, end: 2024-01-02, session: 09:30-10:00}}
market:
  ACME: {{gbm: {{start: 100, volatility: 40%, every: 1min}}}}
strategies:
  - use: {strategy}
expect:
  - {{metric: trade_count, {bound}}}
"""

STRATEGY = """\
import tradepit

QUANTITY = {quantity}


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars == 5:
            print("buying")
            self.buy(bar.symbol, QUANTITY)
"""

RAISES = STRATEGY.replace("self.bars = 0", "raise ZeroDivisionError('of nothing')")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, *, bound: str = "equals: 1", strategy: str = "./mine.py:Mine", code: str = STRATEGY) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SCENARIO.format(name=file.stem, bound=bound, strategy=strategy))
    (file.parent / "mine.py").write_text(code.format(quantity=10))


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    assert isinstance(raised.value.code, int)
    return raised.value.code


def told(out: str) -> list[tuple[str, ...]]:
    """Return outcome and name of each line that tells of a scenario."""
    return [tuple(found) for found in re.findall(r"^(PASSED|FAILED|BAD INPUT|BUG) +(\S+) ", out, re.MULTILINE)]


def test_each_scenario_has_its_line_in_the_order_of_the_paths(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("deep/down/c", "a", "b"):
        write(f"many/{name}.yaml")
    write("alone.yml")
    Path("many/notes.yaml").write_text("tradepits: 1\n")
    write("many/.hidden/d.yaml")
    assert call("test", "alone.yml", "many", "many/a.yaml", "-j", "2") == 0
    captured = capsys.readouterr()
    assert told(captured.out) == [("PASSED", "alone"), ("PASSED", "a"), ("PASSED", "b"), ("PASSED", "c")]
    assert captured.out.endswith("\n4 passed\n")
    assert captured.err == "no scenarios, since they say neither `tradepit:` nor `extends:`: many/notes.yaml\n"
    assert not Path("runs").exists()


def test_a_scenario_that_fails_exits_with_1_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    write("many/good.yaml")
    write("many/hopes.yaml", bound="at_least: 5")
    write("raises/raises.yaml", code=RAISES)
    assert call("test", "many", "raises", "-j1") == 1
    out = capsys.readouterr().out
    assert told(out) == [("PASSED", "good"), ("FAILED", "hopes"), ("FAILED", "raises")]
    assert "\n  metric trade_count at least 5, was 1\n" in out
    assert "\n  strategy:mine failed on " in out
    assert "ZeroDivisionError: of nothing" in " ".join(out.split())
    assert "mine.py:8inon_start:" in "".join(out.split())  # a long path may wrap anywhere
    assert out.endswith("\n1 passed, 2 failed\n")


def test_bad_input_exits_with_2_and_hides_nothing_of_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    write("many/a.yaml", bound="equals: 2")
    write("many/b.yaml", bound="eqals: 2")
    write("many/c.yaml", strategy="./mine.py:Yours")
    assert call("test", "many", "--junit", "out/junit.xml") == 2
    out = capsys.readouterr().out
    assert told(out) == [("FAILED", "a"), ("BAD INPUT", "b"), ("BAD INPUT", "c")]
    assert "did you mean equals?" in " ".join(out.split())
    assert all(len(line) <= 80 for line in out.splitlines())
    suite = ET.parse("out/junit.xml").getroot()[0]
    found = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert found == {"tests": "3", "failures": "1", "errors": "2", "skipped": "0"}
    assert [(case.get("classname"), case.get("name"), [child.tag for child in case]) for case in suite] == [
        ("many", "a", ["failure"]), ("many", "b", ["error"]), ("many", "c", ["error"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.yaml"], "nothing.yaml: no such file or scenario"),
        (["empty"], "there are no scenarios in empty"),
        ([], "Missing argument 'PATH...'"),
        (["empty", "-j0"], "0 is not in the range x>=1"),
    ],
)
def test_nothing_to_test_is_bad_input(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert call("test", *arguments) == 2
    assert said in capsys.readouterr().err


def test_the_library_is_tested_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("test", "two-venues") == 0
    assert told(capsys.readouterr().out) == [("PASSED", "two-venues")]


def test_the_folders_of_past_runs_are_passed_over() -> None:
    write("a.yaml")
    write("runs/a-0-1/scenario.yaml")
    Path("runs/a-0-1/results.json").write_text("{}")
    write("broken-off/scenario.yaml")
    copy = Path("broken-off/scenario.yaml")
    copy.write_text(f"{AS_IT_RAN} Relative paths start at .., seen from here.\n{copy.read_text()}")
    write("later/extends.yml")
    Path("later/extends.yml").write_text("# a variation\nextends: ../a.yaml\n")
    found = collect(["."])
    assert found == Collected((Path("a.yaml"), Path("later/extends.yml")), ())
    assert collect([str(copy)]) == Collected((copy,), ())


def test_a_scenario_of_ones_own_may_have_the_name_of_a_copy() -> None:
    write("mine/scenario.yaml")
    assert collect(["."]) == Collected((Path("mine/scenario.yaml"),), ())


def test_a_bug_goes_before_everything_else(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def judge_all_badly(files: Sequence[Path], *, tell: Callable[[Verdict], None], **_: object) -> list[Verdict]:
        verdicts = [
            Verdict(
                file=files[0], name="a", outcome=outcome, elapsed_s=0.0, account=("Traceback", "  File " + "x" * 90)
            )
            for outcome in (Outcome.BAD_INPUT, Outcome.BUG, Outcome.FAILED)
        ]
        for verdict in verdicts:
            tell(verdict)
        return verdicts

    monkeypatch.setattr("tradepit.tools.commands.test.judge_all", judge_all_badly)
    write("a.yaml")
    assert call("test", "a.yaml") == 70
    out = capsys.readouterr().out
    assert "Traceback\n  File " + "x" * 90 in out
    assert out.endswith("\n1 failed, 1 bad input, 1 bug\n")


# --- one scenario -------------------------------------------------------------------------------------------------


def test_what_a_strategy_prints_stays_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.yaml")
    verdict = judge_file(Path("a.yaml"))
    assert (verdict.outcome, verdict.name, verdict.account) == (Outcome.PASSED, "a", ())
    assert len(verdict.fingerprint) == 32
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "buying\n")


def test_a_strategys_module_is_not_taken_for_another_of_the_same_name() -> None:
    modules = list(sys.modules)
    write("one/a.yaml", strategy="mine:Mine")
    write("two/a.yaml", strategy="mine:Mine", code=STRATEGY.replace("{quantity}", "0"))
    outcomes = [judge_file(Path(f"{folder}/a.yaml")).outcome for folder in ("one", "two", "one")]
    assert outcomes == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    assert [name for name in sys.modules if name not in modules and "mine" in name] == []


def test_market_data_that_cannot_be_read_is_bad_input() -> None:
    write("a.yaml")
    Path("a.yaml").write_text(
        Path("a.yaml").read_text().replace("gbm: {start: 100, volatility: 40%, every: 1min}", "file: low.csv")
    )
    Path("low.csv").write_text("time,open,high,low,close,volume\n2024-01-02T09:31:00Z,100,98,99,100,1000\n")
    verdict = judge_file(Path("a.yaml"))
    assert verdict.outcome is Outcome.BAD_INPUT
    assert [line[:10] for line in verdict.account] == ["low.csv:2:"]


def test_a_bug_in_tradepit_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_scenario: object) -> None:
        raise AssertionError("books do not balance")

    monkeypatch.setattr("tradepit.tools.verdicts.run_scenario", broken)
    write("a.yaml")
    verdict = judge_file(Path("a.yaml"))
    assert verdict.outcome is Outcome.BUG
    assert verdict.account[0] == "Traceback (most recent call last):"
    assert verdict.account[-1] == "AssertionError: books do not balance"


# --- many processes -----------------------------------------------------------------------------------------------


# Judges without running: the file's name says what happens. Processes import it, so it is a module of its own.
JUDGE = """\
import os
from pathlib import Path

from tradepit.tools.verdicts import Outcome, Verdict


def judged(file: Path) -> Verdict:
    if file.stem.startswith("killed"):
        mark = file.with_suffix(".mark")
        if file.stem == "killed-always" or not mark.exists():
            mark.touch()
            os.kill(os.getpid(), 9)
    while file.stem == "slow" and not Path("fast.done").exists():
        pass
    Path(f"{file.stem}.done").touch()
    return Verdict(file=file, name=file.stem, outcome=Outcome.PASSED, elapsed_s=0.5, fingerprint="f")
"""


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Verdict]:
    (tmp_path / "judge_of_cli_test.py").write_text(JUDGE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "judge_of_cli_test", raising=False)
    found: Callable[[Path], Verdict] = import_module("judge_of_cli_test").judged
    return found


def test_lines_wait_for_the_scenarios_before_them(judged: Callable[[Path], Verdict]) -> None:
    lines: list[str] = []
    counts: list[int] = []
    files = [Path("slow.yaml"), Path("fast.yaml"), Path("last.yaml")]
    verdicts = judge_all(
        files, jobs=2, tell=lambda verdict: lines.append(verdict.name), done=counts.append, judge=judged
    )
    assert lines == ["slow", "fast", "last"]
    assert [verdict.file for verdict in verdicts] == files
    assert counts == sorted(counts)


def test_a_process_that_is_killed_is_tried_once_more(judged: Callable[[Path], Verdict]) -> None:
    files = [Path("killed-once.yaml"), Path("killed-always.yaml"), Path("fine.yaml")]
    verdicts = judge_all(files, jobs=1, tell=lambda verdict: None, judge=judged)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    assert verdicts[1].account[0].startswith("its process was killed 2 times")


def test_ctrl_c_ends_the_processes(judged: Callable[[Path], Verdict]) -> None:
    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge_all([Path("slow.yaml")], jobs=1, tell=lambda verdict: None, done=interrupt, judge=judged)


def test_a_bug_while_telling_is_not_taken_for_ctrl_c(judged: Callable[[Path], Verdict]) -> None:
    def tell(_verdict: Verdict) -> None:
        raise ValueError("cannot tell")

    with pytest.raises(ExceptionGroup) as raised:
        judge_all([Path("fast.yaml")], jobs=1, tell=tell, judge=judged)
    assert raised.group_contains(ValueError, match="cannot tell")


def test_junit_holds_any_text(tmp_path: Path) -> None:
    verdict = Verdict(
        file=Path("<a>&\x00/b.yaml"),
        name="b\ud800",
        outcome=Outcome.FAILED,
        elapsed_s=1.25,
        account=("1 < 2 \x1b[31m", "&"),
    )
    write_junit([verdict], tmp_path / "junit.xml")
    case = ET.parse(tmp_path / "junit.xml").getroot()[0][0]
    assert case.attrib == {"classname": "<a>&\ufffd", "name": "b\ufffd", "file": "<a>&\ufffd/b.yaml", "time": "1.250"}
    assert case[0].attrib == {"message": "1 < 2 \ufffd[31m", "type": "FAILED"}
    assert case[0].text == "1 < 2 \ufffd[31m\n&"
