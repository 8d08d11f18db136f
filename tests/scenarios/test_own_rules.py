"""A user's own rules of validation, named in a scenario: for orders, fills and signals."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.order_validation import check_order
from tradepit.models.orders import Order, OrderKind, Refusal, Side
from tradepit.models.own_rules import OwnRule
from tradepit.models.signal_validation import SignalValidation
from tradepit.scenarios.loader import loads
from tradepit.scenarios.own_code import own_hashes
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.validation_wiring import fill_bounds_of, order_rules_of, signal_validation_of
from tradepit.scenarios.writer import dump

RULES = """\
from decimal import Decimal

from tradepit.models.orders import Refusal


def round_lots(order, around, *, lot: Decimal = Decimal(10)):
    if order.quantity % lot:
        return Refusal(code="ODD_LOT", text=f"lot={lot}, was={order.quantity}")
    return None


def cheap(order, around):
    return None if around.last_price < 100 else f"last price: limit=100, was={around.last_price}"


def whole(fill, order, booked):
    left = order.quantity - booked.cumulative
    return None if fill.quantity == left else f"limit={left}, was={fill.quantity}"


class Symbols:
    def __init__(self, barred: list):
        self.barred = barred

    def check(self, signal, terms, around):
        if signal.symbol in self.barred:
            return Refusal(code="BARRED", text=f"{signal.symbol} at {around.last_price}")
        return None


def says_no(order, around):
    return False


def has_no_code(order, around):
    return Refusal(code="", text="no")


def of_one(order):
    return None
