"""The invariants' own books: cash and quantities as they must be after all that was published, by sums of their own.

What the published figures do not say is not reckoned again but taken over: the cash of an inverse contract that a bust
has changed, until it is flat again, and payments in another currency that were converted besides fills.
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Context, Decimal
from typing import Final

from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import InversePosition
from tradepit.models.messages import (
    AccountOpened,
    CashMoved,
    OrderFillBusted,
    OrderFillCorrected,
    PositionChanged,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.orders import Fill, Side

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_STEP: Final = Decimal("1e-18")
_BUY: Final = Side.BUY
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class OwnBooks:
    """Cash by currency and quantity by symbol.

    Attributes:
        cash: in the account's currency.
        held: signed quantity by symbol.
        plain: symbols that are paid for in the account's currency.
    """

    def __init__(self, instruments: Mapping[str, Instrument], *, converts: bool) -> None:
        """Begin with nothing.

        Args:
            instruments: what can be traded.
            converts: whether payments in other currencies are converted into the account's at once.
        """
        self._instruments = instruments
        self._converts = converts
        self._home = ""
        self.cash = _ZERO
        self.balances: dict[str, Decimal] = {}
        self.held: dict[str, Decimal] = {}
        self.plain: frozenset[str] = frozenset(instruments)
        self._inverse: dict[str, InversePosition] = {}
        self._unknown: dict[str, None] = {}  # inverse contracts whose cost is not published
        self._splits: dict[str, int] = {}  # time of the last
        self._taken_back: dict[str, list[OrderFillBusted | OrderFillCorrected]] = {}
        self._adopts = False  # the next figure of cash is taken over
        self._was_renamed: dict[str, str] = {}

    def open(self, opened: AccountOpened) -> None:
        """Take in the account as the run begins."""
        self.cash, self._home = opened.cash, opened.currency
        self.balances = dict(opened.balances or {})
        self.plain = frozenset(
            symbol
            for symbol, one in self._instruments.items()
            if one.currency == self._home and not one.inverse and not opened.balances
        )

    def hold(self, changed: PositionChanged) -> None:
        """Take in a position held at the start."""
        self.held[changed.symbol] = changed.quantity
        if self._instruments[changed.symbol].inverse:
            self._contracts(changed.symbol).change(changed.quantity, changed.average_price)

    # --- fills ----------------------------------------------------------------------------------------------------

    def fill(self, fill: Fill, changed: PositionChanged) -> None:
        """Book a fill that is not plain."""
        instrument = self._instruments[fill.symbol]
        signed = fill.quantity if fill.side is _BUY else fill.quantity.copy_negate()
        rate = None if changed.books is None else changed.books.rate
        if fill.symbol in self._unknown:
            paid, self._adopts = _ZERO, True
            if not changed.quantity:
                del self._unknown[fill.symbol]
                self._inverse.pop(fill.symbol, None)
        elif instrument.inverse:
            paid = self._contracts(fill.symbol).change(signed, fill.price)
        else:
            paid = _multiply(_multiply(signed, fill.price), instrument.multiplier)
        self._pay(instrument.settles_in, paid, rate)
        fee_currency = fill.fee_currency or fill.currency
        if fee_currency == instrument.base and not instrument.inverse:
            signed = _subtract(signed, fill.fee)
        else:
            self._pay(fee_currency, fill.fee, rate if fee_currency == instrument.settles_in else None)
        self.held[fill.symbol] = _add(self.held.get(fill.symbol, _ZERO), signed)

    def taken_back(self, event: OrderFillBusted | OrderFillCorrected) -> None:
        """Keep in mind that a fill is taken back, until the portfolio has done so."""
        self._taken_back.setdefault(self._now(event.fill.symbol), []).append(event)

    def adjusted(self, changed: PositionChanged) -> None:
        """Do what the portfolio says that it has done to a position without an execution."""
        events = self._taken_back.get(changed.symbol)
        if changed.cause not in ("BUST", "CORRECTION") or not events:
            return
        event = events.pop(0)
        before = event.before if isinstance(event, OrderFillCorrected) else event.fill
        split = self._splits.get(changed.symbol, -1) >= before.time
        if self._instruments[before.symbol].inverse or split or before.symbol != changed.symbol or self._converts:
            self.held[changed.symbol] = changed.quantity
            self._adopts = True
            if self._instruments[before.symbol].inverse:
                self._unknown[changed.symbol] = None
            return
        self._again(before, -1)
        if isinstance(event, OrderFillCorrected):
            self._again(event.fill, 1)

    def _again(self, fill: Fill, times: int) -> None:
        """Book a fill once more, or take it back (-1)."""
        instrument = self._instruments[fill.symbol]
        sign = Decimal(times if fill.side is _BUY else -times)
        signed = _multiply(fill.quantity, sign)
        self._pay(instrument.currency, _multiply(_multiply(signed, fill.price), instrument.multiplier), None)
        fee = _multiply(fill.fee, Decimal(times))
        if fill.fee_currency is not None and fill.fee_currency == instrument.base:
            signed = _subtract(signed, fee)
        else:
            self._pay(fill.fee_currency or fill.currency, fee, None)
        self.held[fill.symbol] = _add(self.held.get(fill.symbol, _ZERO), signed)

    # --- what else happens ----------------------------------------------------------------------------------------

    def split(self, split: PositionSplit) -> str:
        """Split a position; return what is wrong with it, or nothing."""
        symbol = split.symbol
        self._splits[symbol] = split.time
        before = self.held.get(symbol, _ZERO)
        product = _DIVIDE.divide(_multiply(before, split.new), split.old)
        cut = product.quantize(_STEP, ROUND_DOWN, _EXACT)
        rounded = product if cut == product else cut
        lot = self._instruments[symbol].lot
        whole = _multiply(_DIVIDE.divide(rounded, lot).to_integral_value(ROUND_DOWN), lot)
        self.held[symbol] = split.after
        if symbol in self._inverse:
            self._inverse[symbol].split(split.new, split.old)
        if split.before != before or split.after not in (rounded, whole):
            return f"{symbol} must be {rounded} or {whole} after {split.new}:{split.old} of {before}, was {split.after}"
        return ""

    def rename(self, event: SymbolRenamed) -> None:
        """Let a position go on under another symbol."""
        self._was_renamed[event.symbol] = event.to
        if event.quantity:
            held = self.held.pop(event.symbol, _ZERO)
            self.held[event.symbol] = _ZERO
            self.held[event.to] = _add(self.held.get(event.to, _ZERO), held)
        self._adopts = self._adopts or event.symbol in self._inverse

    def move(self, moved: CashMoved) -> None:
        """Take in cash that moved without an execution."""
        if self._converts and moved.currency != self._home:
            self._adopts = True
        else:
            self._pay(moved.currency, moved.amount.copy_negate(), None)

    def difference(self, changed: PositionChanged) -> str:
        """Return how a published position differs from these books, or nothing."""
        held = self.held.get(changed.symbol, _ZERO)
        if self._adopts:
            self._adopts = False
            self.cash = changed.cash
            if changed.books is not None and changed.books.currency != self._home:
                self.balances[changed.books.currency] = changed.books.balance
        if held != changed.quantity or self.cash != changed.cash:
            return f"{changed.symbol} must be {held} and cash {self.cash}, was {changed.quantity} and {changed.cash}"
        books = changed.books
        if books is not None and books.currency != self._home and not self._converts:
            balance = self.balances.get(books.currency, _ZERO)
            if balance != books.balance:
                return f"the balance in {books.currency} must be {balance}, was {books.balance}"
        return ""

    # --- inside ---------------------------------------------------------------------------------------------------

    def _pay(self, currency: str, amount: Decimal, rate: Decimal | None) -> None:
        if currency == self._home:
            self.cash = _subtract(self.cash, amount)
        elif not self._converts:
            self.balances[currency] = _subtract(self.balances.get(currency, _ZERO), amount)
        elif rate is not None:
            self.cash = _subtract(self.cash, _multiply(amount, rate))
        elif amount:
            self._adopts = True

    def _contracts(self, symbol: str) -> InversePosition:
        if symbol not in self._inverse:
            self._inverse[symbol] = InversePosition(symbol, self._instruments[symbol].multiplier)
        return self._inverse[symbol]

    def _now(self, symbol: str) -> str:
        """Return the symbol under which an instrument is traded now."""
        while symbol in self._was_renamed:
            symbol = self._was_renamed[symbol]
        return symbol
