"""Sources of market data: files, samples, synthetic markets."""
