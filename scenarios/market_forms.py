"""The grammar of market data's sources."""

from collections.abc import Iterable
from typing import Any

import attrs

from tradepit.scenarios.addresses import ADDRESS_PATTERN, read_address
from tradepit.scenarios.document import Mapping, Node, Sequence
from tradepit.scenarios.forms import Either, Form, Key, ListOf, MapOf, Record, Schema, Tagged
from tradepit.scenarios.market_tree import (
    COLUMNS,
    CrossedRows,
    Faulty,
    FileSource,
    GbmSource,
    MarketKind,
    PathSource,
    Sample,
    SampleSource,
    Stamp,
    TcpSource,
    TradesFile,
)
from tradepit.scenarios.path_forms import ExistingFile
from tradepit.scenarios.problems import Place, nearest, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, Text, UnitText
from tradepit.scenarios.time_forms import Instant
from tradepit.scenarios.times import read_zone
from tradepit.scenarios.unit_forms import GROWTH, POSITIVE_DURATION, VOLATILITY

_VOLUME = Number(float, at_least=0)
_AS = Key("as", Choice(MarketKind), "as_")
_TIME = Instant(time_of_day=True)
_EVERY = Key("every", POSITIVE_DURATION)


@attrs.frozen
class TimeAndFigure(Form):
    """A pair `[time, figure]`, the time of day being on the clock's first day.

    Attributes:
        noun: what the figure is, for messages.
        figure: its form.
    """

    noun: str
    figure: Number

    def read(self, spot: Spot, reading: Reading) -> tuple[int, float]:
        """Return time in ns and figure."""
        if not isinstance(spot.node, Sequence) or len(spot.node.items) != 2:
            raise reading.refuse(spot, f"must be a time and a {self.noun}", "write [14:30, 113.90]")
        pair: list[Any] = []
        for form, index in ((_TIME, 0), (self.figure, 1)):
            try:
                pair.append(form.read(spot.item(index), reading))
            except Unreadable:
                continue
        if len(pair) < 2:
            raise Unreadable
        return pair[0], pair[1]

    def write(self, value: tuple[int, float], writing: Writing) -> Node:
        """Return the pair."""
        return Sequence(Place(""), (_TIME.write(value[0], writing), self.figure.write(value[1], writing)))

    def schema(self) -> Schema:
        """Return an array of two."""
        return {
            "type": "array",
            "prefixItems": [_TIME.schema(), self.figure.schema()],
            "minItems": 2,
            "maxItems": 2,
        }


@attrs.frozen
class InTimeOrder(Form):
    """Pairs `[time, figure]`, each later than the one before.

    Attributes:
        pairs: the list.
    """

    pairs: ListOf

    def read(self, spot: Spot, reading: Reading) -> tuple[tuple[int, float], ...]:
        """Return the pairs."""
        pairs = self.pairs.read(spot, reading)
        noted = len(reading.problems)
        for index in range(1, len(pairs)):
            if pairs[index][0] <= pairs[index - 1][0]:
                rule = "must be later than the one before"
                reading.refuse(spot.item(index).item(0), rule, "write the date as well if it is on another day")
        if len(reading.problems) > noted:
            raise Unreadable
        return pairs

    def write(self, value: tuple[tuple[int, float], ...], writing: Writing) -> Node:
        """Return the list."""
        return self.pairs.write(value, writing)

    def schema(self) -> Schema:
        """Return an array."""
        return self.pairs.schema()

    def takes(self, value: object) -> bool:
        """Tell whether a value is a list of pairs."""
        return isinstance(value, tuple)


@attrs.frozen
class OneFigure(Number):
    """A number where a list of pairs may stand as well."""

    def takes(self, value: object) -> bool:
        """Tell whether a value is a number."""
        return not isinstance(value, tuple)


def _check_file(source: FileSource, spot: Spot, reading: Reading) -> None:
    """Note what does not fit the kind of data: columns, a missing length, trades beside something else than quotes."""
    _check_columns(source.columns, source.as_, spot, reading)
    if source.stamp is Stamp.OPEN and source.every is None and source.as_ is MarketKind.BARS:
        reading.refuse(spot.entry("stamp"), "bars stamped with their open need their length", "write every: 1min")
    if source.crossed is CrossedRows.KEEP and source.as_ is not MarketKind.QUOTES:
        reading.refuse(spot.entry("crossed"), f"quotes may be crossed, {source.as_} cannot", "write as: quotes")
    if source.trades is not None and source.as_ is not MarketKind.QUOTES:
        trades = spot.entry("trades")
        reading.note(
            trades.node.place, trades.path, "trades stand beside quotes", f"as: {source.as_}", "write as: quotes"
        )


def _check_columns(columns: Iterable[str], kind: MarketKind, spot: Spot, reading: Reading) -> None:
    known = COLUMNS[kind]
    for name in columns:
        if name not in known:
            written = spot.entry("columns")
            assert isinstance(written.node, Mapping)
            rule = f"columns of {kind} are {', '.join(known)}"
            suggestion = "" if (near := nearest(name, known)) is None else f"did you mean {near}?"
            place = written.node.entries[name].place
            reading.note(place, joined(written.path, shown(name)), rule, shown(name), suggestion)


def _check_trades_file(trades: TradesFile, spot: Spot, reading: Reading) -> None:
    _check_columns(trades.columns, MarketKind.TRADES, spot, reading)


TRADES_FILE = Record(
    TradesFile,
    (
        Key("file", ExistingFile(), required=True),
        Key("columns", MapOf(Text("a column's name"), "column")),
        Key("zone", UnitText(read_zone, str, r"^\S+$")),
        Key("faulty", Choice(Faulty)),
    ),
    _check_trades_file,
)
FILE = Record(
    FileSource,
    (
        Key("file", ExistingFile(), required=True),
        Key("columns", MapOf(Text("a column's name"), "column")),
        Key("zone", UnitText(read_zone, str, r"^\S+$")),
        _EVERY,
        Key("stamp", Choice(Stamp)),
        Key("faulty", Choice(Faulty)),
        _AS,
        Key("crossed", Choice(CrossedRows)),
        Key("trades", TRADES_FILE),
    ),
    _check_file,
)
SAMPLE = Record(SampleSource, (Key("sample", Choice(Sample), required=True),))
GBM = Record(
    GbmSource,
    (
        Key(
            "gbm",
            Record(
                GbmSource,
                (
                    Key("start", Number(float, above=0)),
                    Key("drift", GROWTH),
                    Key("volatility", VOLATILITY),
                    _EVERY,
                    Key("volume", _VOLUME),
                ),
            ),
            required=True,
            spread=True,
        ),
        _AS,
    ),
)
PATH = Record(
    PathSource,
    (
        Key("path", InTimeOrder(ListOf(TimeAndFigure("price", Number(float)), "points", 2)), required=True),
        Key("volatility", VOLATILITY),
        _EVERY,
        Key(
            "volume",
            Either(OneFigure(float, at_least=0), InTimeOrder(ListOf(TimeAndFigure("volume", _VOLUME), "steps", 1))),
        ),
        _AS,
    ),
)
TCP = Record(
    TcpSource,
    (
        Key("tcp", UnitText(read_address, str, ADDRESS_PATTERN), required=True),
        Key("reconnect", Flag()),
        _AS,
    ),
)
SOURCE = Tagged(
    "a source",
    ((("file",), FILE), (("sample",), SAMPLE), (("gbm",), GBM), (("path",), PATH), (("tcp",), TCP)),
)
