#!/bin/sh
# Fetch Chrome for the tests of pages and decks where the system has no browser that can read a test's files.
# Usage: sh setup/browser.sh PYTHON, a Python that has Playwright.
set -eu

command -v google-chrome >/dev/null 2>&1 && exit 0
[ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ] && exit 0
# shellcheck disable=SC1091
distribution=$(. /etc/os-release 2>/dev/null && echo "${ID:-}") || distribution=
[ "$distribution" = ubuntu ] || ! command -v chromium >/dev/null 2>&1 || exit 0
# Chrome, not Playwright's own Chromium, which cannot play H.264.
"$1" -m playwright install chrome ||
    echo "No browser could be installed: the tests of pages and decks will fail until there is Chrome or Chromium." >&2
