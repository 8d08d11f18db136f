"""Sources that are programs outside: what the feed must know of them, and what the journal says of them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from tradepit.actors.tcp_feed import Sender
from tradepit.models.instruments import Instrument
from tradepit.scenarios.addresses import split_address
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.lines import LineReader
from tradepit.scenarios.sources.source import Source, digest_of
from tradepit.scenarios.tree import TcpSource


@attrs.frozen(kw_only=True)
class Live:
    """All live sources of a scenario.

    Attributes:
        senders: one for each address, in the scenario's order.
        sources: by symbol; they hold no data, and count what was refused. A sender's lines that name no symbol that
            is expected count under its address.
    """

    senders: Sequence[Sender]
    sources: Mapping[str, Source]


def live_sources(market: Mapping[str, TcpSource], *, instruments: Mapping[str, Instrument], sessions: Sessions) -> Live:
    """Return what a scenario's live sources come to; nothing is connected yet.

    Args:
        market: what the scenario says, by symbol.
        instruments: what is traded, by symbol.
        sessions: the clock's sessions.
    """
    by_address: dict[str, dict[str, TcpSource]] = {}
    for symbol, spec in market.items():
        by_address.setdefault(spec.tcp, {})[symbol] = spec
    sources: dict[str, Source] = {}
    senders = []
    for address, specs in by_address.items():
        for name in (*specs, address):
            fingerprint = digest_of(b"tcp", name.encode(), repr(specs.get(name)).encode())
            sources[name] = Source(symbol=name, fingerprint=fingerprint, problems=Counter(), events=iter(()))
        reader = LineReader(
            {symbol: spec.as_ for symbol, spec in specs.items()},
            {symbol: instruments[symbol].price_may_be_negative for symbol in specs},
            {**{symbol: sources[symbol].problems for symbol in specs}, "": sources[address].problems},
            sessions,
        )
        host, port = split_address(address)
        reconnect = next(iter(specs.values())).reconnect
        senders.append(Sender(host=host, port=port, reconnect=reconnect, read=reader.read))
    return Live(senders=tuple(senders), sources=sources)
