"""Tables of results: kept in a file, read as often as wanted."""

import gc
import json
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.messages import OrderClosed
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side, TimeInForce
from tradepit.models.round_trips import RoundTrip
from tradepit.scenarios.rows import Rows


@attrs.define(kw_only=True)
class Row:
    number: int
    amount: Decimal
    word: str


def _row(number: int) -> Row:
    return Row(number=number, amount=Decimal(number) / 4, word="é" * (number % 5))


def _rows(count: int, path: Path | None = None) -> Rows[Row]:
    rows = Rows(Row, path)
    for number in range(count):
        rows.append(_row(number))
    return rows


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 5000])
def test_rows_come_back_as_they_went_in_as_often_as_wanted(count: int) -> None:
    rows = _rows(count)
    expected = [_row(number) for number in range(count)]
    assert list(rows) == expected
    assert list(rows) == expected
    assert len(rows) == count
    assert bool(rows) is bool(count)


def test_rows_that_are_added_while_others_are_read_are_not_lost() -> None:
    rows = _rows(3)
    reader = iter(rows)
    assert next(reader) == _row(0)
    rows.append(_row(3))
    assert list(rows)[-1] == _row(3)
    assert next(reader) == _row(1)


def test_two_readers_do_not_disturb_each_other() -> None:
    rows = _rows(3000)
    assert list(zip(rows, rows, strict=True)) == [(_row(number), _row(number)) for number in range(3000)]


@given(st.integers(0, 12), st.integers(-15, 15))
def test_a_row_is_found_by_its_index_from_either_end(count: int, index: int) -> None:
    rows, plain = _rows(count), [_row(number) for number in range(count)]
    if -count <= index < count:
        assert rows[index] == plain[index]
    else:
        with pytest.raises(IndexError) as caught:
            rows[index]
        assert str(caught.value) == f"there are {count} rows, was asked for {index}"


_BOUNDS = st.none() | st.integers(-15, 15)


@given(st.integers(0, 12), _BOUNDS, _BOUNDS, st.none() | st.integers(-4, 4).filter(bool))
def test_a_slice_of_rows_is_that_of_a_list(count: int, start: int | None, stop: int | None, step: int | None) -> None:
    assert _rows(count)[start:stop:step] == [_row(number) for number in range(count)][start:stop:step]


def test_a_table_with_a_path_is_a_file_of_json_lines(tmp_path: Path) -> None:
    rows = _rows(600, tmp_path / "rows.jsonl")
    rows.flush()
    lines = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(rows.plain())
    assert json.loads(lines[3]) == {"number": 3, "amount": "0.75", "word": "ééé"}


def test_a_table_without_a_path_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    rows = _rows(600)
    file = rows._file
    del rows
    gc.collect()
    assert file.closed
    assert list(tmp_path.iterdir()) == []


def test_a_reader_outlives_the_name_of_its_table() -> None:
    reader = iter(_rows(1000))
    gc.collect()
    assert len(list(reader)) == 1000


def test_a_table_says_what_it_is() -> None:
    assert repr(_rows(2)) == "<2 rows of Row>"


def _fill(**changes: Any) -> Fill:
    given: dict[str, Any] = {
        "fill_id": "A-1",
        "order_id": "mine-1",
        "child_id": "mine-1.1",
        "strategy": "mine",
        "symbol": "X",
        "side": Side.SELL,
        "quantity": Decimal("0.00000001"),
        "price": Decimal("-37.63"),
        "reference_price": Decimal("1E+3"),
        "fee": Decimal("-0.0020"),
        "currency": "USD",
        "venue": "A",
        "liquidity": Liquidity.MAKER,
        "time": 2**62,
    }
    return Fill(**{**given, **changes})


def _closed() -> OrderClosed:
    order = Order(
        order_id="mine-1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        kind=OrderKind.STOP_LIMIT,
        quantity=Decimal("NaN"),
        created_at=1,
        limit_price=Decimal("10.10"),
        stop_price=None,
        time_in_force=TimeInForce.FOK,
        arrival_price=0.1 + 0.2,
    )
    return OrderClosed(
        strategy="mine",
        order=order,
        state=OrderState.REJECTED,
        cumulative=Decimal(0),
        average_price=Decimal("33.33333333333333333333333333"),
        fees=Decimal(0),
        fills=0,
        venues=("A", "B"),
        code="C",
        text="t",
        closed_at=5,
        history=(("RECEIVED", 1, "RECEIVED"), ("REJECTED", 5, "REJECT")),
    )


def _trip() -> RoundTrip:
    return RoundTrip(
        symbol="X",
        strategy="",
        side=Side.BUY,
        quantity=Decimal(3),
        entry_time=1,
        exit_time=2,
        entry_price=Decimal(1) / Decimal(3),
        exit_price=Decimal(2),
        entry_value=Decimal(1),
        gross_pnl=Decimal(-1),
        fees=Decimal(0),
        net_pnl=Decimal(-1),
        mae=-0.1,
        mfe=math.pi,
        drawdown=1e-300,
        fills=2,
    )


@pytest.mark.parametrize("make", [_fill, _closed, _trip])
def test_the_values_of_a_run_survive_the_file_to_the_last_digit(make: Callable[[], Any]) -> None:
    value = make()
    rows = Rows(type(value))
    rows.append(value)
    [found] = list(rows)
    assert type(found) is type(value)
    assert repr(found) == repr(value)  # NaN equals nothing, itself included
