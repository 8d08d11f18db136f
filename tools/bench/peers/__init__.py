"""Other engines doing the bench's works. Each file runs in that engine's own environment and needs nothing of ours."""
