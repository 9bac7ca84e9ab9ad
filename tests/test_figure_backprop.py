"""The 2-2-2 network, one arrow at a time: each number is the library's."""

import re

import numpy as np
import pytest
from scipy.special import expit

from conftest import violations, wait_until_said
from mnistlib import NeuralNetwork

PAGE = "chapters/08-backpropagation"
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
    blame_output, blame_hidden = d_who[:, 0] / hidden[0], d_wih[:, 0] / X[0]
    return [*hidden, *output, error, *blame_output, *d_who.ravel(), *blame_hidden, *d_wih.ravel()]


@pytest.fixture
def page(visit):
    return opened(visit(PAGE))


def opened(page):
    page.locator("[data-figure=backprop]").scroll_into_view_if_needed()
    page.locator(".backprop-title").wait_for()
    return page


def result(page):
    """The number after the last equals sign."""
    text = page.locator(".backprop-formula").inner_text().replace("−", "-")
    return float(re.search(r"= (-?[\d.]+)$", text)[1])


def test_every_step_forward_has_the_librarys_number(page):
    for i, number in enumerate(expected(), start=1):
        page.get_by_role("button", name="next").click()
        assert result(page) == pytest.approx(number, abs=5.1e-5)
        assert page.locator(".backprop-title").inner_text().startswith(f"{i}. ")
    assert page.get_by_role("button", name="next").is_disabled()
    drawn = " ".join(page.locator("[data-figure=backprop] svg text").all_text_contents()).replace("−", "-")
    for number in expected():
        assert f"{number:.4f}" in drawn


def test_the_table_without_scripts_has_the_same_numbers(html):
    source = (html / f"{PAGE}.html").read_text(encoding="utf-8").replace("−", "-")
    table = source[source.index('data-figure="backprop"'):]
    table = table[:table.index("</table>")]
    for number in (n for n in expected() if abs(n - 0.2870) > 1e-3):  # the error stands above it
        assert f"{number:.4f}" in table


def test_keys_and_slider_step_back_and_forth(page):
    page.locator(".backprop-scroll").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.locator(".backprop-title").inner_text().startswith("2. ")
    assert page.locator(".backprop-arrow.now").count() == 2
    assert page.locator(".backprop-node.now").count() == 1
    wait_until_said(page, "backprop", "2. ")
    page.locator("[data-figure=backprop] .figure-slider input").focus()
    page.keyboard.press("End")
    assert result(page) == pytest.approx(expected()[-1], abs=5.1e-5)
    page.keyboard.press("Home")
    assert page.get_by_role("button", name="back").is_disabled()


def test_on_a_phone_in_the_dark(visit):
    page = opened(visit(PAGE, theme="dark", width=375, touch=True))
    page.get_by_role("button", name="next").tap()
    assert result(page) == 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(page, "[data-figure]") == []


def test_axe_finds_nothing(page):
    page.get_by_role("button", name="next").click()
    assert violations(page, "[data-figure]") == []
