# Every target makes .venv with the machine's Python and installs what it needs, once.

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

# Each of pytest's workers would rewrite the assertions of every test file again. So they are
# rewritten once before, beside mypy, if any has changed.
export PYTHONDONTWRITEBYTECODE :=
REWRITE = test -z "$$(find tests -name '*.py' -newer .venv/.rewritten 2>&1)" || \
	{ touch .venv/.rewritten; $(PYTHON) -m pytest --quiet --collect-only >/dev/null; }

# Some tests mostly wait for a process; each further worker collects all of them once more.
WORKERS = $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))

# .venv/.installing is there while pip works: left behind, it tells of an interrupted install.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
HEALTHY := $(shell test ! -e .venv/.installing && \
	$(PYTHON) -c 'import pip; $(SUITABLE)' 2>/dev/null && echo yes)

# Prints the path of a Python to use, or what is missing; $(error) ends that sentence with its dot.
FIND_PYTHON = \
	for name in python3 python3.14 python3.13 python3.12 python3.11; do \
		version=$$($$name -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue; \
		seen=$${seen:-$$version}; \
		$$name -c '$(SUITABLE)' 2>/dev/null || continue; \
		bare=$${bare:-$$name}; \
		$$name -c 'import ensurepip, venv' 2>/dev/null && { command -v $$name; exit; }; \
	done; \
	if test -n "$$bare"; then \
		echo "$$bare cannot make virtual environments: install its venv package" \
			"(Debian, Ubuntu: apt install $$bare-venv)"; \
	else \
		echo "Abi needs Python 3.11 to 3.14, and found $${seen:-none}: install it" \
			"(Debian, Ubuntu: apt install python3 python3-venv; others: python.org/downloads)"; \
	fi

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run sandbox doctor backup restore test soak simulate format bench pictures lock

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s%s\n", $$1, $$2 }' Makefile

run: .venv/.run  ## start the bot; DISCORD_BOT_TOKEN comes from the environment or .env
	@exec $(PYTHON) -m bot

sandbox: .venv/.run  ## try the bot in the browser, without an account
	@exec $(PYTHON) -m bot sandbox

doctor: .venv/.run  ## check all that is set up, and say what to do; changes nothing
	@$(PYTHON) -m bot doctor

backup: .venv/.run  ## write all that the bot keeps into one new file, FILE, while it runs
	@exec $(PYTHON) -m bot backup $(if $(FILE),"$(FILE)")

restore: .venv/.run  ## replace all that the bot keeps by the backup in FILE; the old data are kept
	@exec $(PYTHON) -m bot restore $(if $(FILE),"$(FILE)")

test: .venv/.dev  ## check style and types, then run the tests
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --check --quiet . || \
		{ echo "The files above are not formatted: run make format."; exit 1; }
	@{ $(REWRITE); } & $(PYTHON) -m mypy --no-error-summary; \
		typed=$$?; wait; exit $$typed
	@$(PYTHON) -m pytest --quiet -n $(WORKERS) --dist worksteal

soak: .venv/.dev  ## kill processes 200 times on each database, and count what they did
	@SOAK_KILLS=200 SOAK_JOBS=600 $(PYTHON) -m pytest --quiet --capture=no tests/crash

simulate: .venv/.dev  ## look for faults by simulation, for MINUTES (10)
	@$(PYTHON) -m tests.simulation --minutes $(or $(MINUTES),10) $(if $(SEEDS),--seeds $(SEEDS))

format: .venv/.dev  ## mend style where a tool can
	@$(PYTHON) -m ruff check --quiet --fix-only .
	@$(PYTHON) -m ruff format --quiet .

bench: .venv/.dev  ## measure what users wait for, and what the connectors and the ledger cost
	@missed=0; for what in answers connectors ledger usage limits; do \
		$(PYTHON) -m bench.$$what || missed=1; done; exit $$missed

pictures: .venv/.dev  ## take the pictures of the README anew, with Chromium
	@$(PYTHON) -m tests.pictures

lock: .venv/.dev  ## write requirements*.txt from pyproject.toml; UPGRADE=--upgrade for newer releases
	@$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements.txt
	@$(LOCK) $(UPGRADE) pyproject.toml --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt

ifneq ($(HEALTHY),yes)
.PHONY: .venv/.python
endif
.venv/.python:
	$(eval FOUND := $(shell $(FIND_PYTHON)))
	$(if $(filter /%,$(FOUND)),,$(error $(FOUND)))
	@echo "Making .venv with $(FOUND) …"
	@$(FOUND) -m venv --clear .venv
	@touch $@

.venv/.run: .venv/.python requirements.txt
	@touch .venv/.installing
	@echo "Installing $$(grep -c '==' $(word 2,$^)) packages, once; this takes half a minute or more …"
	@$(PIP) -r requirements.txt
	@rm .venv/.installing
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@touch .venv/.installing
	@$(PIP) -r requirements-dev.txt
	@rm .venv/.installing
	@touch $@
