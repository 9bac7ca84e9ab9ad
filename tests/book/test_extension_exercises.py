"""Exercises in plain Markdown, as the book shows them."""

import pytest

from tests.book.tiny_book import build, notebook

CHAPTER = """# A chapter

See [exercise 1.2](#ex-01-another-margin).

## Exercises

### Exercise 1.1. By hand: $\\lambda$ and `W` (easy)

Compute $2 + 2$.

- A list, too

<details><summary>Solution</summary>

It is **4**.

</details>

What is said after a solution belongs to no exercise.

### Exercise 1.2. Another margin (medium)

Try a margin of 2.

**Solution**"""
CONTINUED = """<details><summary>Solution, continued</summary>

It prints $5$.

</details>

### Exercise 1.3. Counting (hard)

1. Count the weights.

<details><summary>Solution</summary>

There are ten. In code:

</details>"""
SUMMARY = """## Summary

**1.** Is that all?

<details><summary>Answer 1</summary>

Yes, $x$.

</details>"""
CELLS = [CHAPTER, ("print(5)", "5", "solution"), CONTINUED, ("first = 1", "", "mnist", "solution"),
         ("print(10)", "10", "solution"), SUMMARY]
OTHER = "# Another\n\nSee [exercise 1.3](01-a.ipynb#ex-01-counting).\n"


def chapter(tmp_path, cells, other=OTHER):
    return build(tmp_path, {"01-a.ipynb": notebook(*cells), "02-b.md": other}, "extensions.exercises",
                 "extensions.formulas", html_math_renderer="mathml")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return chapter(tmp_path_factory.mktemp("book"), CELLS)


@pytest.fixture(scope="module")
def page(book):
    assert book.warnings == ""
    return book.page("01-a")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_each_exercise_is_a_box_with_number_title_and_grade(page):
    texts = [words(box) for box in page.select("div.admonition.exercise")]
    assert texts == ["Exercise 1.1 (By hand: λ and W ) (easy) Compute 2 + 2 . A list, too",
                     "Exercise 1.2 (Another margin) (medium) Try a margin of 2.",
                     "Exercise 1.3 (Counting) (hard) Count the weights."]
    titles = page.select("div.exercise > p.admonition-title > .caption-number")
    assert [words(title) for title in titles] == ["Exercise 1.1", "Exercise 1.2", "Exercise 1.3"]


def test_each_solution_follows_in_a_folded_box_with_its_cells(page):
    solutions = page.select("div.admonition.exercise + div.admonition.solution.dropdown")
    assert [words(box) for box in solutions] == [
        "Solution to Exercise 1.1 (By hand: λ and W ) It is 4 .",
        "Solution to Exercise 1.2 (Another margin) print ( 5 ) 5 It prints 5 .",
        "Solution to Exercise 1.3 (Counting) There are ten. In code: first = 1 print ( 10 ) 10"]
    assert [link["href"] for link in page.select(".solution > .admonition-title a")] == [
        "#ex-01-by-hand-lambda-and-w", "#ex-01-another-margin", "#ex-01-counting"]
    assert page.select_one(".solution math") and page.select_one(".solution strong").get_text() == "4"
    assert page.select("#ex-01-counting-solution")


def test_what_follows_a_solution_and_other_folded_answers_stay_where_they_are(page):
    [after] = [one for one in page("p") if "belongs to no exercise" in one.get_text()]
    assert not after.find_parent(class_="admonition")
    [answer] = page("details")
    assert words(answer) == "Answer 1 Yes, x ." and answer.find("math")


def test_anchors_are_unique_and_links_lead_to_them(page, book):
    ids = [one["id"] for one in page(id=True)]
    assert len(ids) == len(set(ids))
    assert page.find("a", string="exercise 1.2")["href"] == "#ex-01-another-margin"
    assert book.page("02-b").find("a", string="exercise 1.3")["href"] == "01-a.html#ex-01-counting"


def test_exercises_are_no_sections(page):
    assert [words(title) for title in page.find(role="main")(["h1", "h2", "h3"])] == [
        "1. A chapter ¶", "1.1. Exercises ¶", "1.2. Summary ¶"]


# Each is planted in a chapter of its own: (cell, old, new, what the build says about it).
MISTAKES = [
    (0, "1.2. An", "1.3. An", "Exercise N.3 should have the number N.2"),
    (0, "Exercise 1.2", "Exercise 99.2", "Exercise 99.2 should have the number N.2"),
    (2, "Counting", "Another margin", "two exercises of one title"),
    (0, " (medium)", "", "expected a heading like"),
    (0, "Exercise 1.2. ", "Exercise 1.2: ", "expected a heading like"),
    (0, "<summary>Solution</summary>", "<summary>Answer</summary>", "has no solution"),
    (0, "Try a margin of 2.\n\n", "", "has no text"),
    (0, "**Solution**", "**Solution**\n\nIn code:", "has no solution"),
    (2, "</details>", "</details>\n\nBetween.\n\n<details><summary>Solution</summary>\n\n</details>",
     "a part of a solution that follows no exercise"),
    (0, "It is **4**.", "#### It is\n\n**4**.", "a heading within a solution"),
    (2, "1. Count", "## Another section\n\n1. Count", "a part of a solution that follows no exercise"),
    (0, "#ex-01-another", "#ex-01-other", "target not found"),
    (5, "## Summary", "[No](02-b.ipynb#ex-02-nothing)", "local id not found"),
]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """For each mistake what the build says about its chapter."""
    files = {}
    for number, (cell, old, new, _) in enumerate(MISTAKES, 1):
        cells = list(CELLS)
        assert old in cells[cell]
        cells[cell] = cells[cell].replace(old, new, 1)
        files[f"{number:02}-b.ipynb"] = (notebook(*cells).replace("Exercise 1.", f"Exercise {number}.")
                                         .replace("ex-01", f"ex-{number:02}"))
    book = build(tmp_path_factory.mktemp("mistakes"), files, "extensions.exercises")
    return [[line for line in book.warnings.splitlines() if name in line] for name in files]


@pytest.mark.parametrize("number", range(1, len(MISTAKES) + 1), ids=lambda number: MISTAKES[number - 1][3])
def test_a_mistake_is_named(complaints, number):
    wanted = MISTAKES[number - 1][3].replace("N", str(number))
    assert any(wanted in line for line in complaints[number - 1]), complaints[number - 1]
