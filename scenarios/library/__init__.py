"""Scenarios that come with Tradepit, and the strategies that they use."""
