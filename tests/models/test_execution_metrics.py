"""How orders were executed, counted from the order manager's news."""

import math
from decimal import Decimal, localcontext
from typing import Any

import pytest

from tradepit.models.execution_costs import Costs, FillPricing
from tradepit.models.execution_metrics import EXECUTION_METRICS, LATENCY_METRICS, ExecutionTally
from tradepit.models.instruments import Instrument
from tradepit.models.messages import OrderFilled
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side, TimeInForce

D = Decimal


def order(number: int = 1, **changes: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": f"o{number}", "strategy": "s", "symbol": "SPY", "side": Side.BUY, "kind": OrderKind.MARKET,
        "quantity": D(100), "created_at": 1_000, "time_in_force": TimeInForce.GTC,
    }  # fmt: skip
    return Order(**plain | changes)


def fill(
    of: Order, number: int, quantity: int, price: str, reference: str, venue: str = "ARCA", **changes: Any
) -> Fill:
    plain: dict[str, Any] = {
        "fill_id": f"{venue}-{number}", "order_id": of.order_id, "child_id": f"{of.order_id}.1", "strategy": "s",
        "symbol": of.symbol, "side": of.side, "quantity": D(quantity), "price": D(price),
        "reference_price": D(reference), "fee": D("0.50"), "currency": "USD", "venue": venue,
        "liquidity": Liquidity.TAKER, "time": 0,
    }  # fmt: skip
    return Fill(**plain | changes)


class Manager:
    """Lives of orders whose news a tally hears, as the order manager publishes them."""

    def __init__(self, tally: ExecutionTally) -> None:
        self.tally = tally
        self.lives: dict[str, OrderLife] = {}

    def accept(self, wanted: Order, time: int, *venues: str) -> None:
        life = self.lives.setdefault(wanted.order_id, OrderLife(wanted, wanted.created_at))
        life.release(wanted.created_at)
        for venue in venues or ("ARCA",):
            life.accept(venue, time)

    def fill(self, execution: Fill, time: int) -> None:
        life = self.lives[execution.order_id]
        state = life.fill(execution, time)
        wanted = life.order
        self.tally.on_filled(
            OrderFilled(
                order_id=wanted.order_id,
                strategy="s",
                symbol=wanted.symbol,
                side=wanted.side,
                state=state,
                quantity=wanted.quantity,
                cumulative=life.cumulative,
                leaves=life.leaves,
                average_price=life.average_price,
                time=time,
                fill=execution,
            )
        )
        if state is OrderState.FILLED:
            self.tally.on_closed(life.closed())

    def end(self, order_id: str, step: OrderStep, code: str, time: int = 9_000) -> None:
        life = self.lives[order_id]
        life.apply(step, time, step.value, code, "")
        self.tally.on_closed(life.closed())

    def refuse(self, wanted: Order, code: str) -> None:
        self.lives[wanted.order_id] = OrderLife(wanted, wanted.created_at)
        self.end(wanted.order_id, OrderStep.REJECT, code)


def test_the_figures_of_a_small_day() -> None:
    tally = ExecutionTally(
        FillPricing({"SPY": Instrument(symbol="SPY"), "ES": Instrument(symbol="ES", multiplier=D(50))})
    )
    manager = Manager(tally)
    bought, sold, refused = order(1), order(2, side=Side.SELL, symbol="ES", quantity=D(4)), order(3)
    manager.accept(bought, 1_300)
    manager.fill(fill(bought, 1, 60, "10.02", "10.00"), 1_500)
    manager.fill(fill(bought, 2, 40, "10.05", "10.00"), 1_900)
    manager.accept(sold, 1_100, "BATS")
    manager.fill(fill(sold, 1, 1, "99.00", "100.00", "BATS", fee=D("-0.25")), 2_000)
    manager.end("o2", OrderStep.CANCEL, "REQUESTED")
    manager.refuse(refused, "MAX_POSITION")
    execution = tally.execution()
    assert execution.rejects == {"MAX_POSITION": 1}
    assert execution.figures == pytest.approx(
        {
            "order_count": 3.0,
            "fill_count": 3.0,
            "fill_rate": 1.25 / 3,
            "commission": 0.75,
            "commission_per_fill": 0.25,
            "commission_bps": 0.75 / 6_000 * 10_000,
            "slippage": 60 * 0.02 + 40 * 0.05 + 50.0,
            "slippage_per_fill": 53.2 / 3,
            "slippage_bps": 53.2 / 6_000 * 10_000,
            "accept_latency_p50_ns": 200.0,
            "accept_latency_p95_ns": 290.0,
            "accept_latency_p99_ns": 298.0,
            "accept_latency_max_ns": 300.0,
            "fill_latency_p50_ns": 750.0,
            "fill_latency_p95_ns": 975.0,
            "fill_latency_p99_ns": 995.0,
            "fill_latency_max_ns": 1_000.0,
            "reject_rate": 1 / 3,
        }
    )
    assert {
        venue: (own["order_count"], own["fill_rate"], own["slippage"]) for venue, own in execution.venues.items()
    } == {
        "ARCA": (1.0, 1.0, pytest.approx(3.2)),
        "BATS": (1.0, 0.25, 50.0),
    }


