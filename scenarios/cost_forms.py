"""The grammar of costs: fees, slippage, and what `costs` says for all venues."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradepit.models.commission_symbols import fits, is_pattern, name_for
from tradepit.models.commission_tiers import Tier, TierBy, TierRates
from tradepit.models.slippage_depth import BookSlippage, HalfSpreadSlippage
from tradepit.models.slippage_impact import (
    PercentageSlippage,
    SquareRootSlippage,
    VolatilitySlippage,
    VolumeImpactSlippage,
    VolumeShareSlippage,
)
from tradepit.scenarios.cost_tree import (
    BuysFee,
    CostPreset,
    CostsSpec,
    DatedFee,
    DatedPeriod,
    FeePer,
    FeeTerms,
    MakerTakerFee,
    OnFees,
    PercentFee,
    PerShareFee,
    SellsFee,
    SumFee,
    SumSlippageSpec,
    SymbolFee,
    TieredFee,
)
from tradepit.scenarios.costs import commission_of, slippage_of
from tradepit.scenarios.document import Mapping
from tradepit.scenarios.forms import Either, Key, ListOf, MapOf, Record, Tagged
from tradepit.scenarios.own_forms import OWN_CODE
from tradepit.scenarios.problems import did_you_mean, nearest
from tradepit.scenarios.rates import (
    FEE_PATTERN,
    RATE_PATTERN,
    SLIPPAGE_PATTERN,
    read_distance,
    read_fee,
    read_per_share,
    read_rate,
    read_slippage,
    write_distance,
    write_fee,
    write_rate,
    write_slippage,
)
from tradepit.scenarios.reading import Reading, Spot, Unreadable, joined
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, UnitText, Words
from tradepit.scenarios.time_forms import Instant
from tradepit.scenarios.unit_forms import PART
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    PER_ORDER_PATTERN,
    PER_SHARE_PATTERN,
    UnitError,
    read_currency,
    read_fraction,
    read_per,
    unit_of,
    write_fraction,
    write_per,
)

_AMOUNT = Number(at_least=0)
_FACTOR = Number(at_least=0)

# --- fees -------------------------------------------------------------------------------------------------------


def _write_per_share(rate: Decimal) -> str:
    return write_per(rate, "share")


def _read_per_order(text: str) -> Decimal:
    return read_per(text, "order")


def _write_per_order(amount: Decimal) -> str:
    return write_per(amount, "order")


_RATE = UnitText(
    read_rate,
    write_rate,
    RATE_PATTERN,
    ("a rate is at most 100%", lambda fee: isinstance(fee, PerShareFee) or abs(fee.percent) <= 1),
)
_PERCENTAGE = UnitText(
    read_fraction, write_fraction, FRACTION_PATTERN, ("fees lie between 0% and 100%", lambda part: 0 <= part <= 1)
)
_PER_SHARE = UnitText(
    read_per_share, _write_per_share, PER_SHARE_PATTERN, ("fees are at least 0", lambda rate: rate >= 0)
)
_PER_ORDER = UnitText(
    _read_per_order, _write_per_order, PER_ORDER_PATTERN, ("fees are at least 0", lambda amount: amount >= 0)
)
_ROUNDING = Words((("up", "up"), ("down", "down"), ("half_up", "half_up")))
_TERMS = (
    Key("per_order", _PER_ORDER),
    Key("minimum", _AMOUNT),
    Key("maximum", _AMOUNT),
    Key("cap", PART),
    Key("minimum_wins", Flag()),
    Key("rounding", _ROUNDING),
    Key("step", Number(above=0)),
    Key("per", Choice(FeePer)),
)


def _check_terms(fee: FeeTerms, spot: Spot, reading: Reading) -> None:
    if fee.maximum is not None and fee.maximum < fee.minimum:
        raise reading.refuse(spot.entry("maximum"), f"maximum is at least the minimum of {fee.minimum}")
    if fee.minimum_wins and fee.cap is None:
        raise reading.refuse(spot.entry("minimum_wins"), "minimum_wins says which wins over the other, and needs a cap")
    if fee.rounding is None and spot.has("step"):
        raise reading.refuse(spot.entry("step"), "step is what rounding rounds to", "write rounding: up")
    _check_commission(fee, spot, reading)


def _check_commission(fee: Any, spot: Spot, reading: Reading) -> None:
    """Let the model look at its settings, with whatever own code in the place of a user's."""
    try:
        commission_of(fee)
    except ValueError as error:
        reading.note(spot.node.place, spot.path, str(error))
        raise Unreadable from None


