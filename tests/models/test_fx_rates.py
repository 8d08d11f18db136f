"""Rates of exchange: straight, inverted and crossed over the fewest pairs."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.fx_rates import Rates


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


D = Decimal
PAIRS = {
    "EURUSD": ("EUR", "USD"),
    "USDJPY": ("USD", "JPY"),
    "EURGBP": ("EUR", "GBP"),
    "GBPCHF": ("GBP", "CHF"),
    "XYZABC": ("XYZ", "ABC"),
}


@pytest.fixture
def rates() -> Rates:
    made = Rates("USD", PAIRS)
    for symbol, price in (("EURUSD", 1.25), ("USDJPY", 160.0), ("EURGBP", 0.8), ("GBPCHF", 1.2)):
        made.observe(symbol, price)
    return made


@pytest.mark.parametrize(
    ("currency", "rate"),
    [
        ("USD", "1"),
        ("EUR", "1.25"),
        ("JPY", "0.00625"),
        ("GBP", "1.5625"),
        ("CHF", "1.302083333333333333333333333"),
        ("ABC", None),
        ("NOK", None),
    ],
)
def test_a_rate_is_straight_inverted_or_crossed(rates: Rates, currency: str, rate: str | None) -> None:
    assert rates.rate(currency) == (None if rate is None else D(rate))


def test_two_currencies_cross_through_the_accounts(rates: Rates) -> None:
    assert rates.between("EUR", "JPY") == 200
    assert rates.between("JPY", "USD") == D("0.00625")
    assert rates.between("EUR", "NOK") is rates.between("NOK", "EUR") is None


def test_a_rate_is_unknown_until_every_price_on_its_way_was_seen() -> None:
    rates = Rates("USD", PAIRS, {"EURUSD": D("1.10")})
    seen = [(rates.rate("EUR"), rates.rate("GBP"))]
    rates.observe("EURGBP", 0.0)
    seen.append((rates.rate("EUR"), rates.rate("GBP")))
    rates.observe("EURGBP", 0.88)
    seen.append((rates.rate("EUR"), rates.rate("GBP")))
    assert seen == [(D("1.10"), None), (D("1.10"), None), (D("1.10"), D("1.25"))]


def test_the_way_is_the_shortest_and_of_two_the_first() -> None:
    pairs = {"AB": ("A", "B"), "BU": ("B", "USD"), "AU": ("A", "USD"), "UA": ("USD", "A")}
    rates = Rates("USD", pairs)
    for symbol, price in (("AB", 100.0), ("BU", 100.0), ("AU", 2.0), ("UA", 100.0)):
        rates.observe(symbol, price)
    assert loose((rates.rate("A"), rates.currencies)) == (2, ["USD", "B", "A"])