def test_an_order_that_two_venues_worked_counts_for_each_with_what_it_filled() -> None:
    tally = ExecutionTally()
    manager = Manager(tally)
    split = order()
    manager.accept(split, 1_200, "ARCA", "BATS")
    manager.fill(fill(split, 1, 30, "10", "10", "BATS"), 1_600)
    manager.fill(fill(split, 1, 50, "10", "10", "ARCA"), 1_700)
    manager.end("o1", OrderStep.EXPIRE, "TIME_IN_FORCE")
    venues = tally.execution().venues
    assert (venues["ARCA"]["fill_rate"], venues["BATS"]["fill_rate"]) == (0.5, 0.3)
    assert tally.execution().figures["fill_rate"] == 0.8
    assert (venues["BATS"]["fill_latency_max_ns"], venues["ARCA"]["accept_latency_max_ns"]) == (600.0, 200.0)
    assert math.isnan(venues["ARCA"]["fill_latency_max_ns"])


def test_what_is_busted_or_corrected_counts_as_it_was_corrected() -> None:
    tally = ExecutionTally()
    manager = Manager(tally)
    wanted = order()
    manager.accept(wanted, 1_200, "ARCA", "BATS")
    first, second = fill(wanted, 1, 30, "10.10", "10"), fill(wanted, 2, 20, "10.20", "10", "BATS")
    manager.fill(first, 1_500)
    manager.fill(second, 1_600)
    manager.lives["o1"].bust(second, 1_700)
    tally.on_busted(second)
    right = fill(wanted, 1, 40, "10.05", "10", fee=D(1))
    manager.lives["o1"].correct(right, 1_800)
    tally.on_corrected(first, right)
    manager.end("o1", OrderStep.CANCEL, "REQUESTED")
    figures, venues = tally.execution().figures, tally.execution().venues
    assert (figures["fill_count"], figures["commission"], figures["slippage"]) == (1.0, 1.0, 2.0)
    assert (figures["fill_rate"], venues["ARCA"]["fill_rate"], venues["BATS"]["fill_rate"]) == (0.4, 0.4, 0.0)


def test_a_bust_after_the_end_takes_the_money_back_and_leaves_the_order_as_it_ended() -> None:
    tally = ExecutionTally()
    manager = Manager(tally)
    wanted = order()
    manager.accept(wanted, 1_200)
    only = fill(wanted, 1, 100, "10.10", "10")
    manager.fill(only, 1_500)
    tally.on_busted(only)
    tally.on_corrected(only, only)
    figures = tally.execution().figures
    assert (figures["order_count"], figures["fill_count"], figures["slippage"]) == (1.0, 0.0, 0.0)


INSTRUMENTS = {
    "SPY": Instrument(symbol="SPY"),
    "SAP": Instrument(symbol="SAP", currency="EUR", multiplier=D(2)),
    "BTCUSD": Instrument(symbol="BTCUSD", base="BTC"),
    "XBT": Instrument(symbol="XBT", base="BTC", inverse=True, multiplier=D(100)),
}


