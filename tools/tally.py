"""Counts over a run's tables that the summary shows and `run --json` prints."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from tradepit.models.order_states import OrderState
from tradepit.scenarios.result import Result

_ZERO = Decimal(0)
_UNFILLED = {
    OrderState.REJECTED: "OrderRejected",
    OrderState.CANCELLED: "OrderCancelled",
    OrderState.EXPIRED: "OrderExpired",
    OrderState.FAILED: "OrderFailed",
}


@attrs.frozen(kw_only=True)
class Tally:
    """What a run's orders and fills add up to.

    Attributes:
        ended: how many orders ended in each final state that any ended in, filled ones first.
        reasons: by final state, how many orders ended so for which code; most frequent first.
        fees: commissions by currency, rebates negative.
        slippage: by currency, what was paid beyond the prices before slippage; negative when it was saved.
    """

    ended: Mapping[OrderState, int]
    reasons: Mapping[OrderState, Mapping[str, int]]
    fees: Mapping[str, Decimal]
    slippage: Mapping[str, Decimal]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data for JSON; amounts as text, since they are exact."""
        return {
            "rejects": dict(self.reasons.get(OrderState.REJECTED, {})),
            "fees": {currency: f"{amount:f}" for currency, amount in self.fees.items()},
            "slippage": {currency: f"{amount:f}" for currency, amount in self.slippage.items()},
        }


def tally(result: Result) -> Tally:
    """Count a run's orders and fills, in one pass over each table."""
    unfilled = {state: result.counts[event] for state, event in _UNFILLED.items()}
    filled = result.counts["OrderClosed"] - sum(unfilled.values())
    ended = {OrderState.FILLED: filled, **unfilled}
    reasons: dict[str, Counter[str]] = {}
    if filled < len(result.orders):
        for row in result.orders.plain():
            if row["code"]:
                reasons.setdefault(row["state"], Counter())[row["code"]] += 1
    fees: dict[str, Decimal] = {}
    slippage: dict[str, Decimal] = {}
    multipliers = {symbol: result.scenario.instrument(symbol).multiplier for symbol in result.scenario.market}
    for row in result.fills.plain():
        currency = row["currency"]
        worse = Decimal(row["price"]) - Decimal(row["reference_price"])
        if row["side"] == "SELL":
            worse = -worse
        paid = worse * Decimal(row["quantity"]) * multipliers[row["symbol"]]
        slippage[currency] = slippage.get(currency, _ZERO) + paid
        currency = row["fee_currency"] or currency
        fees[currency] = fees.get(currency, _ZERO) + Decimal(row["fee"])
    return Tally(
        ended={state: count for state, count in ended.items() if count},
        reasons={OrderState(state): dict(counter.most_common()) for state, counter in reasons.items()},
        fees=fees,
        slippage=slippage,
    )
