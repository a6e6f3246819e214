# `make` lists what there is to do. Works with GNU make 3.81, which is what macOS has.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# The release whose runs the films describe. What it needs for a GPU is left to pip: it differs by its build.
TORCH := 2.13.0

.DEFAULT_GOAL := help
.PHONY: help setup demo test matrix oracle check docs lock bench narration posters golden clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Install system packages, .venv and the locked Python packages; nothing when they are there

demo: $(READY) ## Render one narrated film with captions and a GIF, and say where they are
	@$(BIN)/descent demo

test: $(READY) ## Run the tests on all cores
	@$(BIN)/python -m compileall -q descent scenes  # hundreds of processes import them, some where none may write it down
	@$(BIN)/python -m pytest --durations=20

matrix: $(READY) ## What takes long: every film whole, every level of the processor, pages and decks (half an hour)
	@$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable '.[training]'
	@$(BIN)/python -m pytest -m matrix --durations=20 tests

oracle: $(READY) ## Judge every sentence told of 500 races by plain loops (half an hour)
	@$(BIN)/python -m pytest -m oracle tests/oracle

check: $(READY) ## Format, lint, types and floors
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: $(READY) ## Build the documentation's pages, with what they show, into build/docs
	@$(BIN)/sphinx-build -W --keep-going -b html docs build/docs

lock: $(READY) ## Renew requirements.lock from pyproject.toml, for every Python and platform
	@$(BIN)/python -m pip install --quiet uv
	@UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--fork-strategy fewest --upgrade --upgrade-package torch==$(TORCH) --extra voice --extra slides --extra cluster --extra watch --extra docs --extra mkdocs --extra dev \
		--annotation-style line --output-file .venv/compiled.lock pyproject.toml
	@sed -E '/^(cuda|nvidia|triton)/d' .venv/compiled.lock > .venv/requirements.lock
	@mv .venv/requirements.lock requirements.lock

bench: $(READY) ## Measure descent beside what a user would pick instead, on a quiet machine; write docs/benchmarks.md
	@$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable '.[training]'
	@$(BIN)/python -m benchmarks --write

narration: $(READY) ## Measure every narrated line again, after a change of words or voice
	@$(BIN)/descent narrate

posters: $(READY) ## Draw the poster of every film, and write docs/films.md in the order of course.toml
	@$(BIN)/descent still --all --width 640 --webp -o docs/posters
	@$(BIN)/python docs/films_page.py

golden: $(READY) ## Accept the present look of every scene as the one to compare with
	@$(BIN)/python tests/scenes/golden.py

clean: ## Remove rendered media, built pages and caches; keep .venv
	rm -rf media build site docs/_descent .hypothesis .mypy_cache .pytest_cache .ruff_cache

# Upgrading pip is not worth its time: any pip of Python 3.11 reads the lock.
$(READY): requirements.lock pyproject.toml
	@sh setup/system-packages.sh $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --requirement requirements.lock
	$(BIN)/python -m pip install --no-deps --editable .
	@sh setup/browser.sh $(BIN)/python
	@touch $@
