"""The chapters' sources: what a reader, a screen reader, Colab and the next author rely on.

Each check is a function from a notebook (tools.book.read) to a list of complaints. Tests run them on every
chapter; `make mutants` asks them before it runs a faulty one.
"""

import ast
import itertools
import re
import statistics
import tempfile
from pathlib import Path

from tools.book import ROOT, contents, settings, sources
from tools.exercises import exercises

ORDER = [file.removeprefix("chapters/") for file in contents() if file.startswith("chapters/")]
# Code that a solution tells in a sentence, where no cell runs it: tests/book/test_solutions.py does.
RUN = {"ex-01-find-a-pixel": "divmod(400, 28)",
       "ex-06-find-the-slip": "return train_loader, test_loader",
       "ex-08-find-the-slip": "np.dot(self.who.T, output_errors * final_outputs * (1.0 - final_outputs))"}

WRONG = re.compile('"[^"]+"')
LONGEST, MEDIAN, WIDEST = 25, 6, 84  # lines of a code cell; columns, or a line wraps on the page
WORDS = 110  # of prose for each code cell
BOOTSTRAP = """\
# In Colab, install mnistlib. Anywhere else this cell does nothing.
try:
    import google.colab
    %pip install --quiet "digits-from-scratch @ git+{url}@{branch}"
except ImportError:
    pass"""
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
FOLDED = re.compile(r"^<details><summary>Answer (\d+)</summary>\n\n(.+?)\n\n</details>$", re.M | re.S)
# How JupyterLab and VS Code, and Colab, fold the cells of a solution.
HIDDEN = {"jupyter": {"outputs_hidden": True, "source_hidden": True}, "cellView": "form"}


def text(value):
    return value if isinstance(value, str) else "".join(value)


def code_cells(nb):
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code"]


def prose(nb):
    """The Markdown of a notebook without fenced code."""
    return FENCED.sub("", "\n\n".join(sources(nb, "markdown")))


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
    cells = code_cells(nb)[1:]  # without the bootstrap
    lengths = [cell["source"].count("\n") + 1 for cell in cells]
    median = statistics.median(lengths)
    return ([f"a code cell of {n} lines, at most {LONGEST}: {cell['source'][:60]!r}"
             for n, cell in zip(lengths, cells) if n > LONGEST]
            + [f"median length {median} lines, at most {MEDIAN}"] * (median > MEDIAN))


def check_code_and_outputs_fit_the_page(nb, name):
    shown = [cell["source"] for cell in code_cells(nb)[1:]]
    for cell in code_cells(nb):
        if "solution" not in cell["metadata"].get("tags", []):  # where long messages of errors may stand
            shown += [text(output.get("text", "")) for output in cell["outputs"]]
    return [f"{len(line)} columns, at most {WIDEST}: {line.strip()!r}"
            for line in "\n".join(shown).splitlines() if len(line) > WIDEST]


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
            complaints.append(f"alt text {alt!r} is no sentence of 30 characters: "
                              f"{cell['source'][:60]!r}")
        for field in ("caption", "name"):
            if not given.get("figure", {}).get(field):
                complaints.append(f"a figure without {field}: {cell['source'][:60]!r}")
    return complaints


def check_every_cell_was_run_in_order(nb, name):
    counts = [cell["execution_count"] for cell in code_cells(nb)]
    in_order = counts == list(range(1, len(counts) + 1))
    return [] if in_order else [f"execution counts {counts}: run `make outputs CHAPTER={name[:2]}`"]


def check_no_machine_shows(nb, name):
    places = [str(ROOT), str(Path.home()), tempfile.gettempdir()]
    path = re.compile("|".join(re.escape(place) + r"\b" for place in places if len(place) > 1)
                      + r"|(?<![\w.:/])/(?:work|home|root|tmp|Users|mnt|opt|private|var|usr)/"
                      + r"|\b[A-Z]:\\+\w|site-packages|ipykernel_\d|0x[0-9a-f]{8,}")
    everything = [cell["source"] for cell in nb["cells"]] + [printed(nb)]
    return [f"{match[0]!r} in {match.string[max(0, match.start() - 20):match.end() + 30]!r}"
            for part in everything for match in path.finditer(part)]


def check_no_unwanted_stderr_or_error(nb, name):
    complaints = []
    for cell in code_cells(nb):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        unwanted = {"stderr"} if expected else {"stderr", "error"}
        complaints += [f"{output['output_type']} of {cell['source'][:60]!r}" for output in cell["outputs"]
                       if {output["output_type"], output.get("name")} & unwanted]
    return complaints


def check_metadata_is_what_authors_wrote(nb, name):
    """Only what is there on purpose: no times of a run, no state of an editor, no version of Python."""
    keys = {key for cell in nb["cells"] for key in cell["metadata"]} - {"tags", "mystnb", *HIDDEN}
    keys |= set(nb["metadata"]) - {"kernelspec", "language_info"}
    complaints = [f"metadata {key!r}" for key in sorted(keys)]
    if nb["metadata"].get("kernelspec", {}).get("name") != "python3":
        complaints.append("the kernel is not python3")
    if nb["metadata"].get("language_info", {"name": "python"}) != {"name": "python"}:
        complaints.append("language_info holds more than the name python")
    return complaints


