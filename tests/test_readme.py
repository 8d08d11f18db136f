"""What the README and the other pages say is true: their commands, code, output and links.

A fenced block of YAML or Python whose first line is a comment with a file's name is that file. Of a page's blocks of
Python those without a name are executed, and of its blocks of `console` each command of Tradepit is called, one after
the other in one folder. Their output is compared with what the page shows, but for real time and fingerprints; a line
`...` stands for any lines.
"""

import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest

from tradepit.scenarios.loader import load
from tradepit.tools import exits
from tradepit.tools.library import library
from tradepit.tools.main import COMMANDS, cli, main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
WALKED = [ROOT / "README.md", DOCS / "strategies.md"]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\S+\.(?:ya?ml|py))\n")
_CHANGE = re.compile(r"in `(\S+)` change `([^`]+)` to\s+`([^`]+)`")
_OF_THE_RUN = re.compile(r" +\d+\.\d\d s$|\b[0-9a-f]{32}$", re.MULTILINE)  # real time, and fingerprints


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


# --- commands, code and output ------------------------------------------------------------------------------------


@pytest.fixture(params=WALKED, ids=name_of)
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, as a reader of the page does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    found: Path = request.param
    return found


def steps_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a reader does in the order of a page: the language of each block, or `change`, and its text."""
    found = [(match.start(), match[1], match[2]) for match in _BLOCK.finditer(text)]
    found += [(match.start(), "change", match[0]) for match in _CHANGE.finditer(text)]
    for _, kind, content in sorted(found):
        yield kind, content


def walk(page: Path) -> None:
    """Do everything that a page says."""
    names: dict[str, object] = {"__name__": "a_page"}
    for kind, content in steps_of(text_of(page)):
        file = _FILE.match(content)
        change = _CHANGE.match(content)
        if file is not None:
            Path(file[1]).write_text(content, encoding="utf-8")
            if kind == "yaml":
                load(file[1])
        elif change is not None:
            before = Path(change[1]).read_text(encoding="utf-8")
            assert change[2] in before
            Path(change[1]).write_text(before.replace(change[2], change[3]), encoding="utf-8")
        elif kind == "python":
            with redirect_stdout(io.StringIO()):
                exec(compile(content, name_of(page), "exec"), names)
        elif kind == "console":
            follow(content)


def follow(session: str) -> None:
    """Call the commands of a session in a terminal, and compare what they print."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        if command.startswith("tradepit "):
            printed = said_by(command.split()[1:])
            assert shows(shown, printed), f"$ {command}\nprinted\n{printed}"


def said_by(arguments: list[str]) -> str:
    """Return what a command prints, on whichever stream."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed), pytest.raises(SystemExit):
        main(arguments)
    return printed.getvalue()


def shows(shown: str, printed: str) -> bool:
    """Tell whether what a page shows is what was printed, but for what changes and for what `...` stands for."""
    parts = [_OF_THE_RUN.sub("", part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)]
    pattern = ".*".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, _OF_THE_RUN.sub("", printed), re.DOTALL) is not None


@pytest.mark.parametrize(
    ("shown", "holds"),
    [
        ("PASSED  a  0.10 s\norders 3\nfills 4\n", True),
        ("PASSED  a  0.99 s\n...\nfills 4\n", True),
        ("...\nfills 4\n", True),
        ("PASSED  a  0.10 s\nfills 4\n", False),
        ("PASSED  a  0.10 s\n...\nfills 5\n", False),
        ("PASSED  a  0.10 s\n", False),
        ("PASSED  b  0.10 s\n...\n", False),
        ("...\nfingerprint  00112233445566778899aabbccddeeff\n", False),
    ],
)
def test_output_is_compared_but_for_what_is_left_out(shown: str, holds: bool) -> None:
    assert shows(shown, "PASSED  a  0.12 s\norders 3\nfills 4\n") is holds


def test_a_page_shows_some_fingerprint() -> None:
    assert shows(f"fingerprint  {'0' * 32}\n", f"fingerprint  {'0f' * 16}\n")
    assert not shows(f"fingerprint  {'0' * 32}\n", "fingerprint  unknown\n")


def test_what_a_page_says_can_be_done_and_gives_what_it_shows(page: Path) -> None:
    walk(page)


# --- what pages name exists ---------------------------------------------------------------------------------------


def calls_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each call of the command that a page writes as code: the subcommand and the rest of the line."""
    inline = re.findall(r"`tradepit ([^`]*)`", text)
    sessions = [content for kind, content in steps_of(text) if kind in ("console", "text")]
    lines = [call for content in sessions for call in re.findall(r"^\$ tradepit (.*)$", content, re.MULTILINE)]
    for call in [*inline, *lines]:
        subcommand, _, rest = call.replace("\n", " ").partition(" ")
        if not subcommand.startswith("-"):
            yield subcommand, rest


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    context = click.Context(cli)
    for subcommand, rest in calls_in(text_of(page)):
        assert subcommand in COMMANDS
        command = cli.get_command(context, subcommand)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", text_of(page))) <= targets


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    prose = _BLOCK.sub("", text_of(page))
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", text_of(page))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def test_the_index_names_every_page() -> None:
    linked = re.findall(r"\]\(([\w-]+\.md)\)", text_of(DOCS / "README.md"))
    assert sorted(linked) == sorted({page.name for page in DOCS.glob("*.md")} - {"README.md"})


def test_every_command_and_exit_code_is_in_the_readme() -> None:
    readme = text_of(ROOT / "README.md")
    rows = dict(re.findall(r"^\| `tradepit (\w+)[^`]*` \| .* \| ([\d, ]+) \|$", readme, re.MULTILINE))
    assert list(rows) == list(COMMANDS)
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert {int(code) for row in rows.values() for code in row.split(", ")} <= codes
    (sentence,) = re.findall(r"^Exit codes: ([^.]*)\.$", readme, re.MULTILINE)
    assert {int(part.split()[0]) for part in sentence.split("; ")} == codes


def test_every_extra_is_in_the_readme() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    _, _, table = text_of(ROOT / "README.md").partition("| extra |")
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(extras)


def test_the_scenarios_that_come_along_are_what_the_pages_call_them() -> None:
    calls = [call for page in PAGES for call in calls_in(text_of(page))]
    named = sorted({rest for subcommand, rest in calls if subcommand == "run" and re.fullmatch(r"[a-z][a-z-]*", rest)})
    assert "first-run" in named
    assert set(named) <= set(library())
