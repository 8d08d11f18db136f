"""From a scenario file to the tree: files that extend one another, `--set`, and every problem found in one go."""

from collections.abc import Sequence
from pathlib import Path

from tradepit.scenarios.checks import check_sections
from tradepit.scenarios.document import MAX_CHARACTERS, Mapping, Node, Scalar, described, parse
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.merging import apply_set, merged, option_source
from tradepit.scenarios.problems import Place, Problem, ScenarioError, nearest
from tradepit.scenarios.reading import Reading, Spot, Unreadable
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.units import UnitError, read_money
from tradepit.scenarios.writer import dump

_MAX_CHAIN = 10  # files that extend one another
_DEFAULT_CURRENCY = "USD"


def load(path: str | Path, sets: Sequence[str] = ()) -> Scenario:
    """Return the scenario of a file.

    Args:
        path: the YAML file.
        sets: values to change, such as `venues.ARCA.latency.order=5ms`; later ones win.

    Raises:
        ScenarioError: all that is wrong, each with file, line and column.
    """
    file = Path(path)
    source = str(path)
    text = _text_of(file, source, Place(source))
    return _load(text, source, Reading(directory=file.parent), file, sets)


def loads(
    text: str,
    name: str = "<text>",
    *,
    directory: str | Path = ".",
    sets: Sequence[str] = (),
    needs_data: bool = True,
) -> Scenario:
    """Return the scenario of a text.

    Args:
        text: YAML.
        name: what problems call the text.
        directory: where its relative paths start.
        sets: values to change, as for `load`.
        needs_data: whether files of market data must be there; a replay can do without.

    Raises:
        ScenarioError: all that is wrong, each with line and column.
    """
    return _load(text, name, Reading(directory=Path(directory), needs_data=needs_data), None, sets)


def validate(scenario: Scenario) -> None:
    """Check a scenario that was built in Python by the rules that hold for files.

    Raises:
        ScenarioError: what is wrong, placed in the scenario as `dump` writes it.
    """
    try:
        text = dump(scenario)
    except TypeError as error:
        raise ScenarioError([Problem(place=Place(scenario.name), path="strategies", rule=str(error))]) from None
    loads(text, scenario.name, directory=scenario.directory)


def _load(text: str, source: str, reading: Reading, file: Path | None, sets: Sequence[str]) -> Scenario:
    root = _extended(text, source, reading.directory, [] if file is None else [file.resolve()], reading)
    for option in sets:
        root = apply_set(root, option, reading.problems)
    scenario = _read(Spot(root), reading)
    if scenario is None or reading.problems:
        sources = list(dict.fromkeys([*reading.directories, *map(option_source, sets)]))
        raise ScenarioError(
            sorted(
                dict.fromkeys(reading.problems),
                key=lambda problem: (sources.index(problem.file), problem.line, problem.column),
            )
        )
    return scenario


# --- files ------------------------------------------------------------------------------------------------------


def _text_of(file: Path, source: str, blame: Place, path: str = "") -> str:
    """Return a file's text; what is wrong with the file is said of the place that named it."""
    problem = ""
    suggestion = ""
    try:
        if file.is_dir():
            problem = "must be a file, not a directory"
        else:
            with file.open("rb") as stream:
                content = stream.read(4 * MAX_CHARACTERS + 1)
    except FileNotFoundError:
        problem = "no such file"
        near = nearest(file.name, _neighbours(file))
        suggestion = f"did you mean {file.with_name(near)}?" if near else ""
    except (OSError, ValueError) as error:
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if problem:
        value = source if path else None
        raise ScenarioError([Problem(place=blame, path=path, rule=problem, value=value, suggestion=suggestion)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        rule = "a scenario is text in UTF-8"
        raise ScenarioError(
            [Problem(place=Place(source, line, column), path="", rule=rule, value=f"byte 0x{content[error.start]:02x}")]
        ) from None


def _neighbours(file: Path) -> list[str]:
    try:
        return sorted(other.name for other in file.parent.iterdir())
    except OSError:
        return []


def _extended(text: str, source: str, directory: Path, chain: list[Path], reading: Reading) -> Node:
    """Return the nodes of a text, merged over those of the file that it extends."""
    reading.directories[source] = directory
    try:
        root = parse(text, source, reading.problems)
    except ScenarioError as error:
        raise ScenarioError(dict.fromkeys([*reading.problems, *error.problems])) from None
    if not isinstance(root, Mapping) or "extends" not in root.entries:
        return root
    node = root.entries["extends"].node
    own = Mapping(root.place, {key: entry for key, entry in root.entries.items() if key != "extends"})
    if not isinstance(node, Scalar) or node.is_null:
        reading.refuse(Spot(node, "extends"), "must be a path", "write extends: base.yaml")
        return own
    base_file = directory / node.text
    base_source = str(Path(source).parent / node.text) if chain else node.text
    try:
        resolved = base_file.resolve()
    except (OSError, ValueError, RuntimeError):  # a name that the system refuses, or a loop of links
        reading.refuse(Spot(node, "extends"), "no such file")
        return own
    if resolved in chain:
        names = " -> ".join(file.name for file in [*chain[chain.index(resolved) :], resolved])
        reading.refuse(Spot(node, "extends"), f"files must not extend one another in a circle: {names}")
        return own
    if len(chain) >= _MAX_CHAIN:
        reading.refuse(Spot(node, "extends"), f"at most {_MAX_CHAIN} files extend one another")
        return own
    try:
        base_text = _text_of(base_file, node.text, node.place, "extends")
    except ScenarioError as error:
        reading.problems.extend(error.problems)
        return own
    base = _extended(base_text, base_source, base_file.parent, [*chain, resolved], reading)
    return merged(base, own)


# --- the whole --------------------------------------------------------------------------------------------------


def _read(root: Spot, reading: Reading) -> Scenario | None:
    """Return the scenario, or None where something is wrong, which is noted."""
    if not isinstance(root.node, Mapping):
        reading.note(root.node.place, "", "a scenario is a mapping", described(root.node), "write name: ... on a line")
        return None
    _look_ahead(root, reading)
    try:
        sections, whole = SCENARIO.values(root, reading)
    except Unreadable:
        return None
    broken = [key.name for key in SCENARIO.keys if root.has(key.name) and (key.attribute or key.name) not in sections]
    check_sections(sections, broken, root, reading)
    if reading.problems or not whole:
        return None
    return Scenario(**sections, directory=reading.directory, places=dict(root.places()))


def _look_ahead(root: Spot, reading: Reading) -> None:
    """Learn what forms need to know of sections other than their own: symbols and currency."""
    if root.has("market"):
        market = root.entry("market").node
        if isinstance(market, Mapping):
            reading.symbols = tuple(market.entries)
    reading.currency = _DEFAULT_CURRENCY
    if root.has("portfolio") and root.entry("portfolio").has("cash"):
        cash = root.entry("portfolio").entry("cash").node
        try:
            reading.currency = read_money(cash.text).currency if isinstance(cash, Scalar) else None
        except UnitError:
            reading.currency = None
