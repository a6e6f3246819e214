"""The directive of Sphinx: what pages ask for is collected as they are read, made at once, and shown in them."""

import filecmp
import os
import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from docutils import nodes  # type: ignore[import-untyped]
from docutils.parsers.rst import directives  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from descent.base.errors import DescentError
from descent.publish.docs.asked import OPTIONS, THEMES, Asked, read_asked
from descent.publish.docs.folder import MediaFolder
from descent.publish.docs.html import media_html
from descent.publish.docs.make import Shown, committed, make
from descent.publish.docs.race import SceneMaker

OUTPUT = "_descent"
"""Folder of a built site that holds its media."""

_TEMPLATES = Path(__file__).with_name("templates")
_LOG = logging.getLogger(__name__)


class DescentMedia(nodes.General, nodes.Element):  # type: ignore[misc]
    """Where a page shows a medium; ``asked`` says which."""


class DescentDirective(SphinxDirective):
    """``descent``: a film, a moving picture, a still or a figure, of a film or of a race described here."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(OPTIONS, directives.unchanged),
        "silent": directives.flag,
        "class": directives.class_option,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """A figure with a caption, or the medium alone."""
        options = {name: text for name, text in self.options.items() if name in OPTIONS}
        page = Path(self.env.doc2path(self.env.docname)).parent
        try:
            asked = read_asked(
                " ".join(self.arguments), options, page, Path(self.env.srcdir), self.config.descent_theme
            )
        except DescentError as error:
            _LOG.warning("%s", error, location=self.get_location(), type="descent", subtype="asked")
            return []
        medium = DescentMedia(asked=asked, classes=["descent-media"])
        self.set_source_info(medium)
        shown: nodes.Element = medium
        if asked.caption:
            words, messages = self.state.inline_text(asked.caption, self.lineno)
            shown = nodes.figure("", medium, nodes.caption(asked.caption, "", *words), *messages)
            self.set_source_info(shown)
        shown["classes"] += self.options.get("class", [])
        self.add_name(shown)
        return [shown]


class _Collector(EnvironmentCollector):
    """Keeps what each page asks for, and where, from one build to the next and from one process to another."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        _asked(env).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: Any, other: BuildEnvironment) -> None:
        _asked(env).update({name: found for name, found in _asked(other).items() if name in docnames})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        found = [(node["asked"], node.line) for node in doctree.findall(DescentMedia)]
        if found:
            _asked(app.env)[app.env.docname] = found


def _asked(env: BuildEnvironment) -> dict[str, list[tuple[Asked, int | None]]]:
    """What pages ask for, by page, each with its line."""
    if not hasattr(env, "descent_asked"):
        env.descent_asked = {}  # type: ignore[attr-defined]
    found: dict[str, list[tuple[Asked, int | None]]] = env.descent_asked  # type: ignore[attr-defined]
    return found


