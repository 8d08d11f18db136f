"""Whatever is ordered, charged, lent, taken back and broken: what must be true of every run is true of random ones."""

import json
import random
from collections import Counter
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tradepit.actors import FEED
from tradepit.actors.kernel import ActorRestarted, Dispatch, delivery, guard
from tradepit.models.account_events import CashMoved
from tradepit.models.orders import Side
from tradepit.scenarios.fault_tree import FaultSpec
from tradepit.scenarios.loader import loads
from tradepit.scenarios.replay import replay_journal
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario

EXACT = Context(prec=300)
RUNS = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
START_PRICES = {"X": 20, "Y": 20, "F": 30, "EURUSD": 1.25, "XBT": 400}
DAYS = ("2024-01-02", "2024-01-03")
KINDS = ("bars", "quotes", "trades")
TIMES = ("DAY", "GTC", "IOC", "FOK", "AT_OPEN", "AT_CLOSE")
FEES: list[Any] = [
    "none",
    "0.2%",
    "1.00/order",
    "0.30/fill",
    {"per_share": "0.01/share", "minimum": 1, "cap": "1%"},
    {"maker": "-0.1%", "taker": "0.3%"},
    {"sells": "0.00278%"},
    {"sum": ["0.1%", "0.50/order", {"buys": {"percent": "0.5%", "maximum": 3, "per": "fill"}}]},
    {
        "tiers": [{"up_to": 20, "per_share": "0.03/share"}, {"per_share": "0.01/share"}],
        "by": "order_quantity",
        "rates": "marginal",
    },
    {"tiers": [{"below": 900, "percent": "0.3%"}, {"percent": "0.1%"}], "by": "month_value", "rates": "whole"},
    {"tiers": [{"below": 1, "per_share": "0.02/share"}, {"per_share": "0.01/share"}], "by": "trailing_quantity"},
    {"sum": [{"percent": "0.1%", "minimum": 1}, {"of_fees": "18%", "rounding": "half_up"}, {"sells": "0.1%"}]},
    {"by_symbol": {"X": "0.3%", "*": {"sum": ["1.00/order", {"of_fees": "20%"}]}}},
    {"dated": [{"fees": "0.3%"}, {"from": "2024-01-03", "fees": {"percent": "0.2%", "rounding": "up", "step": 0.05}}]},
]
SLIPPAGES: list[Any] = [
    "none", "5bps", "0.01/share", "percentage", "volume_share", "volume_impact", "volatility_aware", "square_root",
    {"half_spread": "0.02/share"}, {"book": {"depth": 50, "step": "2bps"}}, {"sum": ["2bps", "volume_share"]},
]  # fmt: skip
LATENCIES = ["0ns", "1ns", "5s", "90s", "uniform(0ns, 3min)", "normal(1min, 1min)", "lognormal(20s, 1.5)"]
MATCHING: dict[str, dict[str, list[Any]]] = {
    "bars": {
        "path": ["adaptive", "ohlc", "olhc", "worst", "close"],
        "market_price": ["open", "close", "worst", "midpoint", "vwap"],
        "max_volume_share": ["5%", "none"],
        "touch_fills": [True, False],
        "gap_price": ["open", "worse", "own"],
        "arrival": ["next_bar", "last_close"],
        "close_within": ["1min", "1h"],
        "market_fills": ["partial", "whole"],
        "sequence": ["path", "submission"],
        "stop_limits": ["path", "range", "close", "pessimistic", "body"],
        "trailing": ["path", "extreme", "close"],
        "exits": ["next_bar", "same_bar"],
        "slips": ["takers", "all"],
        "past_limit": ["limit", "skip"],
        "past_bar": ["slip", "extreme", "skip"],
        "stale_after": ["30s", "5min"],
    },
    "quotes": {
        "touch_fills": [True, False],
        "depth": [0, 3],
        "depth_size": ["50%", "none"],
        "crossed": ["skip", "match"],
        "queue": ["front", "back", "proportional", "power(2)", "log", "none"],
    },
    "trades": {"touch_fills": [True, False], "queue_ahead": [0, 60]},
}
PAY_DATES = ("2024-01-03 10:09:45", "2024-01-04", "2024-02-15")
SIZINGS: list[Any] = [
    {"fixed": 12},
    {"cash": "900 USD"},
    {"percent_of_equity": "5%"},
    {"weights": {"X": "20%", "Y": "10%"}},
    {"risk_per_trade": "0.5%"},
    {"volatility_target": "10%", "volatility": "40%"},
    {"kelly": "50%", "win_rate": "55%", "payoff": 1.5},
]
LIMITS: dict[str, list[Any]] = {
    "max_open_positions": [1, 2],
    "min_reward_to_risk": [0.5],
    "max_stop_distance": ["4%"],
    "missing_stop": ["allow", "refuse"],
    "max_order_notional": [900],
    "max_position": [60],
    "max_gross_exposure": ["50%", "2_000 USD"],
    "max_net_exposure": ["20%"],
    "price_collar": ["3%"],
    "short_allowed": [False],
    "locates": [{"X": 20, "Y": 0}],
    "max_orders_per_second": [1, 3],
    "max_daily_loss": ["0.1%", "5 USD"],
    "max_drawdown": ["0.2%"],
}


