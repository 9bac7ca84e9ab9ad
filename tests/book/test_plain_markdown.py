"""No line of a notebook needs MyST: GitHub, Colab, VS Code and JupyterLab show what is written.

Each check is a function from a notebook to a list of complaints, and each finds its planted faults.
"""

import re

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tools import book
from tools.book import sources
from tools.stamp import pages_address

ADDRESS = pages_address(book.settings()["repository"]["url"])  # as it stands in git
# What MyST reads, with the book's settings, and what all others read too: CommonMark, tables and $formulas$.
MYST = create_md_parser(
    MdParserConfig(enable_extensions=book.settings()["parse"]["myst_enable_extensions"]), RendererHTML)
COMMON = MarkdownIt("commonmark").enable("table")
OPENS = re.compile("<details><summary>[^<]+</summary>")
KNOWN = {f"{name}_{part}" for part in ("open", "close") for name in [
    "heading", "paragraph", "bullet_list", "ordered_list", "list_item", "blockquote", "em", "strong", "link",
    "table", "thead", "tbody", "tr", "th", "td"]} | {
    "inline", "text", "text_special", "softbreak", "hardbreak", "code_inline", "code_block", "fence", "hr",
    "html_block", "html_inline", "image", "math_inline", "math_block"}


def tokens(text):
    """All of what MyST's parser finds, those within a line too."""
    for token in MYST.parse(text):
        yield token
        yield from token.children or ()


def check_nothing_needs_myst(nb, name):
    complaints = []
    for text in sources(nb, "markdown"):
        for token in tokens(text):
            if token.type not in KNOWN or token.info.startswith("{"):
                complaints.append(f"{token.type}: {token.content or token.info!r}")
            elif re.match("(project|myst|inv):", str(token.attrs.get("href"))):
                complaints.append(f"link: {token.attrs['href']}")
    return complaints


def check_what_is_folded_is_closed_in_its_cell(nb, name):
    """Cells are drawn one by one. After a tag comes an empty line, or Markdown is not read there."""
    complaints = []
    for text in sources(nb, "markdown"):
        html = [token.content.strip() for token in tokens(text) if token.type.startswith("html")]
        tags = [one for one in html if one.startswith(("<details", "</details"))]
        sound = all(OPENS.fullmatch(one) for one in tags[::2])
        if not sound or set(tags[1::2]) - {"</details>"} or len(tags) % 2:
            complaints.append(f"tags {tags}")
    return complaints


def check_live_figures_lead_to_their_page(nb, name):
    """Where there are no scripts of ours, as in Colab, the figure's place says where it is alive."""
    link = f'<a href="{ADDRESS}chapters/{name}.html">'
    return [f"no {link} in {html[:60]!r}" for text in sources(nb, "markdown") for html in text.split("\n\n")
            if "data-figure=" in html and link not in html]


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]
EVERY_CHECK = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__[len("check_"):])


@EVERY_CHECK
@pytest.mark.parametrize("path", book.CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, check):
    complaints = check(book.read(path), path.stem)
    assert not complaints, "\n".join(complaints)


def test_a_plain_renderer_draws_the_third_chapter():
    texts = sources(book.read(book.chapter("03")), "markdown")
    cells = [BeautifulSoup(COMMON.render(text), "html.parser") for text in texts]
    titles = [title.get_text() for cell in cells for title in cell(["h1", "h2", "h3"])]
    exercises = [title for title in titles if title.startswith("Exercise ")]
    assert exercises and [title.split(". ")[0] for title in exercises] == [
        f"Exercise 3.{number}" for number in range(1, len(exercises) + 1)]
    assert titles.index("Exercises") < titles.index(exercises[0]) < titles.index("Check yourself")
    folded = [one for cell in cells for one in cell("details")]
    assert {one.summary.get_text().split()[0].rstrip(",") for one in folded} == {"Solution", "Answer"}
    for one in folded:
        assert one.find("p") and not one.find(["h1", "h2", "h3"])  # Markdown is read inside, and it ends
    text = "\n".join(cell.get_text() for cell in cells)
    assert [sign for sign in (":::", "{exercise", "{solution", "**", "](", "<details") if sign in text] == []


# Each check, on a sound notebook and on the same with one fault.

SOUND = """# Title

Text with $x^2$, `code`, **bold**, *words*, a [link](02-b.ipynb#ex-02-a) and "{braces}". (A word) = another.

$$\\sum_j x_j$$

| a | b |
| - | - |
| 1 | 2 |

<div data-figure="hinge">
<p>In the <a href="ADDRESSchapters/01-a.html">online book</a> it can be dragged.</p>
</div>

```sh
ls
```

### Exercise 1.1. Title (easy)

1. Text

<details><summary>Solution</summary>

> Like this.

</details>"""
FAULTS = [
    *[(check_nothing_needs_myst, "Text with", needing) for needing in (
        ":::{note}\nA\n:::\n\nText with", "```{note}\nA\n```\n\nText with", ":::\nA\n:::\n\nText with",
        "{numref}`loss`", "{ref}`words <place>`", "(place)=\n# A", "% a comment\n\nText with", "+++\n\nText",
        "[words](project:#place)", "A note[^1].\n\n[^1]: Said.",
        "\\begin{align}\nx\n\\end{align}\n\nText with")],
    (check_nothing_needs_myst, "x_j$$", "x_j$$ (sum)"),
    (check_what_is_folded_is_closed_in_its_cell, "\n\n</details>", ""),
    (check_what_is_folded_is_closed_in_its_cell, "<details><summary>Solution</summary>\n\n", ""),
    (check_what_is_folded_is_closed_in_its_cell, "</summary>\n\n", "</summary>\n"),
    (check_what_is_folded_is_closed_in_its_cell, "<details>", "<details>\n\n<details>"),
    (check_live_figures_lead_to_their_page, "01-a.html", "02-b.html"),
    (check_live_figures_lead_to_their_page, "ADDRESS", "../"),
]


def notebook(text):
    return {"cells": [{"cell_type": "markdown", "source": text.replace("ADDRESS", ADDRESS)}]}


@EVERY_CHECK
def test_a_sound_notebook_passes(check):
    assert check(notebook(SOUND), "01-a") == []


@pytest.mark.parametrize("check, old, new", FAULTS)
def test_a_planted_fault_is_found(check, old, new):
    assert old in SOUND
    assert check(notebook(SOUND.replace(old, new, 1)), "01-a") != []


def test_every_check_has_a_planted_fault():
    assert {check for check, _, _ in FAULTS} == set(CHECKS)
