"""The site in Chromium: films play, seek and show captions; everyone can read and use every page."""

import json
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from descent.look.palette import THEMES

FILMS = ("Walks", pytest.param("Decays", marks=pytest.mark.matrix), "Übel")
PAGES = ("index.html", "films/Walks.html")
LOOKS = (("dark", 390), pytest.param("dark", 1440, marks=pytest.mark.matrix),
         pytest.param("light", 390, marks=pytest.mark.matrix), ("light", 1440))  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


def film_page(name: str) -> str:
    return f"films/{quote(name)}.html"


def note(project, name: str) -> dict:
    return json.loads((project.site / f"media/{name}.json").read_text(encoding="utf-8"))


def playing_after(page: Page, seconds: float) -> None:
    """Wait until pictures later than that have been shown."""
    page.wait_for_function(
        """seconds => { const film = document.querySelector("video");
        return film.currentTime > seconds && film.getVideoPlaybackQuality().totalVideoFrames > 3; }""",
        arg=seconds,
    )


@pytest.mark.parametrize("name", FILMS)
def test_a_film_plays_seeks_and_shows_its_captions(page, project, address, name):
    told = note(project, name)
    second = told["chapters"][1]
    page.goto(address + film_page(name))
    page.locator("video").click()
    playing_after(page, 0.2)
    page.get_by_role("button", name=second["title"]).click()
    playing_after(page, second["start"] + 0.2)
    here = page.locator(".chapters [aria-current]")
    expect(here).to_contain_text(second["title"])
    line = told["lines"][1]
    shown = page.evaluate(
        """async time => { const film = document.querySelector("video"); film.pause(); film.currentTime = time;
        await new Promise(done => film.addEventListener("seeked", done, {once: true}));
        await new Promise(done => setTimeout(done, 50));
        return [...film.textTracks[0].activeCues].map(cue => cue.getCueAsHTML().textContent); }""",
        line["start"] + line["seconds"] / 2,
    )
    assert [" ".join(text.split()) for text in shown] == [line["text"]]
    page.get_by_role("button", name="Play from 1 second").click()
    expect(here).to_contain_text(told["chapters"][0]["title"])


def test_the_transcript_lights_up_word_by_word_and_a_click_plays_from_a_word(page, project, served):
    line = note(project, "Walks")["lines"][1]
    words = line["text"].split()
    page.goto(served + film_page("Walks"))
    assert page.locator(".transcript p").nth(1).inner_text() == line["text"]
    for number in (2, len(words) - 1):
        page.evaluate(
            "time => { document.querySelector('video').currentTime = time; }",
            line["start"] + line["words"][number] + 0.02,
        )
        page.wait_for_function("word => document.querySelector('.spoken')?.textContent === word", arg=words[number])
        shown = page.locator(".said").inner_text().split()
        assert shown == words
        assert page.locator(".said .ahead").count() == len(words) - 1 - number
    page.locator(".said span").nth(1).click()
    page.wait_for_function("word => document.querySelector('.spoken')?.textContent === word", arg=words[1])
    page.locator(".transcript p").nth(1).get_by_text(words[3], exact=True).click()
    playing_after(page, line["start"] + line["words"][3])
    assert page.evaluate("document.querySelector('video').currentTime") < line["start"] + line["words"][3] + 3
    page.evaluate("document.querySelector('video').pause()")
    assert page.locator(".spoken").count() <= 1