class World:
    """Draws a scenario of two short sessions, everything in it left to chance."""

    def __init__(self, chance: random.Random) -> None:
        """Begin; all that is drawn comes from one stream."""
        self.chance = chance
        self.kind = chance.choice(KINDS)
        self.symbols = ["X", "Y", "F", "EURUSD"] + (["XBT"] if chance.random() < 0.3 else [])
        self.foreign = chance.random() < 0.6
        self.coins = not self.foreign and self.often(0.3)
        if not self.foreign:
            self.symbols = ["X", "Y"] if self.coins else ["X", "Y", "F"]

        self.renames = self.foreign and self.often(0.2)

    def often(self, part: float) -> bool:
        return self.chance.random() < part

    def some(self, choices: dict[str, list[Any]], part: float) -> dict[str, Any]:
        return {key: self.chance.choice(values) for key, values in choices.items() if self.often(part)}

    def instant(self) -> str:
        minute = self.chance.randrange(0, 40)
        time = f"{(570 + minute) // 60:02}:{(570 + minute) % 60:02}:{self.chance.choice((0, 7, 30)):02}"
        return f"{self.chance.choice(DAYS)} {time}"

    def tree(self) -> dict[str, Any]:
        """Return the scenario as its file has it."""
        chance = self.chance
        venues = {f"V{n}": self.venue() for n in range(chance.choice((1, 2, 2, 3)))}
        tree: dict[str, Any] = {
            "tradepit": 1,
            "name": "world",
            "seed": chance.randrange(10**6),
            "clock": {"session": "09:30-10:10", "start": "2024-01-02 09:30", "end": "2024-01-03 10:10"},
            "market": {symbol: self.market(symbol) for symbol in self.symbols},
            "instruments": self.instruments(),
            "venues": venues,
            "portfolio": self.portfolio(),
            "orders": {
                "default_time_in_force": chance.choice(("DAY", "GTC")),
                **self.some({"max_order_age": ["5min"], "history": [0, 2]}, 0.2),
                **self.some({"on_split": ["adjust", "cancel"], "on_dividend": ["reduce", "keep"]}, 0.2),
            },
            "at_end": {"close_positions": self.often(0.5)},
            "strategies": [
                {
                    "use": "tradepit.scenarios.library.order_script:OrderScript",
                    "name": f"s{n}",
                    "with": {"orders": self.script(list(venues), n), "checked": False},
                }
                for n in range(chance.choice((1, 1, 2)))
            ],
            "routing": {
                "policy": chance.choice(("best_net_price", "sequential")),
                "groups": chance.choice(("apart", "together")),
            },
            "faults": [self.fault(chance.choice(list(venues))) for _ in range(chance.choice((0, 0, 1, 3)))],
            "corporate_actions": self.actions(),
            "supervision": {
                "components": {"intensity": 50, "period": "100d"},
                "strategies": {"restart": "permanent", "intensity": 50, "period": "100d"},
            },
        }
        if self.often(0.3):
            tree["breakers"] = [
                {"rule": "failed_orders", "over": "10min", "at": 3, "cool_down": "7min",
                 "then": chance.choice(("halt", "cancel_only", "reduce_only"))}
            ]  # fmt: skip
        if self.often(0.4):
            tree["links"] = self.links(list(venues))
        if self.often(0.1):
            tree["actors"] = {"portfolio": {"service_time": "20s"}, "V0": {"service_time": "lognormal(2s, 0.5)"}}
        return tree

    def market(self, symbol: str) -> dict[str, Any]:
        price = START_PRICES[symbol]
        return {
            "path": [["2024-01-02 09:30", price], ["2024-01-02 10:00", price * 1.1], ["2024-01-03 10:10", price]],
            "volatility": "90%",
            "every": "1min",
            "volume": self.chance.choice([50, 400, 4000]),
            "as": self.kind,
        }

    def instruments(self) -> dict[str, Any]:
        shortable = self.often(0.8)
        if self.coins:
            return {symbol: {"base": f"{symbol}CO", "lot": 0.00000001} for symbol in self.symbols}
        euro = {"currency": "EUR"} if self.foreign and self.often(0.6) else {}
        return {
            "F": {"multiplier": 5, "shortable": shortable, "max_quantity": 30, **euro},
            **({"EURUSD": {"base": "EUR", "tick": 0.0001}, } if self.foreign else {}),
            **({"XBT": {"base": "BTC", "inverse": True, "tick": 0.5}} if "XBT" in self.symbols else {}),
        }  # fmt: skip

    def venue(self) -> dict[str, Any]:
        chance = self.chance
        venue: dict[str, Any] = {
            "matching": {self.kind: self.some(MATCHING[self.kind], 0.3)} if self.often(0.7) else self.kind,
            "fees": chance.choice(FEES),
            "slippage": chance.choice(SLIPPAGES),
            "self_trade_prevention": chance.choice(
                ("none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement")
            ),
        }
        if self.often(0.5):
            venue["latency"] = {"order": chance.choice(LATENCIES), "data": chance.choice(LATENCIES)}
        if self.coins:
            venue["fee_currency"] = chance.choice(("quote", "base", "received", "account"))
        if self.often(0.1):
            venue["order_types"] = ["MARKET", "LIMIT", "STOP"]
        return venue

    def portfolio(self) -> dict[str, Any]:
        chance = self.chance
        portfolio: dict[str, Any] = {
            "cash": f"{chance.choice((500, 5_000, 50_000))} USD",
            "sizing": chance.choice(SIZINGS),
            "limits": self.some(LIMITS, 0.08),
            "realised": chance.choice(("average", "fifo", "lifo")),
            "marks": chance.choice(("last", "last", "mid", "bid_ask") if self.kind == "quotes" else ("last",)),
        }
        if self.foreign:
            portfolio["rates"] = {"EURUSD": 1.25} | ({"XBT": 400} if "XBT" in self.symbols else {})
            portfolio["conversion"] = chance.choice(("kept", "at_fill"))
            if portfolio["conversion"] == "kept" and self.often(0.3):
                portfolio["balances"] = {"EUR": 700.5}
        if self.often(0.6):
            grace, first = chance.choice(("0s", "3min")), chance.choice(("largest", "worst", "none"))
            parts = {"model": "percentage", "initial": "30%", "maintenance": "25%", "interest": "6%"}
            portfolio["margin"] = chance.choice(("reg_t", {**parts, "grace": grace, "liquidate": first}))
            portfolio["borrow"] = {"rate": "3%", "hard_to_borrow": "30%", "hard": ["X"]}
            portfolio["accrue"] = chance.choice(("session_close", "calendar_day"))
        if self.often(0.3):
            portfolio["reserve_fees"] = True
        if self.often(0.3):
            portfolio["positions"] = {"X": {"quantity": chance.choice((-20, 7)), "price": 21}}
        return portfolio

    def script(self, venues: list[str], number: int) -> list[dict[str, Any]]:
        chance = self.chance
        lines: list[dict[str, Any]] = []
        known: list[str] = []
        ended: dict[str, str] = {}
        for index in range(chance.randrange(3, 26)):
            what = chance.random()
            when = {"at": self.instant()} if self.often(0.5) else {"bar": chance.randrange(1, 60)}
            if known and what < 0.12:
                lines.append({"cancel": chance.choice(known), **when})
            elif known and what < 0.3:
                name = chance.choice(known)
                price = START_PRICES[ended[name]]
                change = self.some(
                    {"quantity": [1, 15, 60], "limit": [self.price(price)], "stop": [self.price(price)]}, 0.5
                )
                lines.append({"replace": name, **(change or {"quantity": 9}), **when})
            else:
                name, symbol = f"o{index}", chance.choice(self.symbols)
                lines.append({"id": name, "symbol": symbol, **self.order(symbol, venues, known), **when})
                ended[name] = symbol
                known.append(name)
        return lines

    def price(self, price: float) -> float:
        return round(price * (0.93 + 0.24 * self.chance.random()), 2)

    def order(self, symbol: str, venues: list[str], known: list[str]) -> dict[str, Any]:
        chance, price = self.chance, START_PRICES[symbol]
        order: dict[str, Any] = {"do": chance.choice(("buy", "sell"))}
        if self.often(0.85):
            order["quantity"] = chance.choice((1, 5, 5, 20, 40, 200, 0.5, 10**9))
        trail = chance.choice((0.2, "2%", "50bps", "10 ticks"))
        limit, stop, touch = self.price(price), self.price(price), self.price(price)
        order |= chance.choice(
            (
                {}, {}, {"limit": limit}, {"limit": limit}, {"stop": stop}, {"stop": stop, "limit": limit},
                {"touch": touch}, {"touch": touch, "limit": limit}, {"trail": trail}, {"trail": trail, "stop": stop},
                {"trail": "2%", "trail_limit": "1%"}, {"kind": "MARKET_TO_LIMIT"}, {"limit": limit, "display": 3},
                {"peg": chance.choice(("bid", "ask", "mid"))}, {"peg": "mid", "peg_offset": 0.05, "limit": limit},
            )
        )  # fmt: skip
        if self.often(0.4):
            order["time_in_force"] = chance.choice(TIMES)
        elif self.often(0.15):
            order["expires_at"] = self.instant()
        for flag, part in (("post_only", 0.08), ("reduce_only", 0.12), ("do_not_reduce", 0.05)):
            if self.often(part):
                order[flag] = True
        group = chance.random()
        if group < 0.25:
            order["oco" if group < 0.12 else "ouo"] = f"g{chance.randrange(3)}{symbol}{'c' if group < 0.12 else 'u'}"
        if known and self.often(0.2):
            order["after"] = chance.choice(known)
        if self.often(0.15):
            order["venue"] = chance.choice(venues)
        if self.often(0.15):
            up, down = round(price * 1.05, 2), round(price * 0.95, 2)
            buys = order["do"] == "buy"
            order |= self.some({"stop_loss": [down if buys else up], "take_profit": [up if buys else down]}, 0.7)
        return order

    def fault(self, venue: str) -> dict[str, Any]:
        chance = self.chance
        fault: dict[str, Any] = {"venue": venue, "at": self.instant(), "fill": chance.choice(("last", 1, 2, 3))}
        if self.often(0.5):
            return {**fault, "do": "bust"}
        change = self.some({"quantity": [1, 4, 9], "price": [19.5, 21]}, 0.5)
        return {**fault, "do": "correct", **(change or {"price": 20.25})}

    def actions(self) -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = []
        for _ in range(self.chance.choice((0, 0, 1, 2, 4))):
            at = self.instant()
            actions.append(
                self.chance.choice(
                    (
                        {"at": at, "symbol": "X", "split": "3:2", "fractions": self.chance.choice(("cash", "kept"))},
                        {"at": at, "symbol": "X", "split": self.chance.choice(("2:1", "4:3", "7:1"))},
                        {"at": at, "symbol": "Y", "split": "3:1", "fractions": self.chance.choice(("cash", "kept"))},
                        {"at": at, "symbol": "Y" if self.coins else "F", "split": "1:4"},
                        {"at": at, "symbol": "X", "dividend": "0.24 USD", "withheld": "15%"},
                        {"at": at, "symbol": "X", "dividend": "0.5 USD", "pays": self.chance.choice(PAY_DATES)},
                        {"at": at, "symbol": "Y", "stock_dividend": "5%"},
                    )
                )
            )
        if self.renames:
            actions.append({"at": "2024-01-03 10:05", "symbol": "X", "rename": "Y"})
        elif self.often(0.1):
            actions.append({"at": "2024-01-03 10:05", "symbol": "Y" if self.coins else "F", "delist": 0.5})
        return actions

    def links(self, venues: list[str]) -> dict[str, Any]:
        venue = self.chance.choice(venues)
        pairs = [
            f"broker:{venue} -> venue:{venue}", f"venue:{venue} -> broker:{venue}", f"router -> {venue}",
            "feed -> strategy:s0", "feed -> portfolio", "strategy:s0 -> portfolio", "orders -> portfolio",
            "portfolio -> orders",
        ]  # fmt: skip
        rules: list[dict[str, Any]] = [
            {"do": "delay", "by": "lognormal(40s, 0.5)", "rate": "30%"},
            {"do": "duplicate", "by": "1s", "copies": 1, "rate": "20%"},
            {"do": "reorder", "by": "uniform(0s, 90s)", "rate": "20%"},
            {"do": "drop", "rate": "10%"},
            {"do": "partition", "at": "09:45", "for": "10min", "both": True},
        ]
        return {
            pair: {"rules": self.chance.sample(rules, self.chance.choice((1, 2)))}
            for pair in self.chance.sample(pairs, self.chance.choice((1, 2)))
        }


