# Everything here needs Python 3.11 or newer and make, and sets up its own .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A person's own settings never reach a demo or a test; only the two folders do.
CLEAN := env $(foreach name,$(filter-out SONGWRIGHT_DATA_DIR SONGWRIGHT_MUSIC_DIR,$(filter SONGWRIGHT_%,$(.VARIABLES))),-u $(name)) SONGWRIGHT_PROVIDER=sandbox

.PHONY: demo test check lint types audio bench clean

demo: $(READY) ## A whole songwriting session against the sandbox, and two MP3 files
	@$(CLEAN) SONGWRIGHT_DATA_DIR="$${SONGWRIGHT_DATA_DIR:-$(CURDIR)/.demo/data}" \
		SONGWRIGHT_MUSIC_DIR="$${SONGWRIGHT_MUSIC_DIR:-$(CURDIR)/.demo/music}" \
		$(BIN)/songwright try --yes

test: $(READY) ## The tests
	$(CLEAN) $(BIN)/python -m pytest

check: lint types ## Style and types

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/pyright

audio: $(READY) ## Measure the sandbox's music (ffprobe and chromium needed for --accept)
	$(BIN)/python benchmarks/audio.py $(AUDIO)

bench: $(READY) ## What starting and calling cost
	$(BIN)/python benchmarks/start.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $(READY)

clean:
	rm -rf $(VENV) .demo .pytest_cache .ruff_cache