class Extension:
    """The directive in one build of a site.

    Args:
        scene_of: Makes films of races.
    """

    def __init__(self, scene_of: SceneMaker) -> None:
        self._scene_of = scene_of
        self._folder: MediaFolder | None = None
        self._shown: dict[Asked, Shown] = {}

    def connect(self, app: Sphinx) -> None:
        """Add everything to Sphinx."""
        app.add_config_value("descent_media_dir", OUTPUT, "env", str)
        app.add_config_value("descent_render", os.environ.get("READTHEDOCS") != "True", "", bool)
        app.add_config_value("descent_theme", "auto", "env", str)
        app.add_config_value("descent_jobs", 0, "", int)
        app.add_directive("descent", DescentDirective)
        app.add_node(DescentMedia, html=(self._visit_html, _depart))
        app.add_env_collector(_Collector)
        app.add_post_transform(_still_where_nothing_plays(self))
        app.connect("config-inited", _check)
        app.connect("builder-inited", _add_script)
        app.connect("env-updated", self._make)

    def shown(self, asked: Asked) -> Shown:
        """What there is to show of a request."""
        return self._shown.get(asked, Shown())

    @property
    def folder(self) -> Path:
        """Where media are."""
        assert self._folder is not None
        return self._folder.path

    def _make(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Make what is stale, or find what is committed; returns the pages to write again."""
        pages = _asked(env)
        self._folder = MediaFolder(Path(app.confdir) / app.config.descent_media_dir)
        asked = list(dict.fromkeys(each for found in pages.values() for each, _ in found))
        if not asked:
            return []
        if app.config.descent_render:
            cache = Path(app.doctreedir) / "descent"
            jobs = app.config.descent_jobs or None
            told = lambda sentence: _LOG.info("descent: %s", sentence)  # noqa: E731
            self._shown = make(asked, self._folder, Path(app.srcdir), self._scene_of, cache, jobs, told)
        else:
            self._shown = committed(asked, self._folder)
        for page, found in pages.items():
            for each, line in found:
                if problem := self._shown[each].problem:
                    _LOG.warning("%s", problem, location=(page, line), type="descent", subtype="media")
        if _plays(app.builder):
            self._copy(Path(app.outdir) / OUTPUT)
        return [page for page, found in pages.items() if any(self._shown[each].made for each, _ in found)]

    def _copy(self, output: Path) -> None:
        names = {name for shown in self._shown.values() for medium in shown.media for name in medium.names}
        if names:
            output.mkdir(parents=True, exist_ok=True)
        for name in sorted(names):
            source, target = self.folder / name, output / name
            if not (target.is_file() and filecmp.cmp(source, target, shallow=False)):
                shutil.copyfile(source, target)

    def _visit_html(self, translator: HTML5Translator, node: DescentMedia) -> None:
        asked = node["asked"]
        media = self.shown(asked).media
        place = posixpath.normpath(posixpath.join(translator.builder.imgpath, "..", OUTPUT))
        translator.body.append(translator.starttag(node, "div"))
        if media:
            translator.body.append(media_html(asked, media, lambda name: f"{place}/{quote(name)}"))
        else:
            translator.body.append(f"<p><em>{translator.encode(asked.alt or asked.name)}</em></p>")
        translator.body.append("</div>\n")


def _depart(translator: HTML5Translator, node: DescentMedia) -> None:
    """All is said as it is visited."""


def _plays(builder: Builder) -> bool:
    """Whether a builder makes pages that can play films: those of a browser."""
    return builder.format == "html" and builder.name != "epub"


def _still_where_nothing_plays(extension: Extension) -> type[SphinxPostTransform]:
    class StillWhereNothingPlays(SphinxPostTransform):
        """A picture instead of a medium, for paper and for text."""

        default_priority = 90  # before Sphinx chooses and converts pictures

        def run(self, **_: Any) -> None:
            if _plays(self.app.builder):
                return
            for node in list(self.document.findall(DescentMedia)):
                node.replace_self(list(self._pictures(node["asked"])))

        def _pictures(self, asked: Asked) -> Iterator[nodes.Node]:
            media = extension.shown(asked).media
            words = asked.alt or (media[0].alt if media else asked.name)
            if not media:
                yield nodes.paragraph("", "", nodes.emphasis("", words))
                return
            source = extension.folder / (media[0].still or media[0].file)
            file = _as_png(source, Path(self.app.doctreedir) / "descent" / "stills")
            uri = Path(os.path.relpath(file, self.app.srcdir)).as_posix()
            self.env.images.add_file(self.env.docname, uri)
            image = nodes.image(uri=uri, alt=words, candidates={"*": uri})
            if asked.width:
                image["width"] = f"{min(100, round(100 * media[0].width / 1280))}%"
            yield image

    return StillWhereNothingPlays


def _as_png(source: Path, folder: Path) -> Path:
    """A picture that LaTeX takes."""
    from PIL import Image

    target = folder / f"{source.stem}.png"
    if not target.is_file() or target.stat().st_mtime < source.stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        with Image.open(source) as picture:
            picture.convert("RGB").save(target)
    return target


def _check(app: Sphinx, config: Any) -> None:
    if config.descent_theme not in THEMES:
        _LOG.warning("descent_theme is %r, but takes %s.", config.descent_theme, ", ".join(THEMES), type="descent")
        config.descent_theme = "auto"


def _add_script(app: Sphinx) -> None:
    if _plays(app.builder):
        app.config.html_static_path.append(str(_TEMPLATES))
        app.add_js_file("descent.js", loading_method="defer")
