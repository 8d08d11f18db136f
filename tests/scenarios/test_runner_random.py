"""Whatever strategies do, however far venues are: invariants hold, dispatch modes agree, money is conserved."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.actors.kernel import Dispatch
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar, Quote
from tradepit.models.orders import Fill, Side
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario

QUANTITIES = [1, 3, 10, 40, 40, 400, None, None, 0, -3, 0.5, 10**12, "1e400", "lots", float("nan")]
PRICES = [0.0, 0.001, -0.001, 0.01, -0.01, 0.05, -0.05]


class RandomTrader(Strategy):
    """Does anything at all, some of it nonsense, at any time."""

    appetite: float = 0.5

    def on_start(self) -> None:
        self.sent: list[str] = ["ghost"]
        self.booked: dict[str, Decimal] = dict.fromkeys(self.symbols, Decimal(0))

    def on_bar(self, bar: Bar) -> None:
        self.act(bar.symbol, bar.close)

    def on_quote(self, quote: Quote) -> None:
        self.act(quote.symbol, (quote.bid + quote.ask) / 2)

    def on_order(self, event: Any) -> None:
        if self.random.random() < 0.05:
            self.cancel(event.order_id)

    def on_fill(self, fill: Fill) -> None:
        if self.random.random() < 0.1:
            self.signal(fill.symbol, "FLAT")

    def act(self, symbol: str, price: float) -> None:
        chance = self.random
        if chance.random() > self.appetite:
            return
        what = chance.random()
        if what < 0.2:
            self.cancel(chance.choice(self.sent))
        elif what < 0.35:
            self.signal(symbol, chance.choice(["LONG", "SHORT", "FLAT"]), chance.choice([1.0, 0.5, 0.01]))
        else:
            order = self.buy if chance.random() < 0.5 else self.sell
            self.sent.append(
                order(
                    symbol if chance.random() < 0.97 else "nowhere",
                    chance.choice(QUANTITIES),
                    limit=self.some_price(price) if chance.random() < 0.4 else None,
                    stop=self.some_price(price) if chance.random() < 0.3 else None,
                    time_in_force=chance.choice([None, "DAY", "GTC", "IOC", "FOK"]),
                )
            )
            if chance.random() < 0.1:
                self.cancel(self.sent[-1])

    def some_price(self, price: float) -> Any:
        near = price * (1 + self.random.choice(PRICES))
        return self.random.choice([round(near, 2), round(near, 2), round(near, 2), near, -1, "none"])


LATENCIES = ["0ns", "1ns", "5s", "90s", "uniform(0ns, 3min)", "normal(1min, 1min)", "lognormal(20s, 1.5)"]
FEES: list[Any] = [
    "none",
    "0.2%",
    "1.00/order",
    {"per_share": "0.01/share", "minimum": 1, "cap": "1%"},
    {"maker": "-0.1%", "taker": "0.3%"},
]
LIMITS: list[dict[str, int]] = [{}, {"max_position": 500}, {"max_order_notional": 5_000}, {"max_open_positions": 1}]
ORDERS: list[dict[str, Any]] = [{"max_order_age": "5min"}, {"history": 2}, {"history": 0}]


@st.composite
def venues(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a venue."""
    return {
        "fees": draw(st.sampled_from(FEES)),
        "slippage": draw(st.sampled_from(["none", "5bps"])),
        "latency": {"order": draw(st.sampled_from(LATENCIES)), "data": draw(st.sampled_from(LATENCIES))},
    }


