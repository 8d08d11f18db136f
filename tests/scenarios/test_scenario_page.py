"""The page on scenario files says what the format is."""

import re
from pathlib import Path

from tradepit.scenarios.forms import Form, Record
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.loader import loads

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()


def keys_of(form: Form) -> list[str]:
    """Return every key that a form of the grammar knows, at any depth."""
    inner = [getattr(form, name, None) for name in ("form", "short", "long")]
    inner += [record for _, record in getattr(form, "records", ())]
    names: list[str] = []
    if isinstance(form, Record):
        names = [key.name for key in form.keys]
        inner += [key.form for key in form.keys]
    return names + [name for value in inner if isinstance(value, Form) for name in keys_of(value)]


def test_the_pages_example_is_right() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert loads(example).name == "my-first-run"


def test_every_key_is_on_the_page() -> None:
    keys = keys_of(SCENARIO)
    assert {"tradepit", "max_order_notional", "market_price", "cap", "columns", "touch_fills"} <= set(keys)
    assert [key for key in keys if re.search(rf"\b{key}\b", PAGE) is None] == []
