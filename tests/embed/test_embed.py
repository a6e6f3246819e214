"""`descent gif --embed`: what it makes, what it prints, and which file a browser takes of it."""

import base64
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import Tab
from click.testing import Result
from embedding import LOOPS, Gif, states
from manim import BLUE
from PIL import Image

from descent.base.errors import DescentError
from descent.look.palette import DARK, LIGHT
from descent.publish.docs.embed import alt_text, picture

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


class Tags(HTMLParser):
    """The tags of HTML with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))


def told(result: Result) -> str:
    assert isinstance(result.exception, DescentError), result.output
    return str(result.exception)


def test_a_new_folder_gets_all_that_a_page_needs_and_nothing_but_html_is_printed(site: Path) -> None:
    names = sorted(path.name for path in (site / LOOPS).iterdir())
    kinds = ("-still.webp", ".avif", ".webp")
    assert names == sorted([*(f"Toy{theme}{kind}" for theme in ("", "-light") for kind in kinds), "gifs.json"])
    printed = (site / "snippet.html").read_text(encoding="utf-8")
    assert printed.startswith("<picture>\n")
    assert printed.endswith("</picture>\n")
    assert "docs/my%20loops/Toy-light.webp" in printed
    (shown,) = (attributes for tag, attributes in Tags(printed).tags if tag == "img")
    assert shown["alt"] == 'A “toy” & <more>. It\'s "blue" & wide.'
    assert (shown["width"], shown["height"]) == ("96", "54")


def test_a_still_is_the_last_picture(site: Path) -> None:
    with Image.open(site / LOOPS / "Toy.webp") as moving, Image.open(site / LOOPS / "Toy-still.webp") as still:
        moving.seek(moving.n_frames - 1)
        assert not getattr(still, "is_animated", False)
        for place in ((2, 2), (48, 27)):  # the ground, and the square in the middle
            pair = zip(moving.convert("RGB").getpixel(place), still.convert("RGB").getpixel(place), strict=True)
            assert max(abs(one - other) for one, other in pair) <= 12


def test_each_format_and_theme_is_fresh_or_stale_by_itself(gif: Gif, site: Path) -> None:
    assert gif("-o", LOOPS, "--check").exit_code == 0
    (site / LOOPS / "Toy-light.avif").write_bytes(b"damaged")
    (site / LOOPS / "Toy-still.webp").unlink()
    checked = gif("-o", LOOPS, "--check", "--json")
    assert checked.exit_code == 1
    stale = {name for name, state in states(checked).items() if state == "stale"}
    assert stale == {"Toy-light.avif", "Toy-still.webp"}
    kept = {path.name: path.stat().st_mtime_ns for path in (site / LOOPS).iterdir() if path.name not in stale}
    made = gif("-o", LOOPS, "--json")
    assert {name for name, state in states(made).items() if state == "made"} == stale
    del kept["gifs.json"]
    assert {name: (site / LOOPS / name).stat().st_mtime_ns for name in kept} == kept
    assert gif("-o", LOOPS, "--check").exit_code == 0


def test_what_the_settings_leave_out_is_kept_fresh_no_more(gif: Gif, site: Path) -> None:
    assert gif("-o", LOOPS, "--check", "--format", "webp", "--theme", "dark").exit_code == 0
    before = (site / LOOPS / "gifs.json").read_bytes()
    left = gif("-o", LOOPS, "--format", "webp", "--theme", "dark")
    assert left.stdout == f"{LOOPS}/Toy.webp  (nothing changed)\n"
    assert left.stderr.count("is not kept fresh any more") == 5
    assert (site / LOOPS / "gifs.json").read_bytes() != before
    (site / LOOPS / "Toy.avif").unlink()
    assert gif("-o", LOOPS, "--check").stdout == f"{LOOPS}/Toy.webp  (nothing changed)\n"


def test_a_folder_that_has_settings_keeps_them_and_gets_stills(gif: Gif, site: Path) -> None:
    note = site / LOOPS / "gifs.json"
    noted = json.loads(note.read_text(encoding="utf-8"))
    noted["settings"] |= {"theme": "dark", "formats": ["webp"]}
    note.write_text(json.dumps(noted), encoding="utf-8")
    shown = gif("--embed", "-o", LOOPS)
    assert shown.stdout.splitlines()[1:-1] == [
        '  <source media="(prefers-reduced-motion: reduce)" srcset="docs/my%20loops/Toy-still.webp" type="image/webp">',
        next(line for line in shown.stdout.splitlines() if 'src="docs/my%20loops/Toy.webp"' in line),
    ]
    assert f"{LOOPS}/Toy.webp  (nothing changed)\n" in shown.stderr
    assert json.loads(note.read_text(encoding="utf-8"))["settings"]["formats"] == ["webp", "still"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", LOOPS, "--embed", "--check"], "--check makes nothing"),
        (["-o", LOOPS, "--embed", "--json"], "--json prints something else"),
        (
            ["Toy", "-o", "a.avif", "--embed"],
            "--embed looks into a folder and its gifs.json; give a folder, not a.avif.",
        ),
        (["Toy", "-o", "a.avif", "--check"], "--check looks into a folder"),
        (["Toy", "-o", "a.gif", "--format", "avif"], "a.gif is one GIF file; leave --format out, or give a folder."),
        (["Toy", "-o", "a.webp", "--theme", "auto"], "a.webp is one file, which has one theme, not auto"),
        (["Toy", "-o", "a.png"], "a moving picture ends in .gif, .webp or .avif, so it cannot be 'a.png'"),
        (["Toy", "-o", LOOPS, "--theme", "drak"], "did you mean 'dark'?"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(gif: Gif, site: Path, words: list[str], sentence: str) -> None:
    before = sorted(site.rglob("*.*"))
    assert sentence in told(gif(*words))
    assert sorted(site.rglob("*.*")) == before


@pytest.mark.parametrize(
    ("options", "file", "width"),
    [
        ({"color_scheme": "dark"}, "Toy.avif", 1280),
        ({"color_scheme": "light"}, "Toy-light.avif", 60),
        ({"color_scheme": "dark", "reduced_motion": "reduce"}, "Toy-still.webp", 390),
        ({"color_scheme": "light", "reduced_motion": "reduce"}, "Toy-light-still.webp", 390),
    ],
)
def test_a_browser_takes_the_file_that_its_reader_asked_for(
    site: Path, tab: Tab, options: dict[str, str], file: str, width: int
) -> None:
    page = tab(viewport={"width": width, "height": 300}, **options)
    (site / "page.html").write_text(f"<!doctype html>\n{(site / 'snippet.html').read_text('utf-8')}", encoding="utf-8")
    page.goto((site / "page.html").as_uri())
    image = page.locator("img")
    shown = image.evaluate("async i => { await i.decode(); return [i.currentSrc, i.naturalWidth, i.naturalHeight] }")
    assert (Path(shown[0]).name, shown[1:]) == (file, [96, 54])
    box = image.bounding_box()
    assert box is not None
    assert box["width"] == min(96, width - 16), "it has its natural size, or that of the page"
    assert box["height"] == pytest.approx(box["width"] * 54 / 96, abs=1)


@pytest.mark.parametrize("file", ["Toy.avif", "Toy.webp", "Toy-light.avif", "Toy-light-still.webp"])
def test_a_browser_shows_the_colours_that_were_drawn(site: Path, page, file: str) -> None:
    """Chromium reads some files otherwise than Pillow does; both must come to what was drawn."""
    kind = f"image/{file.rpartition('.')[2]}"
    data = base64.b64encode((site / LOOPS / file).read_bytes()).decode()
    page.set_content(f'<img src="data:{kind};base64,{data}">')
    read = """async places => {
        const image = document.images[0];
        await image.decode();
        const context = Object.assign(document.createElement("canvas"), {width: 96, height: 54}).getContext("2d");
        context.drawImage(image, 0, 0);
        return places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data]);
    }"""
    square = 48 if "still" in file else 28
    ground, blue = page.evaluate(read, [[2, 2], [square, 27]])
    theme = LIGHT if "light" in file else DARK
    for shown, drawn in ((ground, theme.background), (blue, BLUE.to_hex())):
        wanted = [int(drawn[k : k + 2], 16) for k in (1, 3, 5)]
        assert max(abs(one - other) for one, other in zip(shown, wanted, strict=False)) <= 8
        assert shown[3] == 255


def test_where_no_source_is_known_the_image_is_shown(site: Path, page) -> None:
    snippet = re.sub("image/avif|image/webp", "image/unknown", (site / "snippet.html").read_text("utf-8"))
    (site / "page.html").write_text(f"<!doctype html>\n{snippet}", encoding="utf-8")
    page.goto((site / "page.html").as_uri())
    assert page.locator("img").evaluate("i => i.currentSrc").endswith("/Toy-light.webp")


@pytest.mark.parametrize(("file", "kind"), [("Toy.avif", "image/avif"), ("Toy.webp", "image/webp")])
def test_a_browser_reads_every_picture_and_goes_round_without_end(site: Path, page, file: str, kind: str) -> None:
    (site / "page.html").write_text("<!doctype html>", encoding="utf-8")
    page.goto((site / "page.html").as_uri())
    read = """async ([text, type]) => {
        const decoder = new ImageDecoder({data: Uint8Array.from(atob(text), c => c.charCodeAt(0)), type});
        await decoder.tracks.ready;
        await decoder.completed;
        const track = decoder.tracks.selectedTrack;
        let length = 0;
        for (let frameIndex = 0; frameIndex < track.frameCount; frameIndex++)
            length += (await decoder.decode({frameIndex})).image.duration;
        return [track.frameCount, String(track.repetitionCount), length];
    }"""
    data = base64.b64encode((site / LOOPS / file).read_bytes()).decode()
    count, rounds, microseconds = page.evaluate(read, [data, kind])
    with Image.open(site / LOOPS / file) as moving:
        assert count == moving.n_frames > 1
        lengths = []
        for number in range(moving.n_frames):
            moving.seek(number)
            moving.load()
            lengths.append(moving.info["duration"])
    assert rounds == "Infinity"
    assert microseconds == pytest.approx(1000 * sum(lengths), abs=1000)


def test_words_and_addresses_are_escaped() -> None:
    odd = '"><script>alert(1)</script>&'
    made = picture({"light": [odd]}, {}, odd, (4, 3))
    assert "<script" not in made
    assert Tags(made).tags[1][1] == {
        "src": odd,
        "alt": odd,
        "width": "4",
        "height": "3",
        "style": "max-width: 100%; height: auto",
    }
    assert html.unescape(made).count(odd) == 2


def test_of_one_theme_nobodys_scheme_is_asked() -> None:
    made = picture({"dark": ["a.avif", "a.gif"]}, {"dark": "a-still.webp"}, "", (4, 3))
    assert made.splitlines() == [
        "<picture>",
        '  <source media="(prefers-reduced-motion: reduce)" srcset="a-still.webp" type="image/webp">',
        '  <source srcset="a.avif" type="image/avif">',
        '  <img src="a.gif" alt="" width="4" height="3" style="max-width: 100%; height: auto">',
        "</picture>",
    ]


def test_stills_alone_are_for_everybody() -> None:
    made = picture({}, {"dark": "d.png", "light": "l.png"}, "", (4, 3))
    assert made.splitlines()[1:-1] == [
        '  <source media="(prefers-color-scheme: dark)" srcset="d.png" type="image/png">',
        '  <img src="l.png" alt="" width="4" height="3" style="max-width: 100%; height: auto">',
    ]


def test_words_are_few_and_end_where_a_sentence_does() -> None:
    assert alt_text("Why?", []) == "Why?"
    told = alt_text("It falls", ["It falls again and again."] * 20)
    assert 150 < len(told) <= 200
    assert told == " ".join(["It falls.", *["It falls again and again."] * 7])
    assert alt_text("A", ["b" * 300, "C."]) == "A."
