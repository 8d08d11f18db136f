"""Commission put together from other schedules: rounded, by fill, on one side, summed, or from dates on."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Final, Literal

import attrs

from tradepit.models.billed_fill import NOTHING_SO_FAR, BilledFill, OrderSoFar
from tradepit.models.checks import between, one_of
from tradepit.models.commission import Commission, OrderBounds
from tradepit.models.orders import Side

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # of our own: a strategy may narrow the one that all share
_add, _subtract, _divide, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.divide, _EXACT.multiply

Rounding = Literal["up", "down", "half_up"]
ROUNDINGS: Final[dict[Rounding, str]] = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "half_up": ROUND_HALF_UP}


def rounded(amount: Decimal, step: Decimal, rounding: Rounding) -> Decimal:
    """Return an amount as a whole multiple of a step."""
    steps = _divide(amount, step).to_integral_value(ROUNDINGS[rounding], _EXACT)
    return _multiply(steps, step)


@attrs.frozen(kw_only=True)
class _Around:
    """What schedules around another one have in common.

    Attributes:
        schedule: the other one.
    """

    schedule: Commission

    @property
    def wants_moment(self) -> bool:
        """Tell whether the schedule does."""
        return self.schedule.wants_moment

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill, by the inner schedule's count."""
        return self.schedule.after(fill, fee)


@attrs.frozen(kw_only=True)
class RoundedCommission(_Around):
    """Round what another schedule charges for each fill.

    With a schedule that goes by what the order owes so far, this rounds the order's total: the fees are whole steps, so
    rounding the rest of the debt rounds the debt.

    Attributes:
        schedule: the schedule to round.
        step: what fees are whole multiples of, such as 0.01; above zero.
        rounding: `up` against the trader (a fee of 0.011 becomes 0.02, one of -0.012, a rebate, -0.01), `down` for
            the trader, `half_up` to the nearest, away from zero at the half.

    Raises:
        ValueError: the step is not above zero, or the rounding is unknown.
    """

    step: Decimal = attrs.field(default=Decimal("0.01"), validator=between(_ZERO, None))
    rounding: Rounding = attrs.field(default="half_up", validator=one_of(tuple(ROUNDINGS)))

    def __attrs_post_init__(self) -> None:
        if not self.step:
            raise ValueError(f"step must be above 0, was {self.step}")

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the schedule's fee, rounded to the step."""
        return rounded(self.schedule.fee(fill), self.step, self.rounding)


@attrs.frozen(kw_only=True)
class PerFillCommission(_Around):
    """Bill each fill as if it were an order: a minimum, a maximum or a fixed part is then for each execution.

    Attributes:
        schedule: what a fill pays.
    """

    def fee(self, fill: BilledFill) -> Decimal:
        """Return what the schedule charges for the fill alone."""
        return self.schedule.fee(fill.behind(NOTHING_SO_FAR))


@attrs.frozen(kw_only=True)
class SideCommission(_Around):
    """Charge one side alone, as the regulators' fees on sales of US stocks do (SEC, Section 31; FINRA, TAF).

    Attributes:
        side: who pays.
        schedule: what it pays.
    """

    side: Side

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the schedule's fee for the side, else zero."""
        if fill.side is not self.side:
            return _ZERO
        return self.schedule.fee(fill)


@attrs.frozen(kw_only=True)
class BoundedCommission(OrderBounds):
    """Put bounds for each order around a schedule that goes by the fill, such as one for maker and taker.

    Attributes:
        schedule: what each fill owes; its fees must not be negative.
        per_order, minimum, maximum, cap, minimum_wins: the bounds, see `OrderBounds`.

    Raises:
        ValueError: a figure is out of bounds, or the minimum is above the maximum.
    """

    schedule: Commission

    @property
    def wants_moment(self) -> bool:
        """Tell whether the schedule does."""
        return self.schedule.wants_moment

    def _charge(self, fill: BilledFill) -> Decimal:
        return self.schedule.fee(fill.behind(NOTHING_SO_FAR))


@attrs.frozen(kw_only=True)
class FeeOnFees:
    """A part of a sum that is a percentage of fees, such as a tax on services (GST, VAT) on a broker's commission.

    Its base are the fees of the parts before it in the sum; other parts of its kind are none. A tax on a rebate is
    given back.

    Attributes:
        rate: fraction of the fees, from 0 to 1; 0.18 is 18%.
        rounding: how what the order owes in all is rounded, as in `RoundedCommission`; None leaves it exact.
        step: what rounded amounts are whole multiples of, above zero.

    Raises:
        ValueError: a figure is out of bounds, or the rounding is unknown.
    """

    wants_moment = False

    rate: Decimal = attrs.field(validator=between(_ZERO, Decimal(1)))
    rounding: Rounding | None = attrs.field(default=None, validator=attrs.validators.optional(one_of(tuple(ROUNDINGS))))
    step: Decimal = attrs.field(default=Decimal("0.01"), validator=between(_ZERO, None))

    def __attrs_post_init__(self) -> None:
        if not self.step:
            raise ValueError(f"step must be above 0, was {self.step}")

    def due(self, fees: Decimal, paid: Decimal) -> Decimal:
        """Return what is due now.

        Args:
            fees: what the order has been charged by the parts before this one, this fill's included.
            paid: what it has been charged by this part.
        """
        owed = _multiply(self.rate, fees)
        if self.rounding is not None:
            owed = rounded(owed, self.step, self.rounding)
        return _subtract(owed, paid)