@st.composite
def breakers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a breaker."""
    rule = draw(st.sampled_from(["rejection_rate", "failed_orders"]))
    reset: dict[str, Any] = draw(st.sampled_from([{"reset": "manual"}, {"cool_down": "7min", "probes": 2}]))
    return {
        "rule": rule,
        "over": draw(st.sampled_from(["1min", "20min"])),
        "at": draw(st.sampled_from(["10%", "50%"] if rule == "rejection_rate" else [2, 5])),
        "then": draw(st.sampled_from(["halt", "cancel_only", "reduce_only"])),
        **reset,
    }


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a scenario of two short sessions with two symbols."""
    as_ = draw(st.sampled_from(["bars", "quotes"]))
    market = {
        symbol: {
            "path": [["2024-01-02 09:30", price], ["2024-01-02 10:00", price + 3], ["2024-01-03 10:10", price]],
            "volatility": "60%",
            "every": "1min",
            "volume": volume,
            "as": as_,
        }
        for symbol, price, volume in (("X", 20, draw(st.sampled_from([50, 4000]))), ("F", 30, 300))
    }
    trader = {"use": f"{__name__}:RandomTrader", "with": {"appetite": draw(st.sampled_from([0.3, 1.0]))}}
    tree = {
        "tradepit": 1,
        "name": "random",
        "seed": draw(st.integers(0, 10**6)),
        "clock": {"session": "09:30-10:10", "start": "2024-01-02 09:30", "end": "2024-01-03 10:10"},
        "market": market,
        "instruments": {"F": {"multiplier": 5, "shortable": False, "max_quantity": 30}},
        "venues": {f"V{n}": venue for n, venue in enumerate(draw(st.lists(venues(), min_size=1, max_size=3)))},
        "portfolio": {
            "cash": "20_000 USD",
            "sizing": {"percent_of_equity": "20%"},
            "limits": draw(st.sampled_from(LIMITS)),
            "positions": {"X": {"quantity": -20, "price": 21}},
        },
        "orders": {"default_time_in_force": draw(st.sampled_from(["DAY", "GTC"])), **draw(st.sampled_from(ORDERS))},
        "at_end": {"close_positions": draw(st.booleans())},
        "strategies": [{**trader, "name": f"t{number}"} for number in range(draw(st.integers(1, 2)))],
        "breakers": draw(st.lists(breakers(), max_size=2)),
        "routing": {"policy": draw(st.sampled_from(["best_net_price", "sequential"]))},
    }
    return loads(json.dumps(tree))


@settings(max_examples=120)
@given(scenarios())
def test_in_a_random_run_every_invariant_holds_both_modes_agree_and_money_is_conserved(scenario: Scenario) -> None:
    inline = run_scenario(scenario)
    assert (inline.failure, inline.violations) == (None, [])
    assert run_scenario(scenario, dispatch=Dispatch.TASK).fingerprint == inline.fingerprint
    assert inline.open_orders == ()
    _check_conservation(scenario, inline)


def _check_conservation(scenario: Scenario, result: Result) -> None:
    """Cash and positions at the end are those of the start and every fill since, and equity is what they are worth."""
    cash = scenario.portfolio.cash.amount
    held = {symbol: position.quantity for symbol, position in scenario.portfolio.positions.items()}
    kept = dict(held)
    for fill in result.fills:
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        cash -= signed * fill.price * scenario.instrument(fill.symbol).multiplier + fill.fee
        held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + signed
        if fill.venue != "AT_END":
            kept[fill.symbol] = kept.get(fill.symbol, Decimal(0)) + signed
    assert {p.symbol: p.quantity for p in result.positions} == {s: q for s, q in kept.items() if q}
    if scenario.at_end.close_positions:
        assert not any(held.values())
        assert result.metrics["final_equity"] == pytest.approx(float(cash), abs=1e-6)


def test_random_runs_do_all_that_they_are_meant_to() -> None:
    """The property above would hold for a trader who never trades: this one does everything."""
    text = f"""\
tradepit: 1
name: random
seed: 5
clock: {{session: 09:30-16:00, start: 2024-01-02 09:30, end: 2024-01-03 16:00}}
market: {{X: {{path: [['2024-01-02 09:30', 20], ['2024-01-03 16:00', 22]], volatility: 60%, every: 1min, volume: 300}}}}
venues: {{A: {{latency: {{order: 5s}}, fees: 0.1%}}, B: {{latency: {{order: 90s, data: 5s}}, fees: 1.00/order}}}}
portfolio: {{cash: 20_000 USD}}
strategies: [{{use: '{__name__}:RandomTrader', with: {{appetite: 1.0}}}}]
breakers: [{{rule: failed_orders, over: 10min, at: 5, then: reduce_only, cool_down: 5min}}]
"""
    result = run_scenario(loads(text))
    assert result.violations == []
    for event in (
        "OrderAccepted", "OrderFilled", "OrderCancelled", "OrderRejected", "OrderExpired", "OrderCancelRejected",
        "CancelOfUnknownOrder", "CircuitTripped", "CircuitHalfOpened", "CircuitReset",
    ):  # fmt: skip
        assert result.counts[event] > 0, event
    codes = {order.code for order in result.orders}
    assert codes >= {
        "", "QUANTITY_NOT_POSITIVE", "OFF_LOT", "OFF_TICK", "ABOVE_MAX_QUANTITY", "PRICE_NOT_A_NUMBER",
        "PRICE_NOT_POSITIVE", "UNKNOWN_SYMBOL", "BUYING_POWER", "CIRCUIT_OPEN", "REQUESTED", "IOC_REMAINDER",
        "FOK_UNFILLABLE", "TIME_IN_FORCE",
    }  # fmt: skip
    assert {fill.venue for fill in result.fills} == {"A", "B", "AT_END"}
    assert any(order.fills > 1 for order in result.orders)
