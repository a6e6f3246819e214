"""The live page: runs that a browser computes with torch's own steps, captured as graphs and emitted as code."""

from descent.publish.explore.page import explore

__all__ = ["explore"]
