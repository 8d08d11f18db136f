"""Sizes by the Kelly criterion: the part of the capital that makes it grow fastest in the long run, or less."""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.orders import Refusal
from tradepit.models.sizing_request import SizingRequest, above_zero

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=60)


def kelly(win_rate: Decimal, payoff: Decimal) -> Decimal:
    """Return the Kelly fraction of a bet: p - (1 - p) / b, below zero for one that should not be made.

    J. L. Kelly, A New Interpretation of Information Rate, Bell System Technical Journal 35 (1956); b is what is won
    for each unit that can be lost.

    Args:
        win_rate: p, from 0 to 1.
        payoff: b, above zero; infinite where nothing was ever lost.
    """
    if payoff.is_infinite():
        return win_rate
    return _EXACT.subtract(win_rate, _EXACT.divide(_EXACT.subtract(_ONE, win_rate), payoff))


@attrs.frozen(kw_only=True)
class KellyFraction:
    """Every order is worth a part of the Kelly fraction of the equity.

    Attributes:
        part: of the Kelly fraction that is staked, above 0 and at most 1; a half by default, which gives three
            quarters of the growth at half of the fluctuation.
        win_rate: part of trades that win, from 0 to 1; None for that of the run's own closed trades.
        payoff: average win in average losses, above 0; None for that of the run's own closed trades.
        trades: closed trades from which on the run's own are trusted.
        before: part of the equity that an order is worth until then.
        most: largest part of the equity, or None.

    Raises:
        ValueError: a setting lies outside, or only one of win rate and payoff is given.
    """

    part: Decimal = attrs.field(default=Decimal("0.5"), validator=[between(_ZERO, _ONE), above_zero])
    win_rate: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, _ONE)))
    payoff: Decimal | None = attrs.field(
        default=None, validator=attrs.validators.optional([between(_ZERO, None), above_zero])
    )
    trades: int = attrs.field(default=30)
    before: Decimal = attrs.field(default=Decimal("0.02"), validator=[between(_ZERO, _ONE), above_zero])
    most: Decimal | None = attrs.field(
        default=None, validator=attrs.validators.optional([between(_ZERO, None), above_zero])
    )

    @trades.validator
    def _at_least_one(self, _attribute: object, trades: int) -> None:
        if trades < 1:
            raise ValueError(f"trades must be 1 or more, was {trades}")

    @payoff.validator
    def _both_or_none(self, _attribute: object, payoff: Decimal | None) -> None:
        if (payoff is None) is not (self.win_rate is None):
            raise ValueError("win_rate and payoff are given together, or neither")

    def budget(self, request: SizingRequest) -> Decimal | Refusal:
        """Return what an order is worth; `NO_EDGE` where the Kelly fraction is not above zero."""
        if self.win_rate is not None and self.payoff is not None:
            fraction = kelly(self.win_rate, self.payoff)
        else:
            count, win_rate, payoff = request.trades()
            if count < self.trades:
                return _EXACT.multiply(self.before, request.equity)
            fraction = kelly(win_rate, payoff) if payoff else Decimal(-1)
        if fraction <= 0:
            return Refusal(code="NO_EDGE", text=f"Kelly fraction: limit=0, was={fraction:.6g}")
        staked = _EXACT.multiply(fraction, self.part)
        if self.most is not None and staked > self.most:
            staked = self.most
        return _EXACT.multiply(staked, request.equity)


class TradeTally:
    """Counts the trades that a run has closed: from a symbol's opening until it is flat or turns round.

    A trade's result is net of its fees; those of a fill that turns a position round all belong to what it closes.
    A trade that neither won nor lost counts as one that did not win, and in no average.
    """

    __slots__ = ("_base", "_long", "_losses", "_lost", "_trades", "_wins", "_won")

    def __init__(self) -> None:
        self._trades = self._wins = self._losses = 0
        self._won = self._lost = _ZERO
        self._long: dict[str, bool | None] = {}  # None: flat
        self._base: dict[str, Decimal] = {}  # what was made on a symbol before its present trade

    def note(self, symbol: str, quantity: Decimal, net: Decimal) -> None:
        """Take a position as a fill has left it.

        Args:
            symbol: the instrument.
            quantity: signed quantity held.
            net: profit and loss realised on the symbol so far, less its fees.
        """
        was = self._long.get(symbol)
        now = quantity > _ZERO if quantity else None
        if was is now:
            return
        if was is not None:
            self._close(_EXACT.subtract(net, self._base.get(symbol, _ZERO)))
            self._base[symbol] = net
        self._long[symbol] = now

    def _close(self, result: Decimal) -> None:
        self._trades += 1
        if result > _ZERO:
            self._wins += 1
            self._won = _EXACT.add(self._won, result)
        elif result < _ZERO:
            self._losses += 1
            self._lost = _EXACT.subtract(self._lost, result)

    def figures(self) -> tuple[int, Decimal, Decimal]:
        """Return how many trades were closed, the part that won, and the average win in average losses.

        Without a loss the last is infinite, without a win 0.
        """
        if not self._trades:
            return 0, _ZERO, _ZERO
        rate = _EXACT.divide(Decimal(self._wins), Decimal(self._trades))
        if not self._wins:
            return self._trades, rate, _ZERO
        if not self._losses:
            return self._trades, rate, Decimal("Infinity")
        won, lost = _EXACT.divide(self._won, Decimal(self._wins)), _EXACT.divide(self._lost, Decimal(self._losses))
        return self._trades, rate, _EXACT.divide(won, lost)
