"""What a strategy is to whoever writes one: a class with settings as fields, and methods that hear the market."""

import contextlib
import copy
import difflib
import functools
import inspect
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack, cast, dataclass_transform

import attrs

from tradepit.actors.surroundings import Surroundings
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import Direction, OrderEvent, PlanAction, PlanItem, RebalanceSummary
from tradepit.models.order_entry import MoreOfAnEntry, MoreOfAnOrder, Number
from tradepit.models.orders import Fill, Side, TimeInForce

if TYPE_CHECKING:
    from tradepit.actors.strategy_host import StrategyHost

_BUY, _SELL = Side.BUY, Side.SELL


class SettingProblem(NamedTuple):
    """What is wrong with a setting.

    Attributes:
        path: of the setting, such as `orders[2].kind`.
        rule: what it must be.
        value: what it was, or None.
        suggestion: what to write in its place; may be empty.
    """

    path: str
    rule: str
    value: str | None
    suggestion: str


class WrongSettingsError(ValueError):
    """Settings that a strategy refuses when it is made; the loader tells each with its place in the scenario.

    Attributes:
        problems: what is wrong.
    """

    def __init__(self, problems: Iterable[SettingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{one.path}: {one.rule}, was {one.value}" for one in self.problems))


class Notice(NamedTuple):
    """What a strategy tells whoever reads the result.

    Attributes:
        text: one line.
        setting: what it is about, such as `orders[2]`; may be empty.
    """

    text: str
    setting: str


class Bracket(NamedTuple):
    """The ids of an entry and of the two orders that wait for it.

    Attributes:
        entry: opens the position.
        stop_loss: closes it at a loss.
        take_profit: closes it at a profit.
    """

    entry: str
    stop_loss: str
    take_profit: str


@dataclass_transform(kw_only_default=True, field_specifiers=(attrs.field,))
class Strategy:
    """Base of strategies.

    Annotated fields are settings, with their defaults; the scenario's `with:` sets them by name:

        class Dipper(tradepit.Strategy):
            drop: float = 0.02

            def on_bar(self, bar: tradepit.Bar) -> None:
                if bar.close < bar.open * (1 - self.drop):
                    self.buy(bar.symbol, 10)

    A strategy keeps no positions: `position` is the last value that the portfolio published. What it decides on a
    bar meets the next one. Randomness comes from `self.random`, time from `self.now`; anything else from outside
    would make two runs differ.
    """

    _host: "StrategyHost | None" = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        attrs.define(cls, slots=False, kw_only=True, eq=False, repr=False, field_transformer=_own_defaults)
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            if name.startswith("on_"):
                _check_hook(cls, name, method)

    # --- what it is -----------------------------------------------------------------------------------------------

    def check_settings(self, around: Surroundings) -> None:
        """Refuse settings that do not fit the rest of the scenario; called when it is loaded.

        Args:
            around: what the scenario has for the strategy.

        Raises:
            WrongSettingsError: what is wrong; each problem is told with its place.
        """

    # --- what it hears; override what you need --------------------------------------------------------------------

    def on_start(self) -> None:
        """Prepare, before the first market data."""

    def on_bar(self, bar: Bar) -> None:
        """Hear a bar of one of the strategy's symbols, at its close."""

    def on_quote(self, quote: Quote) -> None:
        """Hear a quote of one of the strategy's symbols."""

    def on_trade(self, trade: Trade) -> None:
        """Hear a print of one of the strategy's symbols."""

    def on_fill(self, fill: Fill) -> None:
        """Hear an execution of one of the strategy's own orders; positions and cash include it."""

    def on_order(self, event: OrderEvent) -> None:
        """Hear news of one of the strategy's own orders: accepted, filled, replaced, cancelled, rejected and so on."""

    def on_rebalance(self, summary: RebalanceSummary) -> None:
        """Hear what became of a plan or of target weights that the strategy asked for, once all orders have ended."""

    def on_stop(self) -> None:
        """Clean up, after the last message."""

    # --- what it does ---------------------------------------------------------------------------------------------

    def buy(
        self,
        symbol: str,
        quantity: Number | None = None,
        *,
        limit: Number | None = None,
        stop: Number | None = None,
        time_in_force: TimeInForce | str | None = None,
        **more: Unpack[MoreOfAnEntry],
    ) -> str:
        """Ask for an order to buy; returns its id.

        A limit price makes it a limit order, a stop price a stop order, both a stop-limit order, none a market order.

        Args:
            symbol: the instrument.
            quantity: in units of the instrument; None lets the portfolio size it.
            limit: worst acceptable price.
            stop: price at which the order triggers.
            time_in_force: DAY, GTC, GTD, IOC, FOK, AT_OPEN or AT_CLOSE; None for the scenario's default.
            more: other kinds, flags and groups, see `tradepit.models.order_entry.MoreOfAnEntry`.

        Raises:
            OrderEntryError: what was written is no order, such as a trail without a number.
        """
        host = self._host or self._at_work
        return host.request(_BUY, symbol, quantity, limit, stop, time_in_force, more)

    def sell(
        self,
        symbol: str,
        quantity: Number | None = None,
        *,
        limit: Number | None = None,
        stop: Number | None = None,
        time_in_force: TimeInForce | str | None = None,
        **more: Unpack[MoreOfAnEntry],
    ) -> str:
        """Ask for an order to sell; returns its id. See `buy`."""
        host = self._host or self._at_work
        return host.request(_SELL, symbol, quantity, limit, stop, time_in_force, more)

    def bracket(
        self,
        side: Side | str,
        symbol: str,
        quantity: Number | None = None,
        *,
        stop_loss: Number,
        take_profit: Number,
        limit: Number | None = None,
        stop: Number | None = None,
        time_in_force: TimeInForce | str | None = None,
        **more: Unpack[MoreOfAnOrder],
    ) -> Bracket:
        """Ask for an entry with a stop loss and a take profit behind it; returns the three ids.

        The two wait for the entry and work for what it has filled, one updates the other, and they only ever reduce
        the position.

        Args:
            side: BUY or SELL, of the entry.
            symbol: the instrument.
            quantity: in units of the instrument; None lets the portfolio size it.
            stop_loss: price of the stop order.
            take_profit: price of the limit order.
            limit: worst acceptable price of the entry.
            stop: price at which the entry triggers.
            time_in_force: of the entry.
            more: of the entry, as with `buy`.
        """
        entry: MoreOfAnEntry = {**more, "stop_loss": stop_loss, "take_profit": take_profit}
        order_id = self._at_work.request(_side(side), symbol, quantity, limit, stop, time_in_force, entry)
        return Bracket(order_id, f"{order_id}-SL", f"{order_id}-TP")

    def replace(
        self,
        order_id: str,
        *,
        quantity: Number | None = None,
        limit: Number | None = None,
        stop: Number | None = None,
    ) -> None:
        """Ask to change an order; what is not given stays as it is.

        `on_order` hears `OrderReplaced` or `OrderReplaceRejected`. Until then the order is as it was, and may be filled
        so. A smaller quantity keeps its place in the queue; a larger one, or another price, loses it.

        Args:
            order_id: the order.
            quantity: in total, what is filled included; at or below what is filled, the rest is cancelled.
            limit: the limit, of an order that has one.
            stop: the trigger, of an order that has one and waits for it.
        """
        self._at_work.replace_order(order_id, quantity, limit, stop)

    def signal(
        self,
        symbol: str,
        direction: Direction | str,
        strength: float = 1.0,
        *,
        confluence: float | None = None,
        entry: Number | None = None,
        stop_loss: Number | None = None,
        take_profit: Number | None = None,
        quantity: Number | None = None,
        venue: str | None = None,
    ) -> str:
        """Say where the position should be; returns the id of the order that the portfolio makes of it.

        The portfolio sizes the target by the scenario's `sizing`, times `strength`, and trades the difference to
        what is held with a market order. When there is no difference no order is made.

        Args:
            symbol: the instrument.
            direction: LONG, SHORT or FLAT.
            strength: fraction of the full size, above 0 and up to 1.
            confluence: how many reasons speak for it, by the strategy's own count.
            entry: limit at which to enter, in place of a market order.
            stop_loss: price of a stop behind what is opened; its order has the id with `-SL` behind it.
            take_profit: price of a limit beyond what is opened; its order has the id with `-TP` behind it.
            quantity: full size in units of the instrument, in place of the portfolio's.
            venue: where to trade, in place of the router's choice.
        """
        return self._at_work.signal(
            symbol, direction, strength, confluence, entry, stop_loss, take_profit, quantity, venue
        )

    def rebalance(self, weights: Mapping[str, Number], *, band: Number = 0, close_others: bool = False) -> str:
        """Bring positions to parts of the account's equity; returns the plan's id, which `on_rebalance` hears again.

        The difference between a target and what will be held with all open orders is traded at the market, rounded
        so that no position is worth more than its weight. Sells go first; buys follow when they have ended, cut to
        what can be paid. What has not been sent when the strategy asks again is given up.

        Args:
            weights: by symbol; 0.6 is 60% of the equity, negative is short. Other symbols are left alone.
            band: how far a weight may be off before it is traded, as a part of the equity.
            close_others: whether the strategy's symbols that have no weight are sold out.
        """
        return self._at_work.rebalance(weights, band, close_others=close_others)

    def execute_plan(self, items: "Iterable[PlanItem | tuple[str, PlanAction | str, Number]]") -> str:
        """Have a ready plan executed as it is; returns its id, which `on_rebalance` hears again.

        Each quantity comes from the item's amount and the present price, rounded down to lots, and is never worked
        out again. Sells go first, buys follow when they have ended; HOLD is skipped.

        Args:
            items: (symbol, BUY, SELL or HOLD, amount in the account's currency).
        """
        return self._at_work.execute_plan(items)

    def cancel(self, order_id: str) -> None:
        """Ask to cancel what is left of an order.

        A cancel that comes too late is told to `on_order`; one of an order that nobody knows is counted and stands in
        the journal as `CancelOfUnknownOrder`.
        """
        self._at_work.cancel_order(order_id)

    def notice(self, text: str, setting: str = "") -> None:
        """Tell whoever reads the result something; the first thousand stand there, in the summary and in the report.

        Args:
            text: one line.
            setting: what it is about, such as `orders[2]`, so that its place in the scenario is told; may be empty.
        """
        self._at_work.note(text, setting)

    # --- what it knows --------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Return the present time, ns since the Unix epoch, UTC."""
        return self._at_work.now

    @property
    def random(self) -> random.Random:
        """Return the strategy's own random stream, from the scenario's seed and the strategy's name."""
        return self._at_work.random

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that the strategy sees."""
        return self._at_work.symbols

    @property
    def cash(self) -> Decimal:
        """Return the account's cash, as the portfolio last published it."""
        return self._at_work.cash

    def position(self, symbol: str) -> Decimal:
        """Return the signed quantity that the account holds, as the portfolio last published it."""
        return self._at_work.position(symbol)

    def average_price(self, symbol: str) -> Decimal:
        """Return the average cost of what the account holds, 0 when it holds nothing."""
        return self._at_work.average_price(symbol)

    def price(self, symbol: str) -> float | None:
        """Return the last price seen: a bar's close, a quote's mid or a print; None before the first."""
        return self._at_work.last_price(symbol)

    @property
    def _at_work(self) -> "StrategyHost":
        if self._host is None:
            raise RuntimeError(f"{type(self).__name__} is not running: trade from on_start, on_bar and the others")
        return self._host


def _side(side: Side | str) -> Side:
    try:
        return Side(side.upper())
    except ValueError:
        raise ValueError(f"side must be BUY or SELL, was {side!r}") from None


def _own_defaults(_cls: type, fields: "list[attrs.Attribute[Any]]") -> "list[attrs.Attribute[Any]]":
    """Give each strategy its own copy of a default that can change: a run must not see what another left in it."""
    return [
        field.evolve(default=attrs.Factory(functools.partial(copy.deepcopy, field.default)))
        if isinstance(field.default, list | dict | set | deque)
        else field
        for field in fields
    ]


def _check_hook(cls: type[Strategy], name: str, method: Callable[..., Any]) -> None:
    """Refuse a method that nobody would call, or not as it is written.

    Raises:
        TypeError: there is no such hook, it takes other parameters, or it is no plain function.
    """
    hooks = [own for own in vars(Strategy) if own.startswith("on_")]
    if name not in hooks:
        near = difflib.get_close_matches(name, hooks, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(hooks)}"
        raise TypeError(f"{cls.__qualname__}.{name} is no hook of a strategy; {hint}")
    waits = inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
    if waits or inspect.isgeneratorfunction(method):
        raise TypeError(f"{cls.__qualname__}.{name} must be a plain function, without async and yield")
    wanted = len(inspect.signature(getattr(Strategy, name)).parameters)
    try:
        inspect.signature(method).bind(*range(wanted))
    except TypeError:
        what = "nothing" if wanted == 1 else "one parameter"
        raise TypeError(f"{cls.__qualname__}.{name} must take {what} beside self") from None


def overrides(strategy: Strategy, method: str) -> bool:
    """Tell whether a strategy defines a method of its own."""
    return getattr(type(strategy), method) is not getattr(Strategy, method)


def settings_of(cls: type[Strategy]) -> Mapping[str, "attrs.Attribute[Any]"]:
    """Return the settings of a strategy's class by name, their types resolved as far as they can be."""
    declared = cast("type[attrs.AttrsInstance]", cls)
    with contextlib.suppress(NameError):  # a type imported for checkers only; its setting takes anything
        attrs.resolve_types(declared)
    return {field.name: field for field in attrs.fields(declared) if field.init and not field.name.startswith("_")}
