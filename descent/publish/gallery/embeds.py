"""Snippets that put a film into a page, a deck or a document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jinja2 import Environment, StrictUndefined

_BLOCKS = {
    "HTML": """\
<video controls preload="none" width="{{ width }}" height="{{ height }}" style="max-width: 100%; height: auto"
       poster="{{ poster | e }}" src="{{ film | e }}" aria-label="{{ title | e }}">
  <track default kind="captions" srclang="{{ language | e }}" src="{{ captions | e }}">
</video>
""",
    "Markdown": """\
[![{{ title | markdown }}]({{ moving or poster }})]({{ film }})
""",
    "reveal.js": """\
<section data-background-color="{{ background }}">
  <video class="r-stretch" controls data-autoplay poster="{{ poster | e }}" src="{{ film | e }}"
         aria-label="{{ title | e }}">
    <track default kind="captions" srclang="{{ language | e }}" src="{{ captions | e }}">
  </video>
</section>
""",
    "Quarto": """\
{% raw %}{{<{% endraw %} video {{ film }} title="{{ title | shortcode }}" aspect-ratio="16x9" >}}
""",
    "LaTeX": """\
% in the preamble: \\usepackage{graphicx, multimedia}
\\begin{frame}{ {{- title | latex -}} }
  \\movie[width=\\textwidth, height={{ ratio }}\\textwidth, showcontrols]
    {\\includegraphics[width=\\textwidth]{ {{- poster_file -}} } }{ {{- film_file -}} }
\\end{frame}
""",
    "Page to take hold of": """\
<iframe src="{{ page | e }}" title="{{ title | e }}" sandbox="{{ sandbox }}" loading="lazy"
        style="width: 100%; height: 45rem; border: 0"></iframe>
""",
}
_PAGE = "Page to take hold of"
_LATEX = MappingProxyType(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}"}
    | {">": r"\textgreater{}", "−": "$-$", "×": r"$\times$"}
)


@dataclass(frozen=True, slots=True)
class Embed:
    """A snippet: the kind of document it is for, and its text."""

    name: str
    text: str


def embeds(values: Mapping[str, object]) -> tuple[Embed, ...]:
    """The snippets of a film.

    Args:
        values: title, width, height, ratio (height over width), language, background; film, poster, captions and
            moving (a GIF, or None) as percent-encoded addresses; film_file and poster_file as plain names, for LaTeX;
            page as the address of a page to take hold of, or None, and sandbox, what that may do in a frame.
    """
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    jinja.filters |= {"markdown": markdown, "latex": latex, "shortcode": shortcode}
    blocks = {name: text for name, text in _BLOCKS.items() if name != _PAGE or values["page"]}
    return tuple(Embed(name, jinja.from_string(text).render(values)) for name, text in blocks.items())


def markdown(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> print(markdown("a*b [c] <d>"))
    a\*b \[c\] &lt;d>
    """
    return re.sub(r"([\\`*_\[\]!|])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")


def latex(text: str) -> str:
    r"""Text that LaTeX sets as it is.

    >>> print(latex("50% of w_1 & −3"))
    50\% of w\_1 \& $-$3
    """
    return "".join(_LATEX.get(character, character) for character in text)


def shortcode(text: str) -> str:
    """Text for a quoted value of a Quarto shortcode, which knows no escapes: what could end the value is replaced.

    >>> print(shortcode('the "edge" of {{< stability >}}'))
    the ”edge” of stability
    """
    return " ".join(re.sub(r"[\\{}<>]", "", text).replace('"', "”").split())
