"""Verdicts as JUnit XML, which build servers read."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from tradepit.tools.verdicts import Outcome, Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0, section 2.2


def write_junit(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write a file with one suite and a case for each scenario.

    A scenario that did not hold is a failure; one that could not be run is an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = sum(verdict.outcome is Outcome.FAILED for verdict in verdicts)
    passed = sum(verdict.outcome is Outcome.PASSED for verdict in verdicts)
    suite = ET.Element(
        "testsuite",
        name="tradepit",
        tests=str(len(verdicts)),
        failures=str(failures),
        errors=str(len(verdicts) - failures - passed),
        skipped="0",
        time=f"{sum(verdict.elapsed_s for verdict in verdicts):.3f}",
    )
    for verdict in verdicts:
        suite.append(_case(verdict))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(verdict: Verdict) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_clean(str(verdict.file.parent)),
        name=_clean(verdict.name),
        file=_clean(str(verdict.file)),
        time=f"{verdict.elapsed_s:.3f}",
    )
    if verdict.outcome is not Outcome.PASSED:
        tag = "failure" if verdict.outcome is Outcome.FAILED else "error"
        first = verdict.account[0] if verdict.account else verdict.outcome.value
        said = ET.SubElement(case, tag, message=_clean(first), type=verdict.outcome.value)
        said.text = _clean("\n".join(verdict.account))
    return case


def _clean(text: str) -> str:
    """Return a text with what XML cannot hold replaced."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