@pytest.mark.matrix
@pytest.mark.parametrize("theme", [pytest.param("dark", marks=pytest.mark.matrix), "light"])
def test_a_film_has_the_right_colours(tab, served, theme):
    page = tab(color_scheme=theme)
    page.goto(served + film_page("Walks"))
    page.locator("video").click()
    playing_after(page, 0.2)
    pixel = page.evaluate(
        """() => { const film = document.querySelector("video"), canvas = document.createElement("canvas");
        canvas.width = film.videoWidth; canvas.height = film.videoHeight;
        const context = canvas.getContext("2d"); context.drawImage(film, 0, 0);
        return [...context.getImageData(2, 2, 1, 1).data]; }"""
    )
    wanted = bytes.fromhex(THEMES[theme].background[1:])
    assert pixel[:3] == pytest.approx(list(wanted), abs=3)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_everyone_can_use_a_page(tab, served, scheme, width, path):
    page = tab(color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.goto(served + path)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px Inter')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == css_rgb(THEMES[scheme].background)
    faults = Axe().run(page).response["violations"]
    serious = [fault for fault in faults if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in serious] == []


def css_rgb(colour: str) -> str:
    return f"rgb({', '.join(map(str, bytes.fromhex(colour[1:])))})"


def test_a_page_and_its_film_change_colours_and_remember_it(tab, project, served):
    page = tab(color_scheme="light")
    page.goto(served + film_page("Walks"))
    film = page.locator("video")
    expect(film).to_have_attribute("src", "../media/Walks-light.mp4")
    second = note(project, "Walks")["chapters"][1]["start"]
    page.get_by_role("button", name="It walks").click()
    page.evaluate("document.querySelector('video').playbackRate = 0.25")
    playing_after(page, second)
    page.get_by_role("button", name="Use dark colours").click()
    expect(film).to_have_attribute("src", "../media/Walks.mp4")
    playing_after(page, second)
    assert page.evaluate("document.querySelector('video').playbackRate") == 0.25
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == css_rgb(THEMES["dark"].background)
    expect(page.get_by_role("button", name="Use light colours")).to_be_visible()


@pytest.mark.matrix
@pytest.mark.parametrize("allowed", [True, False], ids=["clipboard", "selection"])
def test_copy_buttons_copy(tab, served, allowed):
    page = tab(permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script("window.pasted = (c => () => c.readText())(navigator.clipboard)")
    if not allowed:
        page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(Error('not here'))")
    page.goto(served + film_page("Walks"))
    for kind in ("HTML", "Markdown", "reveal.js", "Quarto", "LaTeX"):
        snippet = page.get_by_role("region", name=f"{kind} snippet")
        if not snippet.is_visible():
            page.locator("summary", has_text=kind).click()
        page.get_by_role("button", name=f"Copy the {kind} snippet").click()
        expect(page.get_by_role("status")).to_have_text("Copied to the clipboard.")
        assert page.evaluate("pasted()") == snippet.text_content()
        page.evaluate("document.querySelector('[role=status]').textContent = ''")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("status")).to_have_text("Copied to the clipboard.")
    assert page.evaluate("pasted()") == page.locator("#scene").text_content()


def test_text_from_data_is_text(page, project, served):
    title = note(project, "Übel")["title"]
    page.on("dialog", lambda dialog: pytest.fail(f"a script of the film's ran: {dialog.message}"))
    page.goto(served + film_page("Übel"))
    assert page.locator("h1").inner_text() == title
    assert page.title().startswith(title)
    assert page.locator("video").get_attribute("aria-label") == title
    page.goto(f"{served}index.html")
    page.get_by_role("link", name=title).last.click()
    assert page.locator("h1").inner_text() == title


def test_the_index_finds_films(page, served):
    page.goto(f"{served}index.html")
    cards, said = page.locator("[data-film]:visible"), page.get_by_role("status")
    assert cards.count() == 3
    search = page.get_by_role("searchbox", name="Search the films")
    search.fill("rate DECAYS")
    expect(said).to_have_text("1 of 3 films shown.")
    assert page.get_by_role("heading", name="Walking").is_visible()
    search.fill("")
    page.get_by_role("button", name="StepLR").click()
    expect(cards).to_have_count(1)
    assert "A rate decays" in cards.inner_text()
    search.fill("nothing like it")
    page.get_by_role("button", name="Show all films").click()
    expect(cards).to_have_count(3)


def test_the_index_loads_no_film(page, served):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served}index.html", wait_until="networkidle")
    assert asked
    assert not [url for url in asked if url.endswith((".mp4", ".webm", ".png"))]


