"""The checks of the chapters' sources, on every chapter, and on a small notebook with one fault each."""

import copy
import re
import subprocess
import sys

import pytest

from tools import sources
from tools.book import CHAPTERS, ROOT, contents, read, settings
from tools.exercises import exercises
from tools.sources import BOOTSTRAP, CHECKS, FENCED, HIDDEN, ORDER, figures, prose


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, check):
    complaints = check(read(path), path.stem)
    assert not complaints, "\n".join(complaints)


def test_contents_list_every_chapter_once():
    assert sorted(ORDER) == [path.stem for path in CHAPTERS]
    assert len(ORDER) == len(set(ORDER)) > 0
    assert all((ROOT / f"{page}.md").is_file() for page in contents() if "/" not in page)


def repeated(names):
    return sorted({name for name in names if names.count(name) > 1})


def test_names_of_figures_and_exercises_are_unique_in_the_book():
    notebooks = [read(path) for path in CHAPTERS]
    names = [given.get("figure", {}).get("name") for nb in notebooks for _, given in figures(nb)]
    labels = [one.name for path, nb in zip(CHAPTERS, notebooks)
              for one in exercises(prose(nb))]
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
### Exercise 1.{number}. Title of {grade} ({grade})

Compute it.

<details><summary>Solution</summary>

Like this.

</details>""" for number, grade in enumerate(("easy", "medium", "hard"), 1))

QUESTIONS = "\n\n".join(f"""\
**{n}.** Is it so?

<details><summary>Answer {n}</summary>

It is. Whoever says "no" {"has forgotten something. " * 20}

