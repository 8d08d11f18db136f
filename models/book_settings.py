"""How an account's books are kept, as the scenario's `portfolio` and `corporate_actions` say."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.models.account import Account
from tradepit.models.accruals import Accruals
from tradepit.models.corporate_actions import CashDividend, ScheduledAction
from tradepit.models.currency_account import Conversion
from tradepit.models.fx_rates import Rates
from tradepit.models.instruments import Instrument
from tradepit.models.lots import CostMethod
from tradepit.models.margin import CASH, LiquidateFirst, MarginRule
from tradepit.models.margin_account import MarginAccount
from tradepit.models.order_adjustments import OnDividend, OnSplit


class Marks(StrEnum):
    """What positions are valued at.

    LAST: the newest of a bar's close, a quote's mid and a print. MID: quotes alone where there are any, prints count
    for nothing. BID_ASK: as MID, but a long position is valued at the bid, a short one at the ask.
    """

    LAST = "last"
    MID = "mid"
    BID_ASK = "bid_ask"


@attrs.frozen(kw_only=True)
class BookSettings:
    """How the books are kept.

    Attributes:
        realised: the cost method of the realised profit that is published; the others are in the results.
        marks: what positions are valued at.
        margin: the rule for what says no leverage.
        liquidate: which position a margin call closes first, or None where it closes none.
        grace_ns: time between a margin call and the closing of positions.
        conversion: what becomes of money in other currencies.
        balances: cash in other currencies at the start.
        rates: prices of currency pairs before the first is seen, by symbol.
        accruals: what time costs, or None for nothing.
        actions: corporate actions in the order of time.
        on_split: what a split does to orders that outlive the day.
        on_dividend: what a cash dividend does to them.
        fee_currencies: currencies of their own in which fees are charged.
    """

    realised: CostMethod = CostMethod.AVERAGE
    marks: Marks = Marks.LAST
    margin: MarginRule = CASH
    liquidate: LiquidateFirst | None = LiquidateFirst.LARGEST
    grace_ns: int = 0
    conversion: Conversion = Conversion.KEPT
    balances: Mapping[str, Decimal] = attrs.Factory(dict)
    rates: Mapping[str, Decimal] = attrs.Factory(dict)
    accruals: Accruals | None = None
    actions: tuple[ScheduledAction, ...] = ()
    on_split: OnSplit = OnSplit.ADJUST
    on_dividend: OnDividend = OnDividend.REDUCE
    fee_currencies: tuple[str, ...] = ()

    def is_plain(self, currency: str, instruments: Mapping[str, Instrument]) -> bool:
        """Tell whether one currency, a cash account and last prices are all there is: then the books are faster."""
        return (
            self.marks is Marks.LAST
            and self.margin == CASH
            and not self.balances
            and all(of == currency for of in self.fee_currencies)
            and (self.accruals is None or not self.accruals.interest)
            and all(
                not isinstance(one.action, CashDividend) or one.action.currency in (None, currency)
                for one in self.actions
            )
            and all(
                one.currency == currency and not one.inverse and one.leverage is None for one in instruments.values()
            )
        )

    def open_account(self, cash: Decimal, currency: str, instruments: Mapping[str, Instrument]) -> Account:
        """Return the account of these settings.

        Raises:
            ValueError: an instrument's leverage does not fit the margin rule.
        """
        if self.is_plain(currency, instruments):
            bases = {symbol: one.base for symbol, one in instruments.items() if one.base is not None}
            return Account(cash, currency, bases)
        return MarginAccount(
            cash,
            currency,
            instruments=instruments,
            rates=Rates(currency, pairs_of(instruments), self.rates),
            rule=self.margin,
            conversion=self.conversion,
            balances=self.balances,
        )


def pairs_of(instruments: Mapping[str, Instrument]) -> dict[str, tuple[str, str]]:
    """Return base and quote currency of the instruments whose price is a rate of exchange."""
    return {symbol: (one.base, one.currency) for symbol, one in instruments.items() if one.base is not None}
