"""The grammar of how a venue matches."""

import re

from tradepit.models.queue_position import QueueModel
from tradepit.scenarios.forms import Either, Key, Record, Tagged
from tradepit.scenarios.matching_tree import (
    Arrival,
    BarPath,
    BarSequence,
    BarsMatching,
    CrossedQuotes,
    Exits,
    GapPrice,
    MarketFills,
    MarketPrice,
    PastBar,
    PastLimit,
    QuotesMatching,
    Slips,
    StopLimitFills,
    TradesMatching,
    Trailing,
)
from tradepit.scenarios.problems import did_you_mean
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, UnitText, Words
from tradepit.scenarios.unit_forms import PART_OR_NONE, POSITIVE_DURATION
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    NUMBER_PATTERN,
    UnitError,
    read_fraction,
    read_number,
    write_fraction,
)

_MODELS = ("front", "back", "proportional", "power", "log")
_POWER = re.compile(r"power\s*\((.*)\)")


def _read_queue(text: str) -> QueueModel | None:
    text = text.strip()
    if text == "none":
        return None
    rule = f"must be none, {', '.join(_MODELS[:3])}, power(n) or log"
    power = _POWER.fullmatch(text)
    if power is not None:
        exponent = read_number(power[1].strip())
        if not exponent > 0:
            raise UnitError("the power of a queue is above 0", "write power(2)")
        return QueueModel("power", float(exponent))
    if text == "power":
        raise UnitError(rule, "write power(2)")
    if text not in _MODELS:
        raise UnitError(rule, did_you_mean(text, ("none", *_MODELS)))
    return QueueModel(text)


def _write_queue(queue: QueueModel | None) -> str:
    if queue is None:
        return "none"
    return queue.name if queue.power is None else f"power({queue.power!r})"


QUEUE = UnitText(_read_queue, _write_queue, rf"^(none|front|back|proportional|log|power\s*\(\s*{NUMBER_PATTERN}\s*\))$")
_DEPTH_SIZE = UnitText(
    lambda text: None if text == "none" else read_fraction(text),
    lambda part: "none" if part is None else write_fraction(part),
    f"^none$|{FRACTION_PATTERN}",
    ("a size is none, or above 0%", lambda part: part is None or part > 0),
)
_BARS = Record(
    BarsMatching,
    (
        Key("path", Choice(BarPath)),
        Key("market_price", Choice(MarketPrice)),
        Key("max_volume_share", PART_OR_NONE),
        Key("touch_fills", Flag()),
        Key("gap_price", Choice(GapPrice)),
        Key("arrival", Choice(Arrival)),
        Key("close_within", POSITIVE_DURATION),
        Key("market_fills", Choice(MarketFills)),
        Key("sequence", Choice(BarSequence)),
        Key("stop_limits", Choice(StopLimitFills)),
        Key("trailing", Choice(Trailing)),
        Key("exits", Choice(Exits)),
        Key("slips", Choice(Slips)),
        Key("past_limit", Choice(PastLimit)),
        Key("past_bar", Choice(PastBar)),
        Key("stale_after", POSITIVE_DURATION),
    ),
)
_QUOTES = Record(
    QuotesMatching,
    (
        Key("touch_fills", Flag()),
        Key("depth", Number(int, at_least=0, at_most=1000)),
        Key("depth_size", _DEPTH_SIZE),
        Key("crossed", Choice(CrossedQuotes)),
        Key("queue", QUEUE),
    ),
)
_TRADES = Record(TradesMatching, (Key("touch_fills", Flag()), Key("queue_ahead", Number(at_least=0))))
MATCHING = Either(
    Words((("bars", BarsMatching()), ("quotes", QuotesMatching()), ("trades", TradesMatching()))),
    Tagged(
        "matching",
        (
            (("bars",), Record(BarsMatching, (Key("bars", _BARS, required=True, spread=True),))),
            (("quotes",), Record(QuotesMatching, (Key("quotes", _QUOTES, required=True, spread=True),))),
            (("trades",), Record(TradesMatching, (Key("trades", _TRADES, required=True, spread=True),))),
        ),
    ),
)
