"""Venues by net price, and sweeps held against every other way to fill an order."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.commission import FixedCommission, PercentCommission, PerShareCommission
from tradepit.models.net_price import (
    Allocation,
    Sweep,
    SweepBy,
    VenueCosts,
    VenueOffer,
    rank,
    rank_by_net_price,
    sweep,
)
from tradepit.models.orders import Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage

Levels = list[tuple[str, int]]


def offers(venue: str, levels: Levels, per_share: str = "0", bps: str = "0", slippage: str = "0") -> list[VenueOffer]:
    return [
        VenueOffer(
            venue=venue,
            price=Decimal(price),
            size=Decimal(size),
            fee=Decimal(per_share) + Decimal(bps) * Decimal(price) / 10_000,
            slippage=Decimal(slippage),
        )
        for price, size in levels
    ]


# --- ranking ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "books", "order"),
    [
        (Side.BUY, [("A", "10.00", "0"), ("B", "9.99", "0")], "BA"),
        (Side.SELL, [("A", "10.00", "0"), ("B", "10.01", "0")], "BA"),
        (Side.BUY, [("A", "10.00", "0.003"), ("B", "10.00", "-0.002"), ("C", "10.00", "0")], "BCA"),
        (Side.SELL, [("A", "10.00", "0.003"), ("B", "10.00", "-0.002"), ("C", "10.00", "0")], "BCA"),
        (Side.BUY, [("A", "10.00", "0.003"), ("B", "10.002", "0.001")], "AB"),
        (Side.BUY, [("A", "10.00", "0.003"), ("B", "10.002", "0")], "BA"),
        (Side.SELL, [("A", "10.00", "0.003"), ("B", "9.998", "0")], "BA"),
        (Side.BUY, [("B", "10.00", "0.001"), ("A", "10.001", "0"), ("C", "10.00", "0.001")], "BAC"),
        (Side.SELL, [("B", "10.00", "0.001"), ("A", "9.999", "0"), ("C", "10.00", "0.001")], "BAC"),
        (Side.BUY, [], ""),
    ],
)
def test_venues_come_by_net_price_and_equal_ones_in_the_scenarios_order(
    side: Side, books: list[tuple[str, str, str]], order: str
) -> None:
    ranked = rank(side, [VenueOffer(venue=v, price=Decimal(p), fee=Decimal(f)) for v, p, f in books])
    assert "".join(offer.venue for offer in ranked) == order


def test_slippage_worsens_a_net_price_like_a_fee() -> None:
    offer = VenueOffer(venue="A", price=Decimal(10), fee=Decimal("0.003"), slippage=Decimal("0.02"))
    assert (offer.net(Side.BUY), offer.net(Side.SELL)) == (Decimal("10.023"), Decimal("9.977"))


BY_SHARE = VenueCosts(venue="share", commission=PerShareCommission(rate=Decimal("0.005"), minimum=Decimal(1)))
BY_PERCENT = VenueCosts(venue="percent", commission=PercentCommission(rate=Decimal("0.0002")))
BY_ORDER = VenueCosts(venue="order", commission=FixedCommission(per_order=Decimal(2)))
FREE_BUT_SLIPS = VenueCosts(venue="slips", slippage=FixedPriceSlippage(per_unit=Decimal("0.01")))
SLIPS_BY_BPS = VenueCosts(venue="bps", slippage=FixedBpsSlippage(bps=Decimal(3)))


@pytest.mark.parametrize(
    ("quantity", "price", "order"),
    [
        # For one unit: 1.00, 0.01, 2.00, 0.01 (a tie with the percentage, listed before it), 0.015.
        (1, 50.0, "percent slips bps share order"),
        # For 1,000 units, each: 0.005, 0.01, 0.002, 0.01, 0.015.
        (1000, 50.0, "order share percent slips bps"),
        # For 1,000 units at 5.00, each: 0.005, 0.001, 0.002, 0.01, 0.0015.
        (1000, 5.0, "percent bps order share slips"),
    ],
)
@pytest.mark.parametrize("side", list(Side))
def test_when_all_show_one_price_the_costs_of_this_very_order_decide(
    side: Side, quantity: int, price: float, order: str
) -> None:
    costs = [BY_SHARE, BY_PERCENT, BY_ORDER, FREE_BUT_SLIPS, SLIPS_BY_BPS]
    assert rank_by_net_price(side, Decimal(quantity), price, costs) == order.split()


def test_a_multiplier_makes_a_fee_by_contract_weigh_less_in_the_price() -> None:
    costs = VenueCosts(venue="cme", commission=PerShareCommission(rate=Decimal("2.25")))
    offer = costs.offer(Side.BUY, Decimal(10), Decimal("4000.25"), Decimal(50))
    assert offer == VenueOffer(venue="cme", price=Decimal("4000.25"), size=Decimal(10), fee=Decimal("0.045"))


# --- sweeps -----------------------------------------------------------------------------------------------------


THREE_BOOKS = [
    *offers("A", [("10.00", 300), ("10.02", 500)]),
    *offers("B", [("10.01", 400)]),
    *offers("C", [("10.00", 200)]),
]
BY_BPS = [
    *offers("A", [("100.00", 100), ("100.01", 100), ("100.02", 100)], bps="5"),
    *offers("B", [("100.03", 300)], bps="2"),
]
INVERTED = [
    *offers("A", [("50.00", 100)], per_share="0.003"),
    *offers("B", [("50.00", 100)], per_share="-0.002"),
]


def route(text: str) -> tuple[Allocation, ...]:
    parts = [part.split() for part in text.split(", ") if part]
    return tuple(Allocation(venue=v, price=Decimal(p), quantity=Decimal(q)) for q, v, p in parts)


@pytest.mark.parametrize(
    ("side", "quantity", "limit", "book", "by", "expected"),
    [
        pytest.param(
            Side.BUY, 500, None, offers("A", [("100.0", 100)]) + offers("B", [("101.0", 100)]), SweepBy.NET,
            ("100 A 100.0, 100 B 101.0", 300, "20100.0", "0", "20100.0"),
            id="the books hold less than is wanted",
        ),
        pytest.param(
            Side.BUY, 1000, "10.01",
            THREE_BOOKS,
            SweepBy.NET,
            ("300 A 10.00, 200 C 10.00, 400 B 10.01", 100, "9004.00", "0", "9004.00"),
            id="a limit leaves what lies beyond it",
        ),
        pytest.param(
            Side.SELL, 250, "9.99",
            offers("A", [("10.00", 100), ("9.98", 100)]) + offers("B", [("9.99", 100)]), SweepBy.NET,
            ("100 A 10.00, 100 B 9.99", 50, "1999.00", "0", "1999.00"),
            id="a seller's limit",
        ),
        pytest.param(
            Side.BUY, 300, None,
            BY_BPS,
            SweepBy.NET,
            ("100 A 100.00, 200 B 100.03", 0, "30006.00", "9.0012", "30015.0012"),
            id="fees in basis points turn the displayed order round",
        ),
        pytest.param(
            Side.BUY, 300, None,
            BY_BPS,
            SweepBy.DISPLAYED,
            ("100 A 100.00, 100 A 100.01, 100 A 100.02", 0, "30003.00", "15.0015", "30018.0015"),
            id="the same by displayed price",
        ),
        pytest.param(
            Side.SELL, 150, None,
            INVERTED, SweepBy.NET,
            ("100 B 50.00, 50 A 50.00", 0, "7500.00", "-0.05", "7500.05"),
            id="a seller goes where takers are paid",
        ),
        pytest.param(
            Side.SELL, 150, None,
            offers("A", [("50.00", 100)], per_share="0.003") + offers("B", [("50.01", 100)], per_share="0.02"),
            SweepBy.DISPLAYED,
            ("100 B 50.01, 50 A 50.00", 0, "7501.00", "2.15", "7498.85"),
            id="a seller by displayed price",
        ),
        pytest.param(
            Side.BUY, 100, None,
            offers("A", [("10.00", 100)], slippage="0.02") + offers("B", [("10.01", 0), ("10.01", 60)]), SweepBy.NET,
            ("60 B 10.01, 40 A 10.00", 0, "1000.60", "0", "1000.60"),
            id="slippage ranks but is not charged, an empty level is passed over",
        ),
        pytest.param(Side.BUY, 100, "9", THREE_BOOKS, SweepBy.NET, ("", 100, "0", "0", "0"), id="nothing"),
    ],
)  # fmt: skip
def test_a_sweep_takes_level_by_level(
    side: Side, quantity: int, limit: str | None, book: list[VenueOffer], by: SweepBy, expected: tuple[Any, ...]
) -> None:
    swept = sweep(side, Decimal(quantity), book, None if limit is None else Decimal(limit), by)
    assert swept == Sweep(
        allocations=route(expected[0]),
        unfilled=Decimal(expected[1]),
        notional=Decimal(expected[2]),
        fees=Decimal(expected[3]),
        total=Decimal(expected[4]),
    )


def every_allocation(book: list[VenueOffer], quantity: int) -> Iterator[list[int]]:
    """Yield every way to take a quantity in whole units from the levels of a book, also the unreasonable ones."""
    if not book:
        if quantity == 0:
            yield []
        return
    for taken in range(min(quantity, int(book[0].size)) + 1):
        for rest in every_allocation(book[1:], quantity - taken):
            yield [taken, *rest]


small_books = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.decimals("9.95", "10.05", places=2),
        st.integers(0, 4),
        st.decimals("-0.03", "0.03", places=3),
    ),
    max_size=5,
)


@given(
    levels=small_books,
    quantity=st.integers(1, 9),
    side=st.sampled_from(Side),
    limit=st.none() | st.decimals("9.97", "10.03", places=2),
)
def test_no_other_allocation_of_the_same_quantity_is_cheaper(
    levels: list[tuple[str, Decimal, int, Decimal]], quantity: int, side: Side, limit: Decimal | None
) -> None:
    book = [VenueOffer(venue=v, price=p, size=Decimal(s), fee=f) for v, p, s, f in levels]
    swept = sweep(side, Decimal(quantity), book, limit)
    within = [o for o in book if limit is None or (o.price <= limit if side is Side.BUY else o.price >= limit)]
    filled = min(quantity, sum(int(offer.size) for offer in within))
    assert swept.unfilled == quantity - filled
    totals = [
        sum((taken * offer.net(side) for taken, offer in zip(allocation, within, strict=True)), Decimal(0))
        for allocation in every_allocation(within, filled)
    ]
    assert swept.total == (min(totals) if side is Side.BUY else max(totals))
    assert swept.total == swept.notional + side.sign * swept.fees
    assert sum(part.quantity for part in swept.allocations) == filled
