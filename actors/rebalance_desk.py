"""The desk's rebalancing: target weights and ready plans become orders, sells first, and a summary when all have ended.

Receives: `Rebalance` and `ExecutePlan` from strategies; the ends of their orders.
Sends: what the layers below send; publishes `RebalanceSummary` by strategy.
Always holds: a plan is executed as it was given; each has one summary, once nothing of it is under way.
"""

from decimal import Context, Decimal

from tradepit.actors.order_desk import PortfolioSettings
from tradepit.actors.replace_desk import ReplaceDesk
from tradepit.models.messages import ExecutePlan, OrderEnded, OrderEvent, OrderRejected, Rebalance
from tradepit.models.orders import Order, OrderKind, Side
from tradepit.models.rebalancing import Line, RunningPlan, lines_of_plan, lines_of_weights

_ZERO = Decimal(0)
_EXACT = Context(prec=200)
_DIVIDE = Context(prec=60)
_BUY = Side.BUY


class RebalanceDesk(ReplaceDesk):
    """Carries out plans."""

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        super().__init__(settings)
        self._plans: dict[str, RunningPlan] = {}

    def on_rebalance(self, message: Rebalance) -> None:
        """Bring positions to their weights; what an earlier one has not sent yet is given up."""
        for plan in [one for one in self._plans.values() if one.by_weights and one.strategy == message.strategy]:
            plan.supersede()
            self._finish(plan)
        wanted = [*message.weights, *((symbol, _ZERO) for symbol in message.others if self._expected(symbol))]
        lines = lines_of_weights(
            wanted,
            message.band,
            Decimal(repr(self._equity)),
            self._instruments,
            self._last_price,
            self._expected,
            self.account.unit_size,
        )
        self._carry_out(RunningPlan(message.plan_id, message.strategy, lines, by_weights=True), message.created_at)

    def on_execute_plan(self, message: ExecutePlan) -> None:
        """Execute a plan as it is given."""
        lines = lines_of_plan(message.items, self._instruments, self._last_price, self.account.unit_size)
        self._carry_out(RunningPlan(message.plan_id, message.strategy, lines, by_weights=False), message.created_at)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _carry_out(self, plan: RunningPlan, created_at: int) -> None:
        self._plans[plan.plan_id] = plan
        self._go_on(plan, created_at)

    def _go_on(self, plan: RunningPlan, created_at: int) -> None:
        """Send what may go now, and end a plan of which nothing is left."""
        for line in plan.next_lines():
            if plan.by_weights and line.side is _BUY:
                self._cut_to_power(line)
            order = Order(
                order_id=line.order_id,
                strategy=plan.strategy,
                symbol=line.symbol,
                side=line.side,
                kind=OrderKind.MARKET,
                quantity=line.quantity,
                created_at=created_at,
                time_in_force=self._default_time_in_force,
                arrival_price=self._last_price(line.symbol),
            )
            self._hand_on(order, None)
        self._finish(plan)

    def _finish(self, plan: RunningPlan) -> None:
        if plan.done:
            del self._plans[plan.plan_id]
            self.publish(plan.summary(self.now))

    def _cut_to_power(self, line: Line) -> None:
        """Cut what is bought for a weight to what can be paid; what then is no lot is left for risk to refuse."""
        account, instrument = self.account, self._instruments[line.symbol]
        price = self._last_price(line.symbol)
        if not price:
            return
        unit = _EXACT.multiply(Decimal(repr(price)), instrument.multiplier)
        need = account.requirement(line.symbol, _BUY, line.quantity, unit)
        power = account.buying_power(self._marks)
        if need > power > _ZERO and account.position(line.symbol) >= _ZERO:
            affordable = instrument.quantity(_DIVIDE.divide(_EXACT.multiply(line.quantity, power), need))
            if affordable >= max(instrument.lot, instrument.min_quantity):
                line.quantity = affordable

    def _follow(self, event: OrderEvent) -> None:
        """Take the end of an order to the plan that it belongs to, too."""
        super()._follow(event)
        plan = self._plans.get(event.order_id.rpartition("/")[0]) if self._plans and event.state.final else None
        if plan is None or event.order_id not in plan.by_order:
            return
        code, text = (event.code, event.text) if isinstance(event, OrderEnded) else ("", "")
        rejected = isinstance(event, OrderRejected)
        plan.order_ended(event.order_id, event.cumulative, event.average_price, rejected=rejected, code=code, text=text)
        self._go_on(plan, self.now)
