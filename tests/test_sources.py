"""The chapters' sources: what a reader, a screen reader, Colab and the next author rely on.

Each check is a function from a notebook to a list of complaints. It runs on every chapter, and on a
small notebook with one planted fault, which it must find.
"""

import ast
import copy
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from test_solutions import RUN

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
LISTED = [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]
ORDER = [file.removeprefix("chapters/") for file in LISTED if file.startswith("chapters/")]

LONGEST, MEDIAN, WORDS = 25, 6, 110  # lines of a code cell; words of prose for each code cell
BOOTSTRAP = """\
# In Colab, install mnistlib. Anywhere else this cell does nothing.
try:
    import google.colab
    %pip install --quiet "mnistlib @ git+{url}@{branch}"
except ImportError:
    pass"""
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
FOLDED = re.compile(r"^<details><summary>Answer (\d+)</summary>\n\n(.+?)\n\n</details>$", re.M | re.S)
OPENS = r"^[:`]{3,}\{%s\} *(.*)$"
LABEL = r"(?:\n:\w+:.*)*?\n:label: *(\S+)"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def text(value):
    return value if isinstance(value, str) else "".join(value)


def code_cells(nb):
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code"]


def prose(nb):
    """The Markdown of a notebook without fenced code."""
    cells = [text(cell["source"]) for cell in nb["cells"] if cell["cell_type"] == "markdown"]
    return FENCED.sub("", "\n\n".join(cells))


def figures(nb):
    """(cell, its mystnb metadata) of the cells that show a picture."""
    return [(cell, cell["metadata"].get("mystnb", {})) for cell in code_cells(nb)
            if any("image/" in kind for output in cell["outputs"] for kind in output.get("data", {}))]


def printed(nb):
    """All text that the cells have put out."""
    parts = []
    for output in itertools.chain.from_iterable(cell["outputs"] for cell in code_cells(nb)):
        parts.append(text(output.get("text", "")))
        parts += [text(data) for kind, data in output.get("data", {}).items() if kind.startswith("text/")]
        parts += output.get("traceback", [])
    return "\n".join(parts)


# The checks. Each takes the notebook and the chapter's name, and returns complaints.

def check_cells_are_short(nb, name):
    lengths = [text(cell["source"]).count("\n") + 1 for cell in code_cells(nb)[1:]]  # without the bootstrap
    median = statistics.median(lengths)
    return ([f"a code cell of {n} lines, at most {LONGEST}" for n in lengths if n > LONGEST]
            + [f"median length {median} lines, at most {MEDIAN}"] * (median > MEDIAN))


def check_prose_is_in_measure(nb, name):
    # What stands in for a live figure is read only where there is none; folded answers one by one, by
    # whoever has thought about the question. Neither comes between a reader and the next cell.
    source = re.sub(r"<div data-figure=.*?</div>", "", FOLDED.sub("", prose(nb)), flags=re.DOTALL)
    # The bootstrap cell is not shown, so it is nothing that prose belongs to.
    each = len(re.findall(r"\w+", source)) / (len(code_cells(nb)) - 1)
    return [f"{each:.0f} words for each code cell, at most {WORDS}"] * (each > WORDS)


def check_figures_are_described(nb, name):
    complaints = []
    for cell, given in figures(nb):
        alt = given.get("image", {}).get("alt", "")
        if len(alt) < 30 or not re.fullmatch(r"[A-Z0-9].*[.?!]", alt, re.DOTALL):
            complaints.append(f"alt text is no sentence of 30 characters: {alt!r}")
        for field in ("caption", "name"):
            if not given.get("figure", {}).get(field):
                complaints.append(f"a figure without {field}: {text(cell['source'])[:60]!r}")
    return complaints


def check_every_cell_was_run_in_order(nb, name):
    counts = [cell["execution_count"] for cell in code_cells(nb)]
    return [f"execution counts {counts}"] * (counts != list(range(1, len(counts) + 1)))


