# Each target sets up a virtual environment in .venv if there is none.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: report test lab codebook lint clean

report: $(STAMP)
	$(BIN)/neckevidence report --out reports

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check neckevidence tests
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --nbval --nbval-kernel-name python3 notebooks -p no:doctest

lab: $(STAMP)
	$(BIN)/jupyter lab notebooks

codebook: $(STAMP)
	$(BIN)/python -c "from pathlib import Path; from neckevidence.schema import codebook; Path('evidence/CODEBOOK.md').write_text(codebook(Path('evidence')), encoding='utf-8')"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV) reports build dist
