"""Random kernel systems, run in both dispatch modes and compared: `python -m tradepit.tools.soak` (K6, K7)."""