def drawn(chance: random.Random) -> Scenario:
    """Return a scenario of a random world."""
    return loads(json.dumps(World(chance).tree()))


def whole(scenario: Scenario) -> bool:
    """Tell whether links lose, repeat or turn round nothing between the parts of our own system."""
    return all("venue:" in link or "strategy:" in link for link in scenario.links)


def check(scenario: Scenario, result: Result, chance: random.Random) -> None:
    """Hold a run to all that must be true of it."""
    assert result.failure is None
    assert list(result.dead_letters) == []
    lost = {"venue_and_portfolio_fills_agree"} if scenario.links else set()
    if whole(scenario):
        assert {violation.invariant for violation in result.violations} <= lost
    again = run_scenario(scenario, dispatch=Dispatch.TASK)
    assert again.fingerprint == result.fingerprint
    assert money(again) == money(result)
    if whole(scenario):
        check_books(scenario, result)
    check_crashes(scenario, result, chance)


def check_books(scenario: Scenario, result: Result) -> None:
    """Cash of each currency is that of the start, every fill and every payment since; quantities are those of fills."""
    portfolio = scenario.portfolio
    splits = {action.symbol for action in scenario.corporate_actions}
    held: dict[str, Decimal] = {symbol: one.quantity for symbol, one in portfolio.positions.items()}
    cash: Counter[str] = Counter()
    home = portfolio.cash.currency
    for currency, amount in {home: portfolio.cash.amount, **portfolio.balances}.items():
        add(cash, currency, amount)
    for fill in result.fills:
        instrument = scenario.instrument(fill.symbol)
        signed = fill.quantity if fill.side is Side.BUY else fill.quantity.copy_negate()
        if instrument.inverse:
            return
        if fill.venue != "CORPORATE_ACTION" or not fill.fill_id.startswith("FRACTION"):
            paid = EXACT.multiply(EXACT.multiply(signed, fill.price), instrument.multiplier)
            add(cash, fill.currency, paid.copy_negate())
        paid_in = fill.fee_currency or fill.currency
        if paid_in == instrument.base:
            signed = EXACT.subtract(signed, fill.fee)
        else:
            add(cash, paid_in, fill.fee.copy_negate())
        if fill.venue != "AT_END":
            held[fill.symbol] = EXACT.add(held.get(fill.symbol, Decimal(0)), signed)
    for event in result.account_events:
        if isinstance(event, CashMoved):
            add(cash, event.currency, event.amount)
    if not splits:
        assert {p.symbol: p.quantity for p in result.positions} == {s: q for s, q in held.items() if q}
    if portfolio.conversion == "kept":
        assert {c: a for c, a in result.balances.items() if a} == {c: a for c, a in cash.items() if a}


