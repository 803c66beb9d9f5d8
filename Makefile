# make demo   the demo study, all figures and the report, on a fresh machine
# make explore  a page of a finished study to look at: trials, groups, methods
# make check  style and the fast tests, within a minute
# make test   every check and test
# make status what is done and what remains; CONFIG=config/study.yaml of another study
# make own    a configuration for a BIDS folder of yours: make own BIDS=/data/set OUT=my-study.yaml
# make env    the environment alone
.PHONY: env demo explore own docs status check test lint style lock clean
.DELETE_ON_ERROR:

PYTHON ?= python3
# envs/requirements-cuda.txt pins the packages of torch's CUDA build too.
LOCK ?= envs/requirements.txt
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Else every job and every test compiles the package again.
unexport PYTHONDONTWRITEBYTECODE
SNAKEMAKE := $(BIN)/snakemake --workflow-profile workflow/profiles/default

env: $(VENV)/.complete

# torchaudio (which braindecode imports) ships extensions linked to CUDA: with a CPU build of torch
# they cannot load, and torchaudio falls back to pure Python once they are gone.
$(VENV)/.complete: $(LOCK) envs/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make env PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check torch==$$(sed -n 's/^torch==//p' envs/requirements.txt)
	$(BIN)/pip install --quiet --disable-pip-version-check -r $(LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -c 'import torch; raise SystemExit(torch.version.cuda is None)' && \
		true || rm -f $(VENV)/lib/python3*/site-packages/torchaudio/lib/*.so
	touch $@

demo: env
	$(SNAKEMAKE) --cores all
	@echo "The report: results/demo/report.html"

# Of the demo, or of another study: make explore CONFIG=config/study.yaml
explore: env
	$(SNAKEMAKE) --cores all explorer $(if $(CONFIG),--configfile $(CONFIG))

# What is done and what remains: make status, make status CONFIG=config/study.yaml
status:
	@test -x $(BIN)/python || { echo "First: make env" >&2; exit 1; }
	@PYTHONPATH=workflow $(BIN)/python -m eeglrp.status $(if $(CONFIG),--configfile $(CONFIG))

# Never over a file that is there; then: snakemake --configfile my-study.yaml
own:
	@test -x $(BIN)/python || { echo "First: make env" >&2; exit 1; }
	@test -n "$(BIDS)" || { echo "Name the folder: make own BIDS=/data/set" >&2; exit 1; }
	@PYTHONPATH=workflow $(BIN)/python -m eeglrp.own "$(BIDS)" --out $(or $(OUT),my-study.yaml)

style:
	@test -x $(BIN)/ruff || { echo "First: make env" >&2; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules

lint: env style
	$(BIN)/snakemake --lint

# Files stay with one worker, and begin in the order of tests/conftest.py.
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

check: style
	$(PYTEST) -n 2 -m "not snakemake and not slow and not benchmark"

# One more than the two cores: tests of a cluster wait for it most of the time.
test: lint
	$(PYTEST) -n 3

# The documentation: docs/_build/html. EEGLRP_RESULTS names a study whose figures fill the gallery.
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs docs/_build/html
	@echo "The documentation: docs/_build/html/index.html"

$(VENV)/.docs: envs/requirements-docs.txt $(VENV)/.complete
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/requirements-docs.txt
	touch $@

# Solve requirements.in anew in a fresh environment and write down what it gave.
lock:
	rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet -r envs/requirements.in
	{ sed -n '/^#/p' envs/requirements.txt; $(VENV)-lock/bin/pip freeze | sed 's/+c[pu0-9]*$$//' | \
	  grep -vE '^(cuda-|nvidia-|triton=)'; } > envs/requirements.new
	mv envs/requirements.new envs/requirements.txt && rm -rf $(VENV)-lock
	{ sed '/- pip:$$/q' envs/eeglrp.yaml; \
	  sed -nE 's/^([A-Za-z][^ ]*==.*)/      - \1/p' envs/requirements.txt envs/requirements-cuda.txt; } > envs/eeglrp.new
	mv envs/eeglrp.new envs/eeglrp.yaml

clean:
	rm -rf results/demo .snakemake
