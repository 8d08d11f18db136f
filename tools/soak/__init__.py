"""Random kernel systems, run in both dispatch modes, and in real time, and compared: `python -m tradepit.tools.soak` (K6, K7)."""
