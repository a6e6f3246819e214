"""The Sphinx extension: ``extensions = ["descent.sphinx"]``, and the directive ``descent`` is there."""

from typing import Any

from sphinx.application import Sphinx

from descent.animate.in_docs import race_scene
from descent.publish.docs.directive import Extension

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive to Sphinx.

    Args:
        app: Sphinx, which calls this.

    Returns:
        That pages may be read and written in parallel.
    """
    Extension(race_scene).connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
