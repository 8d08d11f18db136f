"""Lines of an outside feed: one JSON object each, judged by the same rules as the rows of a file.

A line has the symbol and the columns of its kind: a bar `open`, `high`, `low`, `close`, `volume`, perhaps `vwap`; a
quote `bid`, `ask`, `bid_size`, `ask_size`; a trade `price`, `size`. `time`, when the sender says it, is the sender's
own stamp: of one symbol it never runs backwards, and a bar's is never the same twice, so that what a sender repeats
after a new connection is refused. The data bear the time at which they came in. `{"end": true}` ends the session.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tradepit.actors.tcp_feed import LONGEST_LINE, RefusedLine
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.values import positional
from tradepit.scenarios.problems import did_you_mean, shown
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.checks import RowRules
from tradepit.scenarios.sources.faults import Fault
from tradepit.scenarios.sources.stamps import StampReader
from tradepit.scenarios.sources.streaming import FIRST_NS
from tradepit.scenarios.tree import COLUMNS, Faulty, MarketKind

_MAKE: Mapping[MarketKind, Callable[..., MarketEvent]] = {
    MarketKind.BARS: positional(Bar),
    MarketKind.QUOTES: positional(Quote),
    MarketKind.TRADES: positional(Trade),
}
_OPTIONAL = "vwap"


class LineReader:
    """Reads the lines of one sender.

    Attributes:
        problems: how many lines were refused, by rule; those whose symbol is known count with the symbol.
    """

    def __init__(
        self,
        symbols: Mapping[str, MarketKind],
        may_be_negative: Mapping[str, bool],
        problems: Mapping[str, Counter[str]],
        sessions: Sessions,
    ) -> None:
        """Make a reader.

        Args:
            symbols: what the sender gives, by symbol.
            may_be_negative: whether prices at and below zero are allowed, by symbol.
            problems: gets counts of what was refused, by symbol; those of no symbol stand under "".
            sessions: of the scenario's clock, for stamps that are bare dates.
        """
        self._problems = problems
        self._decode = msgspec.json.Decoder().decode
        self._lines = {
            symbol: _SymbolsLines(symbol, kind, sessions, may_be_negative=may_be_negative[symbol])
            for symbol, kind in symbols.items()
        }

    def read(self, line: bytes, time: int) -> MarketEvent | None:
        """Return what a line says, stamped with the time at which it came in; None for the end of the session.

        Raises:
            RefusedLine: it says nothing that can be used.
        """
        try:
            return self._read(line, time)
        except RefusedLine as refused:
            self._problems[refused.symbol][f"{refused.rule} refused"] += 1
            raise

    def _read(self, line: bytes, time: int) -> MarketEvent | None:
        if len(line) > LONGEST_LINE:
            raise RefusedLine("length", f"a line has at most {LONGEST_LINE:,} bytes")
        try:
            found = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RefusedLine("json", f"a line is one JSON object: {error}") from None
        if not isinstance(found, dict):
            raise RefusedLine("json", f"a line is one JSON object, was {shown(str(found))}")
        if found.get("end") is True and "symbol" not in found:
            return None
        symbol = found.get("symbol")
        if not isinstance(symbol, str):
            raise RefusedLine("symbol", "a line names its symbol" + ("" if symbol is None else f", was {symbol!r}"))
        lines = self._lines.get(symbol)
        if lines is None:
            hint = did_you_mean(symbol, self._lines)
            raise RefusedLine("symbol", f"symbol must be one that is expected from here, was {shown(symbol)}; {hint}")
        try:
            return lines.read(found, time)
        except Fault as fault:
            raise RefusedLine(fault.rule, fault.text, symbol) from None


class _SymbolsLines:
    """Reads the lines of one symbol."""

    def __init__(self, symbol: str, kind: MarketKind, sessions: Sessions, *, may_be_negative: bool) -> None:
        self._symbol = symbol
        self._make = _MAKE[kind]
        self._names = [name for name in COLUMNS[kind] if name not in ("time", _OPTIONAL)]
        self._optional = _OPTIONAL in COLUMNS[kind]
        self._rules = RowRules(kind, tuple(self._names), Faulty.FAIL, Counter(), may_be_negative=may_be_negative)
        self._rules_of_all = RowRules(kind, COLUMNS[kind][1:], Faulty.FAIL, Counter(), may_be_negative=may_be_negative)
        stamps = StampReader(sessions, ZoneInfo("UTC"), 0, strict=self._rules.strict_time)
        self._read_stamp = stamps.reader("text")
        self._last_ns = FIRST_NS

    def read(self, found: dict[str, Any], time: int) -> MarketEvent:
        """Return what a line says.

        Raises:
            Fault: a rule is broken.
        """
        names, rules = self._names, self._rules
        if self._optional and found.get(_OPTIONAL) is not None:
            names, rules = [*names, _OPTIONAL], self._rules_of_all
        cells = tuple(_number(name, found) for name in names)
        numbers = rules.judge(cells)
        stamp = found.get("time")
        if stamp is not None:
            self._check_stamp(stamp)
        return self._make(self._symbol, time, *numbers)

    def _check_stamp(self, stamp: object) -> None:
        """Note the sender's own stamp, if it comes after the one before."""
        if isinstance(stamp, bool) or not isinstance(stamp, (str, int, float)):
            raise Fault("time", f"time must be ISO 8601 or an epoch, was {shown(str(stamp))}", stamp)
        stamp_ns = self._read_stamp(stamp, self._last_ns, _raised)
        if stamp_ns <= self._last_ns:
            self._rules.may_stay(stamp_ns, self._last_ns)
        self._last_ns = stamp_ns


def _number(name: str, found: dict[str, Any]) -> float:
    cell = found.get(name)
    if cell is None:
        raise Fault("missing", f"{name} must be there", None)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise Fault("number", f"{name} must be a number, was {shown(str(cell))}", cell)
    return cell


def _raised(fault: Fault) -> None:
    raise fault
