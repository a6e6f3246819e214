"""Scenes: beats of speech over maps, panels and landscapes."""
