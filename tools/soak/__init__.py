"""Random kernel systems, run in either dispatch mode and in real time: `python -m tradepit.tools.soak` (K6, K7, K15)."""
