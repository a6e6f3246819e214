"""The code of one scene: its class and what of its file that needs, so that the excerpt runs on its own."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from descent.base.errors import DescentError


@dataclass(frozen=True, slots=True)
class SceneSource:
    """What a file says about one of its scenes.

    Attributes:
        summary: The class's docstring, first paragraph.
        code: The class and the definitions and imports it needs, as written.
        lesson: The file's docstring, first paragraph.
    """

    summary: str
    code: str
    lesson: str

    def highlighted(self) -> str:
        """The code as HTML, a span with a class per token."""
        return str(highlight(self.code, PythonLexer(), HtmlFormatter(nowrap=True)))


def scene_source(text: str, name: str) -> SceneSource:
    """Read a scene off its file, without executing it.

    Args:
        text: Text of the scene file.
        name: Name of the scene's class.

    Raises:
        DescentError: If the file does not define the class at its top level.
    """
    module = ast.parse(text)
    binding: dict[str, list[ast.stmt]] = {}
    for statement in module.body:
        for bound in _bound(statement):
            binding.setdefault(bound, []).append(statement)
    if name not in binding:
        raise DescentError(f"the scene {name} is not defined at the top level of its file.")
    scene = binding[name][-1]
    kept = {statement for statement in module.body if _binds_the_unseen(statement)}
    wanted = [scene]
    while wanted:
        statement = wanted.pop()
        if statement not in kept:
            kept.add(statement)
            wanted += [other for used in _used(statement) for other in binding.get(used, ())]
    return SceneSource(
        _first_paragraph(ast.get_docstring(scene) if isinstance(scene, ast.ClassDef) else None),
        _excerpt(text.splitlines(), [statement for statement in module.body if statement in kept]),
        _first_paragraph(ast.get_docstring(module)),
    )


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names that a top-level statement gives a meaning to."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _used(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _binds_the_unseen(statement: ast.stmt) -> bool:
    """Whether it is an import whose names cannot be told, or one that changes the language."""
    return isinstance(statement, ast.ImportFrom) and (
        statement.module == "__future__" or any(alias.name == "*" for alias in statement.names)
    )


def _excerpt(lines: list[str], statements: list[ast.stmt]) -> str:
    """The lines of statements, each with the comment and the empty lines above it."""
    out: list[str] = []
    written = 0
    for statement in statements:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        while first > written and lines[first - 1].startswith("#"):
            first -= 1
        while first > written and not lines[first - 1].strip():
            first -= 1
        last = statement.end_lineno or statement.lineno
        out += lines[max(first, written) : last]
        written = max(written, last)
    return "\n".join(out).strip("\n") + "\n"


def _first_paragraph(docstring: str | None) -> str:
    return " ".join((docstring or "").split("\n\n")[0].split())
