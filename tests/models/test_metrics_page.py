"""docs/metrics.md: its examples are true and it leaves no metric out."""

import doctest
import re
from pathlib import Path

from tradepit.models.metrics import metric_names

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_example_gives_the_number_beside_it() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(blocks, {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(examples, out=said.append)
    assert (runner.failures, runner.tries > 20) == (0, True), "".join(said)


def test_every_metric_has_its_row() -> None:
    rows = "".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `"))
    documented = set(re.findall(r"`(\w+)`", rows)) | {"periods_per_year"}
    assert documented == set(metric_names())
