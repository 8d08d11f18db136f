"""What a signal must be before the portfolio acts on it: rules by name, each refuses with code and figures.

What a signal does not say, no rule refuses: a strategy that counts no confluence need not give any.
"""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.order_commands import Direction, Signal, SignalTerms
from tradepit.models.order_validation import bad_quantity, unknown_symbol
from tradepit.models.orders import Refusal
from tradepit.models.price_validation import bad_price

_NO_TERMS: Final = SignalTerms()
_LONG: Final = Direction.LONG
_FLAT: Final = Direction.FLAT


@attrs.frozen(kw_only=True)
class Surroundings:
    """What the rules know beside the signal itself.

    Attributes:
        instruments: what can be traded, by symbol.
        venues: names of the venues, or None when any may be named.
        last_price: last price seen of the signal's symbol, or None before the first.
        min_strength: least strength.
        min_confluence: least confluence of a signal that gives one.
    """

    instruments: Mapping[str, Instrument]
    venues: Sequence[str] | None = None
    last_price: float | None = None
    min_strength: float = 0.0
    min_confluence: float = 3.0


Rule = Callable[[Signal, SignalTerms, Surroundings], Refusal | None]


def check_symbol(signal: Signal, _: SignalTerms, around: Surroundings) -> Refusal | None:
    """The symbol is one of the scenario's instruments (`UNKNOWN_SYMBOL`)."""
    return unknown_symbol(signal.symbol, around.instruments)


def check_strength(signal: Signal, _: SignalTerms, around: Surroundings) -> Refusal | None:
    """The strength is at or above its minimum, and no more than the whole (`SIGNAL_TOO_WEAK`, `FIELD_INVALID`)."""
    strength = signal.strength
    if not (math.isfinite(strength) and strength <= 1.0):
        return Refusal(code="FIELD_INVALID", text=f"strength must be at most 1, was {strength}")
    if strength < around.min_strength:
        return Refusal(code="SIGNAL_TOO_WEAK", text=f"strength: limit={around.min_strength}, was={strength}")
    return None


def check_confluence(_: Signal, terms: SignalTerms, around: Surroundings) -> Refusal | None:
    """The confluence, where there is one, is at or above its minimum (`CONFLUENCE_TOO_LOW`)."""
    if terms.confluence is None or terms.confluence >= around.min_confluence:
        return None
    return Refusal(code="CONFLUENCE_TOO_LOW", text=f"confluence: limit={around.min_confluence}, was={terms.confluence}")


def check_stop_loss(signal: Signal, terms: SignalTerms, around: Surroundings) -> Refusal | None:
    """The stop loss lies where it ends a loss: below the entry of a long signal, above that of a short one.

    The entry is the signal's, or else the last price; before the first price the side cannot be told. Codes:
    `STOP_LOSS_WRONG_SIDE`, `TERM_UNEXPECTED` for a signal to be flat, and those of prices.
    """
    return _bad_exit("stop_loss", terms.stop_loss, signal, terms, around, code="STOP_LOSS_WRONG_SIDE")


def check_take_profit(signal: Signal, terms: SignalTerms, around: Surroundings) -> Refusal | None:
    """The take profit lies where there is one: above the entry of a long signal, below that of a short one.

    Codes: `TAKE_PROFIT_WRONG_SIDE`, `TERM_UNEXPECTED` for a signal to be flat, and those of prices.
    """
    return _bad_exit("take_profit", terms.take_profit, signal, terms, around, code="TAKE_PROFIT_WRONG_SIDE")


def check_size(signal: Signal, terms: SignalTerms, around: Surroundings) -> Refusal | None:
    """The quantity, where there is one, is within the instrument's limits; codes as for orders."""
    if terms.quantity is None:
        return None
    return bad_quantity(terms.quantity, around.instruments.get(signal.symbol))


