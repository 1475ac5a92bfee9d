# Every target that runs Python makes .venv by itself; none needs an activated environment.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
# the version that the tests and the experiments were last run with; any other from 2.4 may be given
TORCH ?= torch==2.13.0

# the table of integrals that deep networks with one input need is computed once for tables, tests and docs
export RELU_PROB_CACHE_DIR := $(CURDIR)/.cache

.PHONY: tables tables-check experiments test lint bench docs clean

tables: $(INSTALLED)
	$(RUN) paper_tables/build.py

tables-check: tables
	$(RUN) paper_tables/check.py

# trains thousands of small networks, about 13 minutes on two cores; the tables are drawn from the results it leaves
experiments: $(INSTALLED)
	$(RUN) paper_tables/experiments/run.py

# the workers use all cores: threads of the linear algebra would only compete with them
test: $(INSTALLED) tables-check
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest --numprocesses auto --dist worksteal

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(INSTALLED)
	$(RUN) -m pip install --quiet --editable '.[bench]'
	$(RUN) benchmarks/run.py

docs: $(INSTALLED)
	$(RUN) -m pip install --quiet --editable '.[docs]'
	$(RUN) -m sphinx -W --keep-going -b html docs docs/_build

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build paper_tables/out .cache

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip
	$(RUN) -m pip install --quiet $(TORCH)
	$(RUN) -m pip install --quiet --editable '.[plot,test]'
	touch $(INSTALLED)
