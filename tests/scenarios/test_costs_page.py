"""docs/costs.md: its examples are true, and it tells of every model, key and preset."""

import doctest
import re
from pathlib import Path

from tradepit.scenarios.cost_forms import COSTS
from tradepit.scenarios.forms import Form, Record
from tradepit.scenarios.tree import CostPreset

PAGE = Path(__file__).parents[2] / "docs" / "costs.md"
TEXT = PAGE.read_text(encoding="utf-8")


def keys_of(form: Form) -> list[str]:
    """Return every key that a form of the grammar knows, at any depth."""
    inner = [getattr(form, name, None) for name in ("form", "short", "long")]
    inner += [record for _, record in getattr(form, "records", ())]
    names: list[str] = []
    if isinstance(form, Record):
        names = [key.name for key in form.keys]
        inner += [key.form for key in form.keys]
    return names + [name for value in inner if isinstance(value, Form) for name in keys_of(value)]


def test_every_example_gives_the_number_beside_it() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert (result.failed, result.attempted > 40) == (0, True)


def test_every_key_and_preset_is_on_the_page() -> None:
    keys = set(keys_of(COSTS))
    assert {"volume_share", "elsewhere", "minimum_wins", "from", "preset"} <= keys
    assert [word for word in sorted(keys | set(CostPreset)) if re.search(rf"\b{word}\b", TEXT) is None] == []
