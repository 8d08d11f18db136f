"""What the books say of each instrument that was ever held: every figure beside the others, for results and reports."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.lots import CostMethod

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)


@attrs.frozen(kw_only=True)
class SymbolBooks:
    """The books of one instrument; amounts are in `currency`.

    Attributes:
        symbol: the instrument.
        currency: in which it settles.
        quantity: signed quantity held.
        average_price: average cost of one unit, 0 when flat.
        break_even: price at which what is held would bring its cost and the fees since it was opened, 0 when flat.
        mark: price at which what is held is valued, or None when flat.
        realised: profit and loss realised at average cost, fees apart.
        realised_fifo: the same, each sale set against the oldest lots.
        realised_lifo: the same, each sale set against the newest lots.
        unrealised: profit and loss of what is held, against average cost.
        unrealised_fifo: the same against the cost of the lots that are left.
        fees: paid; rebates are negative.
        dividends: received, less those paid on short positions and what was withheld.
        borrow: paid for borrowing what was sold short.
        gross: realised and unrealised.
        net: gross less fees and borrow, with dividends.
    """

    symbol: str
    currency: str
    quantity: Decimal
    average_price: Decimal
    break_even: Decimal
    mark: Decimal | None
    realised: Decimal
    realised_fifo: Decimal
    realised_lifo: Decimal
    unrealised: Decimal
    unrealised_fifo: Decimal
    fees: Decimal
    dividends: Decimal
    borrow: Decimal
    gross: Decimal
    net: Decimal


def books_of(account: Account, instruments: Mapping[str, Instrument], marks: Mapping[str, float]) -> list[SymbolBooks]:
    """Return the books of every instrument that was ever held, in the order in which they came."""
    books: list[SymbolBooks] = []
    for symbol, position in account.positions.items():
        instrument = instruments[symbol]
        price = marks.get(symbol) if position.quantity else None
        mark = None if price is None else Decimal(repr(price))
        unrealised = unrealised_fifo = _ZERO
        if mark is not None:
            unrealised = position.unrealised(mark)
            off = _EXACT.subtract(position.cost, position.cost_by(CostMethod.FIFO))
            unrealised_fifo = _EXACT.add(unrealised, off)
        gross = _EXACT.add(position.realised, unrealised)
        net = _EXACT.subtract(_EXACT.add(gross, position.dividends), _EXACT.add(position.fees, position.borrow))
        books.append(
            SymbolBooks(
                symbol=symbol,
                currency=instrument.settles_in,
                quantity=position.quantity,
                average_price=position.average_price,
                break_even=position.break_even_price,
                mark=mark,
                realised=position.realised,
                realised_fifo=position.realised_by(CostMethod.FIFO),
                realised_lifo=position.realised_by(CostMethod.LIFO),
                unrealised=unrealised,
                unrealised_fifo=unrealised_fifo,
                fees=position.fees,
                dividends=position.dividends,
                borrow=position.borrow,
                gross=gross,
                net=net,
            )
        )
    return books
