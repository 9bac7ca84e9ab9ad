# Digits from Scratch. `make` alone says what there is.
PYTHON ?=
CHAPTER ?=
ARGS ?=
CLAIM ?=
URL ?=
PORT ?= 8000
ENGINE ?= chromium
BRANCH ?=
# The oldest Python that requirements/lock.txt is for.
LOWEST ?= 3.11
BIN := .venv/bin
NOTEBOOKS = chapters/$(CHAPTER)*.ipynb
CHAPTER_IS_THERE = test -n "$(wildcard $(NOTEBOOKS))" || { \
  echo "CHAPTER: received '$(CHAPTER)', expected two digits such as 03." >&2; exit 2; }
# What is checked beside a chapter's outputs.
SOURCES = tests/book/test_sources.py tests/book/test_plain_markdown.py -k '$(basename $(notdir $(wildcard $(NOTEBOOKS))))'
# uv compiles nothing: what is not kept, every process of a test run would compile again, PyTorch included.
export PYTHONDONTWRITEBYTECODE :=

help:
	@echo "make book              build the pages into _build/html"
	@echo "make serve             show the pages at http://localhost:8000, live figures included (PORT=...)"
	@echo "make pdf               the whole book as one PDF, beside the pages (needs Chromium)"
	@echo "make handout           the chapters without solutions, for a class, in _build/handout (CHAPTER=03)"
	@echo "make test              unit tests, every chapter run and compared, checks of the sources"
	@echo "make test CHAPTER=03   run and compare one chapter, and check its source"
	@echo "make live              run the chapters in their pages, by the pages' own Python, and compare (Chromium)"
	@echo "make outputs           run the chapters and store their outputs (CHAPTER=03: one of them)"
	@echo "make figures           export what the live figures run on, from chapters 4, 9 and 11 (three minutes)"
	@echo "make bench             measure speed and accuracy anew, half an hour (CLAIM=single: one of benchmarks/)"
	@echo "make mutants           plant faults in library and chapters: the tests must find them"
	@echo "make slack             measure what each tolerance really needs, an hour and a half (CHAPTER=03)"
	@echo "make colab             rehearse every chapter with Colab's versions, from an empty folder"
	@echo "make links             ask every link whether it is alive (needs the internet)"
	@echo "make newest            raise requirements/lock.txt to the newest versions (needs the registry)"
	@echo "make stamp URL=...     write the address of your repository everywhere (BRANCH=main)"
	@echo "make setup             only make the environment .venv, for everything (PYTHON=... chooses the interpreter)"
	@echo "make clean             remove what the commands have built, but not .venv"

setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh

# Only what the pages need, in half a minute.
pages:
	@PYTHON="$(PYTHON)" sh tools/setup.sh pages

book: pages
	@$(BIN)/python -c 'from importlib.metadata import version; v = version("jupyter-book"); v.startswith("1.") or exit("jupyter-book: found " + v + ", expected 1.x (2 knows no _config.yml). Remove .venv and try again.")'
	@$(BIN)/python -m tools.pyodide
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
	@$(BIN)/python -m tools.pdf

handout: pages
	@$(CHAPTER_IS_THERE)
	@$(BIN)/python -m tools.handout $(if $(CHAPTER),$(NOTEBOOKS))

# A worker for each core, since kernels and browsers work as hard as it; one BLAS thread for each.
test: setup
	@$(CHAPTER_IS_THERE)
	@rm -rf test-report
	@$(BIN)/python -m tools.pyodide
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --nbtruth \
	  $(if $(CHAPTER),$(NOTEBOOKS) $(SOURCES),tests nbtruth chapters) $(ARGS)

# After `book`, whose pages it opens.
live: book setup
	@$(BIN)/python -m tools.live --engine $(ENGINE) $(CHAPTER)

outputs: setup
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.outputs $(NOTEBOOKS)

figures: setup
	@$(BIN)/python -m tools.export_figures

# One script per claim, one after the other: they would slow each other down.
bench: setup
	@$(BIN)/python -c 'from benchmarks.results import changed; changed() and exit("Results name the commit that made them. Commit first: " + ", ".join(changed()))'
	@for script in $(if $(CLAIM),$(CLAIM),startup single minibatch accuracy); do \
	  echo "--- benchmarks/$$script.py" && $(BIN)/python -m benchmarks.$$script || exit 1; done

mutants: setup
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tools.mutants $(ARGS)

slack: setup
	@$(BIN)/python -m tools.slack $(if $(CHAPTER),$(NOTEBOOKS))

colab: setup
	@$(BIN)/python -m tools.colab $(if $(CHAPTER),$(NOTEBOOKS))

links: pages
	@$(BIN)/jupyter-book build . --all --builder linkcheck --path-output _build/links

newest: pages
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version $(LOWEST) --fork-strategy fewest requirements/*.in -o requirements/lock.txt

# Needs no package: whoever has just forked shall not wait for PyTorch.
stamp:
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,python3) -m tools.stamp $(if $(URL),--url "$(URL)") $(if $(BRANCH),--branch "$(BRANCH)")

clean:
	@rm -rf _build .colab .planted mutants test-report .pytest_cache .ruff_cache

.PHONY: help setup pages book serve pdf handout test live outputs figures bench mutants slack colab links newest stamp clean
