"""The TCP feed, over real sockets: what it publishes, what it refuses, and how it connects again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from tradepit.actors.kernel import Actor, Backoff, Journal, Pace, System
from tradepit.actors.kernel.outside import MOST_WAITING
from tradepit.actors.kernel.streams import random_stream
from tradepit.actors.tcp_feed import LONGEST_LINE, RECONNECTING, Lines, RefusedLine, Sender, TcpFeed
from tradepit.models.feed_events import FeedConnected, FeedEnded, FeedLost, LineRefused
from tradepit.models.market import MarketEvent, Trade

Serve = Callable[[trio.SocketStream], Awaitable[None]]

SOON = Backoff(first_ns=1_000, factor=2.0, most_ns=4_000)


def read(line: bytes, time: int) -> MarketEvent | None:
    """Read `SYMBOL PRICE`, or `end`."""
    if line.strip() == b"end":
        return None
    symbol, _, price = line.decode().partition(" ")
    if not price.strip().replace(".", "").isdigit():
        raise RefusedLine("number", f"price must be a number, was {price[:10]}", symbol)
    return Trade(symbol=symbol, time=time, price=float(price), size=1.0)


class Listener(Actor):
    """Hears everything that the feed says."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_trade(self, trade: Trade) -> None:
        self.heard.append((trade.symbol, trade.price))

    def on_news(self, news: FeedConnected | FeedLost | FeedEnded | LineRefused) -> None:
        self.heard.append(news)


def said(heard: list[Any]) -> list[Any]:
    """Return what was heard, news as its name and what is not an address, a port or a time."""
    return [item if isinstance(item, tuple) else _said(item) for item in heard]


def _said(news: Any) -> tuple[Any, ...]:
    match news:
        case FeedConnected():
            return "connected", news.connection
        case FeedLost():
            return "lost", news.reason, news.failures, news.retry_ns
        case FeedEnded():
            return "ended", news.reason
    return "refused", news.connection, news.line, news.symbol, news.rule, news.text


