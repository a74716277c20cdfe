# Thin: the work is in start.py, which Windows users call directly.
PYTHON ?= python3

.PHONY: run test lint

run:
	@$(PYTHON) start.py run

test:
	@$(PYTHON) start.py test $(ARGS)

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
