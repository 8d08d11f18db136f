"""What a scenario has around a strategy, as far as it is known before the run, for settings to be held to."""

from collections.abc import Mapping

import attrs

from tradepit.models.instruments import Instrument


@attrs.frozen(kw_only=True)
class Surroundings:
    """What there is for a strategy.

    Attributes:
        symbols: what it sees.
        venues: where its orders may go.
        instruments: what its symbols are, by symbol.
        order_rules: names of the rules that orders are held to, without a user's own.
        start: first instant of the run, ns since the Unix epoch, or None where only the data say.
        end: last instant at which it can hear market data, or None where only the data say.
    """

    symbols: tuple[str, ...]
    venues: tuple[str, ...]
    instruments: Mapping[str, Instrument]
    order_rules: tuple[str, ...]
    start: int | None = None
    end: int | None = None
