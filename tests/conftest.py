"""Switches that hold for the whole suite."""

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tradepit.models import values

if os.environ.get("TRADEPIT_TEST_FROZEN"):
    values.freeze_values()

# Trio runs ready tasks in a drawn order. Every run of the suite draws another one; a test that fails fails again with
# the number that the head of the run shows.
ORDER = os.environ.setdefault("TRADEPIT_TEST_ORDER", str(random.randrange(1_000_000)))

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_report_header() -> str:
    """Say from which number trio's order of tasks is drawn."""
    return f"trio runs ready tasks in an order drawn from TRADEPIT_TEST_ORDER={ORDER}"


@pytest.fixture(autouse=True)
def _drawn_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let trio run ready tasks in the order that the run's number and the test's name give."""
    import trio._core._run as trio_run

    before = trio_run._r
    trio_run._r = random.Random(f"{ORDER} {request.node.nodeid}")
    yield
    trio_run._r = before


@pytest.fixture(params=range(3))
def shuffled_trio(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let trio run its ready tasks in an order drawn from a seed of the test's own."""
    import trio._core._run as trio_run

    seed: int = request.param
    monkeypatch.setattr(trio_run, "_r", random.Random(seed))
    return seed