@pytest.mark.parametrize(
    ("symbol", "side", "made", "home", "own"),
    [
        # 10 at 10.02 in place of 10.00, and a fee of 0.50: all in the account's currency.
        ("SPY", "BUY", {}, ("100.00", "0.50", "0.20"), {"USD": ("100.00", "0.50", "0.20")}),
        # The same in EUR at 1.25, times 2.
        ("SAP", "BUY", {}, ("250.00", "0.625", "0.50"), {"EUR": ("200.00", "0.50", "0.40")}),
        ("SAP", "SELL", {}, ("250.00", "0.625", "-0.50"), {"EUR": ("200.00", "0.50", "-0.40")}),
        # A fee in a third currency, at a rate of its own; one without a rate is nothing.
        ("SAP", "BUY", {"fee_currency": "GBP"}, ("250.00", "0.75", "0.50"),
         {"EUR": ("200.00", "0", "0.40"), "GBP": ("0", "0.50", "0")}),
        ("SPY", "BUY", {"fee_currency": "JPY"}, ("100.00", "0", "0.20"),
         {"JPY": ("0", "0.50", "0"), "USD": ("100.00", "0", "0.20")}),
        # Taken in kind: 0.50 BTC at the fill's price of 10.02.
        ("BTCUSD", "BUY", {"fee_currency": "BTC"}, ("100.00", "5.01", "0.20"), {"USD": ("100.00", "5.01", "0.20")}),
        # 10 contracts of 100 USD at 8 in place of 10: 100 BTC are 125 BTC, and a BTC is 9 USD.
        ("XBT", "SELL", {"price": "8", "reference": "10", "fee_currency": "BTC", "fee": D(1)},
         ("900", "9", "225"), {"BTC": ("100", "1", "25")}),
    ],
)  # fmt: skip
def test_money_is_in_the_account_s_currency_and_in_those_in_which_it_came(
    symbol: str, side: str, made: dict[str, Any], home: tuple[str, ...], own: dict[str, tuple[str, ...]]
) -> None:
    rates = {"EUR": D("1.25"), "GBP": D("1.5"), "BTC": D(9)}
    tally = ExecutionTally(FillPricing(INSTRUMENTS, "USD", rates.get))
    manager = Manager(tally)
    wanted = order(symbol=symbol, side=Side(side), quantity=D(10))
    manager.accept(wanted, 1_200)
    terms = {"currency": INSTRUMENTS[symbol].currency, "price": "10.02", "reference": "10.00", **made}
    one = fill(wanted, 1, 10, **terms)
    manager.fill(one, 1_500)
    found = tally.all
    assert (found.value, found.fees, found.slippage) == tuple(map(D, home))
    by_currency = {name: Costs(*map(D, amounts)) for name, amounts in own.items()}
    assert tally.execution().costs == {"ARCA": {"USD": by_currency.pop("USD", Costs()), **by_currency}}
    tally.on_busted(one)
    assert Costs(tally.all.value, tally.all.fees, tally.all.slippage) == Costs()
    assert set(tally.execution().costs["ARCA"].values()) == {Costs()}


@pytest.mark.parametrize(("remembers", "left"), [(True, 0), (False, D("-0.125"))])
def test_what_is_taken_back_counts_at_the_rate_that_it_had_where_that_is_kept(remembers: bool, left: Decimal) -> None:
    rates = {"EUR": D("1.25")}
    tally = ExecutionTally(FillPricing(INSTRUMENTS, "USD", rates.get, remembers=remembers))
    manager = Manager(tally)
    wanted = order(symbol="SAP")
    manager.accept(wanted, 1_200)
    one = fill(wanted, 1, 50, "10", "10", currency="EUR")
    manager.fill(one, 1_500)
    rates["EUR"] = D("1.5")
    tally.on_busted(one)
    assert tally.all.fees == left


def test_the_rate_is_that_of_the_fill_s_news() -> None:
    rates = {"EUR": D("1.25")}
    tally = ExecutionTally(FillPricing(INSTRUMENTS, "USD", rates.get))
    manager = Manager(tally)
    wanted = order(symbol="SAP")
    manager.accept(wanted, 1_200)
    manager.fill(fill(wanted, 1, 50, "10", "10", currency="EUR"), 1_500)
    rates["EUR"] = D("1.5")
    manager.fill(fill(wanted, 2, 50, "10", "10", currency="EUR"), 1_600)
    execution = tally.execution()
    assert execution.figures["commission"] == 0.5 * 1.25 + 0.5 * 1.5
    assert execution.figures["commission_bps"] == 1.375 / 2_750 * 1e4
    assert execution.costs["ARCA"] == {"USD": Costs(), "EUR": Costs(D(2_000), D(1), D(0))}


def test_a_day_without_orders_has_counts_of_zero_and_nothing_else() -> None:
    figures = ExecutionTally().execution().figures
    counted = {name: figure for name, figure in figures.items() if not math.isnan(figure)}
    assert counted == {"order_count": 0.0, "fill_count": 0.0, "commission": 0.0, "slippage": 0.0}
    assert tuple(figures) == EXECUTION_METRICS
    assert len(LATENCY_METRICS) == 8


def test_a_narrow_context_rounds_no_sum() -> None:
    tally = ExecutionTally()
    wanted = order()
    with localcontext(prec=2):
        for number in range(1, 4):
            tally.on_filled(
                OrderFilled(
                    order_id="o1",
                    strategy="s",
                    symbol="SPY",
                    side=Side.BUY,
                    state=OrderState.WORKING,
                    quantity=D(100),
                    cumulative=D(number),
                    leaves=D(0),
                    average_price=D(0),
                    time=0,
                    fill=fill(wanted, number, 1, "1234.56", "1234.55", fee=D("1.001")),
                )
            )
    assert (tally.all.value, tally.all.fees, tally.all.slippage) == (D("3703.65"), D("3.003"), D("0.03"))
