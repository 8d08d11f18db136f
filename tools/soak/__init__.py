"""Random kernel systems, run in both dispatch modes and in real time: `python -m tradepit.tools.soak`."""