def check_no_machine_shows(nb, name):
    places = [str(ROOT), str(Path.home()), tempfile.gettempdir()]
    path = re.compile("|".join(re.escape(place) + r"\b" for place in places if len(place) > 1)
                      + r"|(?<![\w.:/])/(?:work|home|root|tmp|Users|mnt|opt|private|var|usr)/"
                      + r"|\b[A-Z]:\\+\w|site-packages|ipykernel_\d|0x[0-9a-f]{8,}")
    everything = [text(cell["source"]) for cell in nb["cells"]] + [printed(nb)]
    return [f"{found[0]!r} in {found.string[max(0, found.start() - 20):found.end() + 30]!r}"
            for part in everything for found in path.finditer(part)]


def check_no_unwanted_stderr_or_error(nb, name):
    complaints = []
    for cell in code_cells(nb):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        unwanted = {"stderr"} if expected else {"stderr", "error"}
        complaints += [f"{one['output_type']} of {text(cell['source'])[:60]!r}"
                       for one in cell["outputs"] if {one["output_type"], one.get("name")} & unwanted]
    return complaints


def check_metadata_is_what_authors_wrote(nb, name):
    """Only what is there on purpose: no times of a run, no state of an editor, no version of Python."""
    keys = {key for cell in nb["cells"] for key in cell["metadata"]} - {"tags", "mystnb"}
    keys |= set(nb["metadata"]) - {"kernelspec", "language_info"}
    complaints = [f"metadata {key!r}" for key in sorted(keys)]
    if nb["metadata"].get("kernelspec", {}).get("name") != "python3":
        complaints.append("the kernel is not python3")
    if nb["metadata"].get("language_info", {"name": "python"}) != {"name": "python"}:
        complaints.append("language_info holds more than the name python")
    return complaints


def check_bootstrap_cell(nb, name):
    wanted = BOOTSTRAP.format(**CONFIG["repository"])
    cell = nb["cells"][1]
    tags = cell["metadata"].get("tags", [])
    return (["the second cell is not the bootstrap"] * (text(cell["source"]) != wanted)
            + ["the bootstrap cell lacks the tag remove-cell"] * ("remove-cell" not in tags)
            + ["the bootstrap cell has an output"] * bool(cell.get("outputs")))


def check_headings(nb, name):
    headings = re.findall(r"^(#{1,2}) (.+)$", prose(nb), re.MULTILINE)
    first = text(nb["cells"][0]["source"]).startswith("# ")
    complaints = ["the first cell does not begin with the title"] * (not first)
    complaints += [f"{marks} {title!r} is a second title" for marks, title in headings[1:] if marks == "#"]
    titles = [title for _, title in headings]
    return complaints + [f"no section {wanted!r}" for wanted in ("Exercises", "Check yourself", "Summary")
                         if wanted not in titles]


def check_exercises_are_graded_and_solved(nb, name):
    source = prose(nb)
    exercises = re.findall(OPENS % "exercise" + LABEL + r"\n((?:.|\n)*?)^[:`]{3,}$", source, re.MULTILINE)
    solved = re.findall(OPENS % "solution(?:-start)?", source, re.MULTILINE)
    labels = [label for _, label, _ in exercises]
    opened = len(re.findall(OPENS % "exercise", source, re.MULTILINE))
    starts, ends = (len(re.findall(OPENS % f"solution-{part}", source, re.M)) for part in ("start", "end"))
    return ([f"no exercise has the grade {grade}" for grade in ("easy", "medium", "hard")
             if not any(f"({grade})" in body for _, _, body in exercises)]
            + [f"{label} has not one grade" for _, label, body in exercises
               if len(re.findall(r"\((?:easy|medium|hard)\)", body)) != 1]
            + [f"{opened - len(exercises)} exercises without label"] * (opened != len(exercises))
            + [f"exercises {labels}, solutions {solved}"] * (sorted(labels) != sorted(solved))
            + [f"{starts} solution-start, {ends} solution-end"] * (starts != ends))


