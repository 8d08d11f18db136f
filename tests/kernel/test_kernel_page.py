"""The example on the kernel's page runs, and does what the page says."""

import re
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors import kernel

PAGE = Path(__file__).parents[2] / "docs" / "kernel.md"


def example(page: str) -> str:
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def run_example(source: str) -> dict[str, Any]:
    # The classes' annotations are looked up in the module that the code says it is.
    space: dict[str, Any] = {"__name__": "bakery"}
    exec(compile(source, str(PAGE), "exec"), space)
    return space


def test_the_example_runs_and_sells_all_loaves_in_spite_of_the_crashes() -> None:
    source = example(PAGE.read_text(encoding="utf-8"))
    space = run_example(source)
    system = space["system"]
    assert system.cells["counter"].actor.sold == 200
    assert [system.cells[name].statistics.crashes for name in ("counter", "baker", "town")] == [1, 1, 0]
    assert system.cells["counter"].statistics.depth.deepest >= 20, "it is overloaded"
    assert run_example(source)["journal"].fingerprint == space["journal"].fingerprint
    calm = run_example(re.sub(r"(?m)^system\.crash.*\n", "", source))
    assert calm["system"].cells["counter"].actor.sold == 200
    assert calm["outcome"].time == space["outcome"].time


def test_the_page_names_nothing_that_the_kernel_does_not_have() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for enum in (kernel.Strategy, kernel.Restart, kernel.Overflow):
        for member in enum:
            assert f"`{member.name}`" in page
    for method in re.findall(r"`(?:await )?self\.(\w+)\(", page):
        assert hasattr(kernel.Boundary, method), method
    for method in re.findall(r"`system\.(\w+)\(", page):
        assert hasattr(kernel.System, method), method


@pytest.mark.parametrize(
    "name", ["ActorCrashed", "ActorRestarted", "ActorEnded", "MessageSetAside", "FailureEscalated"]
)
def test_the_page_names_all_that_the_kernel_says(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
    assert hasattr(kernel, name)
