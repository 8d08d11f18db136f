"""What only some orders carry, in words: offsets, groups, flags."""

from collections.abc import Iterator
from decimal import Decimal

from tradepit.models.orders import OffsetUnit, OrderTerms
from tradepit.tools.report.figures import exact, price
from tradepit.tools.report.stamps import Stamps

_UNITS = {OffsetUnit.PRICE: "", OffsetUnit.TICKS: " ticks", OffsetUnit.BPS: " bps"}


def terms_in_words(terms: OrderTerms | None, stamps: Stamps) -> str:
    """Return the terms of an order, parted by commas; empty for an order that has none."""
    return "" if terms is None else ", ".join(_words(terms, stamps))


def _words(terms: OrderTerms, stamps: Stamps) -> Iterator[str]:
    def offset(amount: Decimal) -> str:
        return f"{exact(amount)}{_UNITS[terms.offset_unit]}"

    if terms.trail_offset is not None:
        yield f"trails by {offset(terms.trail_offset)}"
    if terms.limit_offset is not None:
        yield f"limit {offset(terms.limit_offset)} beyond its trigger"
    if terms.display_quantity is not None:
        yield f"shows {exact(terms.display_quantity)}"
    if terms.peg_to is not None:
        yield f"pegged to {terms.peg_to.lower()}" + (f", {offset(terms.peg_offset)} off it" if terms.peg_offset else "")
    if terms.post_only:
        yield "post-only"
    if terms.reduce_only:
        yield "reduce-only"
    if terms.do_not_reduce:
        yield "do not reduce"
    if terms.expires_at is not None:
        yield f"until {stamps.text(terms.expires_at)}"
    if terms.parent_id is not None:
        yield f"after {terms.parent_id}"
    if terms.group is not None:
        yield f"{terms.contingency or ''} group {terms.group}".lstrip()
    if terms.venue is not None:
        yield f"only {terms.venue}"
    if terms.stop_loss is not None:
        yield f"stop loss {price(terms.stop_loss)}"
    if terms.take_profit is not None:
        yield f"take profit {price(terms.take_profit)}"
