"""A latency that a user works out: a function or class named in a scenario, as what a link asks."""

import random
from collections.abc import Callable
from typing import Any, Final

import attrs

from tradepit.scenarios.own_code import load_own
from tradepit.scenarios.own_places import own_latencies
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.strategy_loading import problem_at
from tradepit.scenarios.tree import Scenario

LATENCY_ARGUMENTS: Final = ("stream", "now", "load", "message")
DEFAULT_WINDOW_NS: Final = 1_000_000_000
_SEED_BITS: Final = 64


@attrs.define
class OwnLatency:
    """A latency by what a function says.

    A message that is taken back and sent again is to have its first luck, but meet the circumstances of its own time
    (see `kernel.draws`). So what the link's stream gives is the seed of a stream of the message's own, and that is
    what the function draws from, as often as it likes.

    Attributes:
        function: `(stream, now, load, message)`; returns ns, 0 or more.
        name: of the function, for messages.
        window_ns: how far back the load goes, ns; 0 for no load.
    """

    function: Callable[..., object]
    name: str
    window_ns: int = DEFAULT_WINDOW_NS
    _stream: random.Random = attrs.field(factory=random.Random, init=False, repr=False, eq=False)

    def draw(self, stream: random.Random) -> int:
        """Return a seed."""
        return stream.getrandbits(_SEED_BITS)

    def at(self, drawn_ns: int, now: int, load: int, message: Any = None) -> int:
        """Return what the function does.

        Raises:
            TypeError: that is no whole number.
            ValueError: it is below 0.
        """
        self._stream.seed(drawn_ns)
        latency_ns = self.function(self._stream, now, load, message)
        if not isinstance(latency_ns, int) or isinstance(latency_ns, bool):
            raise TypeError(f"{self.name} must return a whole number of ns, was {latency_ns!r}")
        if latency_ns < 0:
            raise ValueError(f"{self.name} must return a latency of 0 ns or more, was {latency_ns}")
        return int(latency_ns)


def latency_loader(scenario: Scenario) -> Callable[[OwnCode], OwnLatency]:
    """Return what makes latencies of the user's own code; each is loaded once, however many links it is on."""
    places = {id(own): path for path, own in own_latencies(scenario)}
    loaded: dict[int, OwnLatency] = {}

    def load(own: OwnCode) -> OwnLatency:
        if id(own) not in loaded:
            loaded[id(own)] = _load(scenario, places[id(own)], own)
        return loaded[id(own)]

    return load


def _load(scenario: Scenario, path: str, own: OwnCode) -> OwnLatency:
    """Make a latency.

    Raises:
        ScenarioError: the code does not import, has no such name, cannot be called as a latency is, or says no
            `window_ns` that is one.
    """
    function, owner = load_own(scenario, path, own, LATENCY_ARGUMENTS, "latency")
    if path.endswith(".by"):
        return OwnLatency(function, own.use, 0)  # the time of a rule follows no load
    window_ns = getattr(owner, "window_ns", DEFAULT_WINDOW_NS)
    if type(window_ns) is not int or window_ns < 0:
        rule = "window_ns must be a whole number of ns, 0 or more"
        raise ScenarioError([problem_at(scenario, path, rule, repr(window_ns), "write window_ns = 1_000_000_000")])
    return OwnLatency(function, own.use, window_ns)
