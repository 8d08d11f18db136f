"""What happens to positions and cash besides executions: fills taken back, corporate actions, the cost of time.

Receives: `OrderFillBusted` and `OrderFillCorrected`, its own reminders of corporate actions and accruals.
Sends: `CancelOrdersOf` and `AdjustOrdersOf` to the order manager; publishes `PositionChanged`, `PositionSplit`,
`SymbolRenamed`, `CashMoved`.
Always holds: whatever changes cash or a position without an execution is published with its figures.
"""

from abc import ABC, abstractmethod
from decimal import Context, Decimal
from typing import Final

from tradepit.actors import ORDERS
from tradepit.actors.order_desk import PortfolioSettings
from tradepit.actors.rebalance_desk import RebalanceDesk
from tradepit.models.account_events import (
    AccrualDue,
    CashMoved,
    CashReason,
    CorporateActionDue,
    DividendOwed,
    PositionCause,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.corporate_actions import (
    CashDividend,
    CorporateAction,
    Delisting,
    DividendPayment,
    Rename,
    Split,
    StockDividend,
)
from tradepit.models.margin_account import MarginAccount
from tradepit.models.messages import AdjustOrdersOf, CancelOrdersOf, OrderFillBusted, OrderFillCorrected
from tradepit.models.order_adjustments import OnDividend, OnSplit, adjustment_of
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.positions import Position, scaled

AT_END: Final = "AT_END"
"""The venue of the fills that close positions at the end of a run."""
CORPORATE_ACTION: Final = "CORPORATE_ACTION"
"""The venue of the fills by which fractions are paid out and delisted positions are closed; and why orders end then."""
OWN_VENUES: Final = frozenset({AT_END, CORPORATE_ACTION})
"""The portfolio's own venues: no order stands behind their fills."""

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)


