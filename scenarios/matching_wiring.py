"""Make a venue's matching books out of what a scenario says of its matching."""

from collections.abc import Mapping

import attrs

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.self_trade import Prevention
from tradepit.models.slippage import Slippage
from tradepit.models.trade_matching import TradeBook, TradeRules
from tradepit.scenarios.tree import BarsMatching, QuotesMatching, VenueSpec


@attrs.frozen(kw_only=True)
class Books:
    """A venue's books by symbol; each symbol has one, of the kind on which the venue matches.

    Attributes:
        bar_books: those that match on bars.
        quote_books: those that match on quotes.
        trade_books: those that match on trades.
    """

    bar_books: Mapping[str, BarBook]
    quote_books: Mapping[str, QuoteBook]
    trade_books: Mapping[str, TradeBook]

    @property
    def by_symbol(self) -> dict[str, BarBook | QuoteBook | TradeBook]:
        """Return all books."""
        return {**self.bar_books, **self.quote_books, **self.trade_books}


def matching_books(venue: VenueSpec, instruments: Mapping[str, Instrument], slippage: Slippage) -> Books:
    """Return a venue's books; its matching must be resolved."""
    matching = venue.matching
    prevention: Prevention = venue.self_trade_prevention.value
    bar_books: dict[str, BarBook] = {}
    quote_books: dict[str, QuoteBook] = {}
    trade_books: dict[str, TradeBook] = {}
    assert matching is not None
    if isinstance(matching, BarsMatching):
        bar_rules = BarRules(
            path=matching.path.value,
            market_price=matching.market_price.value,
            max_volume_share=matching.max_volume_share,
            touch_fills=matching.touch_fills,
            gap_price=matching.gap_price.value,
            arrival=matching.arrival.value,
            close_within_ns=matching.close_within,
            market_fills=matching.market_fills.value,
            sequence=matching.sequence.value,
            stop_limits=matching.stop_limits.value,
            trailing=matching.trailing.value,
            exits=matching.exits.value,
            slips=matching.slips.value,
            past_limit=matching.past_limit.value,
            past_bar=matching.past_bar.value,
            stale_after_ns=matching.stale_after,
            self_trade_prevention=prevention,
        )
        bar_books = {symbol: BarBook(listed, bar_rules, slippage) for symbol, listed in instruments.items()}
    elif isinstance(matching, QuotesMatching):
        quote_rules = QuoteRules(
            touch_fills=matching.touch_fills,
            depth=matching.depth,
            depth_size=matching.depth_size,
            crossed=matching.crossed.value,
            queue=matching.queue,
            self_trade_prevention=prevention,
        )
        quote_books = {symbol: QuoteBook(listed, quote_rules, slippage) for symbol, listed in instruments.items()}
    else:
        trade_rules = TradeRules(
            touch_fills=matching.touch_fills, queue_ahead=matching.queue_ahead, self_trade_prevention=prevention
        )
        trade_books = {symbol: TradeBook(listed, trade_rules, slippage) for symbol, listed in instruments.items()}
    return Books(bar_books=bar_books, quote_books=quote_books, trade_books=trade_books)
