# Everything runs from here. Nothing but git, make, python3 and a C library is needed; the rest is set up in .venv and
# .local, and `make clean` takes it away again.

.DEFAULT_GOAL := help
SHELL := /bin/bash
# Some tests wait, and others compute for a minute.
WORKERS := $(shell echo $$(($$(nproc) + 1)))
# Where these tests are. To look for them everywhere takes each process of pytest half a minute; tests/conftest.py checks
# that none is elsewhere.
BROWSER := tests/browser
DEPLOYED := tests/aws tests/browser tests/e2e tests/ports
PYTHON3 ?= python3
CHECKED := layers/patchbay/patchbay functions cli playground tools tests bench
LOCKS := --quiet --universal --python-version 3.13 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# `sam build` and the scripts take python3.13 and their tools from here.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Containers often forbid Python to keep what it compiled. Then every program compiles its libraries anew, for seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-test run local build test lint types hooks audit sbom bench soak docs screenshot sam-local lock clean

help: ## This list
	@echo "Patchbay: messengers on one side, customer platforms on the other. Start with 'make run'."; echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## Get what `make run` needs (the other targets do it by themselves)
	@$(PYTHON3) tools/bootstrap.py local

setup-test:
	@$(PYTHON3) tools/bootstrap.py test

run: setup ## The whole bridge on this machine: local AWS, simulated services, a page to try it
	@exec python -m playground.run

local: setup ## A local AWS with the deployed stack alone, for experiments of your own
	@exec python -m playground.local_aws

build: setup ## What `sam deploy` sends to AWS: `sam build`, and the layers compiled for quick cold starts
	sam build
	python -m tools.compile_layers
	$(if $(GRADUAL),python -m tools.gradual $(GRADUAL))

test: lint audit ## Every check and test, the deployed and the browser ones too
	pytest -n $(WORKERS) --dist worksteal --cov --cov-report= -m "not deployed and not browser"
	coverage report --format=total --precision=1
	pytest -n 3 --dist worksteal -m "browser and not deployed" $(BROWSER) # a browser's test waits more than it computes
	pytest -m deployed $(DEPLOYED)

lint: setup-test types ## Style, types and the template, without tests
	ruff check .
	ruff format --check .
	sam validate --lint

types: setup-test ## The types of all Python
	mypy $(CHECKED)

hooks: setup-test ## Quick checks before each commit of yours (pre-commit)
	pre-commit install

audit: setup-test ## Are there known vulnerabilities in what is locked? (AUDIT=--required fails where no database is reached)
	@python -m tools.audit $(AUDIT)

sbom: setup-test ## What is deployed, as a CycloneDX bill of materials: build/sbom.cdx.json
	@python -m tools.sbom

bench: setup-test ## Measure, and write docs/benchmarks.md
	python -m bench

soak: setup-test ## A hundred thousand messages with everything that goes wrong; writes the table of docs/reliability.md
	python -m bench.soak --write

docs: setup ## Write what the connectors declare into docs/capabilities.md, docs/statuses.md and README.md
	python -m tools.capability_tables
	python -m tools.status_tables

screenshot: setup-test ## Take docs/playground.png again, from a browser test (needs Chromium)
	pytest -q tests/browser/test_whole.py -k pictures_and_buttons
	cp test-artifacts/playground.png docs/playground.png

sam-local: setup ## Each function once in AWS's own container image (needs a Docker engine)
	@exec python -m playground.sam_local

lock: setup ## Take newer versions of what is installed: writes the lock files
	uv=$$(echo .local/uv-*/bin/uv); compile="$$uv pip compile $(LOCKS) --upgrade"; \
	$$compile requirements/test.in -o requirements/test.txt; \
	$$compile requirements/local.in -c requirements/test.txt -o requirements/local.txt; \
	$$compile requirements/aws.in -o requirements/aws.txt; \
	$$compile requirements/uv.in -o requirements/uv.txt; \
	$$compile layers/dependencies/requirements.in -c requirements/test.txt -o layers/dependencies/requirements.txt

clean: ## Remove all that was set up, built and remembered
	rm -rf .venv .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis build node_modules test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
