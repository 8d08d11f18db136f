"""The part of the scenario tree that says how large orders are, and which of them risk lets go."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from tradepit.models.limits import MissingStop, PartOfEquity
from tradepit.scenarios.exact import Exact, exact, exact_or_none
from tradepit.scenarios.own_tree import OwnCode


def _exact_by_symbol(given: Mapping[str, Exact]) -> dict[str, Decimal]:
    return {symbol: exact(number) for symbol, number in given.items()}


def _exact_for_all_or_each(given: Exact | Mapping[str, Exact] | None) -> Decimal | Mapping[str, Decimal] | None:
    return _exact_by_symbol(given) if isinstance(given, Mapping) else exact_or_none(given)


def _bound(given: Exact | PartOfEquity | None) -> Decimal | PartOfEquity | None:
    return given if given is None or isinstance(given, PartOfEquity) else exact(given)


# --- sizes ------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class FixedSize:
    """Every sized order has the same quantity.

    Attributes:
        quantity: in units of the instrument.
    """

    quantity: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class FixedCash:
    """Every sized order is worth the same amount.

    Attributes:
        amount: in the account's currency.
    """

    amount: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PercentOfEquity:
    """A sized order is worth a part of the account's equity.

    Attributes:
        fraction: 0.02 is 2%.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.02"), converter=exact)


@attrs.frozen(kw_only=True)
class TargetWeights:
    """A sized order is worth its symbol's own part of the account's equity.

    Attributes:
        weights: by symbol; a symbol without one is not sized.
    """

    weights: Mapping[str, Decimal] = attrs.field(converter=_exact_by_symbol)


@attrs.frozen(kw_only=True)
class RiskPerTrade:
    """The loss between the entry and the stop loss of a sized order is a part of the account's equity.

    Attributes:
        fraction: 0.01 is 1%.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.01"), converter=exact)


@attrs.frozen(kw_only=True)
class VolatilityTarget:
    """A sized order is worth so much of the equity that its volatility is the target's.

    Attributes:
        target: per year, as a fraction of the equity.
        volatility: per year, of every symbol or by symbol; what is not named is measured.
        days: how many daily returns a volatility is measured from.
        most: largest part of the equity that an order is worth, or None.
    """

    target: Decimal = attrs.field(converter=exact)
    volatility: Decimal | Mapping[str, Decimal] | None = attrs.field(default=None, converter=_exact_for_all_or_each)
    days: int = 20
    most: Decimal | None = attrs.field(default=None, converter=exact_or_none)


@attrs.frozen(kw_only=True)
class KellyFraction:
    """A sized order is worth a part of the Kelly fraction of the equity.

    Attributes:
        part: of the Kelly fraction that is staked.
        win_rate: part of the trades that win, with `payoff`; without both they are those of the run's closed trades.
        payoff: average win in average losses.
        trades: closed trades from which on the run's own are trusted.
        before: part of the equity that an order is worth until then.
        most: largest part of the equity, or None.
    """

    part: Decimal = attrs.field(default=Decimal("0.5"), converter=exact)
    win_rate: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    payoff: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    trades: int = 30
    before: Decimal = attrs.field(default=Decimal("0.02"), converter=exact)
    most: Decimal | None = attrs.field(default=None, converter=exact_or_none)

    @payoff.validator
    def _both_or_none(self, _attribute: object, payoff: Decimal | None) -> None:
        if (payoff is None) is not (self.win_rate is None):
            raise ValueError("win_rate and payoff are given together, or neither")


SizingSpec = (
    FixedSize | FixedCash | PercentOfEquity | TargetWeights | RiskPerTrade | VolatilityTarget | KellyFraction | OwnCode
)

# --- limits -----------------------------------------------------------------------------------------------------


def _functions(given: Iterable[OwnCode]) -> tuple[OwnCode, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class LimitsSpec:
    """Risk limits; what is None is off. Buying power is always checked.

    Attributes:
        max_open_positions: largest number of symbols held at once.
        min_reward_to_risk: least distance to the take profit, in distances to the stop loss.
        max_stop_distance: largest distance of a stop loss, as a part of the entry's price.
        missing_stop: what happens to an order that opens or enlarges a position without a stop loss.
        max_order_notional: largest value of one order, in the account's currency.
        max_position: largest quantity held in one symbol, long or short.
        max_gross_exposure: largest sum of the sizes of all positions: an amount, or a part of the equity.
        max_net_exposure: largest difference of long and short positions: an amount, or a part of the equity.
        price_collar: largest distance of an order's prices from the last price, as a part of that.
        short_allowed: whether positions may go below zero.
        locates: largest short position by symbol, for what is hard to borrow.
        max_orders_per_second: most orders sent within any second.
        max_daily_loss: largest loss since the end of the session day before: an amount, or a part of the equity.
        max_drawdown: largest fall from the peak: an amount, or a part of the peak.
        own: checks of the user's own, asked last.
    """

    max_open_positions: int | None = None
    min_reward_to_risk: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_stop_distance: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    missing_stop: MissingStop = attrs.field(default=MissingStop.ALLOW, converter=MissingStop)
    max_order_notional: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_position: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_gross_exposure: Decimal | PartOfEquity | None = attrs.field(default=None, converter=_bound)
    max_net_exposure: Decimal | PartOfEquity | None = attrs.field(default=None, converter=_bound)
    price_collar: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    short_allowed: bool = True
    locates: Mapping[str, Decimal] = attrs.field(factory=dict, converter=_exact_by_symbol)
    max_orders_per_second: int | None = None
    max_daily_loss: Decimal | PartOfEquity | None = attrs.field(default=None, converter=_bound)
    max_drawdown: Decimal | PartOfEquity | None = attrs.field(default=None, converter=_bound)
    own: tuple[OwnCode, ...] = attrs.field(default=(), converter=_functions)

    @missing_stop.validator
    def _check_added_stop(self, _attribute: object, missing_stop: MissingStop) -> None:
        if missing_stop is MissingStop.ADD and self.max_stop_distance is None:
            raise ValueError("missing_stop: add needs a max_stop_distance, at which the stop is placed")