@pytest.mark.matrix
def test_the_keyboard_gets_everywhere(page, served):
    page.goto(served + film_page("Walks"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.tagName + (document.activeElement.dataset.seek?.slice(0, 1) ?? '')")
        )
    assert {"VIDEO", "A", "SUMMARY", "PRE", "BUTTON0"} <= reached


def test_without_scripts_there_are_films_and_words(tab, served):
    page = tab(java_script_enabled=False)
    page.goto(f"{served}index.html")
    assert not page.get_by_role("search").is_visible()
    page.get_by_role("link", name="A ball walks").last.click()
    assert page.locator("video").get_attribute("src") == "../media/Walks.mp4"
    assert page.get_by_text("Then it walks all the way down.", exact=True).is_visible()
    assert not page.get_by_role("button", name="Copy the code").is_visible()


def try_it(page: Page) -> Frame:
    """The page in its frame, when it is ready."""
    page.locator(".try iframe").wait_for()
    page.wait_for_function("document.querySelector('.try iframe').hasAttribute('src')")
    framed = page.locator(".try iframe").element_handle().content_frame()
    framed.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return framed


def ground(framed: Frame) -> str:
    return framed.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_films_runs_are_taken_hold_of_beside_it_in_its_colours(tab, project, served):
    page = tab(color_scheme="light")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served + film_page("Übel"), wait_until="networkidle")
    assert not [url for url in asked if "/try/" in url], "nobody has asked for it"
    page.locator("video").click()
    playing_after(page, 0.1)
    page.get_by_role("tab", name="Film").focus()
    page.keyboard.press("ArrowRight")
    framed = try_it(page)
    assert page.evaluate("document.querySelector('video').paused")
    assert not page.locator("video").is_visible()
    assert page.evaluate("document.activeElement.id") == "tab-try"
    expect(framed.locator("#verdict")).to_contain_text("Live: torch's own steps.")
    expect(framed.locator("h1")).to_have_text(note(project, "Übel")["title"])
    framed.wait_for_function("document.documentElement.dataset.scheme === 'light'")
    page.get_by_role("button", name="Use dark colours").click()
    framed.wait_for_function("document.documentElement.dataset.scheme === 'dark'")
    assert ground(framed) == css_rgb(THEMES["dark"].background)
    box = framed.get_by_label("lr of SGD, typed")
    box.fill("0.2")
    box.press("Enter")
    page.get_by_role("tab", name="Film").click()
    assert page.locator("video").is_visible()
    page.get_by_role("tab", name="Try it").click()
    expect(box).to_have_value("0.2")
    page.get_by_role("button", name="Play from 1 second").click()
    playing_after(page, 0)


@pytest.mark.matrix
def test_a_card_leads_to_it_and_a_film_without_has_none(tab, served):
    page = tab()
    page.goto(f"{served}index.html")
    assert page.locator(".card .take").count() == 2
    page.get_by_role("link", name="Try it: A ball walks").click()
    assert page.url.endswith("films/Walks.html#try")
    try_it(page)
    assert page.get_by_role("link", name="Open it alone").get_attribute("href") == "../try/Walks.html"
    page.goto(served + film_page("Decays"))
    assert page.locator("[role=tab], .try").count() == 0
    assert page.locator("section.stage").get_attribute("aria-label") == "Film"
    plain = tab(java_script_enabled=False)
    plain.goto(served + film_page("Walks"))
    assert plain.get_by_role("link", name="Try it").get_attribute("href") == "../try/Walks.html"
    assert plain.locator("video").is_visible()


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), ("light", 1440)])
def test_everyone_can_take_hold_of_it(tab, served, scheme, width):
    page = tab(color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page.goto(f"{served}films/Walks.html#try")
    try_it(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    faults = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []
