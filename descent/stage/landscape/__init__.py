"""Runs on a loss surface as a landscape."""
