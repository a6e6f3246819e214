#!/bin/sh
# Install what pip cannot: a C compiler and the libraries that Manim is compiled against, only where missing.
# Usage: sh setup/system-packages.sh [PYTHON]; apt on Debian and Ubuntu, Homebrew on macOS.
# WITHOUT_BROWSER, if it is set, leaves out the browser, which only descent's own tests need.
set -eu
python=${1:-python3}

fail() {
    printf 'Error: %s\n' "$1" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

library() {
    has pkg-config && pkg-config --exists "$1" 2>/dev/null
}

has "$python" || fail "there is no $python; install Python 3.11 or newer, then try again."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed and $python is $version; install one and name it: make PYTHON=python3.12 …"

# On Debian these two are packages of their own; elsewhere they are part of Python.
venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

headers() {
    [ -e "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]
}

distribution() {
    # shellcheck source=/dev/null
    [ -r "${OS_RELEASE:=/etc/os-release}" ] && (. "$OS_RELEASE" && echo "${ID:-}")
}

# Pages and decks are tested in one. Where it is no plain package, setup/browser.sh fetches Chrome once pip has run:
# Ubuntu's Chromium is a snap, which cannot read a test's files, and Homebrew has none.
browser() {
    has google-chrome || [ "$(distribution)" = ubuntu ] || has chromium
}

missing=
need() {
    missing="${missing:+$missing }$1"
}

if has apt-get; then
    has c++ || need build-essential
    has pkg-config || need pkg-config
    library cairo || need libcairo2-dev
    library pangocairo || need libpango1.0-dev
    # OpenGL without a screen or a GPU, for landscapes.
    dpkg -s libegl1 >/dev/null 2>&1 || need libegl1
    dpkg -s libgl1-mesa-dri >/dev/null 2>&1 || need libgl1-mesa-dri
    [ -n "${WITHOUT_BROWSER:-}" ] || browser || need chromium
    venv || need "python$version-venv"
    headers || need "python$version-dev"
else
    has pkg-config || need pkg-config
    library cairo || need cairo
    library pangocairo || need pango
    venv || fail "$python has no venv module; install a complete Python 3.11 or newer."
fi

[ -n "$missing" ] || exit 0
echo "Installing system packages: $missing"
# Unquoted on purpose: names of packages have no spaces.
# shellcheck disable=SC2086
if has apt-get; then
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || fail "these packages need root to install, and there is no sudo: $missing"
        as_root=sudo
    fi
    apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120"
    $apt update || echo "Going on with the package lists as they are." >&2
    $apt install --yes --no-install-recommends $missing
elif has brew; then
    brew install $missing
else
    fail "install these with your package manager (the names may differ a little), then try again: $missing"
fi
