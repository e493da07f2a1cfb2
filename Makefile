# Everything runs from here. Nothing but git, make, python3 and a C library is needed; the rest is set up in .venv and
# .local, and `make clean` takes it away again.

.DEFAULT_GOAL := help
SHELL := /bin/bash
# Some tests wait, and others compute for a minute.
WORKERS := $(shell echo $$(($$(nproc) + 1)))
# Where these tests are. To look for them everywhere takes each process of pytest half a minute; tests/conftest.py checks
# that none is elsewhere.
BROWSER := tests/browser
DEPLOYED := tests/aws tests/browser tests/connectors/test_hostile_files.py tests/e2e tests/ports
PYTHON3 ?= python3
CHECKED := layers/patchbay/patchbay functions cli playground tools tests bench
# What one target prints stays together, where make can do that.
SIDE_BY_SIDE := -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
LOCKS := --quiet --universal --python-version 3.13 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# `sam build` and the scripts take python3.13 and their tools from here; npm's tools check JavaScript and CSS.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Containers often forbid Python to keep what it compiled. Then every program compiles its libraries again, which takes seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-test run local build test on-the-stack beside-it lint types scripts style template bundle compiled hooks audit sbom freshchat-app bench soak prices docs screenshot sam-local lock clean

help: ## Show this list
	@echo "Patchbay: messengers on one side, customer platforms on the other. Start with 'make run'."; echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## Install what `make run` needs (the other targets run this themselves)
	@$(PYTHON3) tools/bootstrap.py local

setup-test:
	@$(PYTHON3) tools/bootstrap.py test

run: setup ## Run all of Patchbay on this machine: local AWS, simulated services, a page (FRESHCHAT=app: by its app)
	@exec python -m playground.run $(if $(FRESHCHAT),--freshchat-events $(FRESHCHAT))

local: setup ## Run only a local AWS with the deployed stack, for your own experiments
	@exec python -m playground.local_aws

build: setup ## Build what `sam deploy` sends to AWS: `sam build`, with layers compiled for fast cold starts
	sam build
	python -m tools.compile_layers
	$(if $(GRADUAL),python -m tools.gradual $(GRADUAL))

test: setup-test ## Run every check and test, including the deployed and the browser tests
	@$(MAKE) --no-print-directory $(SIDE_BY_SIDE) lint audit compiled
	pytest -n $(WORKERS) --dist worksteal --cov --cov-report= -m "not deployed and not browser"
	coverage report --format=total --precision=1
	@$(MAKE) --no-print-directory $(SIDE_BY_SIDE) on-the-stack beside-it

# Deployed tests: those that share one stack take turns, and the others wait for none of them. Nor do the browser tests,
# which wait more than they compute.
on-the-stack:
	pytest -m "deployed and stack" $(DEPLOYED)

beside-it:
	pytest -m "deployed and not stack" $(DEPLOYED)
	pytest -n 2 --dist worksteal -m "browser and not deployed" $(BROWSER)

lint: types scripts style template ## Check style, types and the template, without tests

style: setup-test
	ruff check .
	ruff format --check .
	@python -m tools.site --check

template: setup-test
	sam validate --lint

types: setup-test ## Check the types of all Python code
	mypy $(CHECKED)

scripts: setup-test ## Check format, style and types of JavaScript and CSS, and run the tests of the Freshchat app
	biome ci --error-on-warnings
	tsc --project tsconfig.json
	python -m tools.bundle --check
	node --test --test-reporter=dot $(wildcard integrations/freshchat-app/test/*.test.mjs)

bundle: setup-test ## Bundle the scripts and styles of the web chat's page, after you have changed them
	python -m tools.bundle

# Else each process of pytest would compile the tests and the libraries. A test that cannot be read fails when it is run.
compiled: setup-test
	@pytest --collect-only -qq >/dev/null 2>&1 || true

hooks: setup-test ## Install quick checks that run before each commit (pre-commit)
	pre-commit install

audit: setup-test ## Check the locked packages for known vulnerabilities (AUDIT=--required fails if no database is reachable)
	@python -m tools.audit $(AUDIT)

sbom: setup-test ## Write a CycloneDX bill of materials of what is deployed: build/sbom.cdx.json
	@python -m tools.sbom

freshchat-app: setup ## Check and pack the Freshworks app that relays Freshchat's events: build/freshchat-app.zip
	@python -m tools.freshchat_app

bench: setup-test ## Run the benchmarks and write docs/benchmarks.md
	python -m bench

soak: setup-test ## Send 100,000 messages with every kind of fault, and write the table in docs/reliability.md
	python -m bench.soak --write

prices: setup-test ## Read AWS's public price list into bench/prices.json (needs the internet, no account)
	python -m bench.price_list

docs: setup-test ## Renew the generated tables, check every link, and build the documentation site into site/
	python -m tools.capability_tables
	python -m tools.status_tables
	python -m tools.costs
	python -m tools.decisions
	python -m tools.site

screenshot: setup-test ## Create docs/playground.png again, from a browser test (needs Chromium)
	pytest -q tests/browser/test_whole.py -k images_and_buttons
	cp test-artifacts/playground.png docs/playground.png

sam-local: setup ## Run each function once in AWS's container image (needs a Docker engine)
	@exec python -m playground.sam_local

lock: setup ## Update the lock files to newer versions
	uv=$$(echo .local/uv-*/bin/uv); compile="$$uv pip compile $(LOCKS) --upgrade"; \
	$$compile requirements/test.in -o requirements/test.txt; \
	$$compile requirements/local.in -c requirements/test.txt -o requirements/local.txt; \
	$$compile requirements/aws.in -o requirements/aws.txt; \
	$$compile requirements/docs.in -o requirements/docs.txt; \
	$$compile requirements/uv.in -o requirements/uv.txt; \
	$$compile layers/dependencies/requirements.in -c requirements/test.txt -o layers/dependencies/requirements.txt

clean: ## Remove everything that was installed, built or stored
	rm -rf .venv .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis build site node_modules test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
