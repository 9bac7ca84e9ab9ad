"""Gradient descent on the map: every point is NumPy's, and what is said of it is true."""

import re

import numpy as np
import pytest

from tests.book.hands import at, drag, press, swipe
from tests.book.pages import violations, wait_until_said

FIGURE = "downhill"


def bowl(point):
    return 0.5 * (point[0] ** 2 + 10 * point[1] ** 2)


def walk(start, rate, steps):
    """The bowl's points, by the formula of the chapter."""
    return np.array(start) * np.array([1 - rate, 1 - 10 * rate]) ** np.arange(steps + 1)[:, None]


def said(page):
    return page.locator(".downhill-words").inner_text()


def on_the_slider(rate):
    """The rate next to it that the slider can have: its logarithm goes in hundredths, two figures stay."""
    return float(f"{10 ** round(np.log10(rate), 2):.1e}")


def set_rate(page, rate):
    page.locator(".figure-slider input").evaluate(
        "(input, v) => { input.value = v; input.dispatchEvent(new Event('input')); }", np.log10(rate))


@pytest.mark.parametrize("kind", ["bowl", "valleys"])
def test_slopes_agree_with_central_differences(module, kind):
    found = module("downhill", """(() => { const s = m.SURFACES[a], h = 1e-5;
        const difference = (above, below) => (s.loss(above) - s.loss(below)) / (2 * h);
        return [[1, 2], [-2.5, 0.3], [0.1, -1]].map(([x, y]) => [s.slope([x, y]),
            [difference([x + h, y], [x - h, y]), difference([x, y + h], [x, y - h])]]); })()""", kind)
    for slope, differences in found:
        np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-6)


def test_steps_are_the_formulas(page):
    set_rate(page, 0.1)
    for _ in range(3):
        press(page, "Step")
    points = walk([-3.2, 1.2], 0.1, 3)
    assert f"After 3 steps the loss is {bowl(points[-1]):.3f}" in said(page)
    assert page.locator(".downhill-dot").count() == 3
    press(page, "Back to the start")
    assert page.locator(".downhill-dot").count() == 0


def test_the_rate_that_is_shown_is_the_rate_that_is_used(module):
    found = module("downhill", "[...Array(301).keys()].map(i => m.rateAt(i / 100 - 3))")
    assert found == [float(f"{10 ** (i / 100 - 3):.1e}") for i in range(301)]
    assert 0.2 in found  # the limit itself can be chosen


def test_after_the_last_step_the_buttons_rest_and_the_focus_stays(page):
    set_rate(page, 0.001)
    page.get_by_role("button", name="Run").focus()
    for _ in range(2):
        page.keyboard.press("Enter")
        assert "After 200 steps" in said(page)
    assert violations(page, "[data-figure]") == []
    assert page.get_by_role("button", name="Step", exact=True).is_disabled()
    assert page.evaluate("document.activeElement.textContent") == "Run"


def test_what_a_rate_does_is_said(page):
    for rate, verdict in ((0.001, "It creeps."), (0.1, "it has arrived"), (0.19, "it has arrived"),
                          (0.2, "this is the limit"), (0.21, "It diverges"), (0.23, "It diverges")):
        set_rate(page, rate)
        press(page, "Run")  # with reduced motion, at once
        assert verdict in said(page)
        rate = on_the_slider(rate)
        shown = f"{rate:.2f}" if rate >= 0.1 else f"{rate:g}"
        assert page.locator("output").inner_text() == shown
        factor = f"{1 - 10 * rate:.{3 if rate < 0.01 else 2}f}".replace("-0.00", "0.00").replace("-", "−")
        factor = f"1 − 10 · {shown} = {factor}"
        assert factor in page.locator(".downhill-limit").inner_text()
        wait_until_said(page, verdict)
        press(page, "Back to the start")


def test_just_beyond_the_limit_the_loss_grows_and_just_below_it_falls(page):
    for rate, grows in ((0.19, False), (0.21, True)):
        set_rate(page, rate)
        page.get_by_role("button", name="Step", exact=True).evaluate(
            "button => { for (let i = 0; i < 40; i++) button.click(); }")
        loss = float(re.search(r"loss is ([\d.]+)\.", said(page))[1])
        points = walk([-3.2, 1.2], on_the_slider(rate), 40)
        assert loss == pytest.approx(bowl(points[-1]), rel=0.02, abs=0.002)
        assert (loss > 5 * 1.2**2 / 1.3) == grows


def test_the_start_is_dragged_by_mouse_and_keys(page):
    start = page.locator(".downhill-map .figure-handle")
    low, now, high = (float(start.get_attribute(f"aria-value{one}")) for one in ("min", "now", "max"))
    assert low <= now <= high
    [(x, y)] = at(start.locator(".downhill-start"), (0.5, 0.5))
    drag(page, (x, y), (x + 140, y + 50))
    x = float(start.get_attribute("aria-valuenow"))
    assert x > -2
    start.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowLeft")
    assert float(start.get_attribute("aria-valuenow")) == pytest.approx(x + 0.45)


def test_the_other_surface_has_two_ends(page, module):
    page.get_by_label("two valleys").check()
    ends = []
    for x in (-1, 1):
        ends.append(module("downhill", """(() => { let p = [a, 1];
            for (let i = 0; i < 500; i++) p = m.step(m.SURFACES.valleys, p, 0.1); return p[0]; })()""", x))
    assert ends[0] < -1.9
    assert ends[1] > 1.8
    assert "depends on the start" in page.locator(".downhill-limit").inner_text()


def test_a_finger_steps_and_drags_the_start_on_a_phone(phone):
    phone.get_by_role("button", name="Step", exact=True).tap()
    assert "After 1 step " in said(phone)
    start = phone.locator(".downhill-map .figure-handle")
    [(x, y)] = at(start.locator(".downhill-start"), (0.5, 0.5))
    swipe(phone, (x, y), (x + 40, y - 20), (x + 80, y - 40))
    assert float(start.get_attribute("aria-valuenow")) > -1.5
