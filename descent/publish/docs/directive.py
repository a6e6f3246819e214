"""The directive of Sphinx: what pages ask for is collected as they are read, made at once, and shown in them."""

import filecmp
import os
import posixpath
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
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
from descent.publish.docs.folder import MediaFolder, Medium
from descent.publish.docs.formats import FORMATS
from descent.publish.docs.html import OUTPUT, RENDERS, SCRIPT, media_html
from descent.publish.docs.make import Shown, committed, make
from descent.publish.docs.race import SceneMaker
from descent.publish.docs.scraper import IGNORED
from descent.publish.docs.stills import as_png, size_of

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
            caption = nodes.caption(asked.caption, "", *words)
            self.set_source_info(caption)  # which a translation needs too
            shown = nodes.figure("", medium, caption, *messages)
            self.set_source_info(shown)
        shown["classes"] += asked.classes.split()
        self.add_name(shown)
        return [shown]


class FileDirective(SphinxDirective):
    """``descent-file``: a film or a moving picture that is there already, with its last picture and captions beside it.

    The scraper for sphinx-gallery writes it.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """The medium."""
        name, _ = self.env.relfn2path(self.arguments[0])
        file = Path(self.env.srcdir) / name
        still, captions = (file.with_suffix(suffix) for suffix in (".png", ".vtt"))
        lacking = [str(each) for each in (file, still) if not each.is_file()]
        if lacking:
            _LOG.warning("there is no file %s.", lacking[0], location=self.get_location(), type="descent")
            return []
        kind = next((row for row in FORMATS.values() if row.moves and row.suffix == file.suffix), FORMATS["film"])
        beside = Path(name).with_suffix(".png").as_posix(), Path(name).with_suffix(".vtt").as_posix()
        own = Medium(
            "light",
            name,
            *size_of(still),
            self.options.get("alt", file.stem),
            beside[0],
            beside[1] * captions.is_file(),
        )
        medium = DescentMedia(asked=Asked(kind, theme="light"), own=own, classes=["descent-media"])
        self.set_source_info(medium)
        return [medium]


class _Collector(EnvironmentCollector):
    """Keeps what each page asks for, and where, from one build to the next and from one process to another."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        _asked(env).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: Any, other: BuildEnvironment) -> None:
        _asked(env).update({name: found for name, found in _asked(other).items() if name in docnames})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        found = [_Place(node["asked"], node.line, node.get("own")) for node in doctree.findall(DescentMedia)]
        if found:
            _asked(app.env)[app.env.docname] = found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page shows a medium: what it asks for, in which line, or the medium that is there already."""

    asked: Asked
    line: int | None
    own: Medium | None


def _asked(env: BuildEnvironment) -> dict[str, list[_Place]]:
    """The places of all pages, by page."""
    if not hasattr(env, "descent_asked"):
        env.descent_asked = {}  # type: ignore[attr-defined]
    found: dict[str, list[_Place]] = env.descent_asked  # type: ignore[attr-defined]
    return found


def _last_shown(env: BuildEnvironment) -> dict[str, dict[Asked, tuple[Medium, ...]]]:
    """What each builder's last build showed of each request: pages that now show something else are written again."""
    if not hasattr(env, "descent_shown"):
        env.descent_shown = {}  # type: ignore[attr-defined]
    found: dict[str, dict[Asked, tuple[Medium, ...]]] = env.descent_shown  # type: ignore[attr-defined]
    return found


