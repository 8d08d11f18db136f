"""A user's own functions and classes: found, checked for their signature, given their settings, and used."""

from decimal import Decimal
from pathlib import Path

import pytest

import tradepit
from tradepit.models.kelly import KellyFraction
from tradepit.models.limits import MissingStop, PartOfEquity
from tradepit.models.orders import Order, OrderKind, Side
from tradepit.models.sizing import FixedCash, FixedQuantity, OwnSizing, RiskPerTrade, TargetWeights
from tradepit.models.volatility_target import VolatilityTarget
from tradepit.scenarios.loader import loads
from tradepit.scenarios.own_code import own_hashes
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.replay import replay_journal
from tradepit.scenarios.risk_wiring import limits_of, sizing_of
from tradepit.scenarios.runner import about_of
from tradepit.scenarios.tree import GbmSource, OwnCode, PortfolioSpec, Scenario

CODE = """
from decimal import Decimal
from typing import TYPE_CHECKING

import tradepit

if TYPE_CHECKING:
    from nowhere import Nothing


class Buyer(tradepit.Strategy):
    def on_start(self):
        self.heard = 0

    def on_bar(self, bar):
        self.heard += 1
        if self.heard <= 2:
            self.buy(bar.symbol)


def half_of_cash(request, part: float = 0.5):
    return float(request.cash) * part / float(request.price)


def no_more_than(order, view, *, most: Decimal):
    return None if order.quantity <= most else f"limit={most}, was={order.quantity}"


def unresolved(order: "Nothing", view, least=0):
    return None


def takes_one(order):
    return None


def takes_names(*, order, view):
    return None


async def waits(order, view):
    return None


def yields(order, view):
    yield None


class HalfOfCash:
    def __init__(self, part: Decimal = Decimal("0.5")):
        self.part = part

    def quantity(self, request):
        return request.cash * self.part / request.price


class NoMoreThan:
    def __init__(self, most: int):
        self.most = most

    def check(self, order, view):
        return None if order.quantity <= self.most else f"limit={self.most}, was={order.quantity}"


class Slow:
    async def check(self, order, view):
        return None


CONSTANT = 7
"""
SMALL = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-03}
market: {ACME: {gbm: {every: 1h}}}
"""


def scenario(tmp_path: Path, text: str) -> Scenario:
    (tmp_path / "mine.py").write_text(CODE)
    return loads(SMALL + text, "f.yaml", directory=tmp_path)


def problems(tmp_path: Path, text: str) -> list[str]:
    built = scenario(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        (sizing_of(built), limits_of(built))
    return [str(problem) for problem in caught.value.problems]


OWN = "portfolio: {limits: {own: [%s]}}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            OWN % "./mine.py:no_more",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: ./mine.py has no no_more, was ./mine.py:no_more;"
                " did you mean no_more_than?"
            ),
        ),
        (
            OWN % "{use: ./mine.py:no_more_than}",
            (
                "f.yaml:5:28: portfolio.limits.own[0].with.most: no_more_than needs this setting;"
                " write it in portfolio.limits.own[0].with"
            ),
        ),
        (
            OWN % "{use: ./mine.py:no_more_than, with: {most: many}}",
            (
                "f.yaml:5:71: portfolio.limits.own[0].with.most: must be a number, was 'many';"
                " no_more_than declares Decimal"
            ),
        ),
        (
            OWN % "{use: ./mine.py:no_more_than, with: {most: 5, mots: 1}}",
            (
                "f.yaml:5:80: portfolio.limits.own[0].with.mots: no_more_than has no setting of that name;"
                " did you mean most?"
            ),
        ),
        (
            OWN % "./mine.py:takes_one",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: takes_one must take (order, view): too many positional"
                " arguments; write def takes_one(order, view)"
            ),
        ),
        (
            OWN % "./mine.py:takes_names",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: takes_names must take (order, view): too many positional"
                " arguments; write def takes_names(order, view)"
            ),
        ),
        (
            OWN % "./mine.py:HalfOfCash",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: HalfOfCash must have a method check, was ./mine.py:HalfOfCash;"
                " write def check(self, order, view)"
            ),
        ),
        (
            OWN % "./mine.py:NoMoreThan",
            (
                "f.yaml:5:28: portfolio.limits.own[0].with.most: NoMoreThan needs this setting;"
                " write it in portfolio.limits.own[0].with"
            ),
        ),
        (
            OWN % "./mine.py:Slow",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: Slow.check must be a plain function, without async and yield;"
                " write def check(self, order, view)"
            ),
        ),
        (
            OWN % "./mine.py:waits",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: waits must be a plain function, without async and yield;"
                " write def waits(order, view)"
            ),
        ),
        (
            OWN % "./mine.py:yields",
            (
                "f.yaml:5:28: portfolio.limits.own[0]: yields must be a plain function, without async and yield;"
                " write def yields(order, view)"
            ),
        ),
        (
            OWN % "{use: ./mine.py:CONSTANT}",
            (
                "f.yaml:5:34: portfolio.limits.own[0].use: CONSTANT must be a function or a class,"
                " was ./mine.py:CONSTANT"
            ),
        ),
        (
            "portfolio: {sizing: {use: nowhere_at_all:mine}}",
            (
                "f.yaml:5:27: portfolio.sizing.use: no module named nowhere_at_all, was nowhere_at_all;"
                " name an importable module, or a file as ./file.py:Class"
            ),
        ),
    ],
)
def test_what_is_wrong_with_an_own_function_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text) == [expected]


def test_of_several_settings_all_that_are_wrong_are_told(tmp_path: Path) -> None:
    found = problems(tmp_path, OWN % "{use: ./mine.py:no_more_than, with: {mots: 5}}")
    assert [line.partition(": ")[2].partition(":")[0] for line in found] == [
        "portfolio.limits.own[0].with.mots", "portfolio.limits.own[0].with.most",
    ]  # fmt: skip


def test_settings_are_given_as_their_annotations_say(tmp_path: Path) -> None:
    built = scenario(tmp_path, OWN % "{use: ./mine.py:no_more_than, with: {most: 5}}, ./mine.py:unresolved")
    check, other = limits_of(built).own
    order = Order(
        order_id="o", strategy="s", symbol="ACME", side=Side.BUY, kind=OrderKind.MARKET, quantity=Decimal(6),
        created_at=0,
    )  # fmt: skip
    assert check(order, None) == "limit=5, was=6"  # type: ignore[arg-type]  # this one looks at no view
    assert (check.__name__, other.__name__) == ("no_more_than", "unresolved")


def test_a_scenario_built_in_python_names_the_place_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(CODE)
    built = Scenario(
        name="x",
        market={"ACME": GbmSource()},
        directory=tmp_path,
        portfolio=PortfolioSpec(sizing=OwnCode(use="./mine.py:nothing")),
    )
    with pytest.raises(ScenarioError, match=r"portfolio\.sizing\.use: \./mine\.py has no nothing"):
        sizing_of(built)


def test_own_functions_decide_in_a_run(tmp_path: Path) -> None:
    """Half of 100,000 buys some 500 first, and then a quarter as much; orders above 300 are refused."""
    text = """\
