"""Templates and λ: the numbers are chapter 4's, the slider goes through all of them."""

import re

import numpy as np
import pytest

from tests.book.exported import exported, rounded
from tests.book.pages import violations, wait_until_said
from tools.book import chapter, read

FIGURE = "templates"
SWEEP = exported("sweep.js")


def printed_by_the_chapter():
    """{λ: (R(W), training, validation)} from the chapter's stored output."""
    notebook = read(chapter("04"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    text = "".join("".join(output.get("text", "")) for output in outputs)
    lines = re.findall(r"λ +(\S+): R\(W\) +(\S+), training +(\S+)%, validation (\S+)%", text)
    return {float(strength): tuple(map(float, rest)) for strength, *rest in lines}


def test_the_exported_numbers_are_the_chapters():
    printed = printed_by_the_chapter()
    assert list(printed) == SWEEP["strengths"]
    exported = np.array([SWEEP["penalty"], SWEEP["trainAccuracy"], SWEEP["validationAccuracy"]]).T
    np.testing.assert_allclose(exported * [1, 100, 100], list(printed.values()), atol=0.051)


def test_the_templates_have_the_penalty_that_stands_beside_them():
    squares = (rounded(SWEEP["templates"], SWEEP["scale"]) ** 2).sum(axis=1).reshape(-1, 10).sum(axis=1)
    np.testing.assert_allclose(squares, SWEEP["penalty"], rtol=0.01, atol=5e-4)  # rounded to 8 bits


def shown(page):
    return [float(n) for n in re.findall(r"\d+\.\d+", page.locator(".templates-words").inner_text())]


def inks(page):
    return page.evaluate("[...document.querySelectorAll('.templates canvas')].map(c => c.toDataURL())")


def test_the_slider_goes_through_the_sweep_by_keys(page):
    page.locator(".figure-slider input").focus()
    page.keyboard.press("Home")
    pictures = []
    for strength, (penalty, training, validation) in printed_by_the_chapter().items():
        assert shown(page) == pytest.approx([training, validation, penalty], abs=0.051), strength
        pictures.append(tuple(inks(page)))
        page.keyboard.press("ArrowRight")
    # The three smallest λ have one W: the maximum-margin solution.
    assert len(pictures) == 8 and len(set(pictures)) == 6 and len(set(pictures[:3])) == 1
    assert len(set(pictures[0])) == 10
    wait_until_said(page, "underfitting")


def test_the_slider_follows_the_mouse_and_the_curves_can_be_changed(page):
    before = inks(page)
    page.locator(".figure-slider input").click(position={"x": 3, "y": 10})
    assert inks(page) != before
    assert "overfitting" in page.locator(".templates-words").inner_text()
    curves = page.locator("[data-figure=templates] svg")
    assert "Curves of accuracy" in curves.get_attribute("aria-label")
    page.get_by_label("data loss").check()
    label = curves.get_attribute("aria-label")
    assert "Curves of data loss" in label
    assert f"{SWEEP['validationLoss'][0]:.2f}" in label
    assert violations(page, "[data-figure]") == []


def test_a_finger_moves_the_slider_on_a_phone(phone):
    phone.locator(".figure-slider input").tap(position={"x": 5, "y": 10})
    assert "overfitting" in phone.locator(".templates-words").inner_text()
