"""Strategy host: the actor around one user's strategy.

Receives: market data of the strategy's symbols and news of its own orders and plans, only what the strategy has
methods for; `PositionChanged` and `AccountOpened` from the portfolio.
Sends: `RequestOrder`, `Signal`, `Rebalance`, `ExecutePlan`, `ReplaceOrder` and `CancelOrder` to the portfolio.
Always holds: order ids are the strategy's name and a counter; the host keeps no positions.
"""

import contextvars
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal, getcontext, setcontext
from functools import partial
from typing import Any

from tradepit.actors import PORTFOLIO
from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_price
from tradepit.actors.strategy import Notice, Strategy, overrides
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    CancelOrder,
    Direction,
    ExecutePlan,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderExpired,
    OrderFailed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    PlanAction,
    PlanItem,
    PositionChanged,
    Rebalance,
    RebalanceSummary,
    ReplaceOrder,
    RequestOrder,
    Signal,
    SignalTerms,
)
from tradepit.models.order_entry import Number, enter
from tradepit.models.order_entry import exact as _exact
from tradepit.models.order_entry import named as _named
from tradepit.models.orders import OrderKind, Side, TimeInForce
from tradepit.models.values import positional

ORDER_EVENTS = (
    OrderAccepted,
    OrderFilled,
    OrderCancelled,
    OrderRejected,
    OrderExpired,
    OrderFailed,
    OrderCancelRejected,
    OrderReplaced,
    OrderReplaceRejected,
    OrderFillBusted,
    OrderFillCorrected,
)
MARKET_HOOKS = (("on_bar", Bar), ("on_quote", Quote), ("on_trade", Trade))
_MOST_NOTICES = 1_000
_ZERO = Decimal(0)
_MARKET = OrderKind.MARKET
_request_order = positional(RequestOrder)
_signal = positional(Signal)
_KINDS = {
    (False, False): OrderKind.MARKET,
    (True, False): OrderKind.LIMIT,
    (False, True): OrderKind.STOP,
    (True, True): OrderKind.STOP_LIMIT,
}


