"""A film and a figure of every scheduler that torch ships."""
