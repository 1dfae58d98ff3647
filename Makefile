# What one does with a checkout; `make help` lists it. Needs make and Python 3.11 or later, nothing else.

VENV    ?= .venv
PORT    ?= 5000
DEMO    ?= 1
WORKERS ?= 2
KILLS   ?= 200

SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
.PHONY: help run test check bench crash lock messages migration
.SUFFIXES:

BIN      := $(VENV)/bin
PYTHON   := $(BIN)/python
FLASK    := $(BIN)/flask --app wsgi
# Stamps: what is installed is as new as the lock that names it.
VENV_MADE := $(VENV)/made.stamp
RUNTIME   := $(VENV)/runtime.stamp
TOOLS     := $(VENV)/tools.stamp
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard marketplace/translations/*/LC_MESSAGES/*.po))

NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# uv installs several times faster; without it, or when it cannot reach what pip can, pip does the same.
define install
{ command -v uv >/dev/null && uv pip install --quiet --python $(PYTHON) --require-hashes $(1); } || \
$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes $(1)
endef

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) $(CATALOGUES) ## the fair on http://127.0.0.1:5000 (PORT=…, WORKERS=…; DEMO=0 starts empty)
	@exec $(PYTHON) -m marketplace.serving --port $(PORT) --workers $(WORKERS) $(if $(filter 0,$(DEMO)),--empty)

test: $(TOOLS) $(CATALOGUES) ## the whole suite, on each database that is there; says what it left out
	@exec $(PYTHON) -m tests

check: $(TOOLS) ## lint, types, imports between domains, templates, security, locks
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet --profile jinja --ignore $(DJLINT_IGNORED)
	$(BIN)/bandit --quiet --recursive marketplace -ll
	@! grep -nE '://|--(extra-)?index|--find-links' requirements.txt requirements-dev.txt || { echo "A lock names a host."; exit 1; }
	@$(call locked,requirements) && $(call locked,requirements-dev) && echo "The locks are in step."

bench: $(TOOLS) ## requests per CPU-second beside a bare application (benchmarks/README.md)
	@exec $(PYTHON) -m benchmarks

crash: $(TOOLS) ## 200 kills and 10,000 writes on each database (KILLS=…); the suite itself does a few
	@exec $(PYTHON) -m tests --processes 0 tests/crash tests/search/test_index.py -m crash --long --kills $(KILLS)

lock: $(TOOLS) ## write requirements*.txt anew from requirements*.in; UPGRADE=1 takes newer releases
	$(call compile,requirements,requirements.txt) $(if $(UPGRADE),--upgrade)
	$(call compile,requirements-dev,requirements-dev.txt) $(if $(UPGRADE),--upgrade)

messages: $(TOOLS) ## bring the Chinese catalogue in step with the texts of the code
	$(BIN)/pybabel -q extract -F marketplace/translations/babel.cfg -k _l -k lazy_gettext --no-location --no-wrap --sort-output \
		-o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d marketplace/translations -l zh --no-wrap --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date --init-missing

migration: $(TOOLS) ## NAME="what it does": write the next numbered migration from the models
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="add a thing"'; exit 1; }
	@mkdir -p migrations/versions
	@INSTANCE_DIR=$$(mktemp -d); export INSTANCE_DIR; unset DATABASE_URL; trap 'rm -r "$$INSTANCE_DIR"' EXIT; \
	$(FLASK) db upgrade && \
	$(FLASK) db revision --autogenerate -m "$(NAME)" --rev-id $$(printf '%04d' $$(($$(ls migrations/versions | grep -c '^[0-9]\{4\}_') + 1)))

# Layout of tags (H015), a button's default type (H043), and tags that a macro opens and the page closes (H025) are no faults.
DJLINT_IGNORED := H015,H025,H043

define compile
$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	$(1).in -o $(2)
endef

# Compiling on top of the lock as it is keeps its versions; a difference means that the .in file has moved on.
define locked
{ new=$$(mktemp); trap 'rm -f "$$new"' EXIT; cp $(1).txt "$$new"; $(call compile,$(1),"$$new") >/dev/null; \
cmp -s $(1).txt "$$new" || { echo "$(1).txt is not in step with $(1).in: make lock"; exit 1; }; rm -f "$$new"; }
endef

$(VENV_MADE):
	@if ! $(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null; then \
	  for name in python3.13 python3.12 python3.11 python3 python; do \
	    if $$name -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$name; break; fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "No Python 3.11 or later with its venv module was found (Debian: apt-get install python3 python3-venv)." >&2; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$($$found --version)."; \
	  $$found -m venv --clear $(VENV); \
	fi
	@touch $@

$(RUNTIME): requirements.txt | $(VENV_MADE)
	@echo "Installing the libraries; the first time it takes about a minute."
	@$(call install,-r requirements.txt)
	@touch $@

$(TOOLS): requirements-dev.txt $(RUNTIME)
	@echo "Installing the tools of the checks."
	@$(call install,-r requirements.txt -r requirements-dev.txt)
	@touch $@

%.mo: %.po | $(RUNTIME)
	@$(BIN)/pybabel -q compile -i $< -o $@ -l $$(basename $$(dirname $$(dirname $@)))
