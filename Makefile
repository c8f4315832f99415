# The two commands to know are `make demo` and `make test`; each installs what it lacks.
# On a machine that has everything they go straight to work and use no network.

PYTHON ?= python3
PY := .venv/bin/python
INSTALL = $(PY) -m pip --disable-pip-version-check --no-input install -qq --require-hashes --only-binary :all: --requirement $< || { \
	echo 'Python-paketen gick inte att installera (felet står ovan). Är nätet uppe? Gör sedan om samma kommando.' >&2; exit 3; }
LOCK := --quiet --no-config --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test check lock audit campaign bench pictures clean python demo-system test-system ruff format mypy pytest types-and-tests

help: ## visa den här hjälpen
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r target does; do printf '  make %-9s %s\n' "$$target" "$$does"; done

demo: .venv/.runtime ## bygg den påhittade skolan i demo/ och berätta hur man öppnar en plan
	@$(PY) build.py demo demo

test: test-system .venv/.dev ## kör allt: stil, typer och alla tester, även i webbläsare
	@$(MAKE) --no-print-directory --keep-going ruff format types-and-tests

check: .venv/.dev ## bara stil och typer
	@$(MAKE) --no-print-directory --keep-going ruff format mypy

campaign: test-system .venv/.dev ## de långa proven (kan ta timmar)
	$(PY) -m pytest -m campaign --junit-xml campaign.xml
	$(PY) bench/mutants.py

bench: .venv/.dev ## mät ett bygge mot det som inte går att undvara (PUPILS=16,400 tar en halvtimme)
	@$(PY) bench/run.py --pupils $(or $(PUPILS),16)

lock: .venv/.dev ## lås beroendena på nytt (nyare versioner: make lock NEWER=--upgrade)
	@$(PY) -m uv pip compile $(LOCK) $(NEWER) pyproject.toml --output-file requirements.txt
	@$(PY) -m uv pip compile $(LOCK) $(NEWER) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

audit: .venv/.dev ## fråga om något låst paket har ett känt fel (behöver nät)
	@$(PY) bench/audit.py

pictures: test-system .venv/.dev ## gör om bilderna i README och docs
	@$(PY) docs/pictures/floors.py
	@$(PY) docs/pictures/make.py

clean: ## ta bort den virtuella miljön, demo/ och cacher; output/ står kvar
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ruff format mypy pytest: .venv/.dev
ruff:
	$(PY) -m ruff check
format:
	$(PY) -m ruff format --check
mypy:
	$(PY) -m mypy
# Byte code is kept, also where a machine says not to: each worker and each command would compile all of it anew.
pytest:
	PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --numprocesses 4 --dist worksteal

# The types are checked while the tests run, and what is wrong with them is said at the end.
types-and-tests: .venv/.dev
	@log=$$(mktemp); $(MAKE) --no-print-directory mypy >"$$log" 2>&1 & types=$$!; \
	$(MAKE) --no-print-directory pytest; tests=$$?; \
	wait $$types || tests=1; cat "$$log"; rm -f "$$log"; exit $$tests

# The virtual environment: made anew when the lock file changes.
.venv/.runtime: requirements.txt | demo-system
	@echo 'Installerar Python-paketen i .venv …'
	@$(PYTHON) -m venv --clear .venv
	@$(INSTALL)
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo 'Installerar utvecklarnas Python-paket i .venv …'
	@$(INSTALL)
	@touch $@

# The machine: what must be there = the Debian package that has it.
DEMO_NEEDS := module:ensurepip=python3-venv file:/etc/ssl/certs/*=ca-certificates program:gpg=gnupg program:git=git \
	library:pango-1.0=libpango-1.0-0 library:pangoft2-1.0=libpangoft2-1.0-0 library:harfbuzz-subset=libharfbuzz-subset0
TEST_NEEDS := program:chromium=chromium library:atomic=libatomic1 program:qpdf=qpdf program:pdftotext=poppler-utils program:mutool=mupdf-tools

demo-system: python
	@$(call need,$(DEMO_NEEDS))
test-system: python
	@$(call need,$(DEMO_NEEDS) $(TEST_NEEDS))

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo 'iup behöver Python 3.11 eller nyare, och "$(PYTHON)" är inte det. Finns ett annat: make demo PYTHON=python3.12' >&2; exit 3; }

# Prints the package of each need that is not met.
define MISSING
import ctypes.util, glob, importlib.util, shutil, sys
find = {"file": glob.glob, "library": ctypes.util.find_library, "module": importlib.util.find_spec, "program": shutil.which}
for need, package in (argument.split("=") for argument in sys.argv[1:]):
    kind, name = need.split(":")
    if not find[kind](name):
        print(package)
endef
export MISSING

# Installs what is missing where it may; else says, in one line, what to ask for.
define need
set -f; missing() { echo $$($(PYTHON) -c "$$MISSING" $(1)); }; packages=$$(missing); [ -n "$$packages" ] || exit 0; \
if ! command -v apt-get >/dev/null; then how=no; elif [ "$$(id -u)" = 0 ]; then how=; else how=$$(command -v sudo || echo no); fi; \
if [ "$$how" != no ]; then \
	echo "Installerar systempaket$${how:+ med sudo}: $$packages …"; \
	apt="$$how env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"; \
	log=$$($$apt update 2>&1; $$apt install --yes --no-install-recommends $$packages 2>&1) || printf '%s\n' "$$log" >&2; \
	packages=$$(missing); [ -n "$$packages" ] || exit 0; \
fi; \
echo "Systempaket saknas. Be den som sköter datorn att installera (namnen är Debians): $$packages" >&2; exit 3
endef
