"""What an outside feed says beside its market data: how its connections fare, and what it could not read."""

from tradepit.models.values import value


@value
class FeedConnected:
    """A connection to a sender of market data stands.

    Attributes:
        address: `host:port` of the sender.
        connection: how many there were to this sender, this one included.
        time: ns since the Unix epoch.
    """

    address: str
    connection: int
    time: int


@value
class FeedLost:
    """A connection broke, or could not be made; another will be tried.

    Attributes:
        address: `host:port` of the sender.
        reason: what happened.
        failures: how many tries in a row brought no data, this one included.
        retry_ns: how long the feed waits before it tries again.
        time: ns since the Unix epoch.
    """

    address: str
    reason: str
    failures: int
    retry_ns: int
    time: int


@value
class FeedEnded:
    """A sender has no more data for this session.

    Attributes:
        address: `host:port` of the sender.
        reason: why.
        time: ns since the Unix epoch.
    """

    address: str
    reason: str
    time: int


@value
class LineRefused:
    """A line of a feed is no market data; the feed goes on with the next.

    Attributes:
        address: `host:port` of the sender.
        connection: on which connection to it, from 1.
        line: its number on that connection, from 1.
        symbol: whose it was, where that could be read; else empty.
        rule: short stable name of the rule that it breaks.
        text: the rule and the value, in words.
        time: ns since the Unix epoch.
    """

    address: str
    connection: int
    line: int
    symbol: str
    rule: str
    text: str
    time: int


FEED_EVENTS: tuple[type, ...] = (FeedConnected, FeedLost, FeedEnded, LineRefused)
