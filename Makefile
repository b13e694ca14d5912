# The words of every day. `make check` is what CI runs, plus the style.
.PHONY: setup test check style types

setup:
	python3 -m venv .venv && .venv/bin/pip install -e ".[dev]"

test:
	.venv/bin/pytest

style:
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

types:
	.venv/bin/mypy

check: style types test
