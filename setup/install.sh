#!/bin/sh
# Install descent from this folder, with its voice and what HTML decks need: system packages, then into a Python.
# Usage: sh setup/install.sh [PYTHON]; the Dockerfile does no more than this.
# TORCH_INDEX, if it is set, is where pip finds the torch for this machine: see "CPU only" in docs/install.md.
set -eu
python=${1:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)

WITHOUT_BROWSER=1 sh "$here/setup/system-packages.sh" "$python"
[ -z "${TORCH_INDEX:-}" ] || "$python" -m pip install --index-url "$TORCH_INDEX" torch
"$python" -m pip install "$here[voice,slides]"
"$python" -m descent doctor
