"""What a signal must be: each rule with what it refuses."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.order_commands import Direction, Signal, SignalTerms
from tradepit.models.signal_validation import SIGNAL_RULES, SignalValidation, Surroundings, check_signal

D = Decimal
INSTRUMENTS = {"SPY": Instrument(symbol="SPY", lot=D(10), max_quantity=D(500))}
RULES = SignalValidation(min_strength=0.25, venues=("ARCA", "BATS"))


def signal(direction: str = "LONG", strength: float = 1.0, symbol: str = "SPY", **terms: Any) -> Signal:
    return Signal(
        order_id="o1",
        strategy="s",
        symbol=symbol,
        direction=Direction(direction),
        strength=strength,
        created_at=0,
        terms=SignalTerms(**terms) if terms else None,
    )


VALID = {
    "plain": signal(),
    "weakest": signal(strength=0.25),
    "just confluent": signal(confluence=3.0),
    "long with exits": signal(stop_loss=D(99), take_profit=D(102)),
    "short with exits": signal("SHORT", stop_loss=D(101), take_profit=D(98)),
    "exits about its own entry": signal(entry_price=D(90), stop_loss=D(89), take_profit=D(91)),
    "its own size": signal(quantity=D(500)),
    "its own venue": signal(venue="BATS"),
    "flat": signal("FLAT", confluence=5.0),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_signal_passes(name: str) -> None:
    assert RULES.check(VALID[name], INSTRUMENTS, 100.0) is None


REFUSED = [
    (
        signal(symbol="SPX"),
        "symbol",
        "UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was SPX; did you mean SPY?",
    ),
    (signal(strength=0.2), "strength", "SIGNAL_TOO_WEAK: strength: limit=0.25, was=0.2"),
    (signal(strength=1.5), "strength", "FIELD_INVALID: strength must be at most 1, was 1.5"),
    (signal(strength=float("nan")), "strength", "FIELD_INVALID: strength must be at most 1, was nan"),
    (signal(confluence=2.9), "confluence", "CONFLUENCE_TOO_LOW: confluence: limit=3.0, was=2.9"),
    (
        signal(confluence=float("nan")),
        "confluence",
        "CONFLUENCE_TOO_LOW: confluence: limit=3.0, was=nan",
    ),
    (
        signal(stop_loss=D(100)),
        "stop_loss",
        "STOP_LOSS_WRONG_SIDE: stop_loss of a LONG signal must be below the entry at 100.0, was 100",
    ),
    (
        signal("SHORT", stop_loss=D(99)),
        "stop_loss",
        "STOP_LOSS_WRONG_SIDE: stop_loss of a SHORT signal must be above the entry at 100.0, was 99",
    ),
    (
        signal(take_profit=D(99)),
        "take_profit",
        "TAKE_PROFIT_WRONG_SIDE: take_profit of a LONG signal must be above the entry at 100.0, was 99",
    ),
    (
        signal("SHORT", take_profit=D(91), entry_price=D(90)),
        "take_profit",
        "TAKE_PROFIT_WRONG_SIDE: take_profit of a SHORT signal must be below the entry at 90, was 91",
    ),
    (
        signal("FLAT", stop_loss=D(99)),
        "stop_loss",
        "TERM_UNEXPECTED: a signal to be flat must have no stop_loss, was 99",
    ),
    (signal(stop_loss=D("99.005")), "stop_loss", "OFF_TICK: stop_loss must be on the tick of 0.01, was 99.005"),
    (
        signal(stop_loss=D(99), entry_price=D(0)),
        "stop_loss",
        "PRICE_NOT_POSITIVE: entry_price must be above 0, was 0",
    ),
    (signal(take_profit=102.0), "take_profit", "FIELD_INVALID: take_profit must be a Decimal, was 102.0"),
    (signal(quantity=D(15)), "size", "OFF_LOT: quantity must be a whole number of lots of 10, was 15"),
    (signal(quantity=D(510)), "size", "ABOVE_MAX_QUANTITY: quantity: limit=500, was=510"),
    (
        signal(venue="BAT"),
        "venue",
        "UNKNOWN_VENUE: venue must be one of ARCA, BATS, was BAT; did you mean BATS?",
    ),
    (signal(venue="X"), "venue", "UNKNOWN_VENUE: venue must be one of ARCA, BATS, was X"),
]


@pytest.mark.parametrize(("given", "rule", "message"), [pytest.param(*case, id=case[2]) for case in REFUSED])
def test_a_signal_that_breaks_a_rule_is_refused_by_it_and_by_no_other(given: Signal, rule: str, message: str) -> None:
    assert str(RULES.check(given, INSTRUMENTS, 100.0)) == message
    around = Surroundings(
        instruments=INSTRUMENTS, venues=RULES.venues, last_price=100.0, min_strength=RULES.min_strength
    )
    others = [name for name in SIGNAL_RULES if name != rule]
    assert str(check_signal(given, around, rules=[rule])) == message
    assert check_signal(given, around, rules=others) is None


def test_before_the_first_price_a_side_cannot_be_wrong() -> None:
    wrong = signal(stop_loss=D(101), take_profit=D(99))
    assert RULES.check(wrong, INSTRUMENTS) is None
    assert RULES.check(wrong, INSTRUMENTS, 100.0) is not None


def test_who_names_no_venues_lets_any_be_named() -> None:
    assert SignalValidation().check(signal(venue="anywhere"), INSTRUMENTS) is None


def test_a_rule_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="power"):
        check_signal(signal(), Surroundings(instruments=INSTRUMENTS), rules=["power"])


def test_a_rule_that_is_not_chosen_refuses_nothing() -> None:
    rules = SignalValidation(rules=("symbol", "venue"), min_strength=0.5)
    assert rules.check(signal(strength=0.1, confluence=0.0, quantity=D(1)), INSTRUMENTS) is None
