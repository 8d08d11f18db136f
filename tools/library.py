"""The scenarios that come with Tradepit, by name, and how a name or path on the command line finds its file."""

from pathlib import Path

from tradepit.scenarios import library as _shipped
from tradepit.scenarios.problems import Place, Problem, ScenarioError, did_you_mean, nearest


def library() -> dict[str, Path]:
    """Return the files of the scenarios that come with Tradepit, by name, in the order of the alphabet."""
    folder = Path(_shipped.__path__[0])
    return {file.stem: file for file in sorted(folder.glob("*.yaml"), key=lambda file: file.stem)}


def scenario_file(source: str | Path) -> Path:
    """Return the file that a path or a name means.

    A file of that name goes first, then the library, then the file with `.yaml` behind its name, as `tradepit new`
    writes it.

    Raises:
        ScenarioError: there is neither; the nearest name is suggested.
    """
    path = Path(source)
    if path.is_file():
        return path
    names = library()
    plain = str(source) == path.name and not path.suffix
    if plain and path.name in names:
        return names[path.name]
    written = Path(f"{source}.yaml")
    if written.is_file():
        return written
    place = Place(str(source))
    if path.is_dir():
        hint = f"write `tradepit test {source}` to run what is in it"
        raise ScenarioError([Problem(place=place, path="", rule="must be a file, was a folder", suggestion=hint)])
    if not plain:
        beside = sorted(other.name for other in path.parent.iterdir()) if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        hint = f"did you mean {path.with_name(near)}?" if near else ""
    else:
        beside = [other.stem for other in sorted(Path().glob("*.yaml"))]
        hint = did_you_mean(path.name, [*names, *beside])
    raise ScenarioError([Problem(place=place, path="", rule="no such file or scenario", suggestion=hint)])