portfolio:
  cash: 100_000 USD
  sizing: {use: ./mine.py:half_of_cash, with: {part: 25%}}
  limits: {own: [{use: ./mine.py:no_more_than, with: {most: 200}}]}
strategies: [{use: ./mine.py:Buyer}]
"""
    result = tradepit.run(scenario(tmp_path, text), out=None)
    [first, second] = sorted(result.orders, key=lambda closed: closed.order.order_id)
    assert (first.code, first.text) == ("OWN_CHECK", f"limit=200, was={first.order.quantity}")
    assert (second.code, second.order.quantity) == ("OWN_CHECK", first.order.quantity)
    allowed = tradepit.run(scenario(tmp_path, text.replace("most: 200", "most: 300")), out=None)
    [first, second] = sorted(allowed.orders, key=lambda closed: closed.order.order_id)
    assert (first.state, second.state) == ("FILLED", "FILLED")
    assert 240 < first.order.quantity < 260
    assert second.order.quantity < first.order.quantity


def test_own_classes_decide_as_functions_do(tmp_path: Path) -> None:
    def ends(size: str, check: str) -> list[tuple[str, str, Decimal]]:
        text = f"""\
portfolio:
  cash: 100_000 USD
  sizing: {{use: "./mine.py:{size}", with: {{part: 25%}}}}
  limits: {{own: [{{use: "./mine.py:{check}", with: {{most: 200}}}}]}}
strategies: [{{use: ./mine.py:Buyer}}]
"""
        result = tradepit.run(scenario(tmp_path, text), out=None)
        return [(one.code, one.text, one.order.quantity) for one in result.orders]

    found = ends("HalfOfCash", "NoMoreThan")
    assert found == ends("half_of_cash", "no_more_than")
    assert [code for code, _, _ in found] == ["OWN_CHECK", "OWN_CHECK"]


def test_the_journal_names_all_code_of_ones_own(tmp_path: Path) -> None:
    text = """\
