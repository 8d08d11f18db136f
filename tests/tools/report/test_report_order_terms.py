from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.orders import Contingency, OffsetUnit, OrderTerms, PegTo
from tradepit.tools.report.order_terms import terms_in_words
from tradepit.tools.report.stamps import Stamps


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, ""),
        ({"trail_offset": Decimal(200), "offset_unit": OffsetUnit.BPS}, "trails by 200 bps"),
        (
            {"trail_offset": Decimal(10), "limit_offset": Decimal(2), "offset_unit": OffsetUnit.TICKS},
            "trails by 10 ticks, limit 2 ticks beyond its trigger",
        ),
        ({"display_quantity": Decimal(50), "post_only": True}, "shows 50, post-only"),
        ({"peg_to": PegTo.MID}, "pegged to mid"),
        ({"peg_to": PegTo.BID, "peg_offset": Decimal("0.01")}, "pegged to bid, 0.01 off it"),
        ({"expires_at": 60 * 10**9}, "until 1970-01-01 00:01:00"),
        (
            {"parent_id": "s-1", "group": "exits", "contingency": Contingency.OUO, "reduce_only": True},
            "reduce-only, after s-1, OUO group exits",
        ),
        (
            {"venue": "ARCA", "stop_loss": Decimal(95), "take_profit": Decimal("106.5")},
            "only ARCA, stop loss 95.00, take profit 106.50",
        ),
    ],
)
def test_terms_are_told_in_words(terms: dict[str, Any], words: str) -> None:
    assert terms_in_words(OrderTerms(**terms), Stamps(UTC)) == words


def test_a_plain_order_has_no_words_for_its_terms() -> None:
    assert terms_in_words(None, Stamps(UTC)) == ""
