"""What a scenario file says of corporate actions and margin, as the portfolio is told."""

from decimal import Decimal

from tradepit.models.corporate_actions import (
    CashDividend,
    Delisting,
    Fractions,
    Rename,
    ScheduledAction,
    Split,
    StockDividend,
)
from tradepit.scenarios.books_wiring import actions_of
from tradepit.scenarios.loader import loads

D = Decimal
DAY_NS = 86_400 * 10**9
FIRST = 19_724 * DAY_NS  # 2 January 2024

ACTIONS = """\
tradepit: 1
name: actions
clock: {start: 2024-01-02, end: 2024-01-09}
market: {A: {gbm: {}}, B: {gbm: {}}}
corporate_actions:
  - {at: 2024-01-05, symbol: A, delist: 1.5}
  - {at: 2024-01-03, symbol: B, rename: A}
  - {at: 2024-01-03, symbol: A, dividend: 0.24 USD, withheld: 15%}
  - {at: 2024-01-02, symbol: A, split: 1:10, fractions: kept}
  - {at: 2024-01-04, symbol: A, stock_dividend: 5%}
"""


def test_corporate_actions_come_in_the_order_of_time_and_those_of_one_instant_in_that_of_the_file() -> None:
    assert actions_of(loads(ACTIONS).corporate_actions) == (
        ScheduledAction(at=FIRST, symbol="A", action=Split(new=D(1), old=D(10), fractions=Fractions.KEPT)),
        ScheduledAction(at=FIRST + DAY_NS, symbol="B", action=Rename(to="A")),
        ScheduledAction(
            at=FIRST + DAY_NS, symbol="A", action=CashDividend(amount=D("0.24"), currency="USD", withheld=D("0.15"))
        ),
        ScheduledAction(at=FIRST + 2 * DAY_NS, symbol="A", action=StockDividend(share=D("0.05"))),
        ScheduledAction(at=FIRST + 3 * DAY_NS, symbol="A", action=Delisting(price=D("1.5"))),
    )
