# make demo    compile a pretrained network and name what is in real photographs
# make test    everything a change must pass
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

demo: $(VENV)/ready
	$(BIN)/python -m demo

test: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

conformance: $(VENV)/ready
	$(BIN)/python -m tests.conformance --write docs/conformance.md

clean:
	rm -rf build $(VENV)

.PHONY: demo test conformance clean
