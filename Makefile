# Everything here needs Python 3.11 or newer and make, and sets up its own .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A person's own settings never reach a demo or a test; only the two folders do.
CLEAN := env $(foreach name,$(filter-out SONGWRIGHT_DATA_DIR SONGWRIGHT_MUSIC_DIR,$(filter SONGWRIGHT_%,$(.VARIABLES))),-u $(name)) SONGWRIGHT_PROVIDER=sandbox

.PHONY: demo example test check lint types evals audio bench crash race restart machine cancel mutants \
	conformance clean

demo: $(READY) ## A whole songwriting session against the sandbox, and two MP3 files
	@$(CLEAN) SONGWRIGHT_DATA_DIR="$${SONGWRIGHT_DATA_DIR:-$(CURDIR)/.demo/data}" \
		SONGWRIGHT_MUSIC_DIR="$${SONGWRIGHT_MUSIC_DIR:-$(CURDIR)/.demo/music}" \
		$(BIN)/songwright try --yes

example: $(READY) ## A scripted assistant's session, step by step
	@$(CLEAN) $(BIN)/python examples/session.py

test: $(READY) ## The tests
	$(CLEAN) $(BIN)/python -m pytest -n auto

check: lint types ## Style and types

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/pyright

# The longer suites. Each takes ARGS, such as ARGS=--short, which is the form that CI runs.

crash: $(READY) ## Kill orders at every point, and compare what is left with the provider's ledger
	$(CLEAN) $(BIN)/python -m benchmarks.crash $(ARGS)

race: $(READY) ## Many processes at one budget, one song, one confirmation
	$(CLEAN) $(BIN)/python -m benchmarks.races $(ARGS)

restart: $(READY) ## A start with thousands of unfinished tasks, and the death of a process
	$(CLEAN) $(BIN)/python -m benchmarks.restart $(ARGS)

machine: $(READY) ## Random sequences of everything that can happen to an order
	$(CLEAN) $(BIN)/python -m benchmarks.machine $(ARGS)

cancel: $(READY) ## Callers who leave and processes that end, at every step of an order
	$(CLEAN) $(BIN)/python -m benchmarks.cancel $(ARGS)

mutants: $(READY) ## Defects planted on purpose: the tests must see each
	$(CLEAN) $(BIN)/python -m benchmarks.mutants $(ARGS)

conformance: $(READY) ## The protocol's official suite (npm fetches it; Node comes with the packages)
	$(CLEAN) $(BIN)/python -m benchmarks.conformance

evals: $(READY) ## Scripted assistants, good and careless, on every task
	$(CLEAN) $(BIN)/python -m evals.run --assistant all

audio: $(READY) ## Measure the sandbox's music (--accept also needs ffprobe and chromium)
	$(CLEAN) $(BIN)/python benchmarks/audio.py $(ARGS)

bench: $(READY) ## What starting, ordering and checking lyrics cost
	$(CLEAN) $(BIN)/python benchmarks/start.py $(ARGS)
	$(CLEAN) $(BIN)/python benchmarks/journal.py
	$(CLEAN) $(BIN)/python benchmarks/lyrics.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $(READY)

clean:
	rm -rf $(VENV) .demo .pytest_cache .ruff_cache
