"""Chromium for tests: a fresh profile a test, which fails on an error in the console and on a request to anywhere."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

Tab = Callable[..., Page]

# Chrome first: on Ubuntu, `chromium` is a snap, which cannot read the files of a test.
NAMES = ("google-chrome", "chromium", "chromium-browser")
APPLICATIONS = ("Google Chrome", "Chromium")
LOCAL = {"file", "data", "blob", "about"}

# A list of one's own takes the place of Playwright's, whose entries that count for a page stand here too. The first two
# are pages of the browser's own address bar: each window loads them, which takes as long as a page of ours.
_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding",
    "PreconnectToSearch", "ThirdPartyStoragePartitioning", "Translate",
)  # fmt: skip
ARGUMENTS = ("--no-sandbox", f"--disable-features={','.join(_OFF)}")
"""What Chromium is started with."""


def executable(own: str) -> str:
    """A browser on this machine: an installed one, else the one that Playwright may have fetched."""
    installed = [shutil.which(name) for name in NAMES]
    applications = [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in APPLICATIONS]
    for candidate in (*installed, *applications, own):
        if candidate and Path(candidate).is_file():
            return candidate
    pytest.fail("there is no Chromium or Chrome to test pages in; run `make setup`.")


_PLAYWRIGHTS: list[asyncio.AbstractEventLoop] = []
"""The event loop of Playwright, while it is up."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window, one for all tests of a process."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        with chromium.launch(executable_path=executable(chromium.executable_path), args=ARGUMENTS) as launched:
            _PLAYWRIGHTS.append(asyncio.get_running_loop())
            yield launched
            _PLAYWRIGHTS.clear()


def _know_loop(known: bool) -> None:
    """Playwright's loop counts as running between its calls too, so that no other can: hide it from other tests."""
    for loop in _PLAYWRIGHTS:
        asyncio._set_running_loop(loop if known else None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _know_loop("browser" in getattr(item, "fixturenames", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    _know_loop(True)  # a page that tests of a module share is closed after the last of them


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """Opens a page in a fresh profile; takes the options of `Browser.new_context`, such as viewport or color_scheme.

    When the test is over, no page of it may have logged an error or asked anything of a machine but this one.
    """
    faults: list[str] = []
    contexts = []

    def logged(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"console: {message.text} ({message.location['url']})")

    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in LOCAL and address.hostname != "127.0.0.1":
            faults.append(f"request: {request.url}")

    def opened(**options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.on("console", logged)
        context.on("request", asked)
        context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(tab: Tab) -> Page:
    """One page of 1280×720 pixels."""
    return tab(viewport={"width": 1280, "height": 720})
