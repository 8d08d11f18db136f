"""The only place that reads a clock on the wall (K1).

Virtual time is a plain integer that the system moves; what is needed from the wall is how long something really took,
so that the kernel yields to trio often enough (K7) and progress bars know their rate.
"""

import time
from collections.abc import Callable

NS_PER_S = 1_000_000_000

wall_ns: Callable[[], int] = time.perf_counter_ns
"""Nanoseconds of a monotonic wall clock; only differences mean anything."""

utc_ns: Callable[[], int] = time.time_ns
"""Nanoseconds since the Unix epoch, UTC, as this machine's clock has them; it may be set while a program runs."""
