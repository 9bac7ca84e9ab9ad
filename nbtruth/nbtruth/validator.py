"""Cells as tests: what their tags ask for, what may not be left out, and what is said at the end.

A cell's tags:
    rtol=0.02  atol=0.5  image-tol=30   tolerances (see compare.Tolerance)
    normalise:timing                    durations such as "3.2 s" are hidden; also ids, dates, sets
    run-only:reason-in-words            run, not compared, and counted under its reason
    raises-exception                    the exception is the output: name and text are compared
    mnist, or another name of data      run, not compared where that data is missing
nbval's own ways to compare less are refused, and so are unknown forms of these tags.
"""

import html
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from nbtruth import _nbval
from nbtruth.compare import DEFAULT, RULES, differences
from nbtruth.settings import VALIDATOR, setting

TAG = re.compile(r"(?P<tolerance>rtol|atol|image-tol)=(?P<number>\d+(\.\d+)?(e-?\d+)?)"
                 rf"|run-only:(?P<reason>\w+(-\w+)*)|normalise:(?P<rule>{'|'.join(RULES)})|raises-exception")
# A misspelt tag is refused: ignored, it would leave the cell at other tolerances than its author meant.
NOT_A_TAG = re.compile(r"(?i)rtol|atol|image.?tol|run.?only|normali[sz]e|raises|nbval|pytest.val|skip.exec")
LIMITS = {"rtol": 0.5, "atol": 1e6, "image": 128}  # beyond these nothing would be compared
PICTURE = "cell-{place:02d}-{i}-{name}.png"
PICTURES = ("expected", "actual", "difference")


def read_tags(tags, tolerance=DEFAULT):
    """What a cell's tags ask for, as (Tolerance, reason to run only or None, complaints)."""
    reason, complaints = None, []
    for tag in tags:
        match = TAG.fullmatch(tag)
        field = (match and match["tolerance"] or "").removesuffix("-tol")
        if field and float(match["number"]) <= LIMITS[field]:
            tolerance = replace(tolerance, **{field: float(match["number"])})
        elif match and match["rule"]:
            tolerance = replace(tolerance, hidden=tolerance.hidden | {match["rule"]})
        elif match and match["reason"]:
            reason = match["reason"].replace("-", " ")
        elif NOT_A_TAG.match(tag) and tag != "raises-exception":
            complaints.append(f"The tag {tag!r} is refused. Loosen with rtol=, atol=, image-tol= or "
                              f"normalise: ({', '.join(RULES)}); or run without comparing, with "
                              "run-only:reason-in-words")
    return tolerance, reason, complaints


