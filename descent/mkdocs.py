"""The plugin of MkDocs: ``plugins: [search, descent]``, and fences ```` ```{descent} ```` show what they name."""

from descent.animate.in_docs import race_scene
from descent.publish.docs.plugin import Plugin

__all__ = ["DescentPlugin"]


class DescentPlugin(Plugin):  # type: ignore[no-untyped-call]
    """Shows what fences ask for; MkDocs makes one of these."""

    def __init__(self) -> None:
        super().__init__(race_scene)
