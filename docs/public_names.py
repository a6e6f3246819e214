"""The directive ``public-names``: what a module offers, each name with its docstring."""

import ast
import importlib
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from descent import Surface


class PublicNames(SphinxDirective):
    """``.. public-names:: descent.stage`` documents what ``__all__`` of that module names, or all that it defines."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Document them: classes, functions, then data, each in the order of the alphabet."""
        name = self.arguments[0]
        return self.parse_text_to_nodes("\n".join(documented(name)))


def documented(name: str) -> Iterator[str]:
    """The reStructuredText of a module's public names."""
    found = {each: getattr(importlib.import_module(name), each) for each in public_names(name)}
    found = {each: value for each, value in found.items() if not isinstance(value, types.ModuleType)}  # have a page
    origins = _origins(name)
    yield from (f".. py:module:: {name}", "")
    for title, kind in (("Functions", "function"), ("Classes", "class"), ("Constants", "data")):
        of_kind = {each: value for each, value in sorted(found.items()) if _kind(value) == kind}
        if of_kind:
            yield from (f".. rubric:: {title}", "")
        for each, value in of_kind.items():
            if kind == "data":
                yield from _data(name, each, value, origins.get(each, name))
            else:
                yield from (f".. auto{kind}:: {name}.{each}", *([] if kind == "function" else ["   :members:"]), "")


def public_names(name: str) -> list[str]:
    """What a module offers: what it lists, or what it defines itself and does not hide."""
    module = importlib.import_module(name)
    own = [each for each, value in vars(module).items() if getattr(value, "__module__", "") == name]
    return sorted(getattr(module, "__all__", [each for each in own if not each.startswith("_")]))


def _kind(value: Any) -> str:
    if inspect.isclass(value):
        return "class"
    return "function" if isinstance(inspect.unwrap(value), types.FunctionType) else "data"


def _origins(name: str) -> dict[str, str]:
    """The module that each imported name comes from; a stub says so where imports are lazy."""
    file = Path(str(importlib.import_module(name).__file__))
    stub = file.with_suffix(".pyi")
    tree = ast.parse((stub if stub.is_file() else file).read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name: f"{name}.{node.module}" if node.level else str(node.module)
        for node in imports
        for alias in node.names
    }


def _data(name: str, each: str, value: Any, origin: str) -> Iterator[str]:
    yield from (f".. py:data:: {each}", f"   :module: {name}", f"   :type: {type(value).__name__}", "")
    if isinstance(value, Surface):
        yield from (f"   {line}" for line in _surface(value))
    else:
        told = ModuleAnalyzer.for_module(origin).find_attr_docs().get(("", each), [])
        yield from (f"   {line}" for line in told)
    yield ""


def _surface(surface: Surface) -> Iterator[str]:
    (left, right), (bottom, top) = surface.domain
    yield from (f"``{surface.formula}``. {surface.source}", "")
    minima = {0: "no minimum", 1: "one minimum"}.get(len(surface.minima), f"{len(surface.minima)} minima")
    yield f"Its view, w1 from {left:g} to {right:g} and w2 from {bottom:g} to {top:g}, has {minima} that descent names."


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the directive."""
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True}
