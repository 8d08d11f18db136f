"""The limits beyond buying power, size and shorts: each at its limit and one beyond, and what they let out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits, MissingStop, PartOfEquity, amount_of
from tradepit.models.orders import Order, OrderKind, OrderTerms, Refusal, Side
from tradepit.models.risk import check, entry_price
from tradepit.models.risk_checks import IN_ORDER
from tradepit.models.risk_view import RiskView

SPY = Instrument(symbol="SPY")
MARKS = {"SPY": 100.0, "QQQ": 50.0}


def order(signed: Any, **changes: Any) -> Order:
    quantity = Decimal(signed)
    plain: dict[str, Any] = {
        "order_id": "new",
        "strategy": "dipper",
        "symbol": "SPY",
        "side": Side.BUY if quantity > 0 else Side.SELL,
        "kind": OrderKind.MARKET,
        "quantity": quantity.copy_abs(),
        "created_at": 0,
    }
    return Order(**plain | changes)


def limit(signed: Any, price: Any, **changes: Any) -> Order:
    return order(signed, kind=OrderKind.LIMIT, limit_price=Decimal(price), **changes)


def bracket(stop: Any = None, take: Any = None) -> OrderTerms:
    return OrderTerms(
        stop_loss=None if stop is None else Decimal(stop), take_profit=None if take is None else Decimal(take)
    )


def account(cash: int = 100_000, **held: int) -> Account:
    book = Account(Decimal(cash), "USD")
    for symbol, quantity in held.items():
        book.hold(symbol, Decimal(quantity), Decimal(100), Decimal(1))
    return book


def part(percent: str) -> PartOfEquity:
    return PartOfEquity(fraction=Decimal(percent) / 100)


def verdict(given_order: Order, book: Account, limits: Limits, **figures: Any) -> str:
    view = RiskView(account=book, marks=MARKS, **figures)
    return str(check(given_order, book, SPY, limits, MARKS, view))


REWARD = Limits(min_reward_to_risk=Decimal("1.5"))
STOP = Limits(max_stop_distance=Decimal("0.02"))
NEEDS_STOP = Limits(max_stop_distance=Decimal("0.02"), missing_stop=MissingStop.REFUSE)
COLLAR = Limits(price_collar=Decimal("0.05"))


@pytest.mark.parametrize(
    ("given_order", "book", "limits", "expected"),
    [
        # reward to risk: 100 in, 98 out is a risk of 2, so the target is 103 at least
        (order(1, terms=bracket("98", "103")), account(), REWARD, "None"),
        (order(1, terms=bracket("98", "102.99")), account(), REWARD, "REWARD_TO_RISK: limit=1.5, was=1.495"),
        (limit(1, "99", terms=bracket("98", "100.5")), account(), REWARD, "None"),
        (order(-1, terms=bracket("102", "97")), account(), REWARD, "None"),
        (order(-1, terms=bracket("102", "98")), account(), REWARD, "REWARD_TO_RISK: limit=1.5, was=1"),
        (order(1, terms=bracket("98")), account(), REWARD, "None"),
        (order(1, terms=bracket(None, "100.01")), account(), REWARD, "None"),
        (order(-1, terms=bracket("102", "99")), account(SPY=5), REWARD, "None"),
        # the distance of the stop
        (order(1, terms=bracket("98")), account(), STOP, "None"),
        (order(1, terms=bracket("97.99")), account(), STOP, "STOP_DISTANCE: limit=0.02, was=0.0201"),
        (order(-1, terms=bracket("102.5")), account(), STOP, "STOP_DISTANCE: limit=0.02, was=0.025"),
        (limit(1, "50", terms=bracket("49")), account(), STOP, "None"),
        (order(1), account(), STOP, "None"),
        (
            order(1),
            account(),
            NEEDS_STOP,
            "STOP_MISSING: an order that opens or enlarges a position must have a stop loss",
        ),
        (order(-5), account(SPY=5), NEEDS_STOP, "None"),
        (
            order(-6),
            account(SPY=5),
            NEEDS_STOP,
            "STOP_MISSING: an order that opens or enlarges a position must have a stop loss",
        ),
        # gross: 300 x 100 in SPY and 400 x 50 short in QQQ are 50,000
        (order(300), account(QQQ=-400), Limits(max_gross_exposure=Decimal(50_000)), "None"),
        (
            order(301),
            account(QQQ=-400),
            Limits(max_gross_exposure=Decimal(50_000)),
            "MAX_GROSS_EXPOSURE: limit=50000, was=50100",
        ),
        (order(-300), account(SPY=300, QQQ=900), Limits(max_gross_exposure=Decimal(1)), "None"),
        # net: 300 x 100 long less 400 x 50 short are 10,000
        (order(300), account(QQQ=-400), Limits(max_net_exposure=Decimal(10_000)), "None"),
        (
            order(301),
            account(QQQ=-400),
            Limits(max_net_exposure=Decimal(10_000)),
            "MAX_NET_EXPOSURE: limit=10000, was=10100",
        ),
        (
            order(-201),
            account(QQQ=-400),
            Limits(max_net_exposure=Decimal(40_000)),
            "MAX_NET_EXPOSURE: limit=40000, was=40100",
        ),
        (order(-200), account(QQQ=-400), Limits(max_net_exposure=Decimal(40_000)), "None"),
        # a part of the equity: 100,000 cash and 100 x 100 held
        (order(10), account(SPY=100), Limits(max_gross_exposure=part("10")), "None"),
        (
            order(11),
            account(SPY=100),
            Limits(max_gross_exposure=part("10")),
            "MAX_GROSS_EXPOSURE: limit=11000, was=11100",
        ),
        # the collar
        (limit(1, "105"), account(), COLLAR, "None"),
        (
            limit(1, "105.01"),
            account(),
            COLLAR,
            "PRICE_COLLAR: 105.01 against a last price of 100.0: limit=0.05, was=0.0501",
        ),
        (
            limit(1, "94.99"),
            account(),
            COLLAR,
            "PRICE_COLLAR: 94.99 against a last price of 100.0: limit=0.05, was=0.0501",
        ),
        (
            order(1, kind=OrderKind.STOP, stop_price=Decimal(106)),
            account(),
            COLLAR,
            "PRICE_COLLAR: 106 against a last price of 100.0: limit=0.05, was=0.06",
        ),
        (order(1), account(), COLLAR, "None"),
        (
            limit(1, "5", symbol="IWM"),
            account(),
            COLLAR,
            "NO_PRICE: a price of IWM is needed for the collar, none was seen",
        ),
        # located
        (order(-40), account(), Limits(locates={"SPY": Decimal(40)}), "None"),
        (order(-41), account(), Limits(locates={"SPY": Decimal(40)}), "NOT_LOCATED: limit=40, was=41"),
        (order(-50), account(SPY=10), Limits(locates={"SPY": Decimal(40)}), "None"),
        (order(-41), account(), Limits(locates={"GME": Decimal(0)}), "None"),
        (order(-1), account(), Limits(locates={"SPY": Decimal(0)}), "NOT_LOCATED: limit=0, was=1"),
    ],
)
def test_an_order_at_the_limit_may_go_and_one_beyond_is_refused(
    given_order: Order, book: Account, limits: Limits, expected: str
) -> None:
    assert verdict(given_order, book, limits) == expected


def test_open_orders_count_as_filled_in_exposures() -> None:
    book = account(QQQ=100)
    book.reserve("o1", "SPY", Side.BUY, Decimal(100), Decimal(99))
    book.reserve("o2", "QQQ", Side.SELL, Decimal(300), Decimal(51))
    # QQQ is 5,000 long, and 5,000 - 15,300 = -10,300 when sold; SPY is 9,900 when bought, 19,900 with the new order
    limits = Limits(max_gross_exposure=Decimal(30_200))
    assert verdict(order(100), book, limits) == "None"
    assert verdict(order(101), book, limits) == "MAX_GROSS_EXPOSURE: limit=30200, was=30300"
    net = Limits(max_net_exposure=Decimal(24_900))  # QQQ's sells do not help
    assert verdict(order(100), book, net) == "None"
    assert verdict(order(101), book, net) == "MAX_NET_EXPOSURE: limit=24900, was=25000"


def test_a_position_without_a_mark_counts_at_its_cost() -> None:
    assert RiskView(account=account(GLD=3), marks={}).worst_values() == {"GLD": (Decimal(300), Decimal(300))}


@pytest.mark.parametrize(
    ("limits", "figures", "expected"),
    [
        (Limits(max_orders_per_second=3), {"sent_in_last_second": 2}, "None"),
        (
            Limits(max_orders_per_second=3),
            {"sent_in_last_second": 3},
            "ORDER_RATE: orders within a second: limit=3, was=4",
        ),
        (Limits(max_daily_loss=Decimal(500)), {"day_start_equity": 10_500, "equity": 10_000}, "None"),
        (
            Limits(max_daily_loss=Decimal(500)),
            {"day_start_equity": 10_501, "equity": 10_000},
            "MAX_DAILY_LOSS: limit=500, was=501",
        ),
        (
            Limits(max_daily_loss=part("2")),
            {"day_start_equity": 10_000, "equity": 9_799},
            "MAX_DAILY_LOSS: limit=200, was=201",
        ),
        (Limits(max_daily_loss=part("2")), {"equity": 1}, "None"),
        (Limits(max_drawdown=part("10")), {"peak_equity": 20_000, "equity": 18_000}, "None"),
        (
            Limits(max_drawdown=part("10")),
            {"peak_equity": 20_000, "equity": 17_000},
            "MAX_DRAWDOWN: limit=0.1, was=0.15",
        ),
        (
            Limits(max_drawdown=Decimal(100)),
            {"peak_equity": 20_000, "equity": 19_899},
            "MAX_DRAWDOWN: limit=100, was=101",
        ),
        (Limits(max_drawdown=part("10")), {"peak_equity": -5, "equity": -6}, "MAX_DRAWDOWN: limit=0, was=1"),
    ],
)
def test_pace_and_losses_are_judged_by_the_figures_of_the_moment(
    limits: Limits, figures: dict[str, Any], expected: str
) -> None:
    exact = {name: value if name.startswith("sent") else Decimal(value) for name, value in figures.items()}
    assert verdict(order(1), account(), limits, **exact) == expected


@pytest.mark.parametrize("limits", [Limits(max_daily_loss=Decimal(1)), Limits(max_drawdown=Decimal(1))])
def test_whoever_has_lost_too_much_may_still_get_out_but_not_through(limits: Limits) -> None:
    lost = {"day_start_equity": Decimal(200_000), "peak_equity": Decimal(200_000), "equity": Decimal(100_000)}
    assert verdict(order(-5), account(SPY=5), limits, **lost) == "None"
    assert verdict(order(5), account(SPY=-5), limits, **lost) == "None"
    assert verdict(order(-6), account(SPY=5), limits, **lost).startswith("MAX_D")
    assert verdict(order(1), account(SPY=5), limits, **lost).startswith("MAX_D")


def test_a_users_own_checks_are_asked_last_and_in_their_order() -> None:
    asked = []

    def never_on_mondays(one: Order, view: RiskView) -> Refusal | None:
        asked.append((one.order_id, view.cash, view.position("SPY"), view.price("SPY"), view.engaged))
        return None

    def small(one: Order, view: RiskView) -> str | None:
        room = view.worst_position(one.symbol, one.side)
        return None if one.quantity + room <= 10 else f"limit=10, was={one.quantity + room}"

    def strange(one: Order, view: RiskView) -> Refusal | None:
        return Refusal(code="ODD", text=str(view.buying_power)) if one.quantity % 2 else None

    limits = Limits(own=(never_on_mondays, small, strange))
    assert verdict(order(2), account(SPY=6), limits) == "None"
    assert verdict(order(5), account(SPY=6), limits) == "OWN_CHECK: limit=10, was=11"
    assert verdict(order(3), account(SPY=6), limits) == "ODD: 100000"
    assert verdict(order(2_000), account(SPY=6), limits).startswith("BUYING_POWER")
    assert asked == [("new", Decimal(100_000), Decimal(6), 100.0, ("SPY",))] * 3


def test_an_own_check_that_answers_something_else_is_an_error() -> None:
    def says_true(_order: Order, _view: RiskView) -> Any:
        return True

    with pytest.raises(TypeError, match=r"^risk check says_true must return None, a text or a Refusal, was True$"):
        verdict(order(1), account(), Limits(own=(says_true,)))


def test_the_checks_stand_in_the_order_that_the_page_gives() -> None:
    assert [one.__name__ for one in IN_ORDER] == [
        "check_open_positions",
        "check_reward",
        "check_stop_distance",
        "check_buying_power",
        "check_notional",
        "check_position",
        "check_exposure",
        "check_collar",
        "check_short",
        "check_pace",
        "check_daily_loss",
        "check_drawdown",
        "check_own",
    ]


def test_of_several_limits_that_are_broken_the_first_refuses() -> None:
    """Everything is wrong with it; each refusal in turn is taken away."""
    wrong = limit(-2_000, "300", terms=bracket("330", "299"))
    book = account(QQQ=5)
    settings: dict[str, Any] = {
        "max_open_positions": 1,
        "min_reward_to_risk": Decimal(2),
        "max_stop_distance": Decimal("0.01"),
        "max_order_notional": Decimal(1),
        "max_position": Decimal(1),
        "max_gross_exposure": Decimal(1),
        "max_net_exposure": Decimal(1),
        "price_collar": Decimal("0.01"),
        "short_allowed": False,
        "locates": {"SPY": Decimal(1)},
        "max_orders_per_second": 1,
        "max_daily_loss": Decimal(1),
        "max_drawdown": Decimal(1),
        "own": (lambda _order, _view: "no",),
    }
    by_code = {
        "REWARD_TO_RISK": "min_reward_to_risk",
        "STOP_DISTANCE": "max_stop_distance",
        "SHORT_NOT_ALLOWED": "short_allowed",
        "NOT_LOCATED": "locates",
        "ORDER_RATE": "max_orders_per_second",
        "OWN_CHECK": "own",
    }
    codes = []
    while True:
        view = RiskView(
            account=book,
            marks=MARKS,
            sent_in_last_second=1,
            equity=Decimal(100),
            day_start_equity=Decimal(200),
            peak_equity=Decimal(300),
        )
        refusal = check(wrong, book, SPY, Limits(**settings), MARKS, view)
        if refusal is None:
            break
        codes.append(refusal.code)
        if refusal.code == "BUYING_POWER":
            book.cash += 10_000_000
        else:
            del settings[by_code.get(refusal.code, refusal.code.lower())]
    assert codes == [
        "MAX_OPEN_POSITIONS",
        "REWARD_TO_RISK",
        "STOP_DISTANCE",
        "BUYING_POWER",
        "MAX_ORDER_NOTIONAL",
        "MAX_POSITION",
        "MAX_GROSS_EXPOSURE",
        "MAX_NET_EXPOSURE",
        "PRICE_COLLAR",
        "SHORT_NOT_ALLOWED",
        "NOT_LOCATED",
        "ORDER_RATE",
        "MAX_DAILY_LOSS",
        "MAX_DRAWDOWN",
        "OWN_CHECK",
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"max_gross_exposure": Decimal(-1)}, "max_gross_exposure must be 0 or more, was -1"),
        ({"price_collar": Decimal("-0.1")}, "price_collar must be 0 or more, was -0.1"),
        ({"max_orders_per_second": -1}, "max_orders_per_second must be 0 or more, was -1"),
        ({"locates": {"SPY": Decimal(-1)}}, "locates must be 0 or more, was -1 for SPY"),
        (
            {"missing_stop": MissingStop.ADD},
            "missing_stop: add needs a max_stop_distance above 0, at which the stop is placed",
        ),
    ],
)
def test_a_limit_that_makes_no_sense_cannot_be_set(setting: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Limits(**setting)


def test_a_part_of_the_equity_is_above_zero_and_of_debts_it_is_nothing() -> None:
    with pytest.raises(ValueError, match=r"^fraction must be above 0, was 0$"):
        PartOfEquity(fraction=Decimal(0))
    assert amount_of(part("5"), Decimal(200)) == 10
    assert amount_of(part("5"), Decimal(-200)) == 0
    assert amount_of(Decimal(7), Decimal(-200)) == 7


@pytest.mark.parametrize(
    "setting",
    [
        {"max_open_positions": 3},
        {"min_reward_to_risk": Decimal(1)},
        {"max_stop_distance": Decimal(1)},
        {"missing_stop": MissingStop.REFUSE},
        {"max_net_exposure": part("5")},
        {"price_collar": Decimal(1)},
        {"short_allowed": False},
        {"locates": {"SPY": Decimal(1)}},
        {"max_orders_per_second": 5},
        {"max_daily_loss": part("5")},
        {"max_drawdown": part("5")},
        {"own": (lambda _order, _view: None,)},
    ],
)
def test_limits_know_whether_any_of_them_is_set(setting: Any) -> None:
    assert Limits().none_is_set
    assert not Limits(**setting).none_is_set


def test_an_order_is_expected_to_trade_at_its_limit_its_stop_or_the_last_price() -> None:
    assert entry_price(limit(1, "99"), 100.0) == 99
    assert entry_price(order(1, kind=OrderKind.STOP, stop_price=Decimal(101)), 100.0) == 101
    assert entry_price(order(1), 100.5) == Decimal("100.5")
    assert entry_price(order(1), None) is None


@given(
    wanted=st.lists(
        st.tuples(st.sampled_from(["SPY", "QQQ", "IWM"]), st.integers(-300, 300).filter(bool)), min_size=1, max_size=30
    ),
    gross=st.integers(0, 60_000),
)
def test_whichever_orders_were_let_go_are_filled_the_gross_exposure_holds(
    wanted: list[tuple[str, int]], gross: int
) -> None:
    """Any of them, all buys, all sells: no choice of fills takes the positions beyond the limit."""
    book = account(cash=1_000_000)
    marks = {"SPY": 100.0, "QQQ": 100.0, "IWM": 100.0}
    limits = Limits(max_gross_exposure=Decimal(gross))
    bought, sold = dict.fromkeys(marks, 0), dict.fromkeys(marks, 0)
    for number, (symbol, signed) in enumerate(wanted):
        one = order(signed, symbol=symbol, order_id=f"o{number}")
        if check(one, book, Instrument(symbol=symbol), limits, marks) is None:
            book.reserve(one.order_id, symbol, one.side, one.quantity, Decimal(100))
            (bought if signed > 0 else sold)[symbol] += abs(signed)
    assert sum(max(bought[symbol], sold[symbol]) for symbol in marks) * 100 <= gross