def check_venue(_: Signal, terms: SignalTerms, around: Surroundings) -> Refusal | None:
    """The venue, where one is named, is one of the scenario's (`UNKNOWN_VENUE`)."""
    venue = terms.venue
    if venue is None or around.venues is None or venue in around.venues:
        return None
    near = difflib.get_close_matches(venue, list(around.venues), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    text = f"venue must be one of {', '.join(around.venues)}, was {venue}{hint}"
    return Refusal(code="UNKNOWN_VENUE", text=text)


SIGNAL_RULES: Final[Mapping[str, Rule]] = {
    "symbol": check_symbol,
    "strength": check_strength,
    "confluence": check_confluence,
    "stop_loss": check_stop_loss,
    "take_profit": check_take_profit,
    "size": check_size,
    "venue": check_venue,
}
ALL_SIGNAL_RULES: Final = tuple(SIGNAL_RULES)


@attrs.frozen(kw_only=True)
class SignalValidation:
    """Which rules hold for signals, and their limits.

    Attributes:
        rules: names of the rules that hold, keys of `SIGNAL_RULES`, and a user's own; they are asked in this order.
        min_strength: least strength.
        min_confluence: least confluence of a signal that gives one.
        venues: names of the venues, or None when any may be named.
        has_own: whether some rule is a user's own.
    """

    rules: tuple[str | Rule, ...] = ALL_SIGNAL_RULES
    min_strength: float = 0.0
    min_confluence: float = 3.0
    venues: tuple[str, ...] | None = None
    has_own: bool = attrs.field(init=False, repr=False, eq=False)

    @has_own.default
    def _finds_own(self) -> bool:
        return not all(isinstance(rule, str) for rule in self.rules)

    def check(
        self, signal: Signal, instruments: Mapping[str, Instrument], last_price: float | None = None
    ) -> Refusal | None:
        """Return the first rule's refusal of a signal, or None when the portfolio may act on it."""
        if (
            signal.terms is None
            and signal.symbol in instruments
            and self.min_strength <= signal.strength <= 1.0
            and not self.has_own
        ):
            return None  # a plain signal has nothing more that a rule could refuse
        around = Surroundings(
            instruments=instruments,
            venues=self.venues,
            last_price=last_price,
            min_strength=self.min_strength,
            min_confluence=self.min_confluence,
        )
        return check_signal(signal, around, rules=self.rules)


def check_signal(
    signal: Signal, around: Surroundings, *, rules: Sequence[str | Rule] = ALL_SIGNAL_RULES
) -> Refusal | None:
    """Return the first rule's refusal of a signal, or None when the portfolio may act on it.

    Args:
        signal: the signal.
        around: what the rules know beside it.
        rules: names of the rules that hold, keys of `SIGNAL_RULES`, and a user's own; they are asked in this order.

    Raises:
        KeyError: there is no rule of a name.
    """
    terms = signal.terms or _NO_TERMS
    checks = (SIGNAL_RULES[rule] if isinstance(rule, str) else rule for rule in rules)
    return next((refusal for check in checks if (refusal := check(signal, terms, around)) is not None), None)


def _bad_exit(
    name: str, price: Decimal | None, signal: Signal, terms: SignalTerms, around: Surroundings, *, code: str
) -> Refusal | None:
    if price is None:
        return None
    if signal.direction is _FLAT:
        return Refusal(code="TERM_UNEXPECTED", text=f"a signal to be flat must have no {name}, was {price}")
    instrument = around.instruments.get(signal.symbol)
    refusal = bad_price(name, price, instrument)
    if refusal is not None:
        return refusal
    entry = terms.entry_price
    if entry is None:
        if around.last_price is None:
            return None
        entry = Decimal(repr(around.last_price))
    elif (refusal := bad_price("entry_price", entry, instrument)) is not None:
        return refusal
    above = (signal.direction is _LONG) is (name == "take_profit")
    if price > entry if above else price < entry:
        return None
    where = "above" if above else "below"
    text = f"{name} of a {signal.direction} signal must be {where} the entry at {entry}, was {price}"
    return Refusal(code=code, text=text)
