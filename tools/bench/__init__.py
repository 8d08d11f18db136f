"""How fast Tradepit is, beside the plain loops that do the bare work and beside other engines on the same machine."""