"""
ROWS = ["time,open,high,low,close,volume", *(f"2024-01-02 10:0{minute},10,11,9,10,1000" for minute in range(6))]
HEAD = "tradepit: 1\nname: own\nmarket: {X: {file: x.csv}}\nstrategies: [{use: ./mine.py:Mine}]\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(RULES)
    (tmp_path / "x.csv").write_text("\n".join(ROWS) + "\n")
    (tmp_path / "mine.py").write_text("")
    return tmp_path


@pytest.fixture
def run(directory: Path) -> Callable[[str, str], Result]:
    """Run a strategy that does something on its first bar."""

    def run_it(first: str, more: str) -> Result:
        (directory / "mine.py").write_text(
            "import tradepit\n\nclass Mine(tradepit.Strategy):\n    done = False\n\n    def on_bar(self, bar):\n"
            f"        if not self.done:\n            self.done = True\n            {first}\n"
        )
        return run_scenario(loads(HEAD + more, directory=directory))

    return run_it


def ends(result: Result) -> list[tuple[str, str, str]]:
    return [(str(closed.state), closed.code, closed.text) for closed in result.orders]


def scenario(directory: Path, text: str) -> Scenario:
    return loads(HEAD + text, "f.yaml", directory=directory)


@pytest.mark.parametrize(
    ("first", "rules", "end"),
    [
        ('self.buy("X", 20)', "[basic, ./rules.py:round_lots]", ("FILLED", "", "")),
        ('self.buy("X", 15)', "[basic, ./rules.py:round_lots]", ("REJECTED", "ODD_LOT", "lot=10, was=15")),
        ('self.buy("X", 15)', "[{use: ./rules.py:round_lots, with: {lot: 5}}]", ("FILLED", "", "")),
        ('self.buy("X", 15)', "[./rules.py:cheap, ./rules.py:round_lots]", ("REJECTED", "ODD_LOT", "lot=10, was=15")),
        (
            'self.buy("X", 15, limit=9.955)',
            "[./rules.py:round_lots, price]",
            ("REJECTED", "ODD_LOT", "lot=10, was=15"),
        ),
        (
            'self.buy("X", 15, limit=9.955)',
            "[price, ./rules.py:round_lots]",
            ("REJECTED", "OFF_TICK", "limit_price must be on the tick of 0.01, was 9.955"),
        ),
    ],
)
def test_an_order_meets_them_at_their_place_in_the_list(
    run: Callable[[str, str], Result], first: str, rules: str, end: tuple[str, str, str]
) -> None:
    assert ends(run(first, f"orders: {{validation: {{order: {rules}}}}}\n")) == [end]


def test_a_text_alone_has_a_code_that_says_whose_rule_it_is() -> None:
    assert OwnRule(lambda order, around: "too late", "late")("order", "around") == Refusal(
        code="OWN_RULE", text="too late"
    )


def test_a_change_meets_the_rules_for_orders(run: Callable[[str, str], Result]) -> None:
    first = 'self.replace(self.buy("X", 20, limit=5), quantity=15)'
    result = run(first, "journal: full\norders: {validation: {order: [./rules.py:round_lots]}}\n")
    [closed] = result.orders
    assert closed.order.quantity == 20
    free = run(first, "")
    assert [closed.order.quantity for closed in free.orders] == [15]


def test_a_fill_that_breaks_one_is_a_venues_mistake_and_is_never_booked(run: Callable[[str, str], Result]) -> None:
    strict = "orders: {validation: {fill: [./rules.py:whole]}}\n"
    assert len(run('self.buy("X", 50)', strict).fills) == 2  # the purchase, and the sale at the end
    # A bar gives 100 of its 1,000: the first fill is no whole one.
    result = run('self.buy("X", 150)', strict)
    assert len(result.fills) == 0
    said = "OWN_RULE: limit=150, was=100"
    assert any(said in getattr(event, "error", "") for event in result.supervision)


@pytest.mark.parametrize("terms", ["", ", quantity=20"])
def test_a_signal_meets_them_with_the_last_price(run: Callable[[str, str], Result], terms: str) -> None:
    barred = "orders: {validation: {signal: [symbol, {use: ./rules.py:Symbols, with: {barred: [%s]}}]}}\n"
    signal = f'self.signal("X", "LONG", 1.0{terms})'
    assert ends(run(signal, barred % "X")) == [("REJECTED", "BARRED", "X at 10.0")]
    assert [code for _, code, _ in ends(run(signal, barred % "Y"))] in ([""], ["END_OF_RUN"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("says_no", "TypeError: rule ./rules.py:says_no must return None, a text or a Refusal, was False"),
        ("has_no_code", "ValueError: a refusal by rule ./rules.py:has_no_code must have a code"),
    ],
)
def test_what_is_no_answer_is_a_bug_that_names_the_rule(
    run: Callable[[str, str], Result], name: str, expected: str
) -> None:
    result = run('self.buy("X", 20)', f"orders: {{validation: {{order: [./rules.py:{name}]}}}}\n")
    assert any(expected in getattr(event, "error", "") for event in result.supervision)


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        (
            "{order: [basic, ./rules.py:round_lot]}",
            (
                "orders.validation.order[1]: ./rules.py has no round_lot, was ./rules.py:round_lot;"
                " did you mean round_lots?"
            ),
        ),
        (
            "{order: [./rules.py:of_one]}",
            (
                "orders.validation.order[0]: of_one must take (order, around): too many positional arguments;"
                " write def of_one(order, around)"
            ),
        ),
        (
            "{fill: [fee, ./rules.py:round_lots]}",
            (
                "orders.validation.fill[1]: round_lots must take (fill, order, booked): too many positional arguments;"
                " write def round_lots(fill, order, booked)"
            ),
        ),
        (
            "{signal: [{use: ./rules.py:Symbols}]}",
            (
                "orders.validation.signal[0].with.barred: Symbols needs this setting;"
                " write it in orders.validation.signal[0].with"
            ),
        ),
        (
            "{order: [{use: ./rules.py:round_lots, with: {lot: five}}]}",
            "orders.validation.order[0].with.lot: must be a number, was 'five'; round_lots declares Decimal",
        ),
    ],
)
def test_what_is_wrong_with_one_is_told_with_its_place(directory: Path, validation: str, expected: str) -> None:
    built = scenario(directory, f"orders: {{validation: {validation}}}")
    with pytest.raises(ScenarioError) as caught:
        (order_rules_of(built), fill_bounds_of(built), signal_validation_of(built))
    [problem] = caught.value.problems
    place, _, rest = str(problem).partition(": ")
    assert (place.startswith("f.yaml:5:"), rest) == (True, expected)


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        (
            "{order: [basic, rules.round_lots]}",
            (
                "orders.validation.order[1]: must be one of basic, symbol, quantity, price, stop, order_type,"
                " timestamps, was rules.round_lots"
            ),
        ),
        (
            "{order: [./rulez.py:round_lots]}",
            "orders.validation.order[0]: no such file, was ./rulez.py:round_lots; did you mean ./rules.py?",
        ),
        (
            "{order: [./rules.py:round_lots, basic, ./rules.py:round_lots]}",
            "orders.validation.order[2]: each of the rules stands once, was ./rules.py:round_lots",
        ),
        (
            "{signal: [{with: {}}]}",
            "orders.validation.signal[0].use: is required; write use: my_module:my_function",
        ),
        (
            "{fill: [./rules.py:whole], max_fee: 1%}",
            "orders.validation.max_fee: max_fee is for the rule fee, was 1%; write fill: [./rules.py:whole, fee]",
        ),
    ],
)
def test_what_no_rule_is_is_told_when_the_file_is_read(directory: Path, validation: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(directory, f"orders: {{validation: {validation}}}")
    [problem] = caught.value.problems
    assert str(problem).partition(": ")[2] == expected


def test_a_file_keeps_them_and_the_journal_names_their_code(directory: Path) -> None:
    built = scenario(
        directory,
        """\
orders:
  validation:
    order: [basic, ./rules.py:round_lots, {use: ./rules.py:cheap}]
    fill: [fee, ./rules.py:whole]
    signal: [{use: rules:Symbols, with: {barred: [Y]}}, venue]
""",
    )
    assert loads(dump(built), directory=directory) == built
    assert list(own_hashes(built)) == [
        "./rules.py:round_lots", "./rules.py:cheap", "./rules.py:whole", "rules:Symbols",
    ]  # fmt: skip


def test_where_there_is_none_plain_orders_and_signals_ask_nobody(directory: Path) -> None:
    rules = order_rules_of(scenario(directory, ""))
    assert all(isinstance(rule, str) for rule in rules)
    assert not SignalValidation().has_own
    asked: list[Order] = []
    order = Order(
        order_id="o", strategy="s", symbol="X", side=Side.BUY, kind=OrderKind.MARKET,
        quantity=Decimal(1), created_at=0,
    )  # fmt: skip
    own = OwnRule(lambda order, around: asked.append(order), "asks")
    instruments = {"X": Instrument(symbol="X")}
    assert check_order(order, instruments, 0, rules=("basic", own)) is None
    assert asked == [order]