def check_questions_have_folded_answers(nb, name):
    """Three to five, numbered; each answer also quotes a wrong one, and says what it has overlooked.

    <details> folds in the built page and in Colab alike, without a script. The empty lines round its
    content are needed, or Markdown is not read inside.
    """
    section = prose(nb).partition("## Check yourself\n")[2].partition("\n## ")[0]
    answers = FOLDED.findall(section)
    asked = re.findall(r"^\*\*(\d+)\.\*\* .*\?$", section, re.MULTILINE)
    wanted = [str(n) for n in range(1, len(answers) + 1)]
    return ([f"{len(answers)} questions with folded answers"] * (not 3 <= len(answers) <= 5)
            + [f"questions {asked}, answers {[n for n, _ in answers]}"]
            * (asked != wanted or [n for n, _ in answers] != wanted)
            + [f"answer {n} explains no wrong answer" for n, said in answers
               if not re.search(r'"[^"]+"|f you said', said)]
            + ["<details> of another form"] * (section.count("<details") != len(answers)))


def check_code_in_solutions_is_run(nb, name):
    """Python stands in a cell. What a sentence quotes is in some cell, or test_solutions.py runs it."""
    source = "\n\n".join(text(cell["source"]) for cell in nb["cells"] if cell["cell_type"] == "markdown")
    cells = "\n".join(text(cell["source"]) for cell in code_cells(nb))
    solutions = re.findall(OPENS % "solution" + r"\n((?:.|\n)*?)^:{3,}$", source, re.MULTILINE)
    solutions += re.findall(OPENS % "solution-start" + r"\n((?:.|\n)*?)^:{3,}\{solution-end\}", source, re.M)
    complaints = []
    for label, body in solutions:
        blocks = re.findall(r"^(?:`{3,}|~{3,})(?!\{|sh\b|text\b).*\n[^`~]", body, re.MULTILINE)
        complaints += [f"{label} has a block of code that nobody runs"] * bool(blocks)
        for quoted in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", body):
            if does_something(quoted) and quoted not in cells and RUN.get(label) != quoted:
                complaints.append(f"{label}: nobody runs {quoted!r}")
    return complaints


