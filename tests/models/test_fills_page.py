"""docs/fills.md: its examples are true, and it names every kind, rule and code of matching."""

import doctest
import re
from pathlib import Path
from typing import get_args

from tradepit.models.matching import DeadCode
from tradepit.models.orders import OrderKind
from tradepit.scenarios.forms import Record
from tradepit.scenarios.matching_forms import MATCHING

PAGE = Path(__file__).parents[2] / "docs" / "fills.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_example_gives_what_stands_below_it() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(blocks, {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(examples, out=said.append)
    assert (runner.failures, runner.tries > 30) == (0, True), "".join(said)


def test_every_kind_and_code_is_on_the_page() -> None:
    codes = set(get_args(DeadCode)) - {"EXPIRED"}  # that one is told as an expiry, without a code
    assert [name for name in [*OrderKind, *sorted(codes)] if re.search(rf"\b{name}\b", TEXT) is None] == []


def test_every_setting_of_matching_is_on_the_page() -> None:
    records = [key.form for _, record in MATCHING.long.records for key in record.keys]  # type: ignore[attr-defined]
    names = {key.name for record in records if isinstance(record, Record) for key in record.keys}
    assert len(names) >= 12
    assert [name for name in sorted(names) if f"`{name}" not in TEXT] == []
