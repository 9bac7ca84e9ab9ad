"""A pytest plugin on top of nbval: notebooks whose committed outputs must be true.

nbval runs the cells; here is what their outputs are compared by, and what may not be left out.
Register a `Validator` in a conftest's pytest_configure when --nbval is given.

A cell's tags:
    rtol=0.02  atol=0.5  image-tol=30   tolerances (see notebook_compare.Tolerance)
    normalise:timing                    durations such as "3.2 s" are hidden
    run-only:reason-in-words            run, not compared, and counted under its reason
    raises-exception                    the exception is the output: name and text are compared
    mnist                               run, not compared where MNIST is missing (Validator.missing)
nbval's own ways to compare less are refused, and so are unknown forms of these tags.
"""

import html
import re
from collections import Counter
from dataclasses import replace

import pytest
from nbval.plugin import IPyNbCell, NbCellError, coalesce_streams, find_comment_markers

from tests.notebook_compare import DEFAULT, differences

REPORT = "test-report"
TAG = re.compile(r"(?P<tolerance>rtol|atol|image-tol)=(?P<number>\d+(\.\d+)?(e-?\d+)?)"
                 r"|run-only:(?P<reason>\w+(-\w+)*)|(?P<timing>normalise:timing)|raises-exception")
# What looks like one of them and is not would be overlooked, and compare less or more than was meant.
NOT_A_TAG = re.compile(r"(?i)rtol|atol|image.?tol|run.?only|normali[sz]e|raises|nbval|pytest.val|skip.exec")
LIMITS = {"rtol": 0.5, "atol": 1e6, "image-tol": 128}  # beyond these nothing would be compared


def read_tags(tags):
    """What a cell's tags ask for, as (Tolerance, reason to run only or None, complaints)."""
    tolerance, reason, complaints = DEFAULT, None, []
    for tag in tags:
        found = TAG.fullmatch(tag)
        if found and found["tolerance"] and float(found["number"]) <= LIMITS[found["tolerance"]]:
            field = found["tolerance"].removesuffix("-tol")
            tolerance = replace(tolerance, **{field: float(found["number"])})
        elif found and found["timing"]:
            tolerance = replace(tolerance, timing=True)
        elif found and found["reason"]:
            reason = found["reason"].replace("-", " ")
        elif NOT_A_TAG.match(tag) and tag != "raises-exception":
            complaints.append(f"The tag {tag!r} is refused. Loosen with rtol=, atol=, image-tol= or "
                              "normalise:timing; or run without comparing, with run-only:reason-in-words")
    return tolerance, reason, complaints


class Cell(IPyNbCell):
    """nbval's cell, with another comparison."""

    def prepare(self, missing):
        tags = self.cell.metadata.get("tags", [])
        self.tolerance, self.run_only, self.complaints = read_tags(tags)
        if not self.run_only:
            lacking = (f"because {name} was missing" for name in missing if name.lower() in tags)
            self.run_only = next(lacking, None)
        if dict(find_comment_markers(self.cell.source)):
            self.complaints.append("nbval's comments are refused: use the tag run-only:reason-in-words")
        self.complaints += self._count_complaints()
        self.options.update(check=False, skip=False, check_exception="raises-exception" in tags)
        self._tell("skipped")

    def _count_complaints(self):
        code = [cell for cell in self.parent.nb.cells if cell.cell_type == "code"][: self.cell_num + 1]
        place, count = sum(bool(cell.source.strip()) for cell in code), self.cell.execution_count
        if not self.cell.source.strip() or count == place:
            return []
        fault = f"with execution count {count} instead of {place}" if count else "without having been run"
        return [f"The cell was committed {fault}: execute the notebook anew, from the top"]

    def _tell(self, what):
        """Leave word for the summary; reports carry it from the workers of xdist."""
        if self.cell.source.strip():
            self.user_properties[:] = [("notebook-cell", what)]

    def runtest(self):
        self._tell("failed before comparison")
        # A cell with a complaint is run all the same: the cells after it need what it defines.
        try:
            super().runtest()
        except NbCellError as error:
            self.raise_cell_error("\n".join([*self.complaints, str(error)]), error.inner_traceback)
        if self.complaints:
            self.raise_cell_error("\n".join(self.complaints))
        self._tell(self.run_only or "compared")
        if not self.run_only:
            self._compare()

    def _compare(self):
        found = differences(coalesce_streams(self.cell.outputs), self.test_outputs, self.tolerance)
        if found:
            messages = (words + self._save(i, pictures) for i, (words, pictures) in enumerate(found))
            said = f"In [{self.cell.execution_count}]: the outputs differ from the committed ones"
            self.raise_cell_error(said, "\n\n".join(messages))

    def _save(self, i, pictures):
        """Write the pictures of a failed comparison; returns the message's lines that name them."""
        lines = ""
        for name, picture in (pictures or {}).items():
            path = self.config.rootpath / REPORT / self.path.stem / f"cell-{self.cell_num:02d}-{i}-{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
            lines += f"\n  {name}: {path.relative_to(self.config.rootpath)}"
        return lines


class Validator:
    """Puts Cell in the place of nbval's cells, and counts what was compared.

    missing : {name: what to do about it} for data that is not there; cells tagged with the name
        in lower case are run and not compared. there : names of data that is there.
    """

    def __init__(self, missing=None, there=()):
        self.missing, self.there, self.cells = missing or {}, there, {}

    def pytest_report_header(self):
        return [f"{name} IS MISSING: its cells are run, not compared. {advice}"
                for name, advice in self.missing.items()]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        if not hasattr(session.config, "workerinput"):
            for old in (session.config.rootpath / REPORT).glob("*/cell-*.png"):
                old.unlink()
            (session.config.rootpath / REPORT / "index.html").unlink(missing_ok=True)

    def pytest_collection_modifyitems(self, items):
        for item in items:
            if isinstance(item, IPyNbCell):
                item.__class__ = Cell  # nbval has no hook that would let us make it
                item.prepare(self.missing)

    def pytest_runtest_logreport(self, report):
        for name, what in report.user_properties:
            if name == "notebook-cell":
                self.cells[report.nodeid] = what  # the last report of a cell knows best

    def pytest_terminal_summary(self, terminalreporter, config):
        write_index(config.rootpath / REPORT)
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
        return "; ".join([line, *lacking, *(f"{name} was there" for name in self.there)])


def write_index(folder):
    """One page with the pictures of every failed comparison, side by side; none if there are none."""
    rows = ""
    for picture in sorted(folder.glob("*/cell-*-expected.png")):
        cell = html.escape(f"{picture.parent.name}/{picture.name.removesuffix('-expected.png')}")
        rows += f"<h2>{cell}</h2>\n" + "".join(
            f'<figure><img src="{cell}-{name}.png" alt="{name}"><figcaption>{name}</figcaption></figure>\n'
            for name in ("expected", "actual", "difference"))
    if rows:
        style = "<style>figure {display: inline-block; margin: 4px} img {max-width: 30vw}</style>"
        page = f'<!doctype html><meta charset="utf-8"><title>Figures that differ</title>{style}\n{rows}'
        (folder / "index.html").write_text(page, encoding="utf-8")
