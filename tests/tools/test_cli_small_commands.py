"""`new`, `validate`, `schema`, `list`, `bench`, `completion`, and the front page of the command."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import tradepit
from tradepit.scenarios.schema import json_schema
from tradepit.tools.bench.rounds import RoundFailedError
from tradepit.tools.bench.works import UnknownWorkError
from tradepit.tools.commands.new import class_of
from tradepit.tools.main import COMMANDS, cli, main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    assert isinstance(raised.value.code, int)
    return raised.value.code


# --- new ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my-idea", "2024.crash", "none", "strategy", "x"])
def test_what_new_writes_is_valid_and_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("new", name) == 0
    files = sorted(path.name for path in Path().iterdir())
    assert len(files) == 2
    assert capsys.readouterr().out.endswith(f"now run it: tradepit run {name}.yaml\n")
    assert call("validate", f"{name}.yaml") == 0
    assert call("run", f"{name}.yaml", "--quiet", "--no-report") == 0


def test_new_overwrites_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("my_idea.py").write_text("mine = True\n")
    assert call("new", "my-idea") == 2
    assert "my_idea.py is there already" in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in Path().iterdir()] == [("my_idea.py", "mine = True\n")]


@pytest.mark.parametrize("name", ["My Idea", "../up", "", "a/b", "ä"])
def test_new_refuses_a_name_that_is_none(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("new", name) == 2
    assert "lower-case letters, digits and dashes" in " ".join(capsys.readouterr().err.split())
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["random", "signal", "select", "tradepit"])
def test_new_refuses_a_name_whose_module_would_hide_another(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("new", name) == 2
    words = " ".join(capsys.readouterr().err.split())
    owner = "tradepit itself" if name == "tradepit" else "a module of Python's own"
    assert f"{name}.py would stand in the way of {owner}, was '{name}'; write my-{name}" in words
    assert list(Path().iterdir()) == []
    assert call("new", f"my-{name}") == 0


def test_classes_have_names_that_python_takes() -> None:
    names = ["my-idea", "a.b_c", "2024", "none", "true", "strategy", "x"]
    assert [class_of(name) for name in names] == [
        "MyIdea", "ABC", "My2024", "MyNone", "MyTrue", "MyStrategy", "X",
    ]  # fmt: skip


GBM = "gbm: {start: 100, drift: 5%, volatility: 40%, every: 1min, volume: 20_000}"


# --- validate -----------------------------------------------------------------------------------------------------


def test_validate_finds_all_that_is_wrong_without_running(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("new", "good") == 0
    text = Path("good.yaml").read_text()
    Path("low.csv").write_text("time,open,high,low,close,volume\n2024-01-02T15:00:00Z,100,98,99,100,1000\n")
    Path("good.py").write_text(Path("good.py").read_text() + "\nprint('imported')\n")
    for name, old, new in (
        ("keys", "routing:", "routin:"),
        ("setting", "fast: 10", "fats: 10"),
        ("class", ":Good", ":Bad"),
        ("source", GBM, "file: low.csv"),
        ("calendar", "session: 09:30-16:00", "calendar: XXXX"),
    ):
        assert old in text
        Path(f"{name}.yaml").write_text(text.replace(old, new))
    capsys.readouterr()
    assert call("validate", ".") == 2
    captured = capsys.readouterr()
    assert [line for line in captured.out.splitlines() if line != "imported"] == ["ok  good.yaml"]
    words = " ".join(captured.err.split())
    for said in ("did you mean routing?", "did you mean fast?", "has no Bad", "low.csv:2: ", "XXXX"):
        assert said in words
    assert not Path("runs").exists()


def test_validate_takes_settings_and_names_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("validate", "two-venues") == 0
    assert call("validate", "two-venues", "--set", "portfolio.cash=5") == 2
    assert "portfolio.cash" in capsys.readouterr().err


HEAD = "time,open,high,low,close,volume\n"


def _minutes(*bars: str) -> str:
    """Return a file of a bar a minute from 10:01 on."""
    times = (f"{10 + number // 60}:{number % 60:02}" for number in range(1, len(bars) + 1))
    return HEAD + "".join(f"2024-01-02T{time}:00Z,{bar}\n" for time, bar in zip(times, bars, strict=True))


def test_validate_reads_every_row_of_the_data_when_it_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    good, low, text = "100,101,99,100,5", "100,98,99,100,5", "100,101,99,many,5"
    Path("sound.csv").write_text(_minutes(*[good] * 700))
    Path("faulty.csv").write_text(_minutes(*[good] * 20, low, good, text, low))
    Path("mended.csv").write_text(_minutes(good, good, low))
    market = "A: {file: sound.csv}, B: {file: faulty.csv}, C: {file: mended.csv, faulty: skip}"
    Path("bad.yaml").write_text(f"tradepit: 1\nname: bad\nmarket: {{{market}}}\n")
    assert call("validate", "bad.yaml") == 0
    capsys.readouterr()
    assert call("validate", "bad.yaml", "--data") == 2
    captured = capsys.readouterr()
    assert captured.out == "      A: 700 market data\n      C: 2 market data, 1 high skipped\n"
    first, rest = captured.err.splitlines()
    assert first.startswith("faulty.csv:22: ")
    assert rest == "    all rows of B that break a rule: 2 high, 1 number"


def test_validate_counts_what_is_drawn_and_asks_no_live_feed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("validate", "two-venues", "--data") == 0
    assert "market data" in capsys.readouterr().out
    Path("live.yaml").write_text("tradepit: 1\nname: live\nmarket: {X: {tcp: 127.0.0.1:9}}\n")
    assert call("validate", "live.yaml", "--data") == 0
    assert capsys.readouterr().out == "ok  live.yaml\n"


def test_validate_of_an_empty_folder_is_bad_input() -> None:
    assert call("validate", ".") == 2


# --- the rest -----------------------------------------------------------------------------------------------------


def test_schema_prints_the_schema() -> None:
    result = CliRunner().invoke(cli, ["schema"])
    assert json.loads(result.output) == json_schema()


def test_list_names_the_library_and_fits_80_columns() -> None:
    lines = CliRunner().invoke(cli, ["list"]).output.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == sorted(names)
    assert {"first-run", "two-venues", "flash-crash"} <= set(names)
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_asks_the_command(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert f"_TRADEPIT_COMPLETE={shell}_complete" in result.output


def test_completion_knows_no_other_shell() -> None:
    assert CliRunner().invoke(cli, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tradepit va", ["plain,validate"]),
        ("tradepit run --js", ["plain,--json"]),
        ("tradepit run two-v", ["plain,two-venues", "file,two-v"]),
    ],
)
def test_the_shell_is_offered_commands_options_and_scenarios(
    words: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_TRADEPIT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert call() == 0
    assert capsys.readouterr().out.splitlines() == offered


def test_help_lists_every_command_and_each_has_its_own() -> None:
    front = CliRunner().invoke(cli, ["--help"]).output
    for name, about in COMMANDS.items():
        assert f"  {name:<12}{about}" in front
        assert CliRunner().invoke(cli, [name, "--help"]).output.startswith("Usage: ")
    assert all(len(line) <= 80 for line in front.splitlines())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rnu", "no such command: rnu; did you mean run?"),
        ("Validate", "no such command: Validate; did you mean validate?"),
        ("first-run", "no such command: first-run; write tradepit run first-run"),
        ("mine.yaml", "no such command: mine.yaml; write tradepit run mine.yaml"),
        ("zzz", f"no such command: zzz; known: {', '.join(COMMANDS)}"),
        ("--rnu", "No such option"),
    ],
)
def test_an_unknown_command_is_bad_input(name: str, said: str) -> None:
    Path("mine.yaml").touch()
    result = CliRunner().invoke(cli, [name])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output == f"cli {tradepit.__version__}\n"


FIGURES = {"ring": {"per_second": 2_500_000.0, "floor_per_second": 7_500_000.0, "ratio": 1 / 3}}


def test_bench_prints_a_table_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradepit.tools.commands.bench.bench_json", lambda works: FIGURES)
    assert json.loads(CliRunner().invoke(cli, ["bench", "ring", "--json"]).output) == FIGURES
    head, row = CliRunner().invoke(cli, ["bench"]).output.splitlines()
    assert head.split() == ["work", "per", "second", "plain", "loop", "of", "it"]
    assert row.split() == ["ring", "2,500,000", "7,500,000", "33.3%", "deliveries"]


@pytest.mark.parametrize(("error", "code"), [(UnknownWorkError("rnig"), 2), (RoundFailedError("broke"), 1)])
def test_bench_tells_what_it_cannot_do(error: Exception, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_works: object) -> None:
        raise error

    monkeypatch.setattr("tradepit.tools.commands.bench.bench_json", fail)
    result = CliRunner().invoke(cli, ["bench", "rnig"])
    assert (result.exit_code, str(error) in result.output) == (code, True)
