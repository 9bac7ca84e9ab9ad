"""The exercises of a notebook, read from its Markdown."""

import re
from typing import NamedTuple

from docutils.nodes import make_id

PLAIN = re.compile(r"^### Exercise (\d+)\.(\d+)\. (.+) \((easy|medium|hard)\)$"
                   r"((?:(?!^#{1,3} )(?:.|\n))*)", re.M)
PARTS = re.compile(r"^<details><summary>Solution(?:, continued)?</summary>\n\n"
                   r"((?:.|\n)*?)\n\n</details>$", re.M)
ANNOUNCED = re.compile(r"^\*\*Solution\*\*$", re.M)



def anchor_of(chapter, title):
    """The name by which links lead to an exercise, such as ex-03-another-margin."""
    return make_id(f"ex-{int(chapter):02}-{title}")


class Exercise(NamedTuple):
    name: str  # ex-03-another-margin
    number: tuple[int, int]  # (3, 4)
    grade: str  # easy, medium or hard
    solution: str | None  # its text, without that of its cells


def exercises(prose):
    """All exercises in the Markdown of a chapter, in order."""
    return [Exercise(anchor_of(number, title), (int(number), int(count)), grade, solution_in(body))
            for number, count, title, grade, body in PLAIN.findall(prose)]


def solution_in(body):
    parts = PARTS.findall(body)
    return "\n\n".join(parts) if parts or ANNOUNCED.search(body) else None
