# make demo   the demo study, all figures and the report, on a fresh machine
# make test   every check and test
# make env    the environment alone
.PHONY: env demo test lint lock clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
SNAKEMAKE := $(BIN)/snakemake --workflow-profile workflow/profiles/default

env: $(VENV)/.complete

# torchaudio (which braindecode imports) ships extensions linked to CUDA: with a CPU build of torch
# they cannot load, and torchaudio falls back to pure Python once they are gone.
$(VENV)/.complete: envs/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make env PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check torch==$$(sed -n 's/^torch==//p' envs/requirements.txt)
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -c 'import torch; raise SystemExit(torch.version.cuda is None)' && \
		true || rm -f $(VENV)/lib/python3*/site-packages/torchaudio/lib/*.so
	touch $@

demo: env
	$(SNAKEMAKE) --cores all
	@echo "The report: results/demo/report.html"

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Solve requirements.in anew in a fresh environment and write down what it gave.
lock:
	rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet -r envs/requirements.in
	{ sed -n '/^#/p' envs/requirements.txt; \
	  $(VENV)-lock/bin/pip freeze | sed 's/+cpu$$//'; } > envs/requirements.new
	mv envs/requirements.new envs/requirements.txt && rm -rf $(VENV)-lock

clean:
	rm -rf results/demo .snakemake
