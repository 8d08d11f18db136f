"""The part of the scenario tree that says when a run takes place and what is traded."""

from decimal import Decimal

import attrs

from tradepit.scenarios.exact import exact, exact_or_none


@attrs.frozen(kw_only=True)
class RegularSession:
    """The hours of the clock's calendar, early closes included; written `regular`."""


@attrs.frozen(kw_only=True)
class SessionHours:
    """The same hours every day, in the clock's zone; written `09:30-16:00`.

    Attributes:
        opens: time of day in ns.
        closes: time of day in ns, after `opens`; 24:00 is the end of the day.
    """

    opens: int
    closes: int


@attrs.frozen(kw_only=True)
class ClockSpec:
    """When the run takes place.

    Attributes:
        start: first instant, ns; None for the sources' first.
        end: last instant, ns; None for the sources' last.
        zone: IANA zone of times that name none, and of the session's hours.
        calendar: an exchange's name in exchange_calendars, such as XNYS, or None for every day.
        session: the hours of trading; None for whole days.
    """

    start: int | None = None
    end: int | None = None
    zone: str = "UTC"
    calendar: str | None = None
    session: RegularSession | SessionHours | None = None


@attrs.frozen(kw_only=True)
class InstrumentSpec:
    """What can be traded, and on which grid; see `tradepit.models.instruments.Instrument`.

    Attributes:
        tick: smallest price step, in `currency`.
        lot: quantity step.
        currency: ISO code of price and fees.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        min_quantity: smallest quantity of one order.
        max_quantity: largest quantity of one order, or None.
        shortable: whether the position may go below zero.
        price_may_be_negative: whether prices at and below zero are allowed.
        base: ISO code of what is bought with it, such as EUR of EURUSD, so that fees can be charged in it; or None.
        inverse: whether a contract is worth multiplier / price of the base, and settles in it.
        leverage: value of a position for each unit of one's own money.
    """

    tick: Decimal = attrs.field(default=Decimal("0.01"), converter=exact)
    lot: Decimal = attrs.field(default=Decimal(1), converter=exact)
    currency: str = "USD"
    base: str | None = None
    multiplier: Decimal = attrs.field(default=Decimal(1), converter=exact)
    min_quantity: Decimal = attrs.field(default=Decimal(0), converter=exact)
    max_quantity: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    shortable: bool = True
    price_may_be_negative: bool = False
    inverse: bool = False
    leverage: Decimal | None = attrs.field(default=None, converter=exact_or_none)
