"""The hinge loss's scores, dragged by mouse, finger and keys: the numbers are mnistlib's."""

import re

import numpy as np
import pytest

from mnistlib import hinge_loss
from tests.book.hands import at, drag, press, swipe
from tests.book.pages import wait_until_said

FIGURE = "hinge"
SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
NAMES = ["cat", "car", "frog"]


def handle(page, image, name):
    return page.locator(f"[aria-label='score of {name}, {image} image']")


def state(page):
    """The scores that the handles say, and all that the figure shows of the loss."""
    scores = [[float(handle(page, image, name).get_attribute("aria-valuenow")) for name in NAMES]
              for image in NAMES]
    losses = [float(text.split()[-1]) for text in page.locator(".hinge-loss").all_inner_texts()]
    slopes = [[int(n) for n in re.findall(r"[+-]?\d+", text.replace("−", "-"))]
              for text in page.locator(".hinge-slopes").all_inner_texts()]
    mean = float(page.locator(".hinge-mean strong").inner_text())
    return np.array(scores), losses, np.array(slopes), mean


def agrees_with_the_library(page, margin=1.0):
    scores, losses, slopes, mean = state(page)
    y = np.arange(3)
    expected, d_scores = hinge_loss(scores, y, margin)
    single = [hinge_loss(scores[[i]], y[[i]], margin)[0] for i in range(3)]
    np.testing.assert_allclose(losses, single, atol=0.051)
    np.testing.assert_allclose(slopes, 3 * d_scores, atol=1e-9)
    assert mean == pytest.approx(expected, abs=0.0051)
    return scores


def test_it_starts_with_the_worked_example(page):
    scores, losses, _, mean = state(page)
    np.testing.assert_array_equal(scores, SCORES)
    assert losses == [2.9, 0.0, 12.9]
    assert mean == 5.27
    agrees_with_the_library(page)
    terms = [" ".join(text.split()) for text in page.locator(".hinge-terms").all_inner_texts()]
    assert "car: max(0, 5.1 − 3.2 + 1.0) = max(0, 2.9) = 2.9" in terms[0]
    assert "frog: max(0, −1.7 − 3.2 + 1.0) = max(0, −3.9) = 0.0" in terms[0]
    assert "cat: max(0, 2.2 − (−3.1) + 1.0) = max(0, 6.3) = 6.3" in terms[2]


def test_a_score_is_dragged_with_the_mouse(page):
    target = handle(page, "frog", "frog").locator(".hinge-reach")
    [(x, y)] = at(target, (0.5, 0.5))
    drag(page, (x, y), (x + 150, y - 20))
    scores = agrees_with_the_library(page)
    assert scores[2, 2] > -1
    assert np.array_equal(scores[:2], SCORES[:2])


def test_a_press_does_not_scroll_and_the_right_button_does_not_drag(page):
    [(x, y)] = at(handle(page, "cat", "cat").locator(".hinge-dot"), (0.5, 0.5))
    page.set_viewport_size({"width": 1280, "height": round(y) + 4})  # half of it is out of sight
    before = page.evaluate("scrollY")
    drag(page, (x, y), (x + 60, y), button="right")
    assert np.array_equal(state(page)[0], SCORES)
    drag(page, (x, y), (x + 60, y))
    assert state(page)[0][0, 0] > 4 and page.evaluate("scrollY") == before


def test_a_score_is_moved_by_keys_as_far_as_the_line_goes_and_the_result_is_spoken(page):
    handle(page, "cat", "cat").focus()
    for key in ["PageUp", "PageUp", "ArrowRight", "ArrowUp", "Shift+ArrowRight", "ArrowLeft"]:
        page.keyboard.press(key)
    scores = agrees_with_the_library(page)
    assert scores[0, 0] == pytest.approx(3.2 + 1 + 1 + 0.1 + 0.1 + 1 - 0.1)
    wait_until_said(page, "cat image: loss 0.0")
    press(page, "Back to the article's scores")
    assert state(page)[3] == 5.27
    handle(page, "car", "car").focus()
    for key, score in (("Home", -5), ("End", 8)):
        page.keyboard.press(key)
        assert agrees_with_the_library(page)[1, 1] == score
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"
    ring = page.locator(".figure-handle:focus-visible .hinge-reach")  # is what shows the focus
    assert ring.evaluate("one => getComputedStyle(one).strokeWidth") == "3px"


def test_a_margin_that_is_just_met_costs_nothing_and_has_no_slope(module):
    """On all tenths: no crumb of binary fractions may show as a violated margin."""
    assert module("hinge", """(() => {
        const wrong = [];
        for (let t = -50; t <= 80; t++) for (let margin = 0; margin <= 40; margin++) {
            const { loss, d_scores } = m.hinge([t / 10, (t - margin) / 10, -99], 0, margin / 10);
            if (loss !== 0 || d_scores.some((slope) => slope !== 0)) wrong.push([t, margin]);
        }
        return wrong; })()""") == []


def test_the_margin_can_be_moved(page):
    margin = page.locator(".figure-slider input")
    margin.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    agrees_with_the_library(page, margin=3.0)
    assert "+ 3.0)" in page.locator(".hinge-terms").first.inner_text()


def test_a_finger_drags_on_a_phone(phone):
    target = handle(phone, "cat", "car").locator(".hinge-reach")
    box = target.bounding_box()
    assert min(box["width"], box["height"]) >= 40  # a finger's size
    [(x, y)] = at(target, (0.5, 0.5))
    swipe(phone, (x, y), (x - 40, y - 40), (x - 80, y - 80))
    assert agrees_with_the_library(phone)[0, 1] < 2
    terms = phone.locator(".hinge-terms")
    assert terms.evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
