"""`tradepit paper` in this process: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from tradepit.tools.main import main

SCENARIO = """\
tradepit: 1
name: paced
clock: {start: 2024-01-02, end: 2024-01-02 02:00}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min}}
strategies:
  - use: ./mine.py:Mine
"""

STRATEGY = """\
import tradepit


class Mine(tradepit.Strategy):
    fails: bool = False

    def on_bar(self, bar: tradepit.Bar) -> None:
        print("heard")
        if self.fails:
            raise ValueError("no more")
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("paced.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(STRATEGY)


def called(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["paper", "paced.yaml", "--no-report", "--out=run", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_json_is_all_that_stands_on_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("--json", "--speed=1e9") == 0
    out, error = capsys.readouterr()
    found = json.loads(out)
    assert (found["passed"], found["speed"], found["counts"]["market_data"]) == (True, 1e9, 120)
    assert error.count("heard") == 120


def test_the_summary_is_printed_and_nothing_where_all_held_and_quiet_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called("--speed=1e9") == 0
    assert "PASSED" in capsys.readouterr().out
    Path("run").rename("before")
    assert called("--speed=1e9", "--quiet") == 0
    assert capsys.readouterr().out.replace("heard\n", "") == ""


def test_a_failure_is_told_though_quiet_was_asked_for_and_its_traceback_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called("--speed=1e9", "--quiet", "--traceback", "--set=strategies[0].with.fails=true") == 1
    out, error = capsys.readouterr()
    assert "FAILED" in out
    assert 'raise ValueError("no more")' in error


@pytest.mark.parametrize(("speed", "was"), [("0", "0"), ("-1", "-1"), ("inf", "inf"), ("nan", "nan")])
def test_a_speed_is_a_number_above_zero(capsys: pytest.CaptureFixture[str], speed: str, was: str) -> None:
    assert called(f"--speed={speed}", "--traceback") == 2
    error = capsys.readouterr().err
    assert f"must be a number above 0, was {was}" in " ".join(error.split())
    assert "Traceback" in error
    assert not Path("run").exists()
