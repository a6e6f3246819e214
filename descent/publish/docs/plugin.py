"""The plugin of MkDocs: fences are collected as pages are read, their media made at once, and shown in them."""

from html import escape
from pathlib import Path
from typing import Any

from markdown import markdown as as_html  # type: ignore[import-untyped]
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from descent.base.errors import DescentError
from descent.publish.docs.asked import THEMES, Asked, read_asked
from descent.publish.docs.fence import Fence, fences
from descent.publish.docs.folder import MediaFolder
from descent.publish.docs.html import OUTPUT, RENDERS, SCRIPT, media_html
from descent.publish.docs.make import Shown, committed, make
from descent.publish.docs.race import SceneMaker

_LOG = get_plugin_logger("descent")


class Settings(Config):  # type: ignore[no-untyped-call]
    """What mkdocs.yml may say below ``descent:``."""

    media_dir = config_options.Type(str, default=OUTPUT)
    render = config_options.Type(bool, default=RENDERS)
    theme = config_options.Choice(THEMES, default="auto")
    jobs = config_options.Type(int, default=0)


class Plugin(BasePlugin[Settings]):  # type: ignore[no-untyped-call]
    """Shows what fences ask for.

    Args:
        scene_of: Makes films of races.
    """

    def __init__(self, scene_of: SceneMaker) -> None:
        super().__init__()
        self._scene_of = scene_of

    def on_config(self, config: MkDocsConfig, **_: Any) -> MkDocsConfig:
        """Begin a build."""
        self._asked: dict[str, tuple[Asked, str]] = {}
        self._shown: dict[Asked, Shown] = {}
        script = f"{OUTPUT}/{SCRIPT.name}"
        if script not in map(str, config.extra_javascript):
            config.extra_javascript.append(script)
        return config

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
        """Put a mark in the place of each fence."""
        lines = markdown.splitlines()
        before = len(page.file.content_string.splitlines()) - len(lines)  # of what MkDocs has taken off the top
        for fence in reversed(list(fences(lines))):
            where = f"{page.file.src_uri}:{before + fence.first + 1}"
            lines[fence.first : fence.last + 1] = self._marked(fence, where, page, config)
        return "\n".join(lines)

    def _marked(self, fence: Fence, where: str, page: Page, config: MkDocsConfig) -> list[str]:
        base = Path(config.docs_dir)
        folder = (base / page.file.src_uri).parent
        try:
            asked = read_asked(fence.argument, fence.options(), folder, base, self.config.theme)
        except DescentError as error:
            _LOG.warning(f"{where}: {error}")
            return []
        mark = f"<!-- descent {len(self._asked)} -->"
        self._asked[mark] = asked, where
        caption = f"<figcaption>{_inline(asked.caption)}</figcaption>" if asked.caption else ""
        element = "figure" if caption else "div"
        named = f' id="{escape(asked.anchor)}"' if asked.anchor else ""
        classes = escape(" ".join(["descent-media", *asked.classes.split()]))
        return ["", f'{fence.indent}<{element}{named} class="{classes}">{mark}{caption}</{element}>', ""]

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Make what is stale, or find what is committed, and have MkDocs copy it."""
        home = Path(config.config_file_path or "").resolve().parent
        cache, jobs = home / ".descent", self.config.jobs or None
        asked = list(dict.fromkeys(each for each, _ in self._asked.values()))
        try:
            folder = MediaFolder(home / self.config.media_dir)
            if asked and self.config.render:
                self._shown = make(asked, folder, Path(config.docs_dir), self._scene_of, cache, jobs, _LOG.info)
            else:
                self._shown = committed(asked, folder)
        except DescentError as error:
            raise PluginError(f"descent: {error}") from error
        self._folder = folder.path
        for each, where in self._asked.values():
            if problem := self._shown[each].problem:
                _LOG.warning(f"{where}: {problem}")
        names = {name for shown in self._shown.values() for medium in shown.media for name in medium.names}
        for file in (SCRIPT, *(folder.path / name for name in sorted(names))):
            files.append(File.generated(config, f"{OUTPUT}/{file.name}", abs_src_path=str(file)))

    def on_page_context(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Any) -> None:
        """Show in each place what there is."""
        content = page.content or ""
        for mark, (asked, _) in self._asked.items():
            if mark in content:
                media = self._shown[asked].media
                shown = f"<p><em>{escape(asked.alt or asked.name)}</em></p>"
                if media:
                    shown = media_html(
                        asked, media, self._folder, lambda name: get_relative_url(f"{OUTPUT}/{name}", page.url)
                    )
                content = content.replace(mark, shown)
        page.content = content


def _inline(text: str) -> str:
    """A line of Markdown as HTML, without the paragraph around it."""
    return str(as_html(text)).removeprefix("<p>").removesuffix("</p>")
