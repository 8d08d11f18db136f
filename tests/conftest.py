"""Switches that hold for the whole suite."""

import os
import random

import pytest
from hypothesis import HealthCheck, settings

from tradepit.models import values

if os.environ.get("TRADEPIT_TEST_FROZEN"):
    values.freeze_values()

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(params=range(3))
def shuffled_trio(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let trio run its ready tasks in an order drawn from a seed of the test's own."""
    import trio._core._run as trio_run

    seed: int = request.param
    monkeypatch.setattr(trio_run, "_r", random.Random(seed))
    return seed
