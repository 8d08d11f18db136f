"""The grammar of corporate actions."""

from decimal import Decimal

from tradepit.models.corporate_actions import Fractions
from tradepit.scenarios.action_tree import DelistingSpec, DividendSpec, RenameSpec, SplitSpec, StockDividendSpec
from tradepit.scenarios.forms import Key, ListOf, Record, Tagged
from tradepit.scenarios.scalar_forms import Choice, Number, UnitText
from tradepit.scenarios.symbol_forms import SymbolOfMarket
from tradepit.scenarios.time_forms import Instant
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    MONEY_PATTERN,
    NUMBER_PATTERN,
    UnitError,
    read_fraction,
    read_money,
    read_number,
    write_fraction,
    write_money,
    write_number,
)


def _read_ratio(text: str) -> tuple[Decimal, Decimal]:
    new, _, old = text.partition(":")
    try:
        ratio = read_number(new.strip()), read_number(old.strip())
    except UnitError:
        ratio = Decimal(0), Decimal(0)
    if min(ratio) <= 0:
        raise UnitError("a split is two numbers above 0, new:old", "write 4:1, or 1:10 for a reverse split")
    if ratio[0] == ratio[1]:
        raise UnitError("a split of equal numbers changes nothing")
    return ratio


def _write_ratio(ratio: tuple[Decimal, Decimal]) -> str:
    return f"{write_number(ratio[0])}:{write_number(ratio[1])}"


_BOTH = (
    Key("at", Instant(time_of_day=True), required=True, example="write at: 2020-08-31"),
    Key("symbol", SymbolOfMarket(), required=True, example="write the symbol whose it is"),
)
_FRACTIONS = Key("fractions", Choice(Fractions))
_SPLIT = Record(
    SplitSpec,
    (
        *_BOTH,
        Key(
            "split",
            UnitText(_read_ratio, _write_ratio, rf"^\s*{NUMBER_PATTERN}\s*:\s*{NUMBER_PATTERN}\s*$"),
            "ratio",
            required=True,
        ),
        _FRACTIONS,
    ),
)
_DIVIDEND = Record(
    DividendSpec,
    (
        *_BOTH,
        Key(
            "dividend",
            UnitText(read_money, write_money, MONEY_PATTERN, ("a dividend is above 0", lambda paid: paid.amount > 0)),
            required=True,
        ),
        Key(
            "withheld",
            UnitText(
                read_fraction,
                write_fraction,
                FRACTION_PATTERN,
                ("what is withheld lies between 0% and 100%", lambda part: 0 <= part <= 1),
            ),
        ),
        Key("pays", Instant(time_of_day=True)),
    ),
)
_STOCK_DIVIDEND = Record(
    StockDividendSpec,
    (
        *_BOTH,
        Key(
            "stock_dividend",
            UnitText(
                read_fraction,
                write_fraction,
                FRACTION_PATTERN,
                ("a stock dividend is above 0% and at most 10000%", lambda share: 0 < share <= 100),
            ),
            "share",
            required=True,
        ),
        _FRACTIONS,
    ),
)
_RENAME = Record(RenameSpec, (*_BOTH, Key("rename", SymbolOfMarket(), "to", required=True)))
_DELISTING = Record(DelistingSpec, (*_BOTH, Key("delist", Number(at_least=0), "price", required=True)))

CORPORATE_ACTIONS = ListOf(
    Tagged(
        "a corporate action",
        (
            (("split",), _SPLIT),
            (("dividend",), _DIVIDEND),
            (("stock_dividend",), _STOCK_DIVIDEND),
            (("rename",), _RENAME),
            (("delist",), _DELISTING),
        ),
    ),
    "corporate actions",
)
