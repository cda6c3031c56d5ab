# Everything here needs only python3 (3.11 or newer) and the package registries.
.PHONY: help demo dev test lint install steampulse
UV := ./scripts/uv

help:
	@echo 'make demo                       the whole product on invented games, from nothing'
	@echo 'make dev                        the Dagster UI on the same games'
	@echo 'make test                       lint, types and all tests'
	@echo 'make steampulse ARGS="status"   any other command; ARGS="--help" lists them'

# --inexact: leaves the test tools alone if they are there.
install:
	@$(UV) sync --frozen --no-dev --inexact --quiet

demo: install
	@$(UV) run --no-sync steampulse demo

dev: install
	@$(UV) run --no-sync steampulse dev

steampulse: install
	@$(UV) run --no-sync steampulse $(ARGS)

lint:
	@$(UV) sync --frozen --quiet
	$(UV) run --no-sync ruff check .
	$(UV) run --no-sync ruff format --check .
	$(UV) run --no-sync mypy

test: lint
	$(UV) run --no-sync pytest --cov --cov-report=term
