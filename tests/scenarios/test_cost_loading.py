"""A user's own slippage and commission, named in a scenario."""

from decimal import Decimal
from pathlib import Path

import pytest

from tradepit.models.billed_fill import BilledFill
from tradepit.models.commission_parts import SumCommission
from tradepit.models.market_state import NOTHING_SHOWN, Needs
from tradepit.models.orders import Liquidity, Side
from tradepit.models.own_costs import OwnCommission, OwnSlippage
from tradepit.models.values import changed
from tradepit.scenarios.cost_loading import load_commission, load_slippage
from tradepit.scenarios.loader import loads
from tradepit.scenarios.own_code import own_hashes
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.runner import about_of
from tradepit.scenarios.tree import Scenario

D = Decimal
MINE = '''\
"""Costs of one's own."""

from decimal import Decimal

from tradepit.models.market_state import Needs

NUMBER = 5


def slip(price, quantity, side, market):
    return Decimal("0.01") * quantity


def scaled(price, quantity, side, market, *, factor: Decimal = Decimal(1)):
    return factor * quantity


def cents(fill):
    return Decimal("0.01")


def short(side, quantity):
    return Decimal(0)


class Dear:
    needs = Needs(window=5)

    def __init__(self, rate: Decimal, label="x", **more):
        self.rate = rate
        self.label = label

    def amount(self, price, quantity, side, market):
        return self.rate

    def fee(self, fill):
        return self.rate * fill.quantity


class Greedy:
    needs = "everything"

    def amount(self, price, quantity, side, market):
        return Decimal(1)


class Free:
    needs = None

    def amount(self, price, quantity, side, market):
        return Decimal(0)


class Broken:
    def __init__(self):
        raise RuntimeError("no licence")


class Empty:
    pass


class Narrow:
    def __init__(self, rate: Decimal):
        self.rate = rate

    def fee(self, quantity, price):
        return self.rate
'''
FILL = BilledFill(side=Side.BUY, quantity=D(10), price=D(50), multiplier=D(1), liquidity=Liquidity.TAKER, symbol="A")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def scenario(directory: Path, more: str) -> Scenario:
    text = f"tradepit: 1\nname: x\nmarket: {{A: {{sample: GOOG}}}}\n{more}\n"
    return loads(text, "f.yaml", directory=directory)


def test_functions_and_classes_become_models(directory: Path) -> None:
    found = scenario(
        directory,
        """\
costs: {slippage: {use: "./mine.py:slip"}, commission: {use: "./mine.py:cents"}}
venues:
  A: {}
  B: {slippage: {use: "mine:scaled", with: {factor: 50%}}, fees: {use: "mine:Dear", with: {rate: 0.25, label: y}}}
  C: {slippage: {use: "mine:Dear", with: {rate: 0.5, other: 1}}, fees: {sum: [1.00/order, {use: "mine:cents"}]}}
  D: {slippage: {use: "mine:Free"}}""",
    )
    slippages = {name: load_slippage(found, name) for name in "ABCD"}
    amounts = {name: model.amount(D(50), D(10), Side.BUY, NOTHING_SHOWN) for name, model in slippages.items()}
    assert amounts == {"A": D("0.10"), "B": D(5), "C": D("0.5"), "D": D(0)}
    everything = Needs(window=20, quotes=True)
    assert [model.needs for model in slippages.values()] == [everything, everything, Needs(window=5), None]
    commissions = {name: load_commission(found, name) for name in "ABC"}
    assert {name: model.fee(FILL) for name, model in commissions.items()} == {
        "A": D("0.01"),
        "B": D("2.5"),
        "C": D("1.01"),
    }
    assert [type(model) for model in (slippages["A"], commissions["A"], commissions["C"])] == [
        OwnSlippage,
        OwnCommission,
        SumCommission,
    ]


