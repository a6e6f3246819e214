"""Landscapes: a loss surface as a lit block of land, drawn by OpenGL without a window, with runs on it."""
