"""Whether all sides did the same work: the same count and fills, and the same equity at the end.

A ratio of speeds says nothing when one side traded something else. The plain loop is the reference, for it is short
enough to be read.
"""

from tradepit.tools.bench.rounds import Round

EQUITY_TOLERANCE = 0.01
"""How far apart final equities may be: a cent on a million, for sides that sum prices in floats."""


def disagreement(found: Round, reference: Round) -> str:
    """Tell in which figures a side differs from the reference, or "" when it did the same work."""
    parts = [
        f"{name.replace('_', ' ')} {getattr(found, name):,} instead of {getattr(reference, name):,}"
        for name in ("count", "fills")
        if getattr(found, name) != getattr(reference, name)
    ]
    # Asked this way round, an equity that is not a number differs too.
    if not abs(found.final_equity - reference.final_equity) <= EQUITY_TOLERANCE:
        parts.append(f"final equity {found.final_equity:,.2f} instead of {reference.final_equity:,.2f}")
    return "; ".join(parts)
