"""The grammar of the books: margin, borrow, currencies."""

from tradepit.models.accruals import Accrue
from tradepit.models.book_settings import Marks
from tradepit.models.currency_account import Conversion
from tradepit.models.lots import CostMethod
from tradepit.models.margin import LiquidateFirst
from tradepit.scenarios.books_tree import BorrowSpec, MarginModel, MarginSpec
from tradepit.scenarios.forms import Either, Key, ListOf, MapOf, Record
from tradepit.scenarios.scalar_forms import Choice, Number, UnitText, Words
from tradepit.scenarios.symbol_forms import BySymbol, SymbolOfMarket
from tradepit.scenarios.unit_forms import PART
from tradepit.scenarios.units import (
    DURATION_PATTERN,
    FRACTION_PATTERN,
    read_duration,
    read_fraction,
    write_duration,
    write_fraction,
)

_RATE = UnitText(
    read_fraction,
    write_fraction,
    FRACTION_PATTERN,
    ("a rate per year lies between 0% and 10000%", lambda rate: 0 <= rate <= 100),
)

_MARGIN = Record(
    MarginSpec,
    (
        Key("model", Choice(MarginModel)),
        Key("initial", PART),
        Key("maintenance", PART),
        Key("interest", _RATE),
        Key("grace", UnitText(read_duration, write_duration, DURATION_PATTERN)),
        Key("liquidate", Words((*((first.value, first) for first in LiquidateFirst), ("none", None)))),
    ),
)
_BORROW = Record(
    BorrowSpec,
    (
        Key("rate", _RATE),
        Key("hard_to_borrow", _RATE),
        Key("hard", ListOf(SymbolOfMarket(), "symbols", 1)),
        Key("by_symbol", BySymbol(_RATE, "symbol")),
    ),
)

BOOKS_KEYS = (
    Key("realised", Choice(CostMethod)),
    Key("marks", Choice(Marks)),
    Key(
        "margin",
        Either(
            Words((("cash", MarginSpec()), ("reg_t", MarginSpec(model=MarginModel.REG_T)))),
            _MARGIN,
        ),
    ),
    Key("borrow", _BORROW),
    Key("accrue", Choice(Accrue)),
    Key("day_count", Words((("act/360", 360), ("act/365", 365))), "days_in_year"),
    Key("conversion", Choice(Conversion)),
    Key("balances", MapOf(Number(), "currency", r"^[A-Z]{3,5}$")),
    Key("rates", BySymbol(Number(above=0), "symbol")),
)
"""Keys of `portfolio` that say how the books are kept."""
