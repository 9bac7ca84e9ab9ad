# Digits from Scratch. `make` alone says what there is.
PYTHON ?=
CHAPTER ?=
ARGS ?=
CLAIM ?=
URL ?=
PORT ?= 8000
BRANCH ?=
BIN := .venv/bin
NOTEBOOKS = chapters/$(CHAPTER)*.ipynb

help:
	@echo "make book              build the pages into _build/html"
	@echo "make serve             show the pages at http://localhost:8000, live figures included (PORT=...)"
	@echo "make pdf               the whole book as one PDF, beside the pages (needs Chromium)"
	@echo "make test              unit tests, every chapter run and compared, checks of the sources"
	@echo "make test CHAPTER=03   run and compare one chapter only"
	@echo "make outputs           run the chapters and store their outputs (CHAPTER=03: one of them)"
	@echo "make figures           export what the live figures run on, from chapters 4 and 9 (two minutes)"
	@echo "make bench             measure speed and accuracy anew, an hour (CLAIM=single: one of benchmarks/)"
	@echo "make mutants           plant faults in library and chapters: the tests must find them"
	@echo "make colab             rehearse every chapter with Colab's versions, from an empty folder"
	@echo "make links             ask every link whether it is alive"
	@echo "make newest            raise the pins in requirements.txt to the newest versions"
	@echo "make stamp URL=...     write the address of your repository everywhere (BRANCH=main)"
	@echo "make setup             only make the environment .venv (PYTHON=... chooses the interpreter)"
	@echo "make clean             remove what the commands have built, but not .venv"

setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh

book: setup
	@$(BIN)/python -c 'from importlib.metadata import version; v = version("jupyter-book"); v.startswith("1.") or exit("jupyter-book: found " + v + ", expected 1.x (2 knows no _config.yml). Remove .venv and try again.")'
	@rm -rf _build/html _build/.doctrees
	@$(BIN)/jupyter-book build . -W -n --all --keep-going
	@test -f _build/html/index.html || { echo "The build left no _build/html/index.html." >&2; exit 1; }
	@echo
	@echo "The book is built. To read it with its live figures: make serve"
	@echo "Or open this file in a browser, where tables stand in for them:"
	@echo "  $(CURDIR)/_build/html/index.html"

# Browsers load no script modules from files, so the live figures need a server. On this machine only.
serve:
	@test -f _build/html/index.html || $(MAKE) book
	@echo "Open http://localhost:$(PORT) in a browser. Ctrl-C stops."
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,python3) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

pdf: book
	@$(BIN)/python tools/pdf.py

# One BLAS thread for each of the two workers: two each would fight for two cores.
test: setup
	@rm -rf test-report
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval --nbval-current-env \
	  $(if $(CHAPTER),$(NOTEBOOKS),tests chapters) $(ARGS)

outputs: setup
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tools/outputs.py $(NOTEBOOKS)

figures: setup
	@$(BIN)/python tools/export_figures.py

# One script per claim, one after the other: they would slow each other down.
bench: setup
	@for script in $(if $(CLAIM),$(CLAIM),startup single linear minibatch distributed accuracy ladder); do \
	  echo "--- benchmarks/$$script.py" && $(BIN)/python benchmarks/$$script.py || exit 1; done

mutants: setup
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tools/mutants.py $(ARGS)

colab: setup
	@$(BIN)/python tools/colab.py $(if $(CHAPTER),$(NOTEBOOKS))

links: setup
	@$(BIN)/jupyter-book build . --all --builder linkcheck --path-output _build/links

newest: setup
	@$(BIN)/python tools/newest.py

# Needs no package: whoever has just forked shall not wait for PyTorch.
stamp:
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,python3) tools/stamp.py $(if $(URL),--url "$(URL)") $(if $(BRANCH),--branch "$(BRANCH)")

clean:
	@rm -rf _build mutants test-report .pytest_cache .ruff_cache

.PHONY: help setup book serve pdf test outputs figures bench mutants colab links newest stamp clean
