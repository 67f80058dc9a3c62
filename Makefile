# make book   run every notebook, render the book        make test   everything that is checked
# make lab    open the notebooks in JupyterLab           make serve  read the rendered book
# make store  after editing a notebook: store what its checked tables show now
# make clean  throw away what was built (the environment in .venv stays)
PYTHON  ?= python3
PROFILE ?= quick
PORT    ?= 8000
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
HTML    := build/$(PROFILE)/_build/html

# Threads that wait must sleep: with the default a training step on a busy two-core machine takes several times as long.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: help book test lint lab serve store clean lock
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: needs Python 3.11 or newer as '$(PYTHON)'; name another one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing the locked versions into $(VENV) (once, some minutes)'
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[book,test]'
	@touch $@

book: $(STAMP)
	@$(BIN)/python book/stage.py --profile $(PROFILE)

# The tests (they build the book where it is not built, and so run every notebook) and nbval: the notebooks that store
# checked outputs must give them again. In the order of their names, so that the book's long build begins first; one more
# worker than cores, since it leaves one waiting; one thread in each, since more workers than cores have none to spare.
CHECKED = $(shell grep -rl --include='*.ipynb' --exclude-dir='.*' nbval-check-output notebooks | sort)
test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --nbval-lax \
	  --nbval-current-env --nbval-sanitize-with tests/nbval.cfg --nbval-cell-timeout 300 tests $(CHECKED)

lint: $(STAMP)
	$(BIN)/ruff check srlib book notebooks tests benchmarks

lab: $(STAMP)
	$(BIN)/jupyter lab --notebook-dir notebooks

serve: book
	@echo "http://127.0.0.1:$(PORT)/ shows the book; Ctrl-C stops it"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

# After a change to a notebook: run it and keep only the outputs of its cells tagged `keep_output`.
#   make store NOTEBOOK=notebooks/protocol.ipynb
NOTEBOOK ?= $(shell find notebooks -name '*.ipynb' -not -path '*/.*' | sort)
store: $(STAMP)
	$(BIN)/jupyter nbconvert --log-level WARN --to notebook --execute --inplace $(NOTEBOOK)
	$(BIN)/jupyter nbconvert --log-level WARN --to notebook --coalesce-streams --inplace $(NOTEBOOK)
	$(BIN)/nbstripout --keep-count --extra-keys 'cell.metadata.execution metadata.language_info.version' $(NOTEBOOK)

clean:
	rm -rf build .pytest_cache .ruff_cache

lock: $(STAMP)
	@sed -n '/^#/p' constraints.txt > constraints.txt.tmp
	@$(BIN)/pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' >> constraints.txt.tmp
	@mv constraints.txt.tmp constraints.txt