</details>""" for n in (1, 2, 3))


@pytest.fixture
def sound():
    return {
        "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}},
        "cells": [
            markdown("# A title\n\nWhat does it do?"),
            code(BOOTSTRAP.format(**settings()["repository"]), 1, tags=["remove-cell"]),
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
    ("cells_are_short", put(2, "source", "x\n" * 25 + "x")),
    ("cells_are_short", lambda nb: [put(i, "source", "x\n" * 6 + "x")(nb) for i in (2, 4)]),
    ("code_and_outputs_fit_the_page", put(2, "source", "x" * 85)),
    ("code_and_outputs_fit_the_page", put(2, "outputs", [stream("x" * 85)])),
    ("prose_is_in_measure", put(3, "source", "word " * 340)),
    ("figures_are_described", figure_without("image", "alt")),
    ("figures_are_described", alt("Loss plot.")),
    ("figures_are_described", alt("a plot of the loss over all epochs")),
    ("figures_are_described", figure_without("figure", "caption")),
    ("figures_are_described", figure_without("figure", "name")),
    ("every_cell_was_run_in_order", put(4, "execution_count", None)),
    ("every_cell_was_run_in_order", put(4, "execution_count", 7)),
    ("no_machine_shows", put(2, "outputs", [stream("saved in /home/ada/digits\n")])),
    ("no_machine_shows", put(2, "outputs", [stream(f"saved in {ROOT}\n")])),
    ("no_machine_shows", put(2, "outputs", [stream("'C:\\Users\\ada'")])),
    ("no_machine_shows", put(2, "outputs", [stream("<object at 0x7f3a5c0d1e80>")])),
    ("no_machine_shows", put(2, "source", "root = '/tmp/x'")),
    ("no_machine_shows", put(2, "outputs", [{**ERROR, "traceback": ["lib/site-packages/numpy"]}])),
    ("no_unwanted_stderr_or_error", put(2, "outputs", [stream("warning", "stderr")])),
    ("no_unwanted_stderr_or_error", put(2, "outputs", [ERROR])),
    ("metadata_is_what_authors_wrote", cell_metadata(2, execution={"iopub.status.busy": "2026"})),
    ("metadata_is_what_authors_wrote", lambda nb: nb["metadata"].update(papermill={})),
    ("metadata_is_what_authors_wrote", lambda nb: nb["metadata"]["kernelspec"].update(name="my-env")),
    ("metadata_is_what_authors_wrote", lambda nb: nb["metadata"]["language_info"].update(version="3")),
    ("bootstrap_cell", replace(1, "git+https://", "git+https://x.")),
    ("bootstrap_cell", cell_metadata(1, tags=[])),
    ("bootstrap_cell", put(1, "outputs", [stream("x")])),
    ("headings", replace(0, "# A", "A")),
    ("headings", replace(3, "It", "# Another title\n\nIt")),
    *[("headings", replace(i, "## ", "")) for i in (5, 6, 8)],
    *[("exercises_are_graded_and_solved", replace(5, old, new)) for old, new in [
        ("(hard)", "(medium)"), (" (hard)", ""), ("(hard)", "(hard) (easy)"), ("### Ex", "## Ex"),
        ("1.2", "1.3"), ("1.1", "2.1"), ("<summary>Solution", "<summary>Answer"),
        ("Solution</", "Solution </")]],
    ("cells_of_solutions_are_folded", cell_metadata(4, tags=["solution"])),
    ("cells_of_solutions_are_folded", cell_metadata(4, tags=["solution"], jupyter=HIDDEN["jupyter"])),
    ("cells_of_solutions_are_folded", cell_metadata(4, **HIDDEN)),
    ("digits_are_tagged", replace(2, "", "digits = load_digits()\n")),
    # Folded answers are not counted, but what only looks like one is.
    ("prose_is_in_measure", put(6, "source", "<details>\n\n" + "word " * 340 + "\n\n</details>")),
    *[("questions_have_folded_answers", replace(6, old, new)) for old, new in [
        ("<details><summary>Answer 2</summary>\n\n", "<details><summary>Answer 2</summary>\n"),
        ("\n\n</details>", "</details>"), ("Answer 2", "Answer 3"), ("**2.**", "**3.**"), ("so?", "so."),
        ('says "no"', "says no"), ("<details>", "<details><details>")]],
    ("questions_have_folded_answers", lambda nb: put(6, "source", "## Check yourself")(nb)),
    ("questions_have_folded_answers",
     lambda nb: put(6, "source", nb["cells"][6]["source"].partition("**3.**")[0])(nb)),
    *[("code_in_solutions_is_run", replace(5, "Like this.", unrun)) for unrun in (
        "```python\nprint(1)\n```", "```\nprint(1)\n```", "It is `divmod(400, 28)`.", "Write `W += rate`.")],
    *[("assertions_can_fail", replace(7, "2 * 3 == 6", emptied))
      for emptied in ("True", "6 == 6", "2 * 3 == 6 or True", "(2 * 3 == 6, 'six')", "2 * 3")],
    ("assertions_can_fail", replace(7, "assert 2 * 3 == 6", "")),
    ("assertions_can_fail", replace(4, "plot()", "np.testing.assert_allclose(a, a)")),
    ("links_lead_somewhere", replace(3, "It", "[It](12-nowhere.ipynb#x)")),
    ("next_chapter_is_linked", replace(8, ORDER[1], ORDER[2])),
    ("percentages_were_computed", replace(3, "82.0 %", "83.0 %")),
    ("percentages_were_computed", replace(3, "82.0 %", "82.1 %")),
    ("percentages_were_computed", replace(3, "99 %?", "99 %.")),
    ("percentages_were_computed", replace(3, "22.3 %", "22.4 %")),
    ("percentages_were_computed", alt("The share of right answers rises to 91.8 % at the end.")),
]


BY_NAME = {check.__name__.removeprefix("check_"): check for check in CHECKS}


@pytest.mark.parametrize("check, fault", FAULTS)
def test_a_planted_fault_is_found(sound, check, fault):
    fault(sound)
    assert BY_NAME[check](sound, ORDER[0]) != []


def test_every_check_has_a_planted_fault():
    assert {check for check, _ in FAULTS} == set(BY_NAME)


@pytest.mark.parametrize("quoted", ["`wih`", "`(14, 8)`", "`hidden^-0.5`", "`f(1)`, as below",
                                    "```sh\nls\n```"])
def test_a_name_a_value_and_what_a_cell_runs_may_be_quoted(sound, quoted):
    replace(5, "Like this.", quoted)(sound)
    assert sources.check_code_in_solutions_is_run(sound, ORDER[0]) == []


def test_an_expected_exception_is_no_fault(sound):
    sound["cells"][2].update(outputs=[ERROR], metadata={"tags": ["raises-exception"]})
    assert sources.check_no_unwanted_stderr_or_error(sound, ORDER[0]) == []


def test_code_passes_the_linter():
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache", ROOT]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
