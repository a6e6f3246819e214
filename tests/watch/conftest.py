"""A film being watched, for the tests of this folder."""

from watch_film import film, project, watching

__all__ = ["film", "project", "watching"]
