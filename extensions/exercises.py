"""Exercises and solutions, written in Markdown that GitHub, Colab, VS Code and JupyterLab read as well.

    ### Exercise 3.4. Another margin (medium)

    Compute the mean loss for the margins 0, 1 and 2.

    <details><summary>Solution</summary>

    From a margin of 2.9 on, the car image pays too.

    </details>

Code of a solution stands in cells with the tag `solution` after it. What is said after them stands in another
`<details>`, whose summary is "Solution, continued". A solution that begins with code is announced by a
paragraph `**Solution**` instead, so that elsewhere, too, one sees where it begins.

The book makes of it a box for the exercise and a folded one for the whole solution. The exercise ends where
its solution ends: what follows belongs to the section around it. Its anchor is `ex-03-another-margin`, from
the chapter's number and the title; `[exercise 3.4](03-hinge-loss.ipynb#ex-03-another-margin)` leads to it.
The number stands in the text, so that it shows everywhere; the build warns if it is not the right one.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from tools.exercises import anchor_of

BEGINS = re.compile(r"Exercise (\d+)\.(\d+)\. ")
GRADE = re.compile(r" (\((?:easy|medium|hard)\))$")
OPENS = re.compile(r"<details><summary>Solution(, continued)?</summary>")
ANNOUNCED = "**Solution**"
logger = logging.getLogger(__name__)


def setup(app):
    app.add_transform(Exercises)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check_numbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}


class Exercises(SphinxTransform):
    default_priority = 100  # before links within the page are resolved, at 879

    def apply(self):
        for section in list(self.document.findall(nodes.section)):
            if isinstance(section[0], nodes.title) and section[0].astext().startswith("Exercise "):
                self.box(section)
        for stray in self.document.findall(opens_solution):
            logger.warning("a part of a solution that follows no exercise", location=stray)

    def box(self, section):
        """Put two boxes, and what follows the solution, in place of an exercise's section."""
        title, *rest = section.children
        heading = title.astext()
        begins, grade = BEGINS.match(heading), GRADE.search(heading)
        if not begins or not grade:
            logger.warning("expected a heading like 'Exercise 3.4. Another margin (medium)', received %r",
                           heading, location=section)
            return
        text, solution, after = split(rest)
        if not text or not solution:
            logger.warning("%s has no %s", heading, "solution" if text else "text", location=section)
            return
        name = heading[begins.end():grade.start()]
        anchor = anchor_of(begins[1], name)
        called = f"Exercise {begins[1]}.{begins[2]}"

        strip(title, begins.end(), len(grade[0]))
        if not isinstance(text[0], nodes.paragraph):
            text.insert(0, nodes.paragraph())
        text[0].insert(0, nodes.Text(f"{grade[1]} "))
        number = nodes.inline("", f"{called} ", classes=["caption-number"])
        exercise = nodes.admonition(
            "", nodes.title("", "", number, nodes.Text("("), *copies(title), nodes.Text(")")),
            *text, classes=["exercise"], ids=[anchor], names=[anchor])
        link = nodes.reference("", f"{called} (", *copies(title), nodes.Text(")"), refid=anchor)
        folded = nodes.admonition(
            "", nodes.title("", "", nodes.Text("Solution to "), link),
            *solution, classes=["solution", "dropdown"], ids=[f"{anchor}-solution"])
        section["ids"], section["names"] = [], []  # or the box would inherit them
        self.register(section, exercise, anchor, called, tuple(map(int, begins.groups())))
        section.replace_self([exercise, folded, *after])

    def register(self, section, exercise, anchor, called, number):
        """Make the anchor known to links from here and from other pages."""
        docname = self.env.docname
        exercise.source, exercise.line = section.source, section.line
        self.document.note_explicit_target(exercise)
        if exercise["ids"] != [anchor] or anchor not in exercise["names"]:
            logger.warning("two exercises of one title: %s", anchor, location=section)
        numbers(self.env).setdefault(docname, []).append((number, section.line))
        slugs = self.env.metadata[docname].setdefault("myst_slugs", {})
        slugs[anchor] = (section.line, anchor, called)


def opens_solution(node):
    """Whether a solution begins or goes on here. Inside of its box, none of these is left but its cells."""
    if isinstance(node, nodes.raw):
        return bool(OPENS.fullmatch(node.astext().strip()))
    if isinstance(node, nodes.paragraph):
        return node.rawsource == ANNOUNCED
    return is_solution_cell(node) and "solution" not in node.parent["classes"]


def is_solution_cell(node):
    return isinstance(node, nodes.container) and "tag_solution" in node["classes"]


def split(children):
    """What stands under an exercise's heading: its text, its solution, and what follows.

    The tags <details>, and the paragraph that announces code, are left out; the box says it.
    """
    text, solution, begun, inside = [], [], False, False
    for place, child in enumerate(children):
        html = child.astext().strip() if isinstance(child, nodes.raw) else ""
        if inside:
            inside = html != "</details>"
            solution += [child] if inside else []
        elif opens_solution(child):
            begun, inside = True, bool(html)
            solution += [child] if is_solution_cell(child) else []
        elif begun:
            return text, solution, children[place:]
        else:
            text.append(child)
    if inside:
        logger.warning("a heading within a solution: its <details> is not closed before", location=child)
    return text, solution, []


def strip(title, before, after):
    """Take so many letters from both ends of a heading, which may have formulas in between."""
    title[0] = nodes.Text(title[0].astext()[before:])
    title[-1] = nodes.Text(title[-1].astext()[:-after])


def copies(title):
    return [child.deepcopy() for child in title.children]


def numbers(env):
    """{page: [(number of the exercise, line), ...]}"""
    if not hasattr(env, "exercise_numbers"):
        env.exercise_numbers = {}
    return env.exercise_numbers


def forget(app, env, docname):
    numbers(env).pop(docname, None)


def merge(app, env, docnames, other):
    numbers(env).update({name: pairs for name, pairs in numbers(other).items() if name in docnames})


def check_numbers(app, env):
    """Chapter by chapter from 1 on, without a gap."""
    for docname, pairs in numbers(env).items():
        [chapter, *_] = env.toc_secnumbers.get(docname, {}).get("") or (None,)
        for count, (number, line) in enumerate(pairs, 1):
            if number != (chapter, count):
                logger.warning("Exercise %s.%s should have the number %s.%s", *number, chapter, count,
                               location=(docname, line))