@pytest.mark.parametrize(
    ("costs", "problem"),
    [
        (
            '{commission: {use: "./mine.py:sent"}}',
            "f.yaml:4:27: costs.commission.use: ./mine.py has no sent, was ./mine.py:sent; did you mean cents?",
        ),
        ('{commission: {use: "./mine.py:NUMBER"}}', "NUMBER must be a function or a class, was ./mine.py:NUMBER"),
        ('{commission: {use: "nowhere:fee"}}', "costs.commission.use: no module named nowhere, was nowhere"),
        (
            '{commission: {use: "mine:short"}}',
            ("costs.commission.with.quantity: short needs this setting; write it in costs.commission.with"),
        ),
        (
            '{commission: {use: "mine:Narrow", with: {rate: 1}}}',
            "Narrow.fee must take (fill): missing a required argument: 'price'; write def fee(self, fill)",
        ),
        (
            '{commission: {use: "mine:Narrow"}}',
            "costs.commission.with.rate: Narrow needs this setting; write it in costs.commission.with",
        ),
        (
            '{commission: {use: "mine:Narrow", with: {rat: 1}}}',
            "costs.commission.with.rat: Narrow has no setting of that name; did you mean rate?",
        ),
        (
            '{commission: {use: "mine:Narrow", with: {rate: much}}}',
            "costs.commission.with.rate: must be a number, was 'much'",
        ),
        ('{commission: {use: "mine:Broken"}}', "Broken refused its settings: RuntimeError: no licence"),
        (
            '{slippage: {use: "mine:Empty"}}',
            "Empty must have a method amount, was mine:Empty; write def amount(self, price, quantity, side, market)",
        ),
        (
            '{slippage: {use: "mine:Greedy"}}',
            "needs must be a tradepit.models.market_state.Needs or None, was 'everything'",
        ),
        (
            '{slippage: {sum: [square_root, {use: "mine:Dear", with: {rate: 1}}]}}',
            "costs.slippage: window must be the same in all parts of a sum, was 20 and 5",
        ),
    ],
)
def test_what_cannot_be_called_is_refused_before_the_run(directory: Path, costs: str, problem: str) -> None:
    found = scenario(directory, f"costs: {costs}")
    with pytest.raises(ScenarioError) as caught:
        (load_commission if "commission" in costs else load_slippage)(found, "SIM")
    assert problem in " ".join(str(caught.value).split())


def test_a_problem_is_placed_at_the_venue_that_says_it(directory: Path) -> None:
    found = scenario(directory, 'venues:\n  A:\n    fees: {use: "mine:sent"}')
    with pytest.raises(ScenarioError, match=r"f\.yaml:6:17: venues\.A\.fees\.use: mine has no sent"):
        load_commission(found, "A")


def test_a_problem_is_placed_in_the_part_of_a_sum_that_has_it(directory: Path) -> None:
    found = scenario(
        directory,
        """\
venues:
  A:
    fees:
      sum:
        - sells: {dated: [{from: 2024-01-01, fees: {use: "mine:cents"}}]}
        - buys: {use: "mine:Dear", with: {rate: much}}""",
    )
    with pytest.raises(ScenarioError, match=r"f\.yaml:9:49: venues\.A\.fees\.sum\[1\]\.buys\.with\.rate: must be"):
        load_commission(found, "A")


def test_the_journal_names_the_code_that_was_used(directory: Path) -> None:
    plain = scenario(directory, "costs: {preset: realistic}")
    assert own_hashes(plain) == {}
    assert "own" not in about_of(plain)
    own = scenario(
        directory,
        """\
venues:
  A:
    slippage: {sum: [1bps, {use: "mine:slip"}]}
    fees:
      sum:
        - sells: {dated: [{from: 2024-01-01, fees: {use: "mine:cents"}}]}
        - buys: {use: "mine:Dear", with: {rate: 1}}""",
    )
    before = own_hashes(own)
    assert list(before) == ["mine:cents", "mine:Dear", "mine:slip"]
    assert about_of(own)["own"] == before
    (directory / "mine.py").write_text(MINE + "\n")
    after = own_hashes(own)
    assert all(after[use] != before[use] for use in before)


def test_what_cannot_be_looked_into_is_taken_as_it_is(directory: Path) -> None:
    """A function of C may have no signature, and an annotation may name what is not there."""
    with (directory / "mine.py").open("a") as file:
        file.write("\n\ndef vague(price, quantity, side, market, *, factor: 'Nowhere'):\n    return factor\n")
    text = 'venues: {A: {slippage: {use: "builtins:max"}}, B: {slippage: {use: "mine:vague", with: {factor: 2}}}}'
    found = scenario(directory, text)
    assert isinstance(load_slippage(found, "A"), OwnSlippage)
    assert load_slippage(found, "B").amount(D(50), D(10), Side.BUY, NOTHING_SHOWN) == D(2)


def test_code_without_a_file_has_no_hash(tmp_path: Path) -> None:
    assert own_hashes(scenario(tmp_path, 'costs: {commission: {use: "math:sqrt"}}')) == {"math:sqrt": ""}


def test_own_fees_stand_wherever_fees_do(directory: Path) -> None:
    found = scenario(
        directory,
        """\
venues:
  V:
    fees:
      by_symbol:
        "A*": {sum: [{sells: {use: "mine:cents"}}, {buys: {dated: [{fees: {use: "mine:cents"}}]}}, {of_fees: 50%}]}
      other: {use: "mine:Dear", with: {rate: 1}}""",
    )
    assert load_commission(found, "V").fee(FILL) == D("0.015")
    assert load_commission(found, "V").fee(changed(FILL, symbol="B")) == D(10)
    assert list(own_hashes(found)) == ["mine:cents", "mine:Dear"]
    broken = scenario(directory, 'venues: {V: {fees: {by_symbol: {"A*": {sells: {use: "mine:sent"}}}}}}')
    with pytest.raises(ScenarioError, match=r"venues\.V\.fees\.by_symbol\.A\*\.sells\.use: mine has no sent"):
        load_commission(broken, "V")
