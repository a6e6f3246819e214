"""Runs become arrays: surfaces, real torch optimizers and schedulers, what they did, and what may be said of it."""