def check_bootstrap_cell(nb, name):
    wanted = BOOTSTRAP.format(**settings()["repository"])
    cell = nb["cells"][1]
    tags = cell["metadata"].get("tags", [])
    return (["the second cell is not the bootstrap"] * (cell["source"] != wanted)
            + ["the bootstrap cell lacks the tag remove-cell"] * ("remove-cell" not in tags)
            + ["the bootstrap cell has an output"] * bool(cell.get("outputs")))


def check_headings(nb, name):
    headings = re.findall(r"^(#{1,2}) (.+)$", prose(nb), re.MULTILINE)
    first = nb["cells"][0]["source"].startswith("# ")
    complaints = ["the first cell does not begin with the title"] * (not first)
    complaints += [f"{marks} {title!r} is a second title" for marks, title in headings[1:] if marks == "#"]
    titles = [title for _, title in headings]
    return complaints + [f"no section {wanted!r}" for wanted in ("Exercises", "Check yourself", "Summary")
                         if wanted not in titles]


def check_exercises_are_graded_and_solved(nb, name):
    source = prose(nb)
    graded = exercises(source)
    begun = len(re.findall(r"^#+ Exercise\b", source, re.MULTILINE))
    numbers = [exercise.number for exercise in graded]
    wanted = [(int(name[:2]), count) for count in range(1, len(numbers) + 1)]
    return ([f"no exercise has the grade {grade}" for grade in ("easy", "medium", "hard")
             if grade not in {exercise.grade for exercise in graded}]
            + [f"{exercise.name} has no solution" for exercise in graded if exercise.solution is None]
            + [f"{begun - len(graded)} exercises of another form than '### Exercise 3.4. Title (easy)'"]
            * (begun != len(graded))
            + [f"numbers {numbers}, expected {wanted}"] * (numbers != wanted))


def check_cells_of_solutions_are_folded(nb, name):
    """Those with the tag `solution`, and no others."""
    complaints = []
    for cell in code_cells(nb):
        given = {key: cell["metadata"][key] for key in HIDDEN if key in cell["metadata"]}
        if given != (HIDDEN if "solution" in cell["metadata"].get("tags", []) else {}):
            complaints.append(f"folded by {given}, expected {HIDDEN} where the tag `solution` is and nothing "
                              f"elsewhere: {cell['source'][:60]!r}")
    return complaints


def check_digits_are_tagged(nb, name):
    """Where they are loaded the tag `mnist` stands, since the line that says which they are differs."""
    return [f"no tag mnist: {cell['source'][:60]!r}" for cell in code_cells(nb)
            if "load_digits()" in cell["source"] and "mnist" not in cell["metadata"].get("tags", [])]


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
            + [f"answer {n} quotes no wrong answer" for n, said in answers if not WRONG.search(said)]
            + ["<details> of another form"] * (section.count("<details") != len(answers)))


def check_code_in_solutions_is_run(nb, name):
    """Python stands in a cell. What a sentence quotes is in some cell, or test_solutions.py runs it."""
    # With fenced code, which `prose` leaves out.
    source = "\n\n".join(sources(nb, "markdown"))
    cells = "\n".join(sources(nb, "code"))
    solutions = [(exercise.name, exercise.solution or "") for exercise in exercises(source)]
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
    return [f"no file {path}" for path in local if not (ROOT / "chapters" / path.split("#")[0]).is_file()]


def check_next_chapter_is_linked(nb, name):
    after = dict(itertools.pairwise(ORDER)).get(name)
    last = nb["cells"][-1]["source"]
    return [f"the last cell has no link to {after}.ipynb"] * bool(after and f"]({after}.ipynb)" not in last)


def check_percentages_were_computed(nb, name):
    """A percentage in prose, an alt text or a caption stands among the chapter's outputs, or is one rounded.

    Free are lines with a link, which tell what others or other chapters have measured, and questions.
    """
    told = [line for line in prose(nb).splitlines() if "](" not in line]
    for _, given in figures(nb):
        told += [given.get("image", {}).get("alt", ""), given.get("figure", {}).get("caption", "")]
    sentences = [sentence for part in told for sentence in re.split(r"(?<=[.:;?!])\s", part)]
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
        tree = ast.parse(re.sub(r"^(\s*)[%!]", r"\1# ", cell["source"], flags=re.MULTILINE))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert) and not can_fail(node.test):
                complaints.append(f"cannot fail: {ast.unparse(node)}")
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np.testing.assert"):
                first, second = map(ast.dump, node.args[:2])
                complaints += [f"cannot fail: {ast.unparse(node)}"] * (first == second)
    checks = code_cells(nb)[-1]["source"]
    if len(re.findall("^assert ", checks, re.MULTILINE)) < 3:
        complaints.append("the last cell, which readers check themselves by, asserts fewer than three things")
    return complaints


def can_fail(test):
    if isinstance(test, ast.Compare):
        return len({ast.dump(side) for side in [test.left, *test.comparators]}) > 1
    return isinstance(test, (ast.Call, ast.Name)) or (
        isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and all(map(can_fail, test.values)))


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]