class Extension:
    """The directive in one build of a site.

    Args:
        scene_of: Makes films of races.
    """

    def __init__(self, scene_of: SceneMaker) -> None:
        self._scene_of = scene_of
        self._folder = self._sources = self.stills = Path()
        self.plays = True
        self._shown: dict[Asked, Shown] = {}

    def connect(self, app: Sphinx) -> None:
        """Add everything to Sphinx."""
        app.add_config_value("descent_media_dir", OUTPUT, "env", str)
        app.add_config_value("descent_render", RENDERS, "", bool)
        app.add_config_value("descent_theme", "auto", "env", str)
        app.add_config_value("descent_jobs", 0, "", int)
        app.add_directive("descent", DescentDirective)
        app.add_directive("descent-file", FileDirective)
        app.add_node(DescentMedia, html=(self._visit_html, _depart))
        app.add_env_collector(_Collector)
        app.add_post_transform(_still_where_nothing_plays(self))
        app.connect("config-inited", _check, priority=5)  # before sphinx-gallery
        app.connect("builder-inited", _add_script)
        app.connect("env-updated", self._make)

    def media(self, node: DescentMedia) -> tuple[Path, tuple[Medium, ...]]:
        """What there is to show in a place, and the folder that it is in."""
        if own := node.get("own"):
            return self._sources, (own,)
        return self._folder, self._shown.get(node["asked"], Shown()).media

    def _make(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Make what is stale, or find what is committed; returns the pages to write again."""
        pages = _asked(env)
        if not app.builder.format:  # it checks links, or collects texts to translate: it shows nothing
            return []
        self._sources, self._folder = Path(app.srcdir), Path(app.confdir) / app.config.descent_media_dir
        self.stills, self.plays = Path(app.doctreedir) / "descent" / "stills", _plays(app.builder)
        places = [(page, place) for page, found in pages.items() for place in found]
        self._shown = self._found(app, list(dict.fromkeys(place.asked for _, place in places if not place.own)))
        for page, place in places:
            if not place.own and (problem := self._shown[place.asked].problem):
                _LOG.warning("%s", problem, location=(page, place.line), type="descent", subtype="media")
        if self.plays:
            made = [(self._folder, medium) for shown in self._shown.values() for medium in shown.media]
            own = [(self._sources, place.own) for _, place in places if place.own]
            _copy({folder / name: name for folder, medium in [*made, *own] for name in medium.names}, app)
        before = _last_shown(env).get(app.builder.name, {})
        now = {asked: shown.media for asked, shown in self._shown.items()}
        _last_shown(env)[app.builder.name] = now
        return sorted({page for page, place in places if not place.own and before.get(place.asked) != now[place.asked]})

    def _found(self, app: Sphinx, asked: list[Asked]) -> dict[Asked, Shown]:
        """What there is to show, made where it is stale; as it is committed where rendering is off."""
        if not asked:
            return {}
        cache, jobs = Path(app.doctreedir) / "descent", app.config.descent_jobs or None
        told = partial(_LOG.info, "descent: %s")
        try:
            folder = MediaFolder(self._folder)
            if not app.config.descent_render:
                return committed(asked, folder)
            return make(asked, folder, self._sources, self._scene_of, cache, jobs, told)
        except DescentError as error:
            _LOG.warning("%s", error, type="descent", subtype="media")
            return dict.fromkeys(asked, Shown())

    def _visit_html(self, translator: HTML5Translator, node: DescentMedia) -> None:
        asked, (folder, media) = node["asked"], self.media(node)
        place = posixpath.normpath(posixpath.join(translator.builder.imgpath, "..", OUTPUT))
        translator.body.append(translator.starttag(node, "div"))
        if media:
            translator.body.append(media_html(asked, media, folder, lambda name: f"{place}/{quote(name)}"))
        else:
            translator.body.append(f"<p><em>{translator.encode(asked.alt or asked.name)}</em></p>")
        translator.body.append("</div>\n")


def _copy(files: Mapping[Path, str], app: Sphinx) -> None:
    """Copy files to where a site has its media, each under its name there; those that are there stay."""
    for source, name in sorted(files.items()):
        target = Path(app.outdir) / OUTPUT / name
        if not (target.is_file() and filecmp.cmp(source, target, shallow=False)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


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
            if extension.plays:
                return
            for node in list(self.document.findall(DescentMedia)):
                node.replace_self(list(self._pictures(node)))

        def _pictures(self, node: DescentMedia) -> Iterator[nodes.Node]:
            asked, (folder, media) = node["asked"], extension.media(node)
            words = asked.alt or (media[0].alt if media else asked.name)
            if not media:
                yield nodes.paragraph("", "", nodes.emphasis("", words))
                return
            source = folder / (media[0].still or media[0].file)
            file = as_png(source, extension.stills)
            uri = Path(os.path.relpath(file, self.env.srcdir)).as_posix()
            self.env.images.add_file(self.env.docname, uri)
            yield nodes.image(uri=uri, alt=words, candidates={"*": uri}, width=f"{_share(media[0])}%", ids=node["ids"])

    return StillWhereNothingPlays


def _share(medium: Medium) -> int:
    """How much of a line a picture takes on paper, in percent."""
    return min(100, round(100 * medium.width / 1280))


def _check(app: Sphinx, config: Any) -> None:
    gallery = getattr(config, "sphinx_gallery_conf", None)
    if gallery and "descent" in gallery.get("image_scrapers", ()):  # shown by the scraper, they need no second picture
        known = gallery.get("ignore_repr_types")
        gallery["ignore_repr_types"] = f"{known}|{IGNORED}" if known else IGNORED
    if config.descent_theme not in THEMES:
        _LOG.warning("descent_theme is %r, but takes %s.", config.descent_theme, ", ".join(THEMES), type="descent")
        config.descent_theme = "auto"


def _add_script(app: Sphinx) -> None:
    if _plays(app.builder):
        app.config.html_static_path.append(str(SCRIPT))
        app.add_js_file(SCRIPT.name, loading_method="defer")
