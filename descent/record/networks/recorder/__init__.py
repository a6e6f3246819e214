"""A training loop of one's own, recorded while it runs and read again."""