class Cell(_nbval.Cell):
    def __init__(self, **given):
        super().__init__(**given)
        self.validator = self.config.pluginmanager.get_plugin(VALIDATOR)
        tags = self.cell.metadata.get("tags", [])
        self.tolerance, self.run_only, self.complaints = read_tags(tags, self.validator.tolerance)
        if not self.run_only:
            lacking = [name for name in self.validator.missing if name.lower() in tags]
            self.run_only = f"because {lacking[0]} was missing" if lacking else None
        if self.has_comment_for_nbval():
            self.complaints.append("nbval's comments are refused: use the tag run-only:reason-in-words")
        self.complaints += self._count_complaints()
        self._tell("skipped")

    def _count_complaints(self):
        place = sum(bool(cell.source.strip()) for cell in self.parent.code[: self.cell_num + 1])
        count = self.cell.execution_count
        if not self.cell.source.strip() or count == place:
            return []
        fault = f"with execution count {count} instead of {place}" if count else "without having been run"
        return [f"The cell was committed {fault}: execute the notebook anew, from the top"]

    def _tell(self, what):
        """Record it for the summary, in user_properties, which xdist's workers send with their reports."""
        if self.cell.source.strip():
            self.user_properties[:] = [("notebook-cell", what)]

    def runtest(self):
        self._tell("failed before comparison")
        # A cell with a complaint is run all the same: the cells after it need what it defines.
        outputs, message, traceback = self.run_cell()
        if message or self.complaints:
            self.fail("\n".join([*self.complaints, *[message] * bool(message)]), traceback)
        self._tell(self.run_only or "compared")
        if not self.run_only:
            self._compare(self.committed(), outputs)

    def _compare(self, expected, actual):
        unlike = differences(expected, actual, self.tolerance)
        if not unlike:
            return
        messages = [words + self._save(i, pictures) for i, (words, pictures) in enumerate(unlike)]
        rules = self._rules_that_hide(expected, actual)
        if rules:
            messages.append(f"If this may differ from run to run, hide it: {' '.join(rules)}")
        self.fail(f"In [{self.cell.execution_count}]: the outputs differ from the committed ones",
                  "\n\n".join(messages))

    def _rules_that_hide(self, expected, actual):
        """The fewest tags with which the outputs would agree, or none."""
        def agree(rules):
            return not differences(expected, actual, replace(self.tolerance, hidden=frozenset(rules)))

        rules = set(RULES)
        if agree(rules):
            for rule in RULES:
                rules -= {rule} if agree(rules - {rule}) else set()
            return [f"normalise:{rule}" for rule in RULES if rule in rules]
        return []

    def _save(self, i, pictures):
        """Write the pictures of a failed comparison; returns the message's lines that name them."""
        lines, notebook = "", Path(self.nodeid.partition("::")[0]).with_suffix("")
        folder = self.validator.report.joinpath(*(part for part in notebook.parts if part.strip("./\\:")))
        for name, picture in (pictures or {}).items():
            path = folder / PICTURE.format(place=self.cell_num, i=i, name=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
            lines += f"\n  {name}: {path.relative_to(self.config.rootpath)}"
        return lines


class Notebook(_nbval.Notebook):
    item = Cell


class Validator:
    """Collects notebooks, and counts what was compared.

    data : {name: None where it is there, else what to do about it}; cells tagged with the name of
        missing data, in lower case, are run and not compared.
    """

    def __init__(self, config):
        _nbval.check(config)
        self.tolerance = replace(DEFAULT, **{name: _tolerance(config, name) for name in LIMITS})
        root = config.rootpath
        self.report = Path(os.path.abspath(root / setting(config, "report")))
        if root not in self.report.parents:  # old pictures are removed from it
            raise pytest.UsageError(f"nbtruth_report is {self.report}, expected a folder below {root}")
        self.config, self.cells = config, {}
        self.data = config.workerinput["nbtruth"] if hasattr(config, "workerinput") else _ask(config)
        self.missing = {name: advice for name, advice in self.data.items() if advice is not None}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["nbtruth"] = self.data

    def pytest_collect_file(self, file_path, parent):
        return Notebook.from_parent(parent, path=file_path) if file_path.suffix == ".ipynb" else None

    def pytest_report_header(self):
        return [f"{name} IS MISSING: its cells are run, not compared. {advice}"
                for name, advice in self.missing.items()]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self):
        if not hasattr(self.config, "workerinput"):
            for name in PICTURES:
                for old in self.report.rglob(f"cell-[0-9]*-[0-9]*-{name}.png"):
                    old.unlink()
            (self.report / "index.html").unlink(missing_ok=True)

    def pytest_runtest_logreport(self, report):
        for name, what in report.user_properties:
            if name == "notebook-cell":
                self.cells[report.nodeid] = what  # the last report of a cell knows best

    def pytest_terminal_summary(self, terminalreporter):
        write_index(self.report)
        for line in self.pytest_report_header():
            terminalreporter.write_line(line, red=True, bold=True)
        compared = "compared" in self.cells.values()
        terminalreporter.write_line(self.summary(), green=compared, red=not compared, bold=not compared)

    def summary(self):
        counts = Counter(self.cells.values())
        kinds = ("compared", "skipped", "failed before comparison")
        compared, skipped, failed = (counts.pop(kind, 0) for kind in kinds)
        lacking = [f"{counts.pop(why)} run only {why}"
                   for why in [f"because {name} was missing" for name in self.missing] if why in counts]
        reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items()))
        line = f"notebooks: {compared} cells compared, {sum(counts.values())} run only"
        line += f" ({reasons})" * bool(reasons) + f", {skipped} skipped"
        line += f", {failed} failed before comparison" * bool(failed)
        there = [f"{name} was there" for name in self.data if name not in self.missing]
        return "; ".join([line, *lacking, *there])


def _tolerance(config, name):
    text = setting(config, name)
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= LIMITS[name]:
        raise pytest.UsageError(f"nbtruth_{name} is {text!r}, expected a number from 0 to {LIMITS[name]:g}")
    return value


def _ask(config):
    """What the project's own conftest says of its data, and what the command line says against it."""
    data = {}
    for answer in config.hook.pytest_nbtruth_data(config=config):
        if not isinstance(answer, dict) or {type(words) for words in answer.values()} - {str, type(None)}:
            raise pytest.UsageError(f"pytest_nbtruth_data gave {answer!r}, expected {{name: None or words}}")
        data |= answer
    return data | dict.fromkeys(config.option.nbtruth_missing, "--nbtruth-missing says so.")


def write_index(folder):
    """One page with the pictures of every failed comparison, side by side; none if there are none."""
    rows = ""
    for picture in sorted(folder.rglob("cell-[0-9]*-[0-9]*-expected.png")):
        cell = picture.relative_to(folder).as_posix().removesuffix("-expected.png")
        address = quote(cell)
        rows += f"<h2>{html.escape(cell)}</h2>\n" + "".join(
            f'<figure><img src="{address}-{name}.png" alt="{name}"><figcaption>{name}</figcaption></figure>\n'
            for name in PICTURES)
    if rows:
        style = "<style>figure {display: inline-block; margin: 4px} img {max-width: 30vw}</style>"
        page = f'<!doctype html><meta charset="utf-8"><title>Figures that differ</title>{style}\n{rows}'
        (folder / "index.html").write_text(page, encoding="utf-8")