def _check_on_fees(fee: OnFees, spot: Spot, reading: Reading) -> None:
    if fee.rounding is None and spot.has("step"):
        raise reading.refuse(spot.entry("step"), "step is what rounding rounds to", "write rounding: up")


def _check_symbols(fee: SymbolFee, spot: Spot, reading: Reading) -> None:
    """Every name means a symbol of the market, and every symbol of the market is meant."""
    symbols = reading.symbols
    if symbols is None:
        return
    section = spot.entry("by_symbol")
    assert isinstance(section.node, Mapping)
    strangers = [name for name in fee.by_symbol if not any(fits(symbol, name) for symbol in symbols)]
    for name in strangers:
        rule = "must fit a symbol of market" if is_pattern(name) else "must be a symbol of market"
        place = section.node.entries[name].place
        reading.note(place, joined(section.path, name), rule, name, did_you_mean(name, symbols))
    left = [symbol for symbol in symbols if name_for(symbol, fee.by_symbol) is None]
    if left and fee.other is None and not strangers:
        reading.note(section.node.place, section.path, f"{left[0]} has no fees", None, "write other: none")


def _check_dates(fee: DatedFee, spot: Spot, reading: Reading) -> None:
    last: int | None = None
    for index, period in enumerate(fee.dated):
        here = spot.entry("dated").item(index)
        if index and period.from_ is None:
            raise reading.refuse(here, "each period but the first says from when it holds", "write from: 2024-01-02")
        if last is not None and period.from_ is not None and period.from_ <= last:
            raise reading.refuse(here.entry("from"), "periods come in the order of time")
        last = period.from_


def _check_slippage(slippage: Any, spot: Spot, reading: Reading) -> None:
    try:
        slippage_of(slippage)
    except ValueError as error:
        reading.note(spot.node.place, spot.path, str(error))
        raise Unreadable from None


_TIER = Record(
    Tier,
    (
        Key("up_to", Number(above=0)),
        Key("below", Number(above=0)),
        Key("percent", _PERCENTAGE),
        Key("per_share", _PER_SHARE),
        Key("per_order", _PER_ORDER),
        Key("minimum", _AMOUNT),
    ),
)
_RECORDS = (
    (("per_share",), Record(PerShareFee, (Key("per_share", _PER_SHARE, required=True), *_TERMS), _check_terms)),
    (("percent",), Record(PercentFee, (Key("percent", _PERCENTAGE, required=True), *_TERMS), _check_terms)),
    (
        ("maker", "taker"),
        Record(
            MakerTakerFee,
            (
                Key("maker", _RATE, required=True, example="write maker: -0.0020/share"),
                Key("taker", _RATE, required=True, example="write taker: 0.0030/share"),
                *_TERMS,
            ),
            _check_terms,
        ),
    ),
    (
        ("tiers",),
        Record(
            TieredFee,
            (
                Key("tiers", ListOf(_TIER, "tiers", 1), required=True),
                Key("by", Choice(TierBy)),
                Key("rates", Choice(TierRates)),
                Key("elsewhere", _AMOUNT),
                *_TERMS,
            ),
            _check_terms,
        ),
    ),
    (("use",), OWN_CODE),
)
_FEE_MODELS: dict[str, Any] = {
    "per_share": PerShareFee(per_share="0.005", minimum=1, maximum=10),
    "tiered": TieredFee(minimum=1),
}


