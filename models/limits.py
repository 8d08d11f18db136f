"""Risk limits as values: what a portfolio may hold, send and lose. What is not set is off."""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from tradepit.models.orders import Order, Refusal

if TYPE_CHECKING:
    from tradepit.models.risk_view import RiskView

_ZERO: Final = Decimal(0)
_multiply: Final = Context(prec=200).multiply

OwnCheck = Callable[[Order, "RiskView"], "Refusal | str | None"]
"""A user's own check: nothing lets the order pass; a refusal, or a text for the code `OWN_CHECK`, refuses it."""


class MissingStop(StrEnum):
    """What happens to an order that opens or enlarges a position and names no stop loss."""

    ALLOW = "allow"
    REFUSE = "refuse"
    ADD = "add"


@attrs.frozen(kw_only=True)
class PartOfEquity:
    """A limit that grows and shrinks with the account.

    Attributes:
        fraction: of the equity, above 0; 0.02 is 2%.

    Raises:
        ValueError: the fraction is not above zero.
    """

    fraction: Decimal = attrs.field()

    @fraction.validator
    def _above_zero(self, _attribute: object, fraction: Decimal) -> None:
        if not fraction > 0:
            raise ValueError(f"fraction must be above 0, was {fraction}")


Bound = Decimal | PartOfEquity
"""A limit in the account's currency, or as a part of its equity."""


def amount_of(bound: Bound, equity: Decimal) -> Decimal:
    """Return a limit as an amount; a part of an equity below zero is nothing."""
    if isinstance(bound, PartOfEquity):
        return _multiply(bound.fraction, equity) if equity > _ZERO else _ZERO
    return bound


def _not_negative(_instance: object, attribute: "attrs.Attribute[Any]", given: object) -> None:
    if isinstance(given, Decimal | int) and not given >= 0:
        raise ValueError(f"{attribute.name} must be 0 or more, was {given}")


def _none_below_zero(_instance: object, attribute: "attrs.Attribute[Any]", given: Mapping[str, Decimal]) -> None:
    for symbol, quantity in given.items():
        if not quantity >= 0:
            raise ValueError(f"{attribute.name} must be 0 or more, was {quantity} for {symbol}")


@attrs.frozen(kw_only=True)
class Limits:
    """Risk limits in the order in which they are checked; what is None is off. Buying power is always checked.

    Attributes:
        max_open_positions: largest number of symbols with a position or an open order.
        min_reward_to_risk: least distance from the entry to the take profit, in distances to the stop loss; of orders
            that name both.
        max_stop_distance: largest distance from the entry to the stop loss, as a part of the entry's price.
        missing_stop: what happens to an order that opens or enlarges a position and names no stop loss.
        max_order_notional: largest value of one order, in the account's currency.
        max_position: largest quantity held in one symbol, long or short.
        max_gross_exposure: largest sum of the sizes of all positions.
        max_net_exposure: largest sum of all positions, long less short, by its size.
        price_collar: largest distance of an order's own prices from the last price, as a part of that.
        short_allowed: whether positions may go below zero, where the instrument may be sold short at all.
        locates: largest short position for which units were located, by symbol; others are easy to borrow.
        max_orders_per_second: most orders sent within any second.
        max_daily_loss: largest loss since the last session day's end; a part of the equity that the day began with.
        max_drawdown: largest fall of the equity from its peak, as a part of the peak or an amount.
        own: a user's own checks.
        none_is_set: whether all of them are off and short positions allowed.

    Raises:
        ValueError: a limit is below zero, or a stop is to be added at no distance.
    """

    max_open_positions: int | None = attrs.field(default=None, validator=_not_negative)
    min_reward_to_risk: Decimal | None = attrs.field(default=None, validator=_not_negative)
    max_stop_distance: Decimal | None = attrs.field(default=None, validator=_not_negative)
    missing_stop: MissingStop = attrs.field(default=MissingStop.ALLOW)
    max_order_notional: Decimal | None = attrs.field(default=None, validator=_not_negative)
    max_position: Decimal | None = attrs.field(default=None, validator=_not_negative)
    max_gross_exposure: Bound | None = attrs.field(default=None, validator=_not_negative)
    max_net_exposure: Bound | None = attrs.field(default=None, validator=_not_negative)
    price_collar: Decimal | None = attrs.field(default=None, validator=_not_negative)
    short_allowed: bool = True
    locates: Mapping[str, Decimal] = attrs.field(factory=dict, validator=_none_below_zero)
    max_orders_per_second: int | None = attrs.field(default=None, validator=_not_negative)
    max_daily_loss: Bound | None = attrs.field(default=None, validator=_not_negative)
    max_drawdown: Bound | None = attrs.field(default=None, validator=_not_negative)
    own: tuple[OwnCheck, ...] = ()
    none_is_set: bool = attrs.field(init=False, repr=False, eq=False)

    @missing_stop.validator
    def _check_added_stop(self, _attribute: object, missing_stop: MissingStop) -> None:
        if missing_stop is MissingStop.ADD and not self.max_stop_distance:
            raise ValueError("missing_stop: add needs a max_stop_distance above 0, at which the stop is placed")

    @none_is_set.default
    def _none_of_them(self) -> bool:
        return (
            self.missing_stop is MissingStop.ALLOW
            and self.short_allowed
            and not self.locates
            and not self.own
            and all(
                limit is None
                for limit in (
                    self.max_open_positions,
                    self.min_reward_to_risk,
                    self.max_stop_distance,
                    self.max_order_notional,
                    self.max_position,
                    self.max_gross_exposure,
                    self.max_net_exposure,
                    self.price_collar,
                    self.max_orders_per_second,
                    self.max_daily_loss,
                    self.max_drawdown,
                )
            )
        )

    @property
    def watch_equity(self) -> bool:
        """Tell whether the day's first equity and the peak must be known."""
        return self.max_daily_loss is not None or self.max_drawdown is not None or bool(self.own)
