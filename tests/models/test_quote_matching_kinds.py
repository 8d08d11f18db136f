"""Every kind and flag of order on quotes, depth and queues, worked by hand from the rules in docs/fills.md."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.auctions import Auction
from tradepit.models.instruments import Instrument
from tradepit.models.market import Quote, Trade
from tradepit.models.matching import Dead, Execution, Outcome
from tradepit.models.orders import (
    ChildOrder,
    Contingency,
    OffsetUnit,
    PegTo,
    Refusal,
)
from tradepit.models.queue_position import QueueModel
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import NoSlippage

D = Decimal
STOCK = Instrument(symbol="XYZ")
NAN = float("nan")
HALF = D("0.5")


def quote(bid: float, ask: float, bid_size: float = 300, ask_size: float = 200, *, time: int = 1) -> Quote:
    return Quote(symbol="XYZ", time=time, bid=bid, ask=ask, bid_size=float(bid_size), ask_size=float(ask_size))


def trade(price: float, size: float, *, time: int = 9) -> Trade:
    return Trade(symbol="XYZ", time=time, price=price, size=size)


def book(*orders: ChildOrder, instrument: Instrument = STOCK, **rules: Any) -> QuoteBook:
    made = QuoteBook(instrument, QuoteRules(**rules), NoSlippage())
    for order in orders:
        made.add(order)
    return made


def lines(outcomes: list[Outcome]) -> list[str]:
    """Shorten outcomes to `a 100@95 MAKER`, `a GROUP 100` and `a now 60 of 80`."""
    return [
        f"{o.child_id} {o.quantity.normalize():f}@{o.price.normalize():f} {o.liquidity}"
        if isinstance(o, Execution)
        else f"{o.child_id} {o.code} {o.leaves}"
        if isinstance(o, Dead)
        else f"{o.child_id} now {o.leaves} of {o.child.quantity}"
        for o in outcomes
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        # The quote is 99.98 x 300 / 100.02 x 200.
        ("BUY MARKET_IF_TOUCHED 100.02", ["a 100@100.02 TAKER"]),
        ("BUY MARKET_IF_TOUCHED 100.01", []),
        ("SELL MARKET_IF_TOUCHED 99.98", ["a 100@99.98 TAKER"]),
        ("SELL MARKET_IF_TOUCHED 99.99", []),
        ("BUY LIMIT_IF_TOUCHED 100.02 100.02", ["a 100@100.02 TAKER"]),
        ("BUY LIMIT_IF_TOUCHED 100.02 100.01", []),
        ("BUY MARKET_TO_LIMIT", ["a 100@100.02 TAKER"]),
        ("BUY ICEBERG 100.02", ["a 100@100.02 TAKER"]),
    ],
)
def test_an_order_of_a_rare_kind_meets_the_far_side(
    child: Callable[..., ChildOrder], order: str, expected: list[str]
) -> None:
    terms: dict[str, Any] = {"display_quantity": D(10)} if "ICEBERG" in order else {}
    assert lines(book(child(order, **terms)).match(quote(99.98, 100.02))) == expected


def test_a_touched_order_whose_limit_was_not_there_rests(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY LIMIT_IF_TOUCHED 100.02 100.01"))
    assert lines(made.match(quote(99.98, 100.02))) == []
    assert lines(made.match(quote(99.98, 100.01, time=2))) == ["a 100@100.01 MAKER"]


def test_the_rest_of_a_market_to_limit_order_rests_at_its_first_price(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY MARKET_TO_LIMIT", "250"))
    assert lines(made.match(quote(99.98, 100.02))) == ["a 200@100.02 TAKER"]
    assert lines(made.match(quote(100.02, 100.04, time=2))) == []
    assert lines(made.match(quote(99.99, 100.01, time=3))) == ["a 50@100.02 MAKER"]


def test_a_trailing_stop_follows_the_far_side(child: Callable[..., ChildOrder]) -> None:
    made = book(child("SELL TRAILING_STOP", trail_offset=D("0.10")))
    for time, bid in enumerate((99.98, 100.10, 100.05, 100.01)):
        assert made.match(quote(bid, bid + 0.02, time=time)) == []
    assert lines(made.match(quote(NAN, 100.02, time=5))) == []
    assert lines(made.match(quote(100.00, 100.02, time=6))) == ["a 100@100 TAKER"]
    limited = book(
        child("BUY TRAILING_STOP_LIMIT", trail_offset=D(10), limit_offset=D(2), offset_unit=OffsetUnit.TICKS)
    )
    assert limited.match(quote(99.98, 100.00)) == []
    assert lines(limited.match(quote(100.2, 100.13, time=2))) == []  # crossed: passed over
    assert lines(limited.match(quote(100.1, 100.13, time=2))) == []  # triggered at 100.10, limit 100.12
    assert lines(limited.match(quote(100.1, 100.11, time=3))) == ["a 100@100.12 MAKER"]


@pytest.mark.parametrize(
    ("to", "offset", "unit", "side", "bound", "limit"),
    [
        (PegTo.BID, "0", "PRICE", "BUY", None, "99.98"),
        (PegTo.BID, "-0.05", "PRICE", "BUY", None, "99.93"),
        (PegTo.BID, "2", "TICKS", "BUY", "99.99", "99.99"),
        (PegTo.ASK, "0", "PRICE", "SELL", None, "100.02"),
        (PegTo.MID, "0", "PRICE", "BUY", None, "100"),
        (PegTo.MID, "0.005", "PRICE", "BUY", None, "100"),  # rounded away from the market
        (PegTo.MID, "0.005", "PRICE", "SELL", None, "100.01"),
        (PegTo.MID, "-5", "BPS", "BUY", None, "99.95"),
        (PegTo.ASK, "0", "PRICE", "SELL", "100.05", "100.05"),
    ],
)
def test_a_pegged_order_rests_where_its_quote_puts_it(
    child: Callable[..., ChildOrder], to: PegTo, offset: str, unit: str, side: str, bound: str | None, limit: str
) -> None:
    order = child(f"{side} PEGGED", limit=bound, peg_to=to, peg_offset=D(offset), offset_unit=OffsetUnit(unit))
    made = book(order)
    assert made.match(quote(99.98, 100.02)) == []
    far = float(limit)
    shown = quote(far - 1, far, time=2) if side == "BUY" else quote(far, far + 1, time=2)
    assert lines(made.match(shown)) == [f"a 100@{limit} MAKER"]


def test_a_pegged_order_is_met_where_it_stood_and_then_follows(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY PEGGED", "500", peg_to=PegTo.BID))
    assert made.match(quote(99.98, 100.02)) == []
    assert made.match(quote(100.00, 100.04, time=2)) == []  # followed up to 100
    assert lines(made.match(quote(99.90, 99.99, time=3))) == ["a 200@100 MAKER"]  # the ask came to it
    assert made.match(quote(NAN, 100.02, time=4)) == []  # nothing to follow, nothing at 100
    assert made.match(quote(99.90, 100.02, time=5)) == []
    assert made.match(quote(99.90, 99.95, time=6)) == []  # it stands at 99.90 now


def test_an_order_pegged_to_the_far_side_takes_and_one_that_may_only_post_stays_a_tick_away(
    child: Callable[..., ChildOrder],
) -> None:
    assert lines(book(child("BUY PEGGED", peg_to=PegTo.ASK)).match(quote(99.98, 100.02))) == ["a 100@100.02 TAKER"]
    made = book(child("BUY PEGGED", peg_to=PegTo.ASK, post_only=True))
    assert made.match(quote(99.98, 100.02)) == []
    assert lines(made.match(quote(99.98, 100.01, time=2))) == ["a 100@100.01 MAKER"]
    selling = book(child("SELL PEGGED", peg_to=PegTo.BID, post_only=True))
    assert selling.match(quote(99.98, 100.02)) == []
    assert lines(selling.match(quote(99.99, 100.02, time=2))) == ["a 100@99.99 MAKER"]


def test_a_peg_never_falls_to_zero_where_prices_are_above_it(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY PEGGED", peg_to=PegTo.BID, peg_offset=D(-5)))
    assert made.match(quote(1.0, 1.1)) == []
    assert lines(made.match(quote(0.005, 0.01, time=2))) == ["a 100@0.01 MAKER"]
    assert book(child("BUY PEGGED", peg_to=PegTo.MID)).match(quote(NAN, 1.1)) == []


# --- sessions and flags -------------------------------------------------------------------------------------------


def test_orders_for_the_open_meet_the_first_quote_of_the_session(child: Callable[..., ChildOrder]) -> None:
    made = book()
    made.add(child("BUY MARKET", "250", tif="AT_OPEN", name="m"), auction=Auction(True, 10, 40))
    made.add(child("BUY LIMIT 100", tif="AT_OPEN", name="l"), auction=Auction(True, 10, 40))
    assert made.match(quote(99.98, 100.02, time=9)) == []
    assert lines(made.match(quote(99.98, 100.02, time=10))) == [
        "m 200@100.02 TAKER",
        "m AUCTION_OVER 50",
        "l AUCTION_OVER 100",
    ]
    made.add(child("BUY MARKET", tif="AT_OPEN", name="late"), auction=Auction(True, 10, 40))
    assert lines(made.expire(41)) == ["late AUCTION_OVER 100"]


def test_orders_for_the_close_meet_the_quote_that_stands_then(child: Callable[..., ChildOrder]) -> None:
    closing = Auction(False, 10, 40)
    made = book()
    assert made.over_after(closing) == 39
    made.add(child("SELL MARKET", tif="AT_CLOSE", name="m"), auction=closing)
    made.add(child("SELL LIMIT 99.98", "250", tif="AT_CLOSE", name="l"), auction=closing)
    assert made.match(quote(99.98, 100.02, time=30)) == []
    assert made.expire(39) == []
    assert lines(made.expire(40)) == ["m 100@99.98 TAKER", "l 200@99.98 TAKER", "l AUCTION_OVER 50"]
    made = book()
    made.add(child("SELL MARKET", tif="AT_CLOSE"), auction=closing)
    assert lines(made.expire(40)) == ["a AUCTION_OVER 100"]  # no quote ever came


def test_post_only_is_refused_by_the_quote_that_stands_or_cancelled_by_the_first(
    child: Callable[..., ChildOrder],
) -> None:
    order = child("BUY LIMIT 100.02", post_only=True)
    assert book().refuse(order, quote(99.98, 100.02)) == Refusal(code="POST_ONLY", text="limit=100.02, market=100.02")
    assert book().refuse(child("BUY LIMIT 100.01", post_only=True), quote(99.98, 100.02)) is None
    assert book().refuse(order, quote(99.98, NAN)) is None
    assert book().refuse(child("BUY PEGGED", peg_to=PegTo.BID), None) is None
    assert lines(book(order).match(quote(99.98, 100.02))) == ["a POST_ONLY 100"]


def test_reduce_only_and_groups_hold_within_one_quote(child: Callable[..., ChildOrder]) -> None:
    exits: dict[str, Any] = {"group": "exit", "contingency": Contingency.OCO, "reduce_only": True}
    made = book(child("SELL LIMIT 99.98", name="profit", **exits), child("SELL STOP 99.98", name="loss", **exits))
    made.held = D(60)
    assert lines(made.match(quote(99.98, 100.02))) == ["profit now 60 of 60", "profit 60@99.98 TAKER", "loss GROUP 100"]


# --- depth and crossed quotes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "quantity", "tif", "rules", "expected"),
    [
        # 99.98 x 300 / 100.02 x 200; nautilus walks one tick for all that is left.
        ("BUY MARKET", "250", "GTC", {}, ["a 200@100.02 TAKER"]),
        ("BUY MARKET", "250", "GTC", {"depth": 1}, ["a 200@100.02 TAKER", "a 50@100.03 TAKER"]),
        ("SELL MARKET", "350", "GTC", {"depth": 1}, ["a 300@99.98 TAKER", "a 50@99.97 TAKER"]),
        ("BUY MARKET", "700", "GTC", {"depth": 2}, ["a 200@100.02 TAKER", "a 200@100.03 TAKER", "a 200@100.04 TAKER"]),
        ("BUY MARKET", "700", "GTC", {"depth": 1, "depth_size": None}, ["a 200@100.02 TAKER", "a 500@100.03 TAKER"]),
        ("BUY MARKET", "700", "GTC", {"depth": 1, "depth_size": HALF}, ["a 200@100.02 TAKER", "a 100@100.03 TAKER"]),
        ("BUY LIMIT 100.03", "700", "GTC", {"depth": 5}, ["a 200@100.02 TAKER", "a 200@100.03 TAKER"]),
        ("BUY STOP 100", "300", "GTC", {"depth": 5}, ["a 200@100.02 TAKER", "a 100@100.03 TAKER"]),
        ("BUY MARKET", "500", "IOC", {"depth": 1}, ["a 200@100.02 TAKER", "a 200@100.03 TAKER", "a IOC_REMAINDER 100"]),
        ("BUY MARKET", "400", "FOK", {"depth": 1}, ["a 200@100.02 TAKER", "a 200@100.03 TAKER"]),
        ("BUY MARKET", "401", "FOK", {"depth": 1}, ["a FOK_UNFILLABLE 401"]),
        ("BUY MARKET", "150", "FOK", {"depth": 1}, ["a 150@100.02 TAKER"]),
        ("BUY LIMIT 100", "150", "IOC", {"depth": 1}, ["a IOC_REMAINDER 150"]),
    ],
)  # fmt: skip
def test_an_order_that_takes_walks_on_by_so_many_ticks(
    child: Callable[..., ChildOrder], order: str, quantity: str, tif: str, rules: dict[str, Any], expected: list[str]
) -> None:
    assert lines(book(child(order, quantity, tif=tif), **rules).match(quote(99.98, 100.02))) == expected


def test_what_one_order_took_behind_the_best_price_is_not_given_to_the_next(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY MARKET", "300", name="one"), depth=1)
    shown = quote(99.98, 100.02)
    assert lines(made.match(shown)) == ["one 200@100.02 TAKER", "one 100@100.03 TAKER"]
    made.add(child("BUY MARKET", "300", name="two"))
    assert lines(made.match(shown)) == ["two 100@100.03 TAKER"]
    assert lines(made.match(quote(99.98, 100.02, time=2))) == ["two 200@100.02 TAKER"]


def test_a_walk_down_ends_above_zero_where_the_instrument_requires_it(child: Callable[..., ChildOrder]) -> None:
    assert lines(book(child("SELL MARKET", "900"), depth=5).match(quote(0.02, 0.05))) == [
        "a 300@0.02 TAKER",
        "a 300@0.01 TAKER",
    ]
    below = Instrument(symbol="XYZ", price_may_be_negative=True)
    assert lines(book(child("SELL MARKET", "900"), depth=5, instrument=below).match(quote(0.01, 0.05))) == [
        "a 300@0.01 TAKER",
        "a 300@0 TAKER",
        "a 300@-0.01 TAKER",
    ]


def test_a_crossed_quote_counts_where_the_rules_say_so(child: Callable[..., ChildOrder]) -> None:
    assert lines(book(child("BUY MARKET")).match(quote(100.05, 100.02))) == []
    assert lines(book(child("BUY MARKET"), crossed="match").match(quote(100.05, 100.02))) == ["a 100@100.02 TAKER"]


# --- queues -------------------------------------------------------------------------------------------------------


def queued(*orders: ChildOrder, model: str = "back", **rules: Any) -> QuoteBook:
    """Return a book whose orders have met a quote of 99.98 x 300 / 100.02 x 200 at time 1."""
    made = book(*orders, queue=QueueModel(model), **rules)
    assert made.hears_trades
    assert made.match(quote(99.98, 100.02)) == []
    return made


def test_a_resting_order_fills_when_what_stood_before_it_has_traded(child: Callable[..., ChildOrder]) -> None:
    made = queued(child("BUY LIMIT 99.98"))
    assert lines(made.trade(trade(99.98, 250))) == []
    assert lines(made.trade(trade(99.98, 80))) == ["a 30@99.98 MAKER"]
    assert lines(made.trade(trade(100.02, 500))) == []
    assert lines(made.trade(trade(99.98, 500))) == ["a 70@99.98 MAKER"]
    assert made.trade(trade(99.98, 500)) == []


@pytest.mark.parametrize(("model", "expected"), [("front", ["a 50@99.98 MAKER"]), ("back", []), ("proportional", [])])
def test_cancels_move_it_forward_by_the_model(
    child: Callable[..., ChildOrder], model: str, expected: list[str]
) -> None:
    made = queued(child("BUY LIMIT 99.98"), model=model)
    assert made.match(quote(99.98, 100.02, 500, time=2)) == []  # 200 join behind
    assert made.match(quote(99.98, 100.02, 300, time=3)) == []  # 200 cancel
    assert lines(made.trade(trade(99.98, 150))) == expected


def test_a_trade_through_its_price_fills_it_and_orders_share_a_trade_by_price_and_time(
    child: Callable[..., ChildOrder],
) -> None:
    made = queued(child("BUY LIMIT 99.98", name="first"), child("BUY LIMIT 99.98", name="second"),
                  child("BUY LIMIT 99.99", name="better"), child("SELL LIMIT 100.02", name="sells"))  # fmt: skip
    assert lines(made.trade(trade(99.97, 220))) == ["better 100@99.99 MAKER", "first 100@99.98 MAKER",
                                                    "second 20@99.98 MAKER"]  # fmt: skip
    assert lines(made.trade(trade(100.03, 40))) == ["sells 40@100.02 MAKER"]


def test_our_own_orders_stand_behind_one_another(child: Callable[..., ChildOrder]) -> None:
    made = queued(child("BUY LIMIT 99.99", "30", name="first"), child("BUY LIMIT 99.99", "30", name="second"))
    assert lines(made.trade(trade(99.99, 40))) == ["first 30@99.99 MAKER", "second 10@99.99 MAKER"]


def test_an_order_below_the_best_price_joins_when_its_price_is_shown(child: Callable[..., ChildOrder]) -> None:
    made = queued(child("BUY LIMIT 99.97"))
    assert lines(made.trade(trade(99.97, 50))) == []  # nothing is known of what is ahead
    assert made.match(quote(99.97, 100.02, 80, time=2)) == []
    assert lines(made.trade(trade(99.97, 100))) == ["a 20@99.97 MAKER"]


def test_the_far_side_at_its_price_fills_it_too_and_orders_that_wait_have_no_place(
    child: Callable[..., ChildOrder],
) -> None:
    made = queued(child("BUY LIMIT 99.98"), child("BUY STOP_LIMIT 101 99.98", name="stop"),
                  child("BUY MARKET_IF_TOUCHED 90", name="touch"))  # fmt: skip
    assert lines(made.match(quote(99.90, 99.98, time=2))) == ["a 100@99.98 MAKER"]
    assert made.trade(trade(99.98, 500)) == []


def test_a_trade_from_before_an_order_or_without_a_price_moves_nothing(child: Callable[..., ChildOrder]) -> None:
    made = book(queue=QueueModel("back"))
    assert made.trade(trade(99.98, 500)) == []
    made.add(child("BUY LIMIT 99.99"), 5)
    assert made.match(quote(99.98, 100.02, time=6)) == []
    assert made.trade(trade(99.99, 50, time=5)) == []
    assert made.trade(trade(NAN, 50)) == []
    assert lines(made.trade(trade(99.99, 50, time=7))) == ["a 50@99.99 MAKER"]


def test_an_iceberg_shows_its_peak_and_each_refill_joins_the_back_of_the_queue(
    child: Callable[..., ChildOrder],
) -> None:
    made = queued(child("BUY ICEBERG 99.98", "100", display_quantity=D(20)))
    # 300 stand before it and none behind: 310 reach 10 of its peak, then 10 more end it; the refill is alone.
    assert lines(made.trade(trade(99.98, 310))) == ["a 10@99.98 MAKER"]
    assert lines(made.trade(trade(99.98, 15))) == ["a 10@99.98 MAKER", "a 5@99.98 MAKER"]
    assert made.match(quote(99.98, 100.02, 50, time=2)) == []  # 50 of others join behind its peak
    assert lines(made.trade(trade(99.98, 40))) == ["a 15@99.98 MAKER"]  # 25 of the others traded then
    assert lines(made.trade(trade(99.98, 45))) == ["a 20@99.98 MAKER"]
    assert made.leaves("a") == 40


def test_an_iceberg_whose_peak_ends_with_a_trade_goes_to_the_back(child: Callable[..., ChildOrder]) -> None:
    made = queued(child("SELL ICEBERG 100.01", "50", display_quantity=D(20)))
    assert made.match(quote(99.98, 100.01, 300, 60, time=2)) == []
    assert lines(made.trade(trade(100.01, 20))) == ["a 20@100.01 MAKER"]
    assert made.match(quote(99.98, 100.01, 300, 40, time=3)) == []
    assert lines(made.trade(trade(100.01, 50))) == ["a 10@100.01 MAKER"]


def test_a_pegged_order_that_moves_loses_its_place(child: Callable[..., ChildOrder]) -> None:
    made = queued(child("BUY PEGGED", peg_to=PegTo.BID))
    assert made.match(quote(99.99, 100.02, 500, time=2)) == []
    assert lines(made.trade(trade(99.99, 510))) == ["a 10@99.99 MAKER"]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"depth": -1}, "'depth' must be >= 0: -1"),
        ({"depth_size": D(0)}, "depth_size must be a finite number above 0, was 0; None lifts the bound"),
        ({"crossed": "mach"}, r"crossed must be one of skip, match, was 'mach'; did you mean 'match'\?"),
    ],
)
def test_rules_out_of_bounds_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        QuoteRules(**settings)
