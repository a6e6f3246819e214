"""Many runs at once: batches, basins of attraction, sweeps of settings."""
