"""Turn MyST exercises and solutions in the chapters into plain Markdown, as extensions/exercises.py reads it.

    python -m tools.plain_markdown            all chapters
    python -m tools.plain_markdown FILE ...   these notebooks

To be run once, when the chapters are done, and then deleted. Code and outputs stay as they are; cells of
solutions get the metadata by which JupyterLab, VS Code and Colab fold them. A notebook that is plain already
keeps its bytes.

Exit codes: 0 done, 1 something is left to be changed by hand (the notebook is written all the same).
"""

import json
import re
import sys
from pathlib import Path

from tools.stamp import pages_address, read_config

ROOT = Path(__file__).resolve().parent.parent
EXERCISE = re.compile(r"^(:{3,})\{exercise(-start)?\} (.+)\n((?::\w+:.*\n)+)(?:\1\n+|\n*)"
                      r"\((easy|medium|hard)\) ", re.M)
SOLUTION = re.compile(r"^(:{3,})\{solution\} .+\n((?::\w+:.*\n)*)\n*((?:.|\n)*?)\n\1$", re.M)
START = re.compile(r"^(:{3,})\{solution-start\} .+\n((?::\w+:.*\n)*)\1$", re.M)
END = re.compile(r"^(:{3,})\{(?:solution|exercise)-end\}\n\1$", re.M)
# Of an exercise that is no gated one, whatever stands in it.
BODY = re.compile(r"^(:{3,})\{exercise\}(?:.|\n)*?^\1$", re.M)
LEFT = re.compile(r"^(?::{3,}|`{3,}\{).*|\{[\w:-]+\}`[^`]*`|^\([\w-]+\)=$"
                  r'|<div data-figure="\w+">(?!(?:(?!</div>)(?:.|\n))*<a href)', re.M)
FOLDED = {"cellView": "form", "jupyter": {"outputs_hidden": True, "source_hidden": True}}


def fold(text, summary):
    return f"<details><summary>{summary}</summary>\n\n{text.strip()}\n\n</details>"


class Converter:
    """One chapter: its number, the exercises counted so far, and whether a solution is open."""

    def __init__(self, name, address):
        self.chapter, self.address = int(name.split("-")[0]), f"{address}chapters/{name}.html"
        self.count, self.open = 0, False

    def heading(self, found):
        self.count += 1
        return f"### Exercise {self.chapter}.{self.count}. {found[3].strip()} ({found[5]})\n\n"

    def markdown(self, text):
        """A Markdown cell in its plain form; "" if nothing of it is left."""
        text = BODY.sub(lambda found: found[0][:-len(found[1])].rstrip(), text)
        text = EXERCISE.sub(self.heading, text)
        text = SOLUTION.sub(lambda found: fold(found[3], "Solution"), text)
        done = []
        while True:
            if self.open:
                inside, end, text = self.cut(text, END)
                if inside.strip():
                    done.append(fold(inside, self.open))
                elif self.open == "Solution":
                    done.append("**Solution**")
                self.open = "Solution, continued"
                if not end:
                    break
                self.open = False
            before, start, text = self.cut(text, START)
            done.append(END.sub("", before).strip())  # what is left of them ends exercises
            if not start:
                break
            self.open = "Solution"
        return self.figures("\n\n".join(filter(None, done)))

    @staticmethod
    def cut(text, pattern):
        found = pattern.search(text)
        return (text[:found.start()], found, text[found.end():]) if found else (text, None, "")

    def figures(self, text):
        """Where a live figure stands, a link to the page that has it."""
        place = r'(<div data-figure="\w+">(?:(?!</div>|<a )(?:.|\n))*?)(online (?:book|edition))'
        return re.sub(place, rf'\1<a href="{self.address}">\2</a>', text)

    def convert(self, nb):
        cells = []
        for cell in nb["cells"]:
            if cell["cell_type"] == "markdown":
                text = self.markdown("".join(cell["source"]))
                if text:
                    cells.append({**cell, "source": text.splitlines(keepends=True)})
            else:
                if self.open:
                    tags = [*cell["metadata"].get("tags", []), "solution"]
                    cell["metadata"] = dict(sorted({**cell["metadata"], **FOLDED, "tags": tags}.items()))
                cells.append(cell)
        return {**nb, "cells": cells}


def main(names):
    address = pages_address(read_config(ROOT)[0])
    left = 0
    for path in map(Path, names or sorted((ROOT / "chapters").glob("*.ipynb"))):
        nb = json.loads(path.read_text(encoding="utf-8"))
        nb = Converter(path.stem, address).convert(nb)
        path.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for cell in nb["cells"]:
            for found in LEFT.findall("".join(cell["source"])) if cell["cell_type"] == "markdown" else ():
                print(f"{path.name}: needs MyST, or a link to the online book: {found}", file=sys.stderr)
                left += 1
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
