# Everything here needs only python3 (3.11 or newer) and the package registries.
.PHONY: help demo dev serve test coverage lint install steampulse
UV := ./scripts/uv
# The dagster.yaml of this folder is production's and wants its database; definitions are checked without one.
CHECK_HOME = DAGSTER_HOME=$$(mktemp -d)

help:
	@echo 'make demo                       the whole product on invented games, from nothing'
	@echo 'make dev                        the Dagster UI on the same games'
	@echo 'make serve                      report pages and API on the same games'
	@echo 'make test                       lint, types and all tests'
	@echo 'make coverage                   the tests again, and which lines they reach'
	@echo 'make steampulse ARGS="status"   any other command; ARGS="--help" lists them'

# --inexact: leaves the test tools alone if they are there.
install:
	@$(UV) sync --frozen --no-dev --inexact --quiet

demo: install
	@$(UV) run --no-sync steampulse demo

dev: install
	@$(UV) run --no-sync steampulse dev

serve: install
	@$(UV) run --no-sync steampulse serve

steampulse: install
	@$(UV) run --no-sync steampulse $(ARGS)

lint:
	@$(UV) sync --frozen --quiet
	$(UV) run --no-sync ruff check .
	$(UV) run --no-sync ruff format --check .
	$(UV) run --no-sync mypy
	$(CHECK_HOME) $(UV) run --no-sync dg check defs
	$(CHECK_HOME) $(UV) run --no-sync dagster definitions validate -m steampulse_dagster.definitions

# On all cores; whoever is done takes over from the others.
test: lint
	$(UV) run --no-sync pytest -n auto --dist worksteal

coverage:
	@$(UV) sync --frozen --quiet
	$(UV) run --no-sync pytest -n auto --dist worksteal --cov --cov-report=term
