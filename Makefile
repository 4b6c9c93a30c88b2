# Each target sets up a virtual environment in .venv if there is none.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: report test bench lab docs clean

report: $(STAMP)
	$(BIN)/neckevidence report --out reports

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check neckevidence tests
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest -o addopts=-q --nbval notebooks

# Timings beside peers in the same run; peers that are not installed are skipped.
bench: $(STAMP)
	$(BIN)/python -m pytest -o addopts=-q -o python_files='bench_*.py' tests/benchmarks

lab: $(STAMP)
	$(BIN)/jupyter lab notebooks

# What is written from other files: the codebook from the schema, the README's picture from the first notebook.
docs: $(STAMP)
	$(BIN)/python -m neckevidence.report.docs

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV) reports build dist
