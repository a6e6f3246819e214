"""Panels beside a map: curves over steps, legend, settings and their outcomes."""
