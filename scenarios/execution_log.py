"""Listens to how a run's orders are executed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from tradepit.actors.kernel import System
from tradepit.actors.portfolio import Portfolio
from tradepit.models.currency_account import CurrencyAccount
from tradepit.models.execution_costs import FillPricing
from tradepit.models.execution_metrics import ExecutionTally
from tradepit.models.instruments import Instrument
from tradepit.models.messages import OrderClosed, OrderFillBusted, OrderFillCorrected, OrderFilled, OrderRevised


def pricing_of(portfolio: Portfolio, instruments: Mapping[str, Instrument], *, remembers: bool) -> FillPricing:
    """Return what works out the costs of fills, at the rates that the portfolio has when their news comes.

    Args:
        portfolio: the run's.
        instruments: what can be traded.
        remembers: whether executions may be taken back or corrected.
    """

    def rate(currency: str) -> Decimal | None:
        account = portfolio.account
        return account.rates.rate(currency) if isinstance(account, CurrencyAccount) else None

    return FillPricing(instruments, portfolio.account.currency, rate, remembers=remembers)


def listen_to_execution(
    system: System, pricing: FillPricing, holds: Callable[[Any], bool] | None = None
) -> ExecutionTally:
    """Return a tally that counts what the order manager publishes; before the run.

    Args:
        system: the run's actors.
        pricing: works out what fills cost.
        holds: tells whether an event or an order's end counts; None counts all.
    """
    tally = ExecutionTally(pricing)
    for kind, listener in (
        (OrderFilled, tally.on_filled),
        (OrderClosed, tally.on_closed),
        (OrderRevised, tally.on_revised),
        (OrderFillBusted, lambda event: tally.on_busted(event.fill)),
        (OrderFillCorrected, lambda event: tally.on_corrected(event.before, event.fill)),
    ):
        system.tap(kind, listener if holds is None else partial(_if_it_holds, holds, listener))
    return tally


def _if_it_holds(holds: Callable[[Any], bool], listener: Callable[[Any], None], event: Any) -> None:
    if holds(event):
        listener(event)
