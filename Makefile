# Each target sets up a virtual environment in .venv if there is none, with no more in it than the target needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: report test bench lab docs clean

report: $(VENV)/with-report
	$(BIN)/neckevidence report --out reports

test: $(VENV)/with-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check neckevidence tests
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile
	$(BIN)/python -m pytest -o addopts=-q --numprocesses 2 --dist loadfile --nbval $(wildcard notebooks/[0-9][0-9]_*.ipynb)
	$(BIN)/python -m pytest -o addopts=-q --nbval-lax notebooks/explore.ipynb

# Timings beside peers in the same run; peers that are not installed are skipped.
bench: $(VENV)/with-test
	$(BIN)/python -m pytest -o addopts=-q -o python_files='bench_*.py' tests/benchmarks

lab: $(VENV)/with-report
	$(BIN)/jupyter lab notebooks

# What is written from other files: the codebook from the schema, the README's picture from the first notebook.
docs: $(VENV)/with-report
	$(BIN)/python -m neckevidence.report.docs

# uv installs in a fraction of pip's time; where it cannot, pip does.
$(VENV)/with-%: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable ".[$*]" || $(PIP) --editable ".[$*]"
	touch $@

clean:
	rm -rf $(VENV) reports build dist
