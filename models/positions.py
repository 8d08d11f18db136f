"""A position: quantity, cost, realised profit and loss, to the last digit; at average cost, and by lots when asked.

A fill in the position's direction moves the average; one against it realises profit or loss and leaves the average as
it is; one that goes through zero does first the second, then opens anew at its own price.

First in first out and last in first out are worked out when they are asked for, from the trades since the position was
last flat: there all methods agree. So a fill pays one entry in a list for them.
"""

from copy import copy, deepcopy
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from tradepit.models.lots import CostMethod, Lots

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # never rounds a sum or product, whatever precision a strategy sets for itself
_DIVIDE: Final = Context(prec=60)
_shown: Final = Context(prec=28).divide
_ONE: Final = Decimal(1).as_tuple()
# The cost of a part of a position is rounded to this; the rest of the cost stays with what is held, so no sum is off.
_COST_STEP: Final = Decimal("1e-12")
_QUANTITY_STEP: Final = Decimal("1e-18")
KEPT: Final = 1_000
"""How many of a position's last entries can be taken back at least; of twice as many the older half is let go."""
_MOST_TRADES: Final = 131_072  # since the position was flat, before they are folded into lots
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Position:
    """What is held of one instrument.

    Attributes:
        symbol: the instrument.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        quantity: signed quantity held.
        cost: cash paid for what is held; negative when it was sold short.
        realised: profit and loss realised so far at average cost, fees apart.
        fees: fees paid so far.
        dividends: cash dividends received so far, less those paid on short positions and what was withheld.
        borrow: paid so far for borrowing what was sold short.
        owed: dividends that are paid later, by their number, below zero what is to be paid; None for none.
        weight: `quantity` times `multiplier` as a float, for quick marks.
        entries: what was booked last, for the day when one of it is taken back; see `rebooking`.
        keep_until: number of entries at which older ones are let go.
        earlier: the position before the first entry, or None where that was flat and new.
        between: the position as it was half way, to be `earlier` next.
    """

    __slots__ = (
        "_basis_cost",
        "_basis_quantity",
        "_closed_notional",
        "_closed_quantity",
        "_fees_before",
        "_folded",
        "_multiplier_float",
        "_multiplies",
        "_realised_when_flat",
        "_trades",
        "between",
        "borrow",
        "cost",
        "dividends",
        "earlier",
        "entries",
        "fees",
        "keep_until",
        "multiplier",
        "owed",
        "quantity",
        "realised",
        "symbol",
        "weight",
    )

    def __init__(self, symbol: str, multiplier: Decimal) -> None:
        self.symbol = symbol
        self.multiplier = multiplier
        self.quantity = self.cost = self.realised = self.fees = self.dividends = self.borrow = _ZERO
        self.owed: dict[int, Decimal] | None = None
        self.weight = 0.0
        self._multiplies = multiplier.as_tuple() != _ONE  # a factor of 1 changes no digit
        self._multiplier_float = float(multiplier)
        # The average is kept as a ratio: cost and quantity just after the last fill that added to the position.
        self._basis_cost = self._basis_quantity = _ZERO
        self._closed_quantity = self._closed_notional = _ZERO
        self._trades: list[tuple[Decimal, Decimal, int]] = []  # quantity, notional, time since the position was flat
        self._folded: dict[CostMethod, Lots] | None = None  # lots before the first of them
        self._realised_when_flat = self._fees_before = _ZERO
        self.entries: list[Any] = []
        self.keep_until = KEPT
        self.earlier: Position | None = None
        self.between: Position | None = None

    def __copy__(self) -> "Position":
        copied = object.__new__(type(self))
        for name in Position.__slots__:
            setattr(copied, name, getattr(self, name))
        copied._trades = list(self._trades)
        copied._folded = self._folded and {method: lots.copy() for method, lots in self._folded.items()}
        copied.entries, copied.keep_until, copied.earlier, copied.between = [], KEPT, None, None
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> "Position":
        """Return a copy with all that is kept; what was booked never changes, so it is shared."""
        copied = copy(self)
        copied.entries, copied.keep_until = list(self.entries), self.keep_until
        copied.earlier, copied.between = deepcopy(self.earlier, memo), deepcopy(self.between, memo)
        return copied

    @property
    def average_price(self) -> Decimal:
        """Return the average price of what is held, to 28 significant digits; 0 when flat."""
        return self.average_open if self.quantity else _ZERO

    @property
    def average_open(self) -> Decimal:
        """Return the last average price at which the position was held; unlike `average_price` it stays when flat."""
        quantity = self._basis_quantity
        if not quantity:
            return _ZERO
        return _shown(self._basis_cost, _multiply(quantity, self.multiplier) if self._multiplies else quantity)

    @property
    def average_close(self) -> Decimal:
        """Return the average price of what was closed since the position was opened; 0 when nothing was."""
        return _shown(self._closed_notional, self._closed_quantity) if self._closed_quantity else _ZERO

    @property
    def break_even_price(self) -> Decimal:
        """Return the price at which what is held would sell for its cost and all fees since it was opened; 0 when flat.

        A long position's lies above its average price, a short one's below.
        """
        if not self.quantity:
            return _ZERO
        cost = _add(self.cost, _subtract(self.fees, self._fees_before))
        return self.price_of(_shown(cost, self.multiplier), self.quantity)

    def change(self, signed: Decimal, price: Decimal, time: int = 0) -> Decimal:
        """Book a signed quantity at a price, and return the cash it costs, negative when it brings cash.

        Args:
            signed: quantity, above zero for what is bought.
            price: of each unit.
            time: ns since the Unix epoch, for lots.
        """
        held = self.quantity
        notional = _multiply(signed, price)
        paid = _multiply(notional, self.multiplier) if self._multiplies else notional
        if not held:
            self._closed_quantity = self._closed_notional = _ZERO
            self._fees_before = self.fees
            self._trades.append((signed, notional, time))
            self._open(signed, paid)
            return paid
        quantity = _add(held, signed)
        if (held > _ZERO) is (signed > _ZERO):
            trades = self._trades
            trades.append((signed, notional, time))
            if len(trades) > _MOST_TRADES:
                self._fold()
            self._open(quantity, _add(self.cost, paid))
        elif quantity and (quantity > _ZERO) is (held > _ZERO):
            self._note(signed, notional, time)
            closed = signed.copy_negate()
            released = round_cost(_DIVIDE.divide(_multiply(self._basis_cost, closed), self._basis_quantity))
            self.realised = _subtract(_subtract(self.realised, paid), released)
            self.cost = _subtract(self.cost, released)
            self._close(quantity, closed, notional.copy_negate())
        else:
            notional = _multiply(held, price)
            proceeds = _multiply(notional, self.multiplier) if self._multiplies else notional
            self.realised = self._realised_when_flat = _subtract(_add(self.realised, proceeds), self.cost)
            self.cost = _ZERO
            self._trades.clear()
            self._folded = None
            if quantity:
                self._closed_quantity = self._closed_notional = _ZERO
                self._fees_before = self.fees
                notional = _multiply(quantity, price)
                self._trades.append((quantity, notional, time))
                self._open(quantity, _multiply(notional, self.multiplier))
            else:
                self._close(_ZERO, held, notional)
        return paid

    # --- lots -----------------------------------------------------------------------------------------------------

    def lots(self, method: CostMethod) -> Lots:
        """Return the lots that are open, and what was realised since the position was flat."""
        lots = self._folded[method].copy() if self._folded else Lots(method)
        for signed, notional, time in self._trades:
            lots.change(signed, notional, time)
        return lots

    def realised_by(self, method: CostMethod) -> Decimal:
        """Return the profit and loss realised so far, fees apart, by a cost method."""
        if method is CostMethod.AVERAGE or not self.quantity:
            return self.realised
        return _add(self._realised_when_flat, _multiply(self.lots(method).realised, self.multiplier))

    def cost_by(self, method: CostMethod) -> Decimal:
        """Return the cash paid for what is held by a cost method; negative when it was sold short."""
        if method is CostMethod.AVERAGE or not self.quantity:
            return self.cost
        return _multiply(self.lots(method).notional, self.multiplier)

    def notional(self, signed: Decimal, price: Decimal) -> Decimal:
        """Return the notional of a trade, as lots keep it."""
        return _multiply(signed, price)

    def price_of(self, notional: Decimal, signed: Decimal) -> Decimal:
        """Return the price of a lot from its notional and quantity, to 28 significant digits."""
        return _shown(notional, signed)

    # --- value ----------------------------------------------------------------------------------------------------

    def worth(self, mark: Decimal) -> Decimal:
        """Return what the position is worth at a price: what its sale would bring, negative when it is short."""
        return _multiply(_multiply(self.quantity, self.multiplier), mark)

    def worth_at_cost(self) -> Decimal:
        """Return what the position is worth while no price is known."""
        return self.cost

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the profit and loss of what is held at a price."""
        return _subtract(self.worth(mark), self.cost)

    def size(self, mark: Decimal) -> Decimal:
        """Return the value of what is held at a price, never below zero: what margin is asked on."""
        return _multiply(_multiply(self.quantity, self.multiplier), mark).copy_abs()

    # --- corporate actions ----------------------------------------------------------------------------------------

    def split(self, new: Decimal, old: Decimal) -> None:
        """Turn every `old` units into `new` at the same cost.

        A quantity whose digits do not end is cut to 18 decimals.
        """
        if not self.quantity:
            return
        self._fold()
        self.quantity = scaled(self.quantity, new, old)
        self._basis_cost, self._basis_quantity = self.cost, self.quantity
        self._closed_quantity = scaled(self._closed_quantity, new, old)
        self.weight = float(self.quantity) * self._multiplier_float
        for lots in (self._folded or {}).values():
            lots.scale(new, old, self.quantity)

    def take_over(self, other: "Position") -> Decimal:
        """Take over what another position holds, at its cost, as when a symbol changes; the other is then flat.

        Where one is long and the other short, they are the same instrument now, and net out: what nets out is closed at
        the average price at which the other was opened, and the rest keeps its own average. By lots, those of the other
        come as trades at their own prices, the oldest first. What the other had realised stays with it, at average
        cost; dividends that are owed go over.

        Returns:
            The cash that comes in: none, for what nets out was paid for when it was opened.

        Raises:
            ValueError: their multipliers differ.
        """
        if self.multiplier != other.multiplier:
            raise ValueError(f"{self.symbol}: multiplier must be {other.multiplier} as {other.symbol}'s")
        if other.owed is not None:
            self.owed, other.owed = {**(self.owed or {}), **other.owed}, None
        if not other.quantity:
            return _ZERO
        came, cost, held = other.quantity, other.cost, self.quantity
        if not held:
            self._closed_quantity = self._closed_notional = _ZERO
            self._realised_when_flat = self.realised
        lots = other.hand_over()
        if held and (held > _ZERO) is not (came > _ZERO):
            self._net(came, cost, lots)
            return _ZERO
        for signed, notional, time in lots:
            self._note(signed, notional, time)
        self._open(_add(held, came), _add(self.cost, cost))
        return _ZERO

    def _net(self, came: Decimal, cost: Decimal, lots: list[tuple[Decimal, Decimal, int]]) -> None:
        """Net out with a position in the other direction."""
        held, own = self.quantity, self.cost
        quantity = _add(held, came)
        both = _add(own, cost)
        if not quantity:
            self.realised = self._realised_when_flat = _subtract(self.realised, both)
            self.cost = _ZERO
            self._trades.clear()
            self._folded = None
            self._close(_ZERO, held, _share_of(cost, self.multiplier).copy_negate())
            return
        for signed, notional, time in lots:
            self._note(signed, notional, time)
        if (quantity > _ZERO) is (held > _ZERO):
            left = _subtract(own, round_cost(_DIVIDE.divide(_multiply(own, came.copy_negate()), held)))
        else:
            left = _subtract(cost, round_cost(_DIVIDE.divide(_multiply(cost, held.copy_negate()), came)))
            self._closed_quantity = self._closed_notional = _ZERO
            self._fees_before = self.fees
        self.realised = _add(self.realised, _subtract(left, both))
        self._open(quantity, left)

    def hand_over(self) -> list[tuple[Decimal, Decimal, int]]:
        """Become flat without a trade; return quantity, notional and time of each lot held, the oldest first."""
        lots = self.lots(CostMethod.FIFO).open
        self._realised_when_flat = self.realised
        self.quantity = self.cost = _ZERO
        self.weight = 0.0
        self._trades.clear()
        self._folded = None
        return lots

    # --- inside ---------------------------------------------------------------------------------------------------

    def _note(self, signed: Decimal, notional: Decimal, time: int) -> None:
        trades = self._trades
        trades.append((signed, notional, time))
        if len(trades) > _MOST_TRADES:
            self._fold()

    def _fold(self) -> None:
        """Make lots of the trades since the position was flat."""
        folded = self._folded or {method: Lots(method) for method in (CostMethod.FIFO, CostMethod.LIFO)}
        for lots in folded.values():
            for signed, notional, time in self._trades:
                lots.change(signed, notional, time)
        self._folded = folded
        self._trades.clear()

    def _open(self, quantity: Decimal, cost: Decimal) -> None:
        self.quantity = self._basis_quantity = quantity
        self.cost = self._basis_cost = cost
        self.weight = float(quantity) * self._multiplier_float

    def _close(self, quantity: Decimal, closed: Decimal, notional: Decimal) -> None:
        if self._closed_quantity:
            closed = _add(self._closed_quantity, closed)
            notional = _add(self._closed_notional, notional)
        self._closed_quantity, self._closed_notional = closed, notional
        self.quantity = quantity
        self.weight = float(quantity) * self._multiplier_float if quantity else 0.0


def round_cost(cost: Decimal) -> Decimal:
    """Round what a division gave to 1e-12 of the currency, without padding what is shorter with zeros."""
    rounded = cost.quantize(_COST_STEP, ROUND_HALF_EVEN, _EXACT)
    return cost if rounded == cost else rounded


def scaled(quantity: Decimal, new: Decimal, old: Decimal) -> Decimal:
    """Return a quantity times `new / old`; digits that do not end are cut after the 18th decimal."""
    product = _DIVIDE.divide(_multiply(quantity, new), old)
    rounded = product.quantize(_QUANTITY_STEP, ROUND_DOWN, _EXACT)
    return product if rounded == product else rounded


def _share_of(cost: Decimal, multiplier: Decimal) -> Decimal:
    """Return a cost as a notional."""
    return _shown(cost, multiplier)