def _read_fee(text: str) -> Any:
    """Return fees that one scalar can say; a schedule's name alone stands for its customary figures."""
    if text in _FEE_MODELS:
        return _FEE_MODELS[text]
    near = None if unit_of(text) is not None else nearest(text, [*_FEE_MODELS, "none"])
    if near is not None and near != text:
        raise UnitError("fees are a schedule's name or a rate", f"write {near}")
    return read_fee(text)


def _write_fee(fee: Any) -> str | None:
    word = next((name for name, schedule in _FEE_MODELS.items() if schedule == fee), None)
    return word or write_fee(fee)


_TEXT = UnitText(
    _read_fee,
    _write_fee,
    f"^({'|'.join(_FEE_MODELS)})$|{FEE_PATTERN}",
    ("fees are at most 100%", lambda fee: not isinstance(fee, PercentFee) or fee.percent <= 1),
)
_PLAIN = Either(_TEXT, Tagged("fees", _RECORDS))
_PERIOD = Record(
    DatedPeriod,
    (Key("from", Instant(), "from_"), Key("fees", _PLAIN, required=True, example="write fees: 0.1%")),
)
_DATED = ((("dated",), Record(DatedFee, (Key("dated", ListOf(_PERIOD, "periods", 1), required=True),), _check_dates)),)
_OF_ONE_SIDE = Either(_TEXT, Tagged("fees", (*_RECORDS, *_DATED)))
_PARTS = (
    *_RECORDS,
    *_DATED,
    (("sells",), Record(SellsFee, (Key("sells", _OF_ONE_SIDE, required=True),))),
    (("buys",), Record(BuysFee, (Key("buys", _OF_ONE_SIDE, required=True),))),
)
_ON_FEES = Record(
    OnFees,
    (
        Key(
            "of_fees",
            UnitText(
                read_fraction,
                write_fraction,
                FRACTION_PATTERN,
                ("a part of fees is above 0% and at most 100%", lambda part: 0 < part <= 1),
            ),
            required=True,
        ),
        Key("rounding", _ROUNDING),
        Key("step", Number(above=0)),
    ),
    _check_on_fees,
)


def _sum_of(*more: tuple[tuple[str, ...], Record]) -> tuple[tuple[str, ...], Record]:
    """Return the form of a sum, whose parts may be some others too."""
    part = Either(_TEXT, Tagged("fees", (*_PARTS, (("of_fees",), _ON_FEES), *more)))
    return ("sum",), Record(SumFee, (Key("sum", ListOf(part, "fees", 1), required=True),), _check_commission)


_OF_SYMBOL = Either(_TEXT, Tagged("fees", (*_PARTS, _sum_of())))
_BY_SYMBOL = (
    ("by_symbol",),
    Record(
        SymbolFee,
        (Key("by_symbol", MapOf(_OF_SYMBOL, "symbol", at_least=1), required=True), Key("other", _OF_SYMBOL)),
        _check_symbols,
    ),
)
COMMISSION = Either(_TEXT, Tagged("fees", (*_PARTS, _BY_SYMBOL, _sum_of(_BY_SYMBOL))))

_FEE_WORDS = ("quote", "base", "received", "account")


def _read_fee_currency(text: str) -> str:
    if text in _FEE_WORDS:
        return text
    try:
        return read_currency(text)
    except UnitError:
        raise UnitError(f"fees are in {', '.join(_FEE_WORDS)}, or a currency such as USD") from None


FEE_CURRENCY = UnitText(_read_fee_currency, str, rf"^({'|'.join(_FEE_WORDS)}|[A-Z]{{3,5}})$")

# --- slippage ---------------------------------------------------------------------------------------------------


def _fraction(rule: str, test: Callable[[Decimal], bool]) -> UnitText:
    return UnitText(read_fraction, write_fraction, FRACTION_PATTERN, (rule, test))