class StrategyHost(Actor):
    """Runs one strategy.

    A restart gives the strategy its state back in place: the kernel calls the methods of that one object.
    """

    constant = (
        "symbols", "_strategy", "_strategy_name", "_hears_fills", "_context", "_run", "on_bar", "on_quote", "on_trade",
    )  # fmt: skip

    def __init__(self, strategy: Strategy, name: str, symbols: Sequence[str]) -> None:
        """Make a host.

        Args:
            strategy: the user's strategy.
            name: its name in the scenario.
            symbols: what it sees.
        """
        self.symbols = tuple(symbols)
        self.cash = _ZERO
        self._strategy = strategy
        self._strategy_name = name
        self._hears_fills = overrides(strategy, "on_fill")
        self._asked = 0
        self._began = False
        self._ended = False
        self.notices: list[Notice] = []
        strategy._host = self  # noqa: SLF001  the strategy acts through its host
        # A strategy that sets the precision of decimals, say, sets it for itself alone, in both dispatch modes.
        # Python's own settings are where it begins, whatever those of the caller are: they would be shared else.
        self._context = contextvars.copy_context()
        self._context.run(setcontext, Context())
        self._run: Callable[..., None] = self._context.run
        self._hear_directly()

    def _hear_directly(self) -> None:
        """Let the kernel call the user's methods themselves: bars are many."""
        strategy = self._strategy
        self.on_bar = _alone(self._run, strategy.on_bar)  # type: ignore[method-assign]  # as said
        self.on_quote = _alone(self._run, strategy.on_quote)  # type: ignore[method-assign]  # as said
        self.on_trade = _alone(self._run, strategy.on_trade)  # type: ignore[method-assign]  # as said

    def on_start(self) -> None:
        """Hear nothing of the market until the account is open, and of orders what the strategy has methods for."""
        for _, kind in MARKET_HOOKS:
            self.unsubscribe(kind)
        for event in ORDER_EVENTS:
            self.unsubscribe(event)
            if overrides(self._strategy, "on_order"):
                self.subscribe(event, self._strategy_name)
        self.unsubscribe(RebalanceSummary)
        if overrides(self._strategy, "on_rebalance"):
            self.subscribe(RebalanceSummary, self._strategy_name)

    def on_account(self, account: AccountOpened) -> None:
        """Let the strategy prepare, now that it can see cash and positions at the start, and then hear the market."""
        if self._began:  # a link may bring the news twice
            return
        self._began = True
        for method, kind in MARKET_HOOKS:
            if overrides(self._strategy, method):
                for symbol in self.symbols:
                    self.subscribe(kind, symbol, settled=True)
        self.cash = account.cash
        self._run(self._strategy.on_start)

    def on_bar(self, bar: Bar) -> None:
        """Let the strategy hear a bar."""

    def on_quote(self, quote: Quote) -> None:
        """Let the strategy hear a quote."""

    def on_trade(self, trade: Trade) -> None:
        """Let the strategy hear a print."""

    def on_order_event(
        self,
        event: OrderAccepted
        | OrderFilled
        | OrderCancelled
        | OrderRejected
        | OrderExpired
        | OrderFailed
        | OrderCancelRejected
        | OrderReplaced
        | OrderReplaceRejected
        | OrderFillBusted
        | OrderFillCorrected,
    ) -> None:
        """Let the strategy hear news of its order."""
        self._run(self._strategy.on_order, event)

    def on_rebalanced(self, summary: RebalanceSummary) -> None:
        """Let the strategy hear what became of its plan."""
        self._run(self._strategy.on_rebalance, summary)

    def on_position(self, changed: PositionChanged) -> None:
        """Let the strategy hear of its fill, once the portfolio has booked it."""
        self.cash = changed.cash
        if self._hears_fills:
            fill = changed.fill
            if fill is not None and fill.strategy == self._strategy_name:
                self._run(self._strategy.on_fill, fill)

    def on_stop(self) -> None:
        """Let the strategy clean up; the market is closed by then."""
        self._ended = True
        if self._began:
            self._run(self._strategy.on_stop)

    # --- the state, for a restart ---------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        """Return the host's own state, the strategy's, and how the strategy reckons with decimals."""
        state: dict[str, Any] = super().save_state()
        return {**state, "_of_strategy": _attributes(self._strategy), "_decimals": self._context.run(getcontext)}

    def load_state(self, state: dict[str, Any]) -> None:
        """Give the host and its strategy their state back."""
        own = dict(state)
        strategy, wanted = self._strategy, own.pop("_of_strategy")
        self._context.run(setcontext, own.pop("_decimals"))
        super().load_state(own)
        for name in _attributes(strategy):
            if name not in wanted:
                object.__delattr__(strategy, name)
        for name, value in wanted.items():
            object.__setattr__(strategy, name, value)

    # --- what the strategy does -----------------------------------------------------------------------------------

    def request(
        self,
        side: Side,
        symbol: str,
        quantity: Number | None,
        limit: Number | None,
        stop: Number | None,
        time_in_force: TimeInForce | str | None,
        more: Mapping[str, Any],
    ) -> str:
        """Send a request for an order to the portfolio; returns its id."""
        if more:
            return self._request_more(side, symbol, quantity, limit, stop, time_in_force, more)
        order_id = self._next_id()
        self.send(
            PORTFOLIO,
            _request_order(
                order_id,
                self._strategy_name,
                symbol,
                side,
                _MARKET if limit is None and stop is None else _KINDS[limit is not None, stop is not None],
                None if quantity is None else _exact(quantity),
                None if limit is None else _exact(limit),
                None if stop is None else _exact(stop),
                None if time_in_force is None else _named(TimeInForce, time_in_force),
                self._system.now,
            ),
        )
        return order_id

    def _request_more(
        self,
        side: Side,
        symbol: str,
        quantity: Number | None,
        limit: Number | None,
        stop: Number | None,
        time_in_force: TimeInForce | str | None,
        more: Mapping[str, Any],
    ) -> str:
        """Send a request for an order that is not plain."""
        entered = enter(limit, stop, time_in_force, more, group_prefix=f"{self._strategy_name}/")
        order_id = self._next_id()
        self.send(
            PORTFOLIO,
            RequestOrder(
                order_id=order_id,
                strategy=self._strategy_name,
                symbol=symbol,
                side=side,
                kind=entered.kind,
                quantity=None if quantity is None else _exact(quantity),
                limit_price=entered.limit_price,
                stop_price=entered.stop_price,
                time_in_force=entered.time_in_force,
                created_at=self._system.now,
                terms=entered.terms,
            ),
        )
        return order_id

    def replace_order(self, order_id: str, quantity: Number | None, limit: Number | None, stop: Number | None) -> None:
        """Send a change the way that orders go, so that it never overtakes the order that it is for."""
        self.send(
            PORTFOLIO,
            ReplaceOrder(
                order_id=order_id,
                strategy=self._strategy_name,
                quantity=None if quantity is None else _exact(quantity),
                limit_price=None if limit is None else _exact(limit),
                stop_price=None if stop is None else _exact(stop),
            ),
        )

    def signal(
        self,
        symbol: str,
        direction: Direction | str,
        strength: float,
        confluence: float | None,
        entry: Number | None,
        stop_loss: Number | None,
        take_profit: Number | None,
        quantity: Number | None,
        venue: str | None,
    ) -> str:
        """Send a signal to the portfolio; returns the id of the order to come."""
        if not 0 < strength <= 1:
            raise ValueError(f"strength must be above 0 and at most 1, was {strength}")
        order_id = self._next_id()
        bare = entry is None and stop_loss is None and take_profit is None and quantity is None
        self.send(
            PORTFOLIO,
            _signal(
                order_id,
                self._strategy_name,
                symbol,
                direction if type(direction) is Direction else _named(Direction, direction),
                strength,
                self._system.now,
                None
                if bare and confluence is None and venue is None
                else SignalTerms(
                    confluence=confluence,
                    entry_price=None if entry is None else _exact(entry),
                    stop_loss=None if stop_loss is None else _exact(stop_loss),
                    take_profit=None if take_profit is None else _exact(take_profit),
                    quantity=None if quantity is None else _exact(quantity),
                    venue=venue,
                ),
            ),
        )
        return order_id

    def rebalance(self, weights: Mapping[str, Number], band: Number, *, close_others: bool) -> str:
        """Send target weights to the portfolio; returns the plan's id."""
        exact_band = _exact(band)
        if not exact_band.is_finite() or exact_band < 0:
            raise ValueError(f"band must be a number of 0 or more, was {band!r}")
        plan_id = self._next_id()
        self.send(
            PORTFOLIO,
            Rebalance(
                plan_id=plan_id,
                strategy=self._strategy_name,
                weights=tuple([(symbol, _exact(weight)) for symbol, weight in weights.items()]),
                band=exact_band,
                others=tuple([symbol for symbol in self.symbols if symbol not in weights]) if close_others else (),
                created_at=self._system.now,
            ),
        )
        return plan_id

    def execute_plan(self, items: Iterable[PlanItem | tuple[str, PlanAction | str, Number]]) -> str:
        """Send a ready plan to the portfolio; returns its id."""
        plan = tuple([item if isinstance(item, PlanItem) else _plan_item(*item) for item in items])
        plan_id = self._next_id()
        self.send(
            PORTFOLIO,
            ExecutePlan(plan_id=plan_id, strategy=self._strategy_name, items=plan, created_at=self._system.now),
        )
        return plan_id

    def cancel_order(self, order_id: str) -> None:
        """Send a cancel the way that orders go, so that it never overtakes the order that it is for."""
        self.send(PORTFOLIO, CancelOrder(order_id=order_id, strategy=self._strategy_name))

    def note(self, text: str, setting: str) -> None:
        """Keep what the result is to tell."""
        if len(self.notices) < _MOST_NOTICES:
            self.notices.append(Notice(text, setting))

    # --- what the strategy knows ----------------------------------------------------------------------------------

    def position(self, symbol: str) -> Decimal:
        """Return the quantity that the portfolio last published."""
        changed = self.latest(PositionChanged, symbol)
        return _ZERO if changed is None else changed.quantity

    def average_price(self, symbol: str) -> Decimal:
        """Return the average cost that the portfolio last published."""
        changed = self.latest(PositionChanged, symbol)
        return _ZERO if changed is None else changed.average_price

    def last_price(self, symbol: str) -> float | None:
        """Return the last price seen."""
        return last_price(self, symbol)

    def _next_id(self) -> str:
        if self._ended:
            raise RuntimeError("the run has ended: on_stop cannot trade")
        self._asked += 1
        return f"{self._strategy_name}-{self._asked}"


def _plan_item(symbol: str, action: PlanAction | str, amount: Number) -> PlanItem:
    """Return a plan's line as a strategy wrote it."""
    return PlanItem(symbol=symbol, action=_named(PlanAction, action), amount=_exact(amount))


def _attributes(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy's attributes by name, those in slots among them."""
    state = object.__getstate__(strategy)
    own, slots = state if isinstance(state, tuple) else (state, None)
    return {**(own or {}), **(slots or {})}


def _alone(run: Callable[..., None], hook: Callable[[Any], None]) -> Any:
    """Return a hook that runs in the strategy's own context."""
    return partial(run, hook)
