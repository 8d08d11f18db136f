"""TCP feed: brings in market data from programs outside, one line each, as they come.

Receives: nothing. Sends: `Bar`, `Quote`, `Trade`, published by symbol; `FeedConnected`, `FeedLost`, `FeedEnded` and
`LineRefused`, published.
Always holds: what it publishes bears the time at which it came in, and that never runs backwards; a line that cannot be
read is refused and told of, and the feed goes on; when every sender has ended, so has the session.
"""

import socket
from collections.abc import Callable, Iterator, Sequence

import attrs
import trio

from tradepit.actors.kernel import Backoff, Boundary
from tradepit.actors.kernel.clock import NS_PER_S
from tradepit.models.feed_events import FeedConnected, FeedEnded, FeedLost, LineRefused
from tradepit.models.market import MarketEvent

LONGEST_LINE = 65_536
"""Bytes; what is longer is no line, and is not kept."""

RECONNECTING = Backoff(first_ns=NS_PER_S, factor=2.0, most_ns=30 * NS_PER_S, jitter=0.25)


class RefusedLine(ValueError):  # noqa: N818  it is news about a line, and the feed goes on
    """A line is no market data.

    Attributes:
        rule: short stable name of the rule that it breaks.
        symbol: whose it was, where that could be read; else empty.
    """

    def __init__(self, rule: str, text: str, symbol: str = "") -> None:
        super().__init__(text)
        self.rule = rule
        self.symbol = symbol


@attrs.frozen(kw_only=True)
class Sender:
    """A program that sends lines.

    Attributes:
        host: name or address.
        port: TCP port.
        reconnect: whether to connect again when a connection breaks, or cannot be made.
        read: makes market data of a line and the time at which it came in; None for the line that ends the session;
            raises RefusedLine.
    """

    host: str
    port: int
    reconnect: bool
    read: Callable[[bytes, int], MarketEvent | None]

    @property
    def address(self) -> str:
        """Return host and port as one text."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class TcpFeed(Boundary):
    """A boundary actor: it brings in the market, which the kernel cannot know."""

    feeds = True
    constant = ("_senders", "_backoff")

    def __init__(self, senders: Sequence[Sender], *, backoff: Backoff = RECONNECTING) -> None:
        """Make a feed.

        Args:
            senders: whom to connect to; one connection each, however many symbols it sends.
            backoff: how long to wait before a new connection, by the number of failures in a row.
        """
        self._senders = tuple(senders)
        self._backoff = backoff

    async def run(self) -> None:
        """Listen to every sender until it ends; then the data are over."""
        async with trio.open_nursery() as nursery:
            for sender in self._senders:
                nursery.start_soon(self._follow, sender)
        self.end_data()

    async def _follow(self, sender: Sender) -> None:
        """Connect, listen, and connect again."""
        connection = failures = 0
        while True:
            try:
                stream = await trio.open_tcp_stream(sender.host, sender.port)
            except OSError as error:
                reason = f"no connection: {error.strerror or error}"
            else:
                connection += 1
                self.publish(FeedConnected(address=sender.address, connection=connection, time=self.wall_time))
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                async with stream:
                    ended, any_data, reason = await self._listen(sender, connection, stream)
                if ended:
                    self._end(sender, reason)
                    return
                if any_data:
                    failures = 0
            if not sender.reconnect:
                self._end(sender, reason)
                return
            wait_ns = self._backoff.wait_ns(failures, self.random)
            failures += 1
            self.publish(
                FeedLost(
                    address=sender.address, reason=reason, failures=failures, retry_ns=wait_ns, time=self.wall_time
                )
            )
            await trio.sleep(wait_ns / NS_PER_S)

    async def _listen(self, sender: Sender, connection: int, stream: trio.SocketStream) -> tuple[bool, bool, str]:
        """Publish what comes; tell whether the sender ended the session, whether any data came, and why it broke."""
        any_data = False
        number = 0
        lines = Lines()
        reason = ""
        while not reason:
            try:
                chunk = await stream.receive_some()
            except trio.BrokenResourceError as error:
                reason = f"the connection broke: {error.__cause__ or error}"
                chunk = b""
            else:
                reason = "" if chunk else "the sender closed the connection"
            for line in lines.of(chunk) if chunk else lines.rest():
                number += 1
                if not line.strip():
                    continue
                now = self.wall_time
                try:
                    event = sender.read(line, now)
                except RefusedLine as refused:
                    self.publish(
                        LineRefused(
                            address=sender.address,
                            connection=connection,
                            line=number,
                            symbol=refused.symbol,
                            rule=refused.rule,
                            text=str(refused),
                            time=now,
                        )
                    )
                else:
                    if event is None:
                        return True, any_data, "the sender has ended the session"
                    any_data = True
                    self.publish(event)
                await self.room()
        return False, any_data, reason

    def _end(self, sender: Sender, reason: str) -> None:
        self.publish(FeedEnded(address=sender.address, reason=reason, time=self.wall_time))


class Lines:
    """Cuts what comes into lines, without their ends; of one that is too long only its beginning counts."""

    def __init__(self) -> None:
        self._begun = b""
        self._cut = False  # whether the line that has begun was too long, and has been given out already

    def of(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that end in a chunk."""
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line, self._begun = self._begun + part, b""
            if not self._cut:
                yield line[: LONGEST_LINE + 1]
            self._cut = False
        if not self._cut:
            self._begun += rest
            if len(self._begun) > LONGEST_LINE:
                line, self._begun, self._cut = self._begun[: LONGEST_LINE + 1], b"", True
                yield line

    def rest(self) -> Iterator[bytes]:
        """Yield what stands after the last line end: it is a line too."""
        if self._begun:
            yield self._begun