class Happenings(RebalanceDesk, ABC):
    """Books what is no execution."""

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the books."""
        super().__init__(settings)
        self._own_fills: dict[str, int] = {}

    def _expect(self) -> None:
        """Set the reminders of what is known to come."""
        books = self._settings.books
        if books.accruals is not None:
            self.call_at(books.accruals.next_due(self.now), AccrualDue(settled=False))
        first = next((n for n, action in enumerate(books.actions) if action.at >= self.now), None)
        if first is not None:
            self.call_at(books.actions[first].at, CorporateActionDue(number=first))

    # --- fills that are taken back --------------------------------------------------------------------------------

    def on_busted(self, event: OrderFillBusted) -> None:
        """Undo an execution as if it had never been."""
        fill = event.fill
        position, brings = self.account.bust(fill, self._instruments[fill.symbol].multiplier)
        self._rebooked(event, position, brings, PositionCause.BUST)

    def on_corrected(self, event: OrderFillCorrected) -> None:
        """Book an execution as it really was."""
        fill = event.fill
        position, brings = self.account.correct(event.before, fill, self._instruments[fill.symbol].multiplier)
        self._rebooked(event, position, brings, PositionCause.CORRECTION)

    def _rebooked(
        self, event: OrderFillBusted | OrderFillCorrected, position: Position, brings: Decimal, cause: PositionCause
    ) -> None:
        self.account.reopen(event.order_id, event.leaves)
        if brings:
            self._moved(CashReason.REBOOKED, position.symbol, brings, f"{event.fill.fill_id}: {event.reason}")
        self._adjusted(position, cause)

    # --- corporate actions ----------------------------------------------------------------------------------------

    def on_corporate_action(self, due: CorporateActionDue) -> None:
        """Let a corporate action take effect, and wait for the next."""
        actions = self._settings.books.actions
        scheduled = actions[due.number]
        if due.number + 1 < len(actions):
            following = max(self.now, actions[due.number + 1].at)  # a portfolio that is busy comes late
            self.call_at(following, CorporateActionDue(number=due.number + 1))
        symbol, action = scheduled.symbol, scheduled.action
        self._see_to_orders(symbol, action)
        if isinstance(action, Split):
            self._split(symbol, action)
        elif isinstance(action, StockDividend):
            self._split(symbol, action.split)
        elif isinstance(action, CashDividend):
            self._pay_dividend(symbol, action)
        elif isinstance(action, DividendPayment):
            self._pay_owed(symbol, action)
        elif isinstance(action, Rename):
            self._rename(symbol, action.to)
        else:
            self._delist(symbol, action)

    def _see_to_orders(self, symbol: str, action: CorporateAction) -> None:
        """Have the symbol's open orders adjusted or cancelled."""
        books = self._settings.books
        adjustment = None
        if isinstance(action, DividendPayment):
            return
        if isinstance(action, CashDividend):
            if books.on_dividend is OnDividend.KEEP:
                return
            rate = self.account.dividend_rate(symbol, action)
            adjustment = adjustment_of(action, _EXACT.multiply(action.amount, rate))
        elif isinstance(action, Split | StockDividend) and books.on_split is OnSplit.ADJUST:
            adjustment = adjustment_of(action, _ZERO)
        if adjustment is None:
            self.send(ORDERS, CancelOrdersOf(symbol=symbol, code=CORPORATE_ACTION))
        else:
            self.send(ORDERS, AdjustOrdersOf(symbol=symbol, adjustment=adjustment, code=CORPORATE_ACTION))

    def _split(self, symbol: str, split: Split) -> None:
        mark = self._marks.get(symbol)
        price = _ZERO
        if mark is not None:
            price = split.price_after(Decimal(repr(mark)))
            self._marks[symbol] = float(price)
            price = self._instruments[symbol].to_tick(price) or price
        account = self.account
        before = after = account.position(symbol)
        cash = _ZERO
        if before:
            cash = account.split(symbol, split, self._instruments[symbol].lot, price)
            after = account.position(symbol)
        self.publish(
            PositionSplit(
                symbol=symbol,
                new=split.new,
                old=split.old,
                before=before,
                after=after,
                paid_out=_EXACT.subtract(scaled(before, split.new, split.old), after),
                price=price,
                time=self.now,
            )
        )
        if before:
            if cash:
                self._moved(CashReason.FRACTION, symbol, cash, f"what is no whole lot, at {price}")
            self._adjusted(account.positions[symbol], PositionCause.SPLIT)

    def _pay_dividend(self, symbol: str, dividend: CashDividend) -> None:
        quantity = self.account.position(symbol)
        if not quantity:
            return
        paid = self.account.pay_dividend(symbol, dividend)
        position = self.account.positions[symbol]
        if dividend.number is None:
            self._moved(CashReason.DIVIDEND, symbol, paid, f"{dividend.amount} on {quantity}")
        elif position.owed is not None and dividend.number in position.owed:
            assert dividend.pays_at is not None
            self.publish(
                DividendOwed(
                    symbol=symbol,
                    amount=position.owed[dividend.number],
                    currency=self._instruments[symbol].settles_in,
                    quantity=quantity,
                    pays_at=dividend.pays_at,
                    time=self.now,
                )
            )
        self._adjusted(position, PositionCause.DIVIDEND)

    def _pay_owed(self, symbol: str, payment: DividendPayment) -> None:
        paid = self.account.pay_owed(symbol, payment.number)
        if paid is not None:
            position, cash = paid
            self._moved(CashReason.DIVIDEND, position.symbol, cash, "owed since the ex date")
            self._adjusted(position, PositionCause.DIVIDEND)

    def _rename(self, symbol: str, to: str) -> None:
        self._gone[symbol] = f"goes on as {to}"
        quantity = self.account.position(symbol)
        self.publish(SymbolRenamed(symbol=symbol, to=to, quantity=quantity, time=self.now))
        position = self.account.positions.get(symbol)
        if position is not None and (quantity or position.owed):
            last = self._last_price(to)
            if last is not None or symbol in self._marks:
                self._marks[to] = self._marks[symbol] if last is None else last
            old, new, cash = self.account.rename(symbol, to, self._instruments[to].multiplier)
            if cash:
                self._moved(CashReason.NETTED, to, cash, f"{symbol} against {to}")
            self._adjusted(old, PositionCause.RENAME)
            self._adjusted(new, PositionCause.RENAME)

    def _delist(self, symbol: str, delisting: Delisting) -> None:
        self._gone[symbol] = "was delisted"
        position = self.account.positions.get(symbol)
        if position is not None and position.quantity:
            self._marks[symbol] = float(delisting.price)
            self._book(self._own_fill(position, delisting.price, CORPORATE_ACTION))

    # --- the cost of time -----------------------------------------------------------------------------------------

    def on_accrual(self, due: AccrualDue) -> None:
        """Charge what short positions and borrowed cash have cost, and wait for the next time."""
        if not due.settled:  # the closing prices come at this very instant
            self.call_at(self.now, AccrualDue(settled=True))
            return
        accruals = self._settings.books.accruals
        assert accruals is not None
        now, account = self.now, self.account
        days = accruals.days_from(now)
        for symbol, position in list(account.positions.items()):
            rate = accruals.borrow.of(symbol)
            if position.quantity < _ZERO and rate:
                mark = self._marks.get(symbol)
                size = position.size(position.average_price if mark is None else Decimal(repr(mark)))
                charge = accruals.charge(size, rate, days)
                account.charge_borrow(symbol, charge)
                self._moved(CashReason.BORROW, symbol, charge.copy_negate(), f"{rate} a year on {size}, days={days}")
                self._adjusted(position, PositionCause.BORROW)
        if isinstance(account, MarginAccount) and accruals.interest:
            for currency, debit in account.debits(self._marks).items():
                charge = accruals.charge(debit, accruals.interest, days)
                account.charge_interest(charge, currency)
                text = f"{accruals.interest} a year on {debit}, days={days}"
                self.publish(
                    CashMoved(
                        reason=CashReason.INTEREST,
                        symbol="",
                        amount=charge.copy_negate(),
                        currency=currency,
                        text=text,
                        time=now,
                    )
                )
            self._revalue()
        self.call_at(accruals.next_due(now), AccrualDue(settled=False))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _own_fill(self, position: Position, price: Decimal, venue: str) -> Fill:
        """Return a fill that closes a position without an order."""
        instrument = self._instruments[position.symbol]
        number = self._own_fills[venue] = self._own_fills.get(venue, 0) + 1
        return Fill(
            fill_id=f"{venue}-{number}",
            order_id="",
            child_id="",
            strategy="",
            symbol=position.symbol,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=position.quantity.copy_abs(),
            price=price,
            reference_price=price,
            fee=_ZERO,
            currency=instrument.currency,
            venue=venue,
            liquidity=Liquidity.TAKER,
            time=self.now,
        )

    def _moved(self, reason: CashReason, symbol: str, amount: Decimal, text: str) -> None:
        currency = self._instruments[symbol].settles_in
        self.publish(
            CashMoved(reason=reason, symbol=symbol, amount=amount, currency=currency, text=text, time=self.now)
        )

    # --- what the portfolio above does --------------------------------------------------------------------------

    @abstractmethod
    def _adjusted(self, position: Position, cause: PositionCause) -> None:
        """Value the account anew, and publish a position that changed without an execution."""

    @abstractmethod
    def _book(self, fill: Fill) -> None:
        """Book an execution, and publish the position that it changed."""

    @abstractmethod
    def _revalue(self) -> None:
        """Value the account anew."""
