"""Which scenarios some files and folders hold."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from tradepit.tools.library import scenario_file
from tradepit.tools.run_directory import AS_IT_RAN, RESULTS, SCENARIO

_MARK = re.compile(rb"^(tradepit|extends)[ \t]*:", re.MULTILINE)
_HEAD = 65_536  # bytes in which the mark must stand


@attrs.frozen
class Collected:
    """What was found.

    Attributes:
        scenarios: files to run, each once, in the order given; those of a folder in the order of their paths.
        passed_over: YAML files of folders that are no scenarios, since they say neither `tradepit:` nor `extends:`.
    """

    scenarios: tuple[Path, ...]
    passed_over: tuple[Path, ...]


def collect(sources: Iterable[str]) -> Collected:
    """Find the scenarios that files, folders and names of the library mean.

    A folder is searched with all that is below it, but for what is hidden, for the folders of past runs, and for the
    copies of scenarios that runs leave, also those that did not come to their end. A file that is named is taken
    whatever is in it.

    Raises:
        ScenarioError: a name or path means nothing.
    """
    scenarios: dict[Path, None] = {}
    passed_over: dict[Path, None] = {}
    for source in sources:
        if not Path(source).is_dir():
            scenarios[scenario_file(source)] = None
            continue
        for file in _yaml_files(Path(source)):
            with file.open("rb") as stream:
                head = stream.read(_HEAD)
            if file.name == SCENARIO and head.startswith(AS_IT_RAN.encode()):
                continue
            (scenarios if _MARK.search(head) else passed_over)[file] = None
    return Collected(tuple(scenarios), tuple(passed_over))


def _yaml_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not (entry / RESULTS).exists():
                yield from _yaml_files(entry)
        elif entry.suffix in (".yaml", ".yml"):
            yield entry
