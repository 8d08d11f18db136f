"""How a scenario's books are kept, as the models that keep them."""

from tradepit.actors.margin_portfolio import MarginPortfolio
from tradepit.actors.order_desk import PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.accruals import Accruals, Accrue, BorrowRates
from tradepit.models.book_settings import BookSettings
from tradepit.models.corporate_actions import (
    CashDividend,
    CorporateAction,
    Delisting,
    DividendPayment,
    Rename,
    ScheduledAction,
    Split,
    StockDividend,
)
from tradepit.models.margin import CASH, REG_T, MarginRule, percentage
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.tree import (
    BorrowSpec,
    ClockSpec,
    CorporateActionSpec,
    DividendSpec,
    MarginModel,
    MarginSpec,
    PortfolioSpec,
    RenameSpec,
    Scenario,
    SplitSpec,
    StockDividendSpec,
)


def portfolio_of(settings: PortfolioSettings) -> Portfolio:
    """Return the portfolio's actor: the fast one, where nothing asks for the other."""
    plain = settings.books.is_plain(settings.currency, settings.instruments)
    return Portfolio(settings) if plain else MarginPortfolio(settings)


def books_of(scenario: Scenario, sessions: Sessions) -> BookSettings:
    """Return how the books are kept."""
    spec = scenario.portfolio
    return BookSettings(
        realised=spec.realised,
        marks=spec.marks,
        margin=margin_of(spec.margin),
        liquidate=spec.margin.liquidate,
        grace_ns=spec.margin.grace,
        conversion=spec.conversion,
        balances=spec.balances,
        rates=spec.rates,
        accruals=_accruals_of(spec, scenario.clock, sessions),
        actions=actions_of(scenario.corporate_actions),
        on_split=scenario.orders.on_split,
        on_dividend=scenario.orders.on_dividend,
        fee_currencies=tuple(
            word
            for venue in scenario.resolved_venues().values()
            if (word := venue.fee_currency) is not None and word.isupper()
        ),
    )


def margin_of(spec: MarginSpec) -> MarginRule:
    """Return the margin rule that a scenario names."""
    if spec.model is MarginModel.PERCENTAGE:
        assert spec.initial is not None
        assert spec.maintenance is not None
        return percentage(spec.initial, spec.maintenance)
    return CASH if spec.model is MarginModel.CASH else REG_T


def actions_of(specs: tuple[CorporateActionSpec, ...]) -> tuple[ScheduledAction, ...]:
    """Return corporate actions in the order of time; those of one instant in the file's order."""
    scheduled = [
        ScheduledAction(at=spec.at, symbol=spec.symbol, action=_action_of(spec, number))
        for number, spec in enumerate(specs)
    ]
    scheduled += [
        ScheduledAction(at=spec.pays, symbol=spec.symbol, action=DividendPayment(number=number))
        for number, spec in enumerate(specs)
        if isinstance(spec, DividendSpec) and spec.pays is not None
    ]
    return tuple(sorted(scheduled, key=lambda one: one.at))


def _action_of(spec: CorporateActionSpec, number: int) -> CorporateAction:
    if isinstance(spec, SplitSpec):
        return Split(new=spec.ratio[0], old=spec.ratio[1], fractions=spec.fractions)
    if isinstance(spec, DividendSpec):
        return CashDividend(
            amount=spec.dividend.amount,
            currency=spec.dividend.currency,
            withheld=spec.withheld,
            number=None if spec.pays is None else number,
            pays_at=spec.pays,
        )
    if isinstance(spec, StockDividendSpec):
        return StockDividend(share=spec.share, fractions=spec.fractions)
    return Rename(to=spec.to) if isinstance(spec, RenameSpec) else Delisting(price=spec.price)


def _accruals_of(spec: PortfolioSpec, clock: ClockSpec, sessions: Sessions) -> Accruals | None:
    if spec.borrow == BorrowSpec() and not spec.margin.interest:
        return None
    days = sessions if spec.accrue is Accrue.SESSION_CLOSE else Sessions(clock.zone)
    borrow = spec.borrow
    return Accruals(
        borrow=BorrowRates(
            rate=borrow.rate,
            hard_to_borrow=borrow.hard_to_borrow,
            hard=borrow.hard,
            by_symbol=borrow.by_symbol,
        ),
        interest=spec.margin.interest,
        days_in_year=spec.days_in_year,
        next_due=days.next_close,
        day_of=lambda at_ns: days.day_of(at_ns).toordinal(),
    )