def does_something(source):
    """Whether it is Python with a call or a statement in it; a name or a value is nothing to run."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return False
    return any(isinstance(node, (ast.Call, ast.stmt)) and not isinstance(node, ast.Expr) for node in nodes)


def check_links_lead_somewhere(nb, name):
    targets = re.findall(r"\]\(([^)\s]+)\)|href=\"([^\"]+)\"", prose(nb))
    local = [a or b for a, b in targets if not re.match(r"[a-z]+:|#", a or b)]
    return [f"no file {one}" for one in local if not (ROOT / "chapters" / one.split("#")[0]).is_file()]


def check_next_chapter_is_linked(nb, name):
    after = dict(itertools.pairwise(ORDER)).get(name)
    last = text(nb["cells"][-1]["source"])
    return [f"the last cell has no link to {after}.ipynb"] * bool(after and f"]({after}.ipynb)" not in last)


def check_percentages_were_computed(nb, name):
    """A percentage in prose, an alt text or a caption stands among the chapter's outputs, or is one rounded.

    Free are lines with a link, which tell what others or other chapters have measured, and questions.
    """
    told = [line for line in prose(nb).splitlines() if "](" not in line]
    for _, given in figures(nb):
        told += [given.get("image", {}).get("alt", ""), given.get("figure", {}).get("caption", "")]
    sentences = [one for part in told for one in re.split(r"(?<=[.:;?!])\s", part)]
    output = printed(nb)
    percents = re.findall(r"(\d+(?:\.\d+)?) ?%", output)
    decimals = re.findall(r"(?<![\d.])\d+\.\d+(?![\d.]*\d)", output)  # 22.3 in a column, 0.223 as a share
    known = {*decimals, *(f"{100 * float(share):.{max(0, len(share) - 4)}f}" for share in decimals)}
    complaints = []
    for sentence in sentences:
        for number in re.findall(r"(?<![\d.,])(\d+(?:\.\d+)?)\s?\\?%", sentence):
            digits = len(number.partition(".")[2])
            rounded = {f"{float(percent):.{digits}f}" for percent in percents}
            if number not in known | rounded and not sentence.endswith("?"):
                complaints.append(f"{number} % is in no output: {sentence!r}")
    return complaints


def check_assertions_can_fail(nb, name):
    """None is emptied: a constant, something equal to itself, an "or" that lets anything pass."""
    complaints = []
    for cell in code_cells(nb)[1:]:
        tree = ast.parse(re.sub(r"^(\s*)[%!]", r"\1# ", text(cell["source"]), flags=re.MULTILINE))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert) and not can_fail(node.test):
                complaints.append(f"cannot fail: {ast.unparse(node)}")
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np.testing.assert"):
                first, second = map(ast.dump, node.args[:2])
                complaints += [f"cannot fail: {ast.unparse(node)}"] * (first == second)
    checks = text(code_cells(nb)[-1]["source"])
    if len(re.findall("^assert ", checks, re.MULTILINE)) < 3:
        complaints.append("the last cell, which readers check themselves by, asserts fewer than three things")
    return complaints


def can_fail(test):
    if isinstance(test, ast.Compare):
        return len({ast.dump(side) for side in [test.left, *test.comparators]}) > 1
    return isinstance(test, (ast.Call, ast.Name)) or (
        isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and all(map(can_fail, test.values)))


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, check):
    assert check(read(path), path.stem) == []


def test_contents_list_every_chapter_once():
    assert sorted(ORDER) == [path.stem for path in CHAPTERS]
    assert len(ORDER) == len(set(ORDER)) > 0
    assert all((ROOT / f"{page}.md").is_file() for page in [TOC["root"], *LISTED] if "/" not in page)


def repeated(names):
    return sorted({name for name in names if names.count(name) > 1})


def test_names_of_figures_and_exercises_are_unique_in_the_book():
    notebooks = [read(path) for path in CHAPTERS]
    names = [given.get("figure", {}).get("name") for nb in notebooks for _, given in figures(nb)]
    labels = [label for nb in notebooks for label in re.findall(r"^:label: *(\S+)", prose(nb), re.MULTILINE)]
    assert repeated(names + labels) == []
    assert repeated(["a", "b", "a"]) == ["a"]


def test_the_introductions_links_lead_somewhere():
    source = FENCED.sub("", (ROOT / "intro.md").read_text(encoding="utf-8"))
    targets = re.findall(r"\]\((?![a-z]+:)([^)#\s]+)|href=\"(?![a-z]+:)([^\"#]+)", source)
    assert targets
    for target in (a or b for a, b in targets):
        path = ROOT / target
        assert (path.with_suffix(".ipynb") if path.suffix == ".html" else path).is_file(), target


# Each check, on a sound notebook and on the same with one fault.

def code(source, count, outputs=(), **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata,
            "execution_count": count, "outputs": list(outputs)}


def markdown(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def stream(content, name="stdout"):
    return {"output_type": "stream", "name": name, "text": content}


PICTURE = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBO", "text/plain": "<x>"}}
DESCRIBED = {"image": {"alt": "The loss falls for five epochs, then it rises."},
             "figure": {"caption": "Loss over epochs.", "name": "loss"}}
EXERCISES = "\n\n".join(f"""\
:::{{exercise}} Title
:label: ex-{grade}

({grade}) Compute it.
:::

:::{{solution}} ex-{grade}
:class: dropdown

Like this.
:::""" for grade in ("easy", "medium", "hard"))

QUESTIONS = "\n\n".join(f"""\
**{n}.** Is it so?

<details><summary>Answer {n}</summary>

It is. "No" is tempting, {"but it forgets something. " * 20}

