"""The parts of a trading system, one actor a file; each is thin around the rules in `tradepit.models`.

The names under which they stand in a system are the defaults of their settings: `feed`, `strategy:NAME`,
`portfolio`, `orders`, `breaker`, `router`, `broker:VENUE`, `venue:VENUE`,
and `faults` where a scenario has some.
"""

PORTFOLIO = "portfolio"
ORDERS = "orders"
BREAKER = "breaker"
ROUTER = "router"
FEED = "feed"
FAULTS = "faults"


def strategy_name(strategy: str) -> str:
    """Return the name of a strategy's actor."""
    return f"strategy:{strategy}"


def broker_name(venue: str) -> str:
    """Return the name of the actor that holds the connection to a venue."""
    return f"broker:{venue}"


def venue_name(venue: str) -> str:
    """Return the name of a venue's actor."""
    return f"venue:{venue}"