async def session(
    *serves: list[Serve], reconnect: bool = True, pace: Pace | None = None, backoff: Backoff = SOON
) -> tuple[System, list[Any]]:
    """Run a feed with one sender for each list; each connection to it is served by the next of the list."""
    listener = Listener()
    system = System(journal=Journal(identity={}), pace=pace)
    async with trio.open_nursery() as nursery:
        senders = []
        for connections in serves:
            left = iter(connections)

            async def serve(stream: trio.SocketStream, left: Any = left) -> None:
                async with stream:
                    await next(left)(stream)

            (server,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            port = server.socket.getsockname()[1]
            senders.append(Sender(host="127.0.0.1", port=port, reconnect=reconnect, read=read))
            nursery.start_soon(trio.serve_listeners, serve, [server])
        system.add("listener", listener)
        system.add("feed", TcpFeed(senders, backoff=backoff))
        with trio.fail_after(30):
            await system.run()
        nursery.cancel_scope.cancel()
    return system, listener.heard


def sends(*parts: bytes) -> Serve:
    async def serve(stream: trio.SocketStream) -> None:
        for part in parts:
            await stream.send_all(part)

    return serve


@pytest.mark.trio
async def test_lines_become_messages_in_the_order_in_which_they_came() -> None:
    system, heard = await session([sends(b"A 1\nB 2\n\n", b"A", b" 3.", b"5\nend\nA 9\n")])
    assert said(heard) == [
        ("connected", 1), ("A", 1.0), ("B", 2.0), ("A", 3.5), ("ended", "the sender has ended the session"),
    ]  # fmt: skip
    assert system.streamed == 3


@pytest.mark.trio
async def test_a_bad_line_is_told_of_by_its_number_and_the_feed_goes_on() -> None:
    _, heard = await session([sends(b"A 1\nA x\n\nA 2\nB\nend\n")])
    assert said(heard)[1:-1] == [
        ("A", 1.0),
        ("refused", 1, 2, "A", "number", "price must be a number, was x"),
        ("A", 2.0),
        ("refused", 1, 5, "B", "number", "price must be a number, was "),
    ]


@pytest.mark.trio
async def test_a_broken_connection_is_made_again_and_data_begin_the_count_of_failures_anew() -> None:
    _, heard = await session([sends(), sends(), sends(), sends(b"A 1\nA"), sends(b"A 2\nend\n")])
    closed = "the sender closed the connection"
    assert said(heard) == [
        ("connected", 1), ("lost", closed, 1, 1_000), ("connected", 2), ("lost", closed, 2, 2_000),
        ("connected", 3), ("lost", closed, 3, 4_000),
        ("connected", 4), ("A", 1.0), ("refused", 4, 2, "A", "number", "price must be a number, was "),
        ("lost", closed, 1, 1_000),
        ("connected", 5), ("A", 2.0), ("ended", "the sender has ended the session"),
    ]  # fmt: skip


@pytest.mark.trio
async def test_without_reconnecting_the_end_of_the_connection_is_the_end_of_the_data() -> None:
    _, heard = await session([sends(b"A 1\nA 2")], reconnect=False)
    assert said(heard)[1:] == [("A", 1.0), ("A", 2.0), ("ended", "the sender closed the connection")]


@pytest.mark.trio
async def test_a_reset_connection_is_a_loss_and_no_crash() -> None:
    async def resets(stream: trio.SocketStream) -> None:
        await stream.send_all(b"A 1\n")
        stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        await stream.aclose()

    _, heard = await session([resets, sends(b"end\n")])
    kinds = [item[0] for item in said(heard)]
    assert [kind for kind in kinds if kind != "A"] == ["connected", "lost", "connected", "ended"]


@pytest.mark.trio
async def test_who_cannot_be_reached_is_tried_again_or_has_no_data() -> None:
    async with trio.open_nursery():
        (server,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = server.socket.getsockname()[1]
        await server.aclose()
    listener = Listener()
    system = System()
    system.add("listener", listener)
    system.add("feed", TcpFeed([Sender(host="127.0.0.1", port=port, reconnect=False, read=read)]))
    await system.run()
    (ended,) = listener.heard
    assert isinstance(ended, FeedEnded)
    assert ended.reason.startswith("no connection: ")
    assert ended.address == f"127.0.0.1:{port}"


@pytest.mark.trio
async def test_the_data_are_over_when_every_sender_has_ended() -> None:
    first_has_ended = trio.Event()

    async def ends(stream: trio.SocketStream) -> None:
        await stream.send_all(b"A 1\nend\n")
        first_has_ended.set()

    async def goes_on(stream: trio.SocketStream) -> None:
        await first_has_ended.wait()
        await stream.send_all(b"B 2\nend\n")

    _, heard = await session([ends], [goes_on])
    assert sorted(item for item in said(heard) if item[0] in "AB") == [("A", 1.0), ("B", 2.0)]
    assert said(heard)[-1] == ("ended", "the sender has ended the session")


@pytest.mark.trio
async def test_in_real_time_each_line_has_an_instant_of_its_own_that_is_not_before_it_came_in() -> None:
    instants: list[tuple[int, int]] = []

    class Watcher(Actor):
        def on_trade(self, trade: Trade) -> None:
            instants.append((trade.time, self.now))

    system = System(pace=Pace(utc=True), journal=Journal(identity={}))
    system.add("watcher", Watcher())
    async with trio.open_nursery() as nursery:

        async def serve(stream: trio.SocketStream) -> None:
            await stream.send_all(b"A 1\n" * 500 + b"end\n")

        (server,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [server])
        port = server.socket.getsockname()[1]
        system.add("feed", TcpFeed([Sender(host="127.0.0.1", port=port, reconnect=True, read=read)]))
        await system.run()
        nursery.cancel_scope.cancel()
    came, entered = zip(*instants, strict=True)
    assert len(instants) == 500
    assert list(came) == sorted(came)
    assert list(entered) == sorted(set(entered))
    assert all(before <= after for before, after in instants)


@pytest.mark.trio
async def test_more_lines_than_may_wait_all_arrive() -> None:
    count = 2 * MOST_WAITING + 10
    system, heard = await session([sends(b"A 1\n" * count + b"end\n")])
    assert (system.streamed, len(heard)) == (count, count + 2)


def test_a_wait_before_a_new_connection_doubles_to_half_a_minute_give_or_take_a_quarter() -> None:
    stream = random_stream(1, "feed")
    for failures, middle_s in enumerate((1, 2, 4, 8, 16, 30, 30)):
        waits = [RECONNECTING.wait_ns(failures, stream) / 1e9 for _ in range(200)]
        assert 0.75 * middle_s <= min(waits) < 0.8 * middle_s
        assert 1.2 * middle_s < max(waits) <= 1.25 * middle_s


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1:9"), ("::1", "[::1]:9"), ("feed.example", "feed.example:9")]
)
def test_a_sender_is_named_by_host_and_port(host: str, address: str) -> None:
    assert Sender(host=host, port=9, reconnect=True, read=read).address == address


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\n", b"\nc"], [b"ab", b"", b"c"]),
        ([b"x" * LONGEST_LINE + b"\n"], [b"x" * LONGEST_LINE]),
        ([b"x" * LONGEST_LINE, b"yy", b"z" * LONGEST_LINE + b"\nnext\n"], [b"x" * LONGEST_LINE + b"y", b"next"]),
        ([b"x" * (3 * LONGEST_LINE) + b"\nnext"], [b"x" * (LONGEST_LINE + 1), b"next"]),
    ],
)
def test_lines_are_cut_at_their_ends_and_where_they_are_too_long(chunks: list[bytes], lines: list[bytes]) -> None:
    cutter = Lines()
    assert [*(line for chunk in chunks for line in cutter.of(chunk)), *cutter.rest()] == lines