def add(cash: Any, currency: str, amount: Decimal) -> None:
    cash[currency] = EXACT.add(cash.get(currency, Decimal(0)), amount)


def money(result: Result) -> list[Any]:
    """Return all that came of a run."""
    return [
        list(result.orders), list(result.fills), list(result.trades), result.positions, result.balances, result.books,
        result.account_events, result.open_orders, result.equity.points, len(result.violations),
        {name: figure for name, figure in result.metrics.items() if figure == figure},
    ]  # fmt: skip


def check_crashes(scenario: Scenario, result: Result, chance: random.Random) -> None:
    """Let parts crash: the money is the same."""
    if scenario.actors:
        return
    handled = {name: figures.handled for name, figures in result.actors.items() if name != FEED and figures.handled}
    crashes = [
        FaultSpec(actor=name, message=number)
        for name in chance.sample(sorted(handled), min(4, len(handled)))
        for number in chance.sample(range(1, handled[name] + 1), min(3, handled[name]))
    ]
    with pytest.MonkeyPatch.context() as patch:  # so that short runs begin again from snapshots, too
        patch.setattr(guard, "SNAPSHOT_EVERY", 25)
        patch.setattr(delivery, "LOOK_EVERY", 8)
        crashed = run_scenario(
            attrs.evolve(scenario, faults=(*scenario.faults, *crashes)), dispatch=chance.choice(list(Dispatch))
        )
    assert crashed.failure is None
    assert crashed.counts["ActorCrashed"] == crashed.counts["ActorRestarted"] == len(crashes)
    restarts = [event for event in crashed.supervision if isinstance(event, ActorRestarted)]
    assert all(event.replayed <= 25 + 2 * 8 for event in restarts)
    for one, other in zip(money(crashed), money(result), strict=True):
        assert one == other


def check_replay(scenario: Scenario) -> None:
    """A journal is replayed to the same fingerprint."""
    with TemporaryDirectory() as folder:
        result = run_scenario(scenario, directory=Path(folder))
        verdict = replay_journal(Path(folder) / "journal.jsonl", directory=Path(folder), dispatch=Dispatch.TASK)
    assert (verdict.equal, verdict.fingerprint, verdict.difference) == (True, result.fingerprint, None)


@RUNS
@given(st.integers(0, 2**32))
def test_a_random_world_keeps_its_books_in_either_mode_and_whoever_crashes(seed: int) -> None:
    chance = random.Random(seed)
    scenario = drawn(chance)
    check(scenario, run_scenario(scenario), chance)


@settings(RUNS, max_examples=5)
@given(st.integers(0, 2**32))
def test_a_random_world_is_replayed_to_the_same_fingerprint(seed: int) -> None:
    check_replay(drawn(random.Random(seed)))
