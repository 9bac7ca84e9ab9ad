"""The 2-2-2 network, one arrow at a time: each number is the library's."""

import re

import numpy as np
import pytest
from scipy.special import expit

from mnistlib import NeuralNetwork
from tests.book.pages import soup_of, violations, wait_until_said

FIGURE, PAGE = "backprop", "chapters/08-backpropagation"
X, TARGET = np.array([1.0, 0.5]), np.array([1.0, 0.0])


def network():
    net = NeuralNetwork(2, 2, 2, 1.0, rule="squared_error")
    net.wih, net.who = np.array([[0.5, -1.0], [1.0, 2.0]]), np.array([[1.0, -1.0], [-2.0, 1.0]])
    return net


def expected():
    """All numbers in the order of the steps."""
    net = network()
    hidden, output = expit(net.wih @ X), net.query(X)
    d_wih, d_who = net.gradients(X, TARGET)
    error = 0.5 * ((TARGET - output) ** 2).sum()
    delta_output, delta_hidden = d_who[:, 0] / hidden[0], d_wih[:, 0] / X[0]
    return [*hidden, *output, error, *delta_output, *d_who.ravel(), *delta_hidden, *d_wih.ravel()]


def result(page):
    """The number after the last equals sign."""
    text = page.locator(".backprop-formula").inner_text().replace("−", "-")
    return float(re.search(r"= (-?[\d.]+)$", text)[1])


def test_every_step_forward_has_the_librarys_number_and_arrows_point_where_it_goes(page):
    """Those of values forward, those of error signals back, and those of slopes nowhere."""
    tips = [(0, 2)] * 4 + [(0, 0)] * 7 + [(2, 0)] * 2 + [(0, 0)] * 4
    for i, (number, ends) in enumerate(zip(expected(), tips, strict=True), start=1):
        page.get_by_role("button", name="next").click()
        assert result(page) == pytest.approx(number, abs=5.1e-5)
        assert page.locator(".backprop-title").inner_text().startswith(f"{i}. ")
        arrows = [page.locator(f".backprop-arrow[marker-{end}]").count() for end in ("start", "end")]
        assert tuple(arrows) == ends, i
    assert page.get_by_role("button", name="next").is_disabled()
    assert violations(page, "[data-figure]") == []
    drawn = " ".join(page.locator("svg text").all_text_contents()).replace("−", "-")
    for number in expected():
        assert f"{number:.4f}" in drawn


def test_the_table_without_scripts_has_the_same_numbers(html):
    table = soup_of(html / f"{PAGE}.html").select_one("[data-figure=backprop] table")
    text = table.get_text().replace("−", "-")
    for number in (n for n in expected() if abs(n - 0.2870) > 1e-3):  # the error stands above it
        assert f"{number:.4f}" in text


def test_keys_and_slider_step_back_and_forth(page):
    page.locator(".backprop-network").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.locator(".backprop-title").inner_text().startswith("2. ")
    assert page.locator(".backprop-arrow.now").count() == 2
    assert page.locator(".backprop-node.now").count() == 1
    wait_until_said(page, "2. ")
    page.locator(".figure-slider input").focus()
    page.keyboard.press("End")
    assert result(page) == pytest.approx(expected()[-1], abs=5.1e-5)
    page.keyboard.press("Home")
    assert page.get_by_role("button", name="back").is_disabled()


def test_arrow_keys_step_from_a_button_too_and_the_last_step_keeps_the_focus(page):
    page.get_by_role("button", name="next").focus()
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("Enter")
        assert page.locator(".backprop-title").inner_text().startswith("17. ")
    assert page.evaluate("document.activeElement.textContent") == "next ▶"


def test_the_list_has_every_step_and_leads_to_it(page):
    page.get_by_text("All 17 steps").click()
    rows = page.locator(".backprop-steps button")
    numbers = [float(text.split()[-1].replace("−", "-")) for text in rows.all_inner_texts()]
    np.testing.assert_allclose(numbers, expected(), atol=5.1e-5)
    rows.nth(8).click()
    assert page.locator(".backprop-title").inner_text().startswith("9. ")
    assert result(page) == numbers[8]
    assert page.locator(".backprop-steps [aria-current=step]").count() == 1


@pytest.mark.parametrize("phone", [320, 375], indirect=True)
def test_on_a_phone_the_whole_network_and_all_its_numbers_are_in_sight(phone):
    phone.get_by_role("button", name="next").tap()
    assert result(phone) == 0.5
    phone.locator(".figure-slider input").focus()
    phone.keyboard.press("End")
    boxes = phone.evaluate("""() => [...document.querySelectorAll('[data-figure=backprop] svg text')]
        .filter(e => e.textContent)
        .map(e => e.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])""")
    # Weights, their slopes, names of layers, inputs, values, error signals, what is wanted, the error.
    assert len(boxes) == 8 + 8 + 3 + 2 + 4 + 4 + 2 + 1
    width = phone.viewport_size["width"]
    assert all(left >= 0 and right <= width for left, _, right, _ in boxes)
    overlaps = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]
                if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 6]
    assert overlaps == []