def _schedules(schedules: Iterable[Commission | FeeOnFees]) -> tuple[Commission | FeeOnFees, ...]:
    return tuple(schedules)


@attrs.frozen(kw_only=True)
class SumCommission:
    """Charge what several schedules charge, each by its own count of what the order has paid it.

    Attributes:
        schedules: the parts, one or more; a percentage of fees stands behind those that it is a percentage of.

    Raises:
        ValueError: there is none, or a percentage of fees comes first.
    """

    schedules: tuple[Commission | FeeOnFees, ...] = attrs.field(
        converter=_schedules, validator=attrs.validators.min_len(1)
    )

    def __attrs_post_init__(self) -> None:
        if all(isinstance(schedule, FeeOnFees) for schedule in self.schedules[:1]):
            raise ValueError("a percentage of fees must stand behind the fees that it is a percentage of")

    @property
    def wants_moment(self) -> bool:
        """Tell whether one of the parts does."""
        return any(schedule.wants_moment for schedule in self.schedules)

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the sum of the parts' fees."""
        total = _ZERO
        for _, fee in self._fees(fill):
            total = _add(total, fee)
        return total

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill, in all and to each part."""
        parts: list[OrderSoFar] = []
        for schedule, (of_part, own) in zip(self.schedules, self._fees(fill), strict=True):
            counted = of_part.counted(own) if isinstance(schedule, FeeOnFees) else schedule.after(of_part, own)
            parts.append(counted)
        return fill.counted(fee, fee, tuple(parts))

    def _fees(self, fill: BilledFill) -> Iterator[tuple[BilledFill, Decimal]]:
        """Yield the fill as each part sees it, and what the part charges."""
        charged = _ZERO  # to the order, by the parts so far that are no percentage of fees
        for schedule, part in zip(self.schedules, self._parts(fill.so_far), strict=True):
            of_part = fill.behind(part)
            if isinstance(schedule, FeeOnFees):
                yield of_part, schedule.due(charged, part.fees)
            else:
                own = schedule.fee(of_part)
                charged = _add(charged, _add(part.fees, own))
                yield of_part, own

    def _parts(self, so_far: OrderSoFar) -> tuple[OrderSoFar, ...]:
        # An order that began under another schedule (see `DatedCommission`) has paid these parts nothing.
        known = so_far.parts if len(so_far.parts) == len(self.schedules) else ()
        return known or (NOTHING_SO_FAR,) * len(self.schedules)


def _periods(periods: Iterable[tuple[int | None, Commission]]) -> tuple[tuple[int | None, Commission], ...]:
    return tuple((start, schedule) for start, schedule in periods)


@attrs.frozen(kw_only=True)
class DatedCommission:
    """Charge by the schedule that holds when the fill happens.

    A schedule holds from its first ns on, until the next one does; what an order paid before counts towards its
    bounds. Before the first, nothing is charged.

    Attributes:
        periods: the instant from which a schedule holds, ns since the Unix epoch, and the schedule; in the order of
            time. The first may have None: it holds from the beginning.

    Raises:
        ValueError: there is none, they are not in order, or one behind the first has no instant.
    """

    wants_moment = True

    periods: tuple[tuple[int | None, Commission], ...] = attrs.field(converter=_periods)
    _starts: tuple[int, ...] = attrs.field(init=False, repr=False, eq=False)

    @_starts.default
    def _in_order(self) -> tuple[int, ...]:
        starts = [start for start, _ in self.periods[1:] if start is not None]
        first = self.periods[0][0] if self.periods else None
        if len(starts) != len(self.periods) - 1:
            raise ValueError("periods must be one or more, and each but the first must have its instant")
        if first is None:
            first = min([0, *starts]) - (1 << 63)
        if any(later <= earlier for earlier, later in zip([first, *starts], starts, strict=False)):
            raise ValueError(f"periods must be in the order of time, was {[first, *starts]}")
        return first, *starts

    def at(self, time: int) -> Commission | None:
        """Return the schedule that holds at a time, ns since the Unix epoch; None before the first."""
        index = bisect_right(self._starts, time) - 1
        return None if index < 0 else self.periods[index][1]

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the fee by the schedule that holds."""
        schedule = self.at(fill.moment.time)
        if schedule is None:
            return _ZERO
        return schedule.fee(fill)

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        schedule = self.at(fill.moment.time)
        if schedule is None:
            return fill.counted(fee)
        return schedule.after(fill, fee)
