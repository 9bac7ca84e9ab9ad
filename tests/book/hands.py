"""What a reader's hands do to a page: buttons, the mouse, fingers."""

import pytest


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def at(place, *shares):
    """Points of the window, by shares of the width and height of an element, which is brought into sight."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares]


def drag(page, *points, button="left"):
    """Press the mouse at the first point of the window, and let it go at the last."""
    for i, point in enumerate(points):
        page.mouse.move(*point, steps=6)
        if i == 0:
            page.mouse.down(button=button)
    page.mouse.up(button=button)


def fingers(page):
    """send("touchMove", (x, y), ...): what the fingers do, each of them at its point of the window."""
    if page.context.browser.browser_type.name != "chromium":
        pytest.skip("Playwright draws with fingers in Chromium only")
    session = page.context.new_cdp_session(page)
    return lambda kind, *points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [
        {"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]})


def swipe(page, *points):
    """Draw a finger over the points. The page must not scroll, as it could if they go up."""
    send, before = fingers(page), page.evaluate("scrollY")
    for i, point in enumerate(points):
        send("touchMove" if i else "touchStart", point)
    send("touchEnd")
    assert page.evaluate("scrollY") == before, "the page scrolled"
