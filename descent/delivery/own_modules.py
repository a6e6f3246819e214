"""What each scene file imports of its project, kept apart from what other scene files import in the same process.

A worker plans and draws films of several files. If what one file imports stayed loaded, it would be taken for an
import of the next, and a change of it would make films stale that never heard of it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

from descent.base.user_code import belongs_to_a_project


@dataclass(slots=True)
class OwnModules:
    """A scene file's modules, loaded while it has its turn, and only then.

    Attributes:
        loaded: The modules by name, as they were when its last turn ended: the next finds the same objects.
    """

    loaded: dict[str, ModuleType] = field(default_factory=dict)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have these modules loaded, and keep those of a project that are loaded meanwhile.

        What was loaded before is left as it is, and is there again afterwards.
        """
        before = dict(sys.modules)
        sys.modules.update(self.loaded)
        try:
            yield
        finally:
            now = dict(sys.modules)
            own = [name for name, module in now.items() if before.get(name) is not module]
            self.loaded = {name: now[name] for name in own if belongs_to_a_project(name, now[name])}
            for name in self.loaded:
                if name in before:
                    sys.modules[name] = before[name]
                else:
                    del sys.modules[name]