_SHARE = _fraction("a share is above 0% and at most 100%", lambda share: 0 < share <= 1)
_IMPACT = _fraction("a part of the price is at least 0%", lambda part: part >= 0)
_BASE = _fraction("a base lies between 0% and 100%", lambda part: 0 <= part <= 1)
_DISTANCE = UnitText(read_distance, write_distance, RATE_PATTERN)
_BY_VOLATILITY = (
    Key("default_volatility", _fraction("a volatility is at least 0%", lambda part: part >= 0)),
    Key("window", Number(int, at_least=2)),
)
_MODELS: tuple[tuple[str, type[Any], tuple[Key, ...]], ...] = (
    (
        "percentage",
        PercentageSlippage,
        (
            Key("base", _BASE),
            Key("volatility_multiplier", _FACTOR),
            Key("volume_factor", _FACTOR),
            *_BY_VOLATILITY,
        ),
    ),
    ("volume_share", VolumeShareSlippage, (Key("impact", _FACTOR), Key("limit", _SHARE), Key("marginal", Flag()))),
    (
        "volume_impact",
        VolumeImpactSlippage,
        (Key("permanent", _IMPACT), Key("temporary", _IMPACT), Key("threshold", _SHARE)),
    ),
    ("volatility_aware", VolatilitySlippage, (Key("base", _BASE), Key("multiplier", _FACTOR), *_BY_VOLATILITY)),
    ("square_root", SquareRootSlippage, (Key("coefficient", _FACTOR), *_BY_VOLATILITY)),
    ("book", BookSlippage, (Key("depth", Number(above=0)), Key("step", _DISTANCE))),
)
_SLIPPAGES = (
    *(
        ((name,), Record(cls, (Key(name, Record(cls, keys), required=True, spread=True),)))
        for name, cls, keys in _MODELS
    ),
    (("half_spread",), Record(HalfSpreadSlippage, (Key("half_spread", _DISTANCE, "spread", required=True),))),
    (("use",), OWN_CODE),
)
_SLIPPAGE_WORDS = {name: cls() for name, cls, _ in _MODELS}


def _read_slippage(text: str) -> Any:
    """Return slippage that one scalar can say; a model's name alone stands for its defaults."""
    if text in _SLIPPAGE_WORDS:
        return _SLIPPAGE_WORDS[text]
    near = None if unit_of(text) is not None else nearest(text, [*_SLIPPAGE_WORDS, "half_spread", "none"])
    if near is not None and text != "none":
        hint = "write half_spread: 2bps" if near == "half_spread" else f"write {near}"
        raise UnitError("slippage is a model's name or a distance", hint)
    return read_slippage(text)


def _write_slippage(slippage: Any) -> str | None:
    return next((name for name, model in _SLIPPAGE_WORDS.items() if model == slippage), None) or write_slippage(
        slippage
    )


_SLIPPAGE_TEXT = UnitText(_read_slippage, _write_slippage, f"^({'|'.join(_SLIPPAGE_WORDS)})$|{SLIPPAGE_PATTERN}")
_SLIPPAGE_PART = Either(_SLIPPAGE_TEXT, Tagged("slippage", _SLIPPAGES))
_SLIPPAGE_SUM = Record(
    SumSlippageSpec, (Key("sum", ListOf(_SLIPPAGE_PART, "slippages", 1), required=True),), _check_slippage
)
SLIPPAGE = Either(_SLIPPAGE_TEXT, Tagged("slippage", (*_SLIPPAGES, (("sum",), _SLIPPAGE_SUM))))

# --- for all venues -----------------------------------------------------------------------------------------------

COSTS = Record(
    CostsSpec,
    (
        Key("preset", Choice(CostPreset)),
        Key("commission", COMMISSION),
        Key("slippage", SLIPPAGE),
        Key("fee_currency", FEE_CURRENCY),
    ),
)
