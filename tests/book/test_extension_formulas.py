"""TeX becomes MathML when the book is built."""

import pytest
from bs4 import BeautifulSoup

from extensions.formulas import mathml
from tests.book.tiny_book import build


@pytest.mark.parametrize("tex", [r"\left(x", r"\nosuchcommand{x}"])
def test_a_formula_that_cannot_be_read_is_named(tex):
    with pytest.raises(ValueError, match="formula: received .*latex2mathml") as error:
        mathml(tex, "inline")
    assert repr(tex) in str(error.value)


@pytest.mark.parametrize("tex, spaced", [
    (r"t \log o", "t_log_o"), (r"-\log p_y", "−log_py"), (r"(1-t) \log(1-o)", "(1−t)_log(1−o)"),
    (r"\ln \frac{1}{x}", "ln_1x"), (r"x + y", "x+y"), (r"\sum_j \exp s_j", "∑j_exp_sj"),
    (r"\frac{a}{\log b}", "alog_b"), (r"x^\log", "xlog"), (r"a \max(0, u)", "a_max(0,u)")])
def test_functions_stand_apart_from_their_neighbours(tex, spaced):
    formula = BeautifulSoup(mathml(tex, "inline"), "html.parser")
    for space in formula("mspace"):
        space.replace_with("_")
    assert formula.get_text() == spaced


@pytest.mark.parametrize("tex, signs", [
    ("-x", 1), ("a - b", 0), ("2 - (-3)", 1), ("(-1, -1)", 2), ("f(x) - 1", 0), (r"\|w\| - 1", 0),
    ("= -1", 1), (r"\frac{-1}{2}", 1)])
def test_a_minus_that_is_a_sign_stands_close_to_its_number(tex, signs):
    assert mathml(tex, "inline").count('form="prefix" lspace="0" rspace="0">&#x02212;<') == signs


def test_a_page_has_mathml_to_which_references_lead(tmp_path):
    text = "# A\n\nLet $x < 1$. Or $x$ is ($y$).\n\n$$\\sum_j y_j$$ (mean)\n\nSee {eq}`mean`.\n"
    book = build(tmp_path, {"a.md": text},
                 "extensions.formulas", html_math_renderer="mathml")
    assert book.warnings == ""
    inline, x, y, block = book.page("a").select(".math")
    assert [one.parent.get_text() for one in (inline, y)] == ["x<1.", "y)"] and x.parent.name == "p"
    assert inline.math["display"] == "inline" and inline.get_text() == "x<1"
    assert block.math["display"] == "block" and block["tabindex"] == "0"
    assert book.page("a").find("a", href=f"#{block['id']}")
