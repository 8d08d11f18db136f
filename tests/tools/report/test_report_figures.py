# ruff: noqa: RUF001  the report writes true minus signs and dashes
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.metrics import metric_names
from tradepit.tools.report.figures import (
    days,
    exact,
    latency,
    metrics_by_group,
    money,
    number,
    percent,
    price,
    seconds,
    whole,
)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (2.40671, "2.407"),
        (0.878512, "0.8785"),
        (0.00123456, "0.001235"),
        (-514.2, "−514.2"),
        (98_280.0, "98,280"),
        (123_456.7, "123,457"),
        (9.99996, "10"),
        (3.2e-9, "3.200e-09"),
        (-1.5e20, "−1.500e+20"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_a_figure_has_four_digits_and_never_loses_its_whole_part(figure: float, text: str) -> None:
    assert number(figure) == text


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (1.7084, "170.84%"),
        (-0.2013, "−20.13%"),
        (0.0, "0.00%"),
        (-0.0, "0.00%"),
        (-0.000181, "−0.0181%"),
        (-1e-9, "0.0000%"),
        (12_345.0, "1,234,500.00%"),
        (1e14, "1.000e+16%"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_a_fraction_is_written_as_a_percentage(figure: float, text: str) -> None:
    assert percent(figure) == text


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Decimal("1234567.885"), "1,234,567.88"),
        (Decimal("-0.001"), "0.00"),
        (-8163.829, "−8,163.83"),
        (Decimal("1e20"), "100,000,000,000,000,000,000.00"),
        (2.5e18, "2.500e+18"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_money_has_two_decimals(figure: float | Decimal, text: str) -> None:
    assert money(figure) == text


@pytest.mark.parametrize(
    ("figure", "text", "as_price"),
    [
        ("100", "100", "100.00"),
        ("1e2", "100", "100.00"),
        ("100.50", "100.5", "100.50"),
        ("0.00012345", "0.000123", "0.000123"),
        ("99.672405999999", "99.672406", "99.672406"),
        ("-1234567.125", "−1,234,567.125", "−1,234,567.125"),
        ("50.044044044044044044044044044", "50.044044", "50.044044"),
    ],
)
def test_an_exact_figure_keeps_the_decimals_it_has_and_a_price_at_least_two(
    figure: str, text: str, as_price: str
) -> None:
    assert (exact(Decimal(figure)), price(Decimal(figure))) == (text, as_price)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.0, "0 s"),
        (0.0021, "2.1 ms"),
        (6.089, "6.09 s"),
        (59.999, "60 s"),
        (60.0, "1 min"),
        (245.0, "4 min 5 s"),
        (3_600.0, "1 h"),
        (3_661.0, "1 h 1 min"),
        (86_400.0 * 52 + 3 * 3_600, "52 d 3 h"),
        (86_400.0 * 2_000, "2,000 d"),
        (86_405.0, "1 d"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-1.0, "−1"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(figure: float, text: str) -> None:
    assert seconds(figure) == text


def test_days_and_counts() -> None:
    assert (days(1.5), whole(51_840), whole(-3.0), whole(math.nan)) == ("1 d 12 h", "51,840", "−3", "–")


def test_every_metric_of_a_run_has_a_heading_of_its_own() -> None:
    grouped = metrics_by_group(dict.fromkeys(metric_names(), 1.0))
    listed = [name for rows in grouped.values() for name, _ in rows]
    assert sorted(listed) == sorted(metric_names())
    assert "Others" not in grouped


def test_a_metric_that_no_heading_knows_comes_last_and_headings_without_metrics_are_left_out() -> None:
    assert metrics_by_group({"fresh": 2.0, "sharpe": math.nan, "win_rate": 0.5}) == {
        "Risk and reward": [("sharpe", "–")],
        "Trades": [("win_rate", "50.00%")],
        "Others": [("fresh", "2")],
    }


@given(st.floats())
def test_any_float_can_be_written(figure: float) -> None:
    for write in (number, percent, money, whole, seconds, days):
        text = write(figure)
        assert text
        assert "nan" not in text
        assert "inf" not in text


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.0, "0 ns"),
        (350_000.0, "350 µs"),
        (2_000_000.0, "2 ms"),
        (59.5e9, "59.5 s"),
        (300e9, "5 min"),
        (175_005e9, "2 d"),
        (math.nan, "–"),
    ],
)
def test_a_latency_is_in_the_unit_that_fits_it_and_in_days_where_it_is_long(figure: float, text: str) -> None:
    assert latency(figure) == text