costs: {slippage: {sum: [1bps, {use: "./mine.py:takes_one"}]}}
portfolio:
  sizing: {use: ./mine.py:HalfOfCash}
  limits: {own: [./mine.py:unresolved]}
"""
    built = scenario(tmp_path, text)
    before = own_hashes(built)
    assert list(before) == ["./mine.py:takes_one", "./mine.py:HalfOfCash", "./mine.py:unresolved"]
    assert about_of(built)["own"] == before
    (tmp_path / "mine.py").write_text(CODE + "\n")
    assert all(own_hashes(built)[use] != hashed for use, hashed in before.items())


def test_a_replay_tells_that_a_check_has_changed(tmp_path: Path) -> None:
    text = "strategies: [{use: ./mine.py:Buyer}]\n" + OWN % "{use: ./mine.py:no_more_than, with: {most: 300}}"
    run = tradepit.run(scenario(tmp_path, text), out=tmp_path / "runs")
    assert run.directory is not None
    journal = run.directory / "journal.jsonl"
    assert replay_journal(journal, directory=tmp_path).changes == ()
    (tmp_path / "mine.py").write_text(CODE + "# another\n")
    verdict = replay_journal(journal, directory=tmp_path)
    assert [line.partition(" has changed")[0] for line in verdict.changes] == [
        "the source of strategy buyer", "the source of ./mine.py:no_more_than",
    ]  # fmt: skip
    assert verdict.equal


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{fixed: 5}", FixedQuantity(quantity=Decimal(5))),
        ("{cash: 5_000 USD}", FixedCash(cash=Decimal(5000))),
        ("{weights: {ACME: 60%}}", TargetWeights(weights={"ACME": Decimal("0.6")})),
        ("{risk_per_trade: 1%}", RiskPerTrade(fraction=Decimal("0.01"))),
        ("{volatility_target: 10%}", VolatilityTarget(target=Decimal("0.1"))),
        (
            "{volatility_target: 10%, volatility: {ACME: 16%}, days: 5, most: 150%}",
            VolatilityTarget(
                target=Decimal("0.1"), volatility={"ACME": Decimal("0.16")}, days=5, most=Decimal("1.5")
            ),
        ),
        ("{kelly: 50%}", KellyFraction()),
        (
            "{kelly: 25%, win_rate: 55%, payoff: 1.5, trades: 9, before: 1%, most: 20%}",
            KellyFraction(
                part=Decimal("0.25"), win_rate=Decimal("0.55"), payoff=Decimal("1.5"), trades=9, before=Decimal("0.01"),
                most=Decimal("0.2"),
            ),
        ),
    ],
)  # fmt: skip
def test_each_way_of_sizing_is_had_from_a_scenario(tmp_path: Path, text: str, rule: object) -> None:
    assert sizing_of(scenario(tmp_path, f"portfolio: {{sizing: {text}}}")) == rule


def test_an_own_sizing_is_had_from_a_scenario(tmp_path: Path) -> None:
    rule = sizing_of(scenario(tmp_path, "portfolio: {sizing: {use: ./mine.py:half_of_cash}}"))
    assert isinstance(rule, OwnSizing)
    assert rule.function.__name__ == "half_of_cash"


def test_every_limit_is_had_from_a_scenario(tmp_path: Path) -> None:
    text = """\
portfolio:
  limits:
    max_open_positions: 3
    min_reward_to_risk: 1.5
    max_stop_distance: 2%
    missing_stop: refuse
    max_order_notional: 250_000
    max_position: 5000
    max_gross_exposure: 150%
    max_net_exposure: 2_000_000
    price_collar: 5%
    short_allowed: false
    locates: {ACME: 10}
    max_orders_per_second: 50
    max_daily_loss: 2%
    max_drawdown: 100_000
"""
    limits = limits_of(scenario(tmp_path, text))
    assert (limits.max_open_positions, limits.max_orders_per_second, limits.short_allowed) == (3, 50, False)
    assert (limits.missing_stop, limits.locates, limits.own) == (MissingStop.REFUSE, {"ACME": Decimal(10)}, ())
    figures = [
        limits.min_reward_to_risk, limits.max_stop_distance, limits.price_collar, limits.max_order_notional,
        limits.max_position, limits.max_net_exposure, limits.max_drawdown,
    ]  # fmt: skip
    assert figures == [Decimal(text) for text in ("1.5", "0.02", "0.05", "250000", "5000", "2000000", "100000")]
    assert limits.max_gross_exposure == PartOfEquity(fraction=Decimal("1.5"))
    assert limits.max_daily_loss == PartOfEquity(fraction=Decimal("0.02"))