</details>""" for n in (1, 2, 3))


@pytest.fixture
def sound():
    return {
        "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}},
        "cells": [
            markdown("# A title\n\nWhat does it do?"),
            code(BOOTSTRAP.format(**CONFIG["repository"]), 1, tags=["remove-cell"]),
            code("print(1)", 2, [stream("accuracy 82.04%, share 0.223\n")]),
            markdown("It reads 82.0 % and misses 22.3 %. Or 99 %?\n\n[Others](https://a.b) had 12 %."),
            code("plot()", 3, [PICTURE], mystnb=copy.deepcopy(DESCRIBED)),
            markdown("## Exercises\n\n" + EXERCISES),
            markdown("## Check yourself\n\n" + QUESTIONS),
            code("assert 2 * 3 == 6\nassert f(1) == 2\nassert f(2) == 3", 4),
            markdown(f"## Summary\n\n[Next]({ORDER[1]}.ipynb)"),
        ],
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_a_sound_notebook_passes(sound, check):
    assert check(sound, ORDER[0]) == []


def put(index, key, value):
    return lambda nb: nb["cells"][index].__setitem__(key, value)


def replace(index, old, new):
    def fault(nb):
        source = nb["cells"][index]["source"]
        assert old in source
        nb["cells"][index]["source"] = source.replace(old, new, 1)
    return fault


def figure_without(part, field):
    return lambda nb: nb["cells"][4]["metadata"]["mystnb"][part].pop(field)


def alt(value):
    return lambda nb: nb["cells"][4]["metadata"]["mystnb"]["image"].update(alt=value)


def cell_metadata(index, **values):
    return lambda nb: nb["cells"][index]["metadata"].update(values)


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
FAULTS = [
    (check_cells_are_short, put(2, "source", "x\n" * 25 + "x")),
    (check_cells_are_short, lambda nb: [put(i, "source", "x\n" * 6 + "x")(nb) for i in (2, 4)]),
    (check_prose_is_in_measure, put(3, "source", "word " * 340)),
    (check_figures_are_described, figure_without("image", "alt")),
    (check_figures_are_described, alt("Loss plot.")),
    (check_figures_are_described, alt("a plot of the loss over all epochs")),
    (check_figures_are_described, figure_without("figure", "caption")),
    (check_figures_are_described, figure_without("figure", "name")),
    (check_every_cell_was_run_in_order, put(4, "execution_count", None)),
    (check_every_cell_was_run_in_order, put(4, "execution_count", 7)),
    (check_no_machine_shows, put(2, "outputs", [stream("saved in /home/ada/digits\n")])),
    (check_no_machine_shows, put(2, "outputs", [stream(f"saved in {ROOT}\n")])),
    (check_no_machine_shows, put(2, "outputs", [stream("'C:\\Users\\ada'")])),
    (check_no_machine_shows, put(2, "outputs", [stream("<object at 0x7f3a5c0d1e80>")])),
    (check_no_machine_shows, put(2, "source", "root = '/tmp/x'")),
    (check_no_machine_shows, put(2, "outputs", [{**ERROR, "traceback": ["lib/site-packages/numpy"]}])),
    (check_no_unwanted_stderr_or_error, put(2, "outputs", [stream("warning", "stderr")])),
    (check_no_unwanted_stderr_or_error, put(2, "outputs", [ERROR])),
    (check_metadata_is_what_authors_wrote, cell_metadata(2, execution={"iopub.status.busy": "2026"})),
    (check_metadata_is_what_authors_wrote, lambda nb: nb["metadata"].update(papermill={})),
    (check_metadata_is_what_authors_wrote, lambda nb: nb["metadata"]["kernelspec"].update(name="my-env")),
    (check_metadata_is_what_authors_wrote, lambda nb: nb["metadata"]["language_info"].update(version="3")),
    (check_bootstrap_cell, replace(1, "git+https://", "git+https://x.")),
    (check_bootstrap_cell, cell_metadata(1, tags=[])),
    (check_bootstrap_cell, put(1, "outputs", [stream("x")])),
    (check_headings, replace(0, "# A", "A")),
    (check_headings, replace(3, "It", "# Another title\n\nIt")),
    *[(check_headings, replace(i, "## ", "")) for i in (5, 6, 8)],
    (check_exercises_are_graded_and_solved, replace(5, "(hard)", "(medium)")),
    (check_exercises_are_graded_and_solved, replace(5, "(hard)", "")),
    (check_exercises_are_graded_and_solved, replace(5, "(hard)", "(hard) (easy)")),
    (check_exercises_are_graded_and_solved, replace(5, ":label: ex-easy", "")),
    (check_exercises_are_graded_and_solved, replace(5, "{solution} ex-easy", "{note}")),
    (check_exercises_are_graded_and_solved, replace(5, "{solution} ex-easy", "{solution} ex-esay")),
    (check_exercises_are_graded_and_solved, replace(5, "{solution} ex-easy", "{solution-start} ex-easy")),
    # Folded answers are not counted, but what only looks like one is.
    (check_prose_is_in_measure, put(6, "source", "<details>\n\n" + "word " * 340 + "\n\n</details>")),
    *[(check_questions_have_folded_answers, replace(6, old, new)) for old, new in [
        ("<details><summary>Answer 2</summary>\n\n", "<details><summary>Answer 2</summary>\n"),
        ("\n\n</details>", "</details>"), ("Answer 2", "Answer 3"), ("**2.**", "**3.**"), ("so?", "so."),
        ('"No"', "No"), ("<details>", "<details><details>")]],
    (check_questions_have_folded_answers, lambda nb: put(6, "source", "## Check yourself")(nb)),
    (check_questions_have_folded_answers,
     lambda nb: put(6, "source", nb["cells"][6]["source"].partition("**3.**")[0])(nb)),
    *[(check_code_in_solutions_is_run, replace(5, "Like this.", unrun)) for unrun in (
        "```python\nprint(1)\n```", "```\nprint(1)\n```", "It is `divmod(400, 28)`.", "Write `W += rate`.")],
    *[(check_assertions_can_fail, replace(7, "2 * 3 == 6", emptied))
      for emptied in ("True", "6 == 6", "2 * 3 == 6 or True", "(2 * 3 == 6, 'six')", "2 * 3")],
    (check_assertions_can_fail, replace(7, "assert 2 * 3 == 6", "")),
    (check_assertions_can_fail, replace(4, "plot()", "np.testing.assert_allclose(a, a)")),
    (check_links_lead_somewhere, replace(3, "It", "[It](12-nowhere.ipynb#x)")),
    (check_next_chapter_is_linked, replace(8, ORDER[1], ORDER[2])),
    (check_percentages_were_computed, replace(3, "82.0 %", "83.0 %")),
    (check_percentages_were_computed, replace(3, "82.0 %", "82.1 %")),
    (check_percentages_were_computed, replace(3, "99 %?", "99 %.")),
    (check_percentages_were_computed, replace(3, "22.3 %", "22.4 %")),
    (check_percentages_were_computed, alt("The share of right answers rises to 91.8 % at the end.")),
]


@pytest.mark.parametrize("check, fault", FAULTS, ids=lambda value: value.__name__.removeprefix("check_"))
def test_a_planted_fault_is_found(sound, check, fault):
    fault(sound)
    assert check(sound, ORDER[0]) != []


def test_every_check_has_a_planted_fault():
    assert {check for check, _ in FAULTS} == set(CHECKS)


@pytest.mark.parametrize("quoted", ["`wih`", "`(14, 8)`", "`hidden^-0.5`", "`f(1)`, as below",
                                    "```sh\nls\n```"])
def test_a_name_a_value_and_what_a_cell_runs_may_be_quoted(sound, quoted):
    replace(5, "Like this.", quoted)(sound)
    assert check_code_in_solutions_is_run(sound, ORDER[0]) == []


def test_an_expected_exception_is_no_fault(sound):
    sound["cells"][2].update(outputs=[ERROR], metadata={"tags": ["raises-exception"]})
    assert check_no_unwanted_stderr_or_error(sound, ORDER[0]) == []


def test_code_passes_the_linter():
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache", ROOT]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
