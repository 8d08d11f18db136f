"""A side that did other work than the plain loop is found out."""

import math
from typing import Any

import attrs
import pytest

from tradepit.tools.bench.agreement import disagreement
from tradepit.tools.bench.rounds import Round

REFERENCE = Round(count=1000, seconds=1.0, fills=40_333, final_equity=942_901.0, peak_memory_bytes=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"seconds": 9.0, "peak_memory_bytes": 5, "version": "3"}, ""),
        ({"final_equity": 942_901.0099}, ""),
        ({"final_equity": 942_900.9901}, ""),
        ({"count": 999}, "count 999 instead of 1,000"),
        ({"fills": 40_335}, "fills 40,335 instead of 40,333"),
        ({"final_equity": 942_901.02}, "final equity 942,901.02 instead of 942,901.00"),
        ({"final_equity": 942_890.0}, "final equity 942,890.00 instead of 942,901.00"),
        ({"final_equity": math.nan}, "final equity nan instead of 942,901.00"),
        (
            {"fills": 0, "final_equity": 1e6},
            "fills 0 instead of 40,333; final equity 1,000,000.00 instead of 942,901.00",
        ),
    ],
)
def test_work_is_the_same_when_count_fills_and_equity_are(changes: dict[str, Any], words: str) -> None:
    assert disagreement(attrs.evolve(REFERENCE, **changes), REFERENCE) == words
