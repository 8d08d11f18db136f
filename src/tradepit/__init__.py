"""Tradepit: a trading pit you can crash on purpose and replay bit for bit."""
