"""Whether the prices and quantities that a script writes lie on the grid of their instruments."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from tradepit.actors.strategy import SettingProblem
from tradepit.models.instruments import Instrument
from tradepit.models.order_entry import exact
from tradepit.models.order_validation import bad_quantity
from tradepit.models.orders import Refusal
from tradepit.models.price_validation import bad_price, remainder

_PRICES: Final = ("limit", "stop", "touch", "stop_loss", "take_profit")
_OFFSETS: Final = ("trail", "trail_limit", "peg_offset")
_COUNT: Final = Context(prec=28)


def off_grid(line: Mapping[str, Any], instrument: Instrument, rules: tuple[str, ...]) -> Iterator[SettingProblem]:
    """Yield what the instrument does not take; each problem's path is the word of the line.

    Args:
        line: the numbers in it are numbers.
        instrument: what the line is about.
        rules: the rules that orders are held to: without `price` no price is looked at, without `quantity` no quantity.
    """
    if "price" in rules:
        for word in _PRICES:
            if line.get(word) is not None:
                price = exact(line[word])
                yield from _told(word, price, bad_price(word, price, instrument), instrument)
        for word in _OFFSETS:
            offset = exact(line.get(word))  # one with a unit behind it is no number, and lies on no grid
            if offset.is_finite() and remainder(offset, instrument.tick):
                yield _off_step(word, offset, instrument.tick, f"must be on the tick of {instrument.tick}")
    if "quantity" in rules:
        if line.get("quantity") is not None:
            quantity = exact(line["quantity"])
            yield from _told("quantity", quantity, bad_quantity(quantity, instrument), instrument)
        if line.get("display") is not None:
            yield from _shown(line, instrument)


def _shown(line: Mapping[str, Any], instrument: Instrument) -> Iterator[SettingProblem]:
    """Yield what is wrong with the quantity that an iceberg shows."""
    shown = exact(line["display"])
    if line.get("quantity") is not None and shown > (whole := exact(line["quantity"])):
        yield SettingProblem("display", f"must be at most the quantity of {whole}", str(shown), f"write {whole}")
    elif remainder(shown, instrument.lot):
        yield _off_step("display", shown, instrument.lot, f"must be a whole number of lots of {instrument.lot}")


def _told(word: str, was: Decimal, refusal: Refusal | None, instrument: Instrument) -> Iterator[SettingProblem]:
    """Yield a refusal in the words of a setting."""
    if refusal is None:
        return
    match refusal.code:
        case "OFF_TICK":
            yield _off_step(word, was, instrument.tick, f"must be on the tick of {instrument.tick}")
        case "OFF_LOT":
            yield _off_step(word, was, instrument.lot, f"must be a whole number of lots of {instrument.lot}")
        case "BELOW_MIN_QUANTITY":
            least = instrument.min_quantity
            yield SettingProblem(word, f"must be at least {least}", str(was), f"write {least}")
        case "ABOVE_MAX_QUANTITY" if instrument.max_quantity is not None:
            most = instrument.max_quantity
            yield SettingProblem(word, f"must be at most {most}", str(was), f"write {most}")
        case "PRICE_NOT_POSITIVE":
            hint = f"write instruments: {{{instrument.symbol}: {{price_may_be_negative: true}}}} if it may"
            yield SettingProblem(word, "a price is above 0", str(was), hint)
        case _:
            yield SettingProblem(word, refusal.text, None, "")


def _off_step(word: str, was: Decimal, step: Decimal, rule: str) -> SettingProblem:
    """Return the problem of what lies between two steps, with both as suggestion."""
    steps = _COUNT.divide(was, step)
    below, above = (
        _COUNT.multiply(steps.to_integral_value(rounding), step) for rounding in (ROUND_FLOOR, ROUND_CEILING)
    )
    either = f"{below:f} or {above:f}" if below > 0 or was < 0 else f"{above:f}"
    return SettingProblem(word, rule, f"{was:f}", f"write {either}")
