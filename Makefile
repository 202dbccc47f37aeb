# `make help` says what each target does. Everything lives in .venv; nothing else is installed.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
READY  := $(VENV)/.compiled
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)
DOCKER_COMPOSE := $(shell docker compose version >/dev/null 2>&1 && echo docker compose \
	|| command -v docker-compose)
ARGS   ?=
JOBS   ?=
CORES  := $(shell getconf _NPROCESSORS_ONLN)
# Tests run in rows; a file's tests stay together. Many wait, so there is one row more than cores.
PYTEST := $(BIN)/pytest --maxprocesses 5 --dist loadfile --no-loadscope-reorder \
	-n $(or $(JOBS),$(shell expr $(CORES) + 1))

# Tests start many processes: each would compile what it imports again.
export PYTHONDONTWRITEBYTECODE :=
# The build backend is pinned as well; which of the two pip reads depends on its version.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-kafka check format bench kafka up down lock clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Make .venv and install everything, pinned; quick when nothing changed

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with its venv module is needed, and was \
	not found (Debian: apt-get install python3-venv); or name one: make install PYTHON=..." >&2; exit 2; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@

$(READY): $(STAMP) $(wildcard */kernels/*.py)
	$(BIN)/python -m detectors.kernels streams.kernels
	@touch $@

demo: $(READY) ## See telemetry, anomalies and pages on this machine (ARGS="--once --json" for one round)
	@$(BIN)/tocsin demo $(ARGS)

test: $(READY) ## Run every test on the embedded broker (ARGS="-k word" chooses, JOBS=0 one by one)
	$(PYTEST) $(ARGS)

test-kafka: $(READY) ## Run the tests that talk to a broker on Apache Kafka (needs a JDK >= 17 and Maven)
	TOCSIN_TEST_BROKER=kafka $(PYTEST) -m broker -o testpaths='tests/console tests/streams' $(ARGS)

check: $(STAMP) ## Check format, lint, types, layers and the compose file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
ifneq ($(DOCKER_COMPOSE),)
	$(DOCKER_COMPOSE) config --quiet
else
	@echo "docker-compose.yml not checked: there is no docker compose here"
endif

format: $(STAMP) ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measure speed, latency, recovery and memory against their goals (ARGS="--quick --broker kafka")
	$(BIN)/python -m bench $(ARGS)

kafka: $(STAMP) ## Run one Apache Kafka broker on localhost:9092 by hand (needs a JDK >= 17 and Maven)
	$(BIN)/python -m tests.brokers kafka $(ARGS)

up: ## Run Kafka, a worker and the console in containers
	$(DOCKER_COMPOSE) up --build --detach

down: ## Stop the containers; the data stays
	$(DOCKER_COMPOSE) down

lock: ## Renew constraints.txt with the newest versions that pyproject.toml allows (Python 3.11)
	rm -rf $(VENV)-lock
	python3.11 -m venv $(VENV)-lock
	PIP_CONSTRAINT= PIP_BUILD_CONSTRAINT= $(VENV)-lock/bin/pip install --quiet --upgrade pip setuptools
	PIP_CONSTRAINT= PIP_BUILD_CONSTRAINT= $(VENV)-lock/bin/pip install --quiet --editable '.[test]'
	$(VENV)-lock/bin/pip freeze --all --exclude-editable --exclude pip > constraints.txt
	rm -rf $(VENV)-lock

clean: ## Remove .venv and every cache
	rm -rf $(VENV) $(VENV)-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
