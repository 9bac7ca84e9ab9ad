"""A kernel slides over a drawing, by mouse, finger and keys: the map that is painted is NumPy's."""

import re

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from mnistlib.convolution import windows
from tests.book.exported import exported, rounded
from tests.book.hands import at, drag, press, swipe
from tests.book.pages import soup_of, turn, violations, wait_until_said

FIGURE, PAGE = "convolution", "chapters/11-neighbours"
PAD, MAP, SUM = "[data-figure=convolution] .draw-pad", ".convolution-units", ".convolution-sum"
KERNELS = {"vertical edges": [[-1, 0, 1]] * 3,
           "horizontal edges": np.transpose([[-1, 0, 1]] * 3),
           "blur": [[0.1, 0.1, 0.1], [0.1, 0.2, 0.1], [0.1, 0.1, 0.1]],
           "one pixel": [[0, 0, 0], [0, 1, 0], [0, 0, 0]]}
LARGE = {"vertical edges": [[-1, -1, 0, 1, 1]] * 5,
         "horizontal edges": np.transpose([[-1, -1, 0, 1, 1]] * 5),
         "blur": np.full((5, 5), 0.04),
         "one pixel": np.pad([[1.0]], 2)}


def convolved(picture, kernel):
    return (sliding_window_view(picture, np.shape(kernel)) * kernel).sum(axis=(2, 3))


def learned():
    """The exported kernels, to hundredths."""
    layer = exported("convolution_network.js")["layers"][0]
    assert layer["shape"] == [16, 1, 5, 5]
    return rounded(layer["weights"], layer["scale"]).round(2).reshape(16, 5, 5)


# What the figure shows.

COLOURS = """() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const style = getComputedStyle(document.querySelector("[data-figure=convolution]"));
    return ["--pst-color-background", "--pst-color-text-base", "--figure-above", "--figure-below",
            "--pst-color-text-muted"].map((name) => {
        context.fillStyle = style.getPropertyValue(name).trim();
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    });
}"""
MIDDLES = """(canvas) => {
    const { width } = canvas, found = [];
    const copy = new OffscreenCanvas(width, width).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, width);
    for (let y = 5; y < width; y += 10) for (let x = 5; x < width; x += 10)
        found.push([...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)]);
    return found;
}"""


def painted(page, selector):
    """The colour in the middle of each cell: (side, side, 3)."""
    found = np.array(page.locator(selector).evaluate(MIDDLES), float)
    side = round(len(found) ** 0.5)
    return found.reshape(side, side, 3)


def picture(page):
    """The pixels, as their shades tell."""
    paper, ink, *_ = np.array(page.evaluate(COLOURS), float)
    return ((painted(page, PAD) - paper) / (ink - paper)).mean(axis=2).round(2)


def weights(page):
    fields = page.locator(".convolution-kernel input")
    kernel = np.array(fields.evaluate_all("all => all.map(one => one.valueAsNumber)"))
    return kernel.reshape(round(len(kernel) ** 0.5), -1)


def agrees_with_numpy(page, relu=False):
    """True for each unit that is filled; all of them have the colour of what NumPy finds."""
    paper, _, above, below, dot = np.array(page.evaluate(COLOURS), float)
    expected, shown = convolved(picture(page), weights(page)), painted(page, MAP)
    assert shown.shape[:2] == expected.shape
    share = expected / (np.abs(expected).max() or 1)
    share = np.maximum(share, 0) if relu else share
    colour = paper + np.where(share[..., None] > 0, above - paper, below - paper) * np.abs(share)[..., None]
    filled = (shown != dot).any(axis=2)
    assert np.abs(shown - colour)[filled].max(initial=0) <= 4
    text = page.locator(SUM).inner_text().replace("\xa0", " ").replace("−", "-")
    if place := re.match(r"Row (\d+), column (\d+): (.*?)(?:; ReLU|$)", text):
        row, column = int(place[1]), int(place[2])
        terms, total = re.fullmatch(r"(.*?)(?: =|:) (-?\d+\.\d\d)", place[3]).groups()
        assert float(total) == pytest.approx(expected[row, column], abs=0.05)
        products = [float(a) * float(b.strip("()")) for a, b in re.findall(r"([\d.]+) · (\S+)", terms)]
        if "smaller" not in terms:
            assert float(total) == pytest.approx(sum(products), abs=0.0051)
        under = sliding_window_view(picture(page), weights(page).shape)[row, column]
        count = np.count_nonzero(under * weights(page))
        more = re.search(r"(\d+) smaller", terms)
        assert len(products) + int(more[1] if more else 0) == count and len(products) <= 9
    return filled


def units(page, *places):
    """Where in the window units of the map are, each by its row and column."""
    side = len(painted(page, MAP))
    return at(page.locator(MAP), *(((column + 0.5) / side, (row + 0.5) / side) for row, column in places))


# Numbers, without a page.

def test_kernels_made_by_hand_are_as_their_names_say(module):
    for k, kernels in ((3, KERNELS), (5, LARGE)):
        found = module("kernels", f"Object.entries(m.KERNELS).map(([name, make]) => [name, make({k})])")
        assert [name for name, _ in found] == list(kernels)
        for name, kernel in found:
            np.testing.assert_allclose(np.reshape(kernel, (k, k)), kernels[name])


def test_every_map_is_numpys(module):
    seven = np.random.default_rng(0).random((28, 28)).round(2)
    for kernel in [*KERNELS.values(), *LARGE.values(), *learned()]:
        found = module("kernels", "m.featureMap(a[0], a[1])",
                       [seven.ravel().tolist(), np.ravel(kernel).astype(float).tolist()])
        np.testing.assert_allclose(found, convolved(seven, kernel).ravel(), atol=1e-5)


def test_learned_kernels_are_the_exported_ones_and_their_maps_the_librarys(module):
    np.testing.assert_allclose(np.reshape(module("kernels", "m.LEARNED"), (16, 5, 5)), learned(), atol=1e-6)
    digit = np.random.default_rng(1).random((1, 1, 28, 28)).round(2)
    maps = windows(digit, 5) @ learned().reshape(16, 25).T  # (1, 24, 24, 16), as the network does it
    found = module("kernels", "m.LEARNED.map((kernel) => m.featureMap(a, kernel))", digit.ravel().tolist())
    np.testing.assert_allclose(np.array(found), maps.reshape(576, 16).T, atol=1e-5)


def test_a_kernel_is_cut_to_its_middle_and_framed_by_zeros(module):
    large = np.arange(25.0).reshape(5, 5)
    small = np.reshape(module("kernels", "m.resized(a, 3)", large.ravel().tolist()), (3, 3))
    np.testing.assert_array_equal(small, large[1:4, 1:4])
    found = module("kernels", "m.resized(a, 5)", small.ravel().tolist())
    np.testing.assert_array_equal(np.reshape(found, (5, 5)), np.pad(small, 1))


@pytest.mark.parametrize("under, kernel, said", [
    ([0.8, 0.35, 0, 1], [1, -1, 2, 0], "0.8 · 1 + 0.35 · (−1) = 0.45"),
    ([0, 0, 0, 1], [1, -1, 2, 0], "every product is 0, and so is the sum: 0.00"),
    ([1] * 12, [*range(1, 11), -11, 0.5], " + ".join(f"1 · {n}" for n in range(3, 11))
     + " + 1 · (−11) + 3 smaller terms = 44.50"),
    ([1] * 10, [1] * 10, " + ".join(["1 · 1"] * 9) + " + 1 smaller term = 10.00"),
])
def test_a_sum_is_written_out_but_not_at_any_length(module, under, kernel, said):
    assert module("kernels", "m.sumInWords(a[0], a[1])", [under, kernel]).replace("\xa0", " ") == said


# The figure.

def test_it_starts_in_the_middle_of_a_7_and_follows_the_theme(page):
    filled = agrees_with_numpy(page)
    assert filled.ravel()[: 12 * 26 + 14].all() and not filled.ravel()[12 * 26 + 14:].any()
    np.testing.assert_array_equal(weights(page), KERNELS["vertical edges"])
    ink = picture(page)
    assert ink[5, 8:18].min() > 0.9 and ink[:3].max() == ink[:, :4].max() == 0
    under = page.locator(".convolution-cell span").all_inner_texts()
    np.testing.assert_allclose([float(one.removeprefix("× ")) for one in under], ink[12:15, 13:16].ravel(),
                               atol=0.011)
    assert violations(page, "[data-figure]") == []
    turn(page, "dark")
    np.testing.assert_array_equal(agrees_with_numpy(page), filled)
    assert violations(page, "[data-figure]") == []


def test_steps_rows_and_all_at_once(page):
    press(page, "Start again")
    assert not agrees_with_numpy(page).any()
    assert "Press Step" in page.locator(SUM).inner_text()
    wait_until_said(page, "The feature map is empty.")
    for _ in range(3):
        press(page, "Step")
    assert np.flatnonzero(agrees_with_numpy(page)).tolist() == [0, 1, 2]
    wait_until_said(page, "Row 0, column 2: 0.00.")
    press(page, "One row")  # nothing moves by itself for those who do not want it
    assert np.count_nonzero(agrees_with_numpy(page)) == 26
    press(page, "One row")
    assert np.count_nonzero(agrees_with_numpy(page)) == 52
    press(page, "All at once")
    assert agrees_with_numpy(page).all()
    wait_until_said(page, "The feature map is full, from −3.00 to")
    press(page, "One row")  # again from the first one
    assert np.count_nonzero(agrees_with_numpy(page)) == 26
    assert page.evaluate("document.activeElement.textContent") == "One row"


def test_it_runs_by_itself_and_can_be_held(page):
    page.emulate_media(reduced_motion="no-preference")
    press(page, "Run")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Run", exact=True).wait_for()  # it has come to its end
    assert agrees_with_numpy(page).all()
    press(page, "Run")  # anew, and slowly in the first row
    page.wait_for_function("text => /^Row (\\d|1\\d), /.test(text.textContent)",
                           arg=page.locator(SUM).element_handle())
    press(page, "Pause")
    first = agrees_with_numpy(page)
    assert 0 < np.count_nonzero(first) < 26 * 20 and first.ravel()[:np.count_nonzero(first)].all()
    page.wait_for_timeout(300)
    np.testing.assert_array_equal(agrees_with_numpy(page), first)
    press(page, "Step")
    assert np.count_nonzero(agrees_with_numpy(page)) == np.count_nonzero(first) + 1


def test_what_the_mouse_draws_is_seen_at_once(page):
    press(page, "All at once")
    press(page, "Clear the picture")
    assert not picture(page).any() and agrees_with_numpy(page).all()
    drag(page, *at(page.locator(PAD), (0.5, 0.2), (0.5, 0.8)))
    ink = picture(page)
    assert ink[10:20, 13:15].min() > 0.9 and not ink[:, :11].any() and not ink[:, 17:].any()
    assert agrees_with_numpy(page).all()
    press(page, "Another digit")
    assert not np.array_equal(picture(page), ink)
    assert agrees_with_numpy(page).all()


def test_the_mouse_fills_the_units_that_it_is_dragged_over(page):
    press(page, "Start again")
    first, last, below = units(page, (5, 10), (5, 14), (9, 14))
    page.mouse.move(*first)
    assert not agrees_with_numpy(page).any()
    drag(page, first, last)
    page.mouse.move(*below)
    assert np.flatnonzero(agrees_with_numpy(page)).tolist() == [5 * 26 + column for column in range(10, 15)]
    assert page.locator(SUM).inner_text().startswith("Row 5, column 14:")
    press(page, "Step")
    assert page.locator(SUM).inner_text().startswith("Row 5, column 15:")


def test_keys_go_over_the_map(page):
    press(page, "Start again")
    page.locator(MAP).focus()
    for key in ("ArrowLeft", "Shift+ArrowDown", "ArrowDown", "ArrowUp", "Shift+ArrowRight", "ArrowRight",
                "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert page.locator(SUM).inner_text().startswith("Row 5, column 0:")
    assert np.count_nonzero(agrees_with_numpy(page)) == 5
    wait_until_said(page, "Row 5, column 0: 0.00.")


def test_keys_draw(page):
    press(page, "All at once")
    page.locator(PAD).focus()
    page.keyboard.press("Delete")
    for key in ("ArrowUp", "Space", *["ArrowDown"] * 5, "Space", *["ArrowRight"] * 3):
        page.keyboard.press(key)
    page.keyboard.press("Tab")  # takes the pen away
    assert agrees_with_numpy(page).all()
    assert picture(page)[14:17, 13:15].min() > 0.9
    page.locator(PAD).focus()
    page.keyboard.press("3")
    page.keyboard.press("Tab")
    assert agrees_with_numpy(page).all() and picture(page).sum() > 40


def test_weights_are_typed_and_moved_by_keys(page):
    press(page, "All at once")
    field = page.get_by_label("Weight in row 1, column 2")
    field.fill("-2.5")
    assert weights(page)[1, 2] == -2.5
    assert agrees_with_numpy(page).all()
    assert page.locator("[aria-pressed=true]").count() == 0  # it is the reader's own now
    field.press("ArrowUp")
    field.press("PageUp")
    field.press("Shift+ArrowUp")
    field.press("ArrowDown")
    assert weights(page)[1, 2] == -0.5
    assert agrees_with_numpy(page).all()
    before = painted(page, MAP)
    field.fill("")  # no number yet: nothing changes
    np.testing.assert_array_equal(painted(page, MAP), before)
    field.fill("50")
    field.blur()
    assert weights(page)[1, 2] == 9
    assert agrees_with_numpy(page).all()
    press(page, "vertical edges")
    np.testing.assert_array_equal(weights(page), KERNELS["vertical edges"])


def test_each_kernel_is_one_click_away(page):
    press(page, "All at once")
    for name, kernel in KERNELS.items():
        press(page, name)
        np.testing.assert_allclose(weights(page), kernel)
        assert agrees_with_numpy(page).all()
        assert page.locator("[aria-pressed=true]").all_inner_texts() == [name]
    page.get_by_label("5 × 5").check()
    np.testing.assert_array_equal(weights(page), LARGE["one pixel"])
    for i in (0, 7, 15):
        press(page, f"Learned kernel {i}")
        np.testing.assert_allclose(weights(page), learned()[i], atol=1e-6)
        assert agrees_with_numpy(page).all()
        wait_until_said(page, f"Kernel learned {i}. ")
    page.get_by_label("3 × 3").check()
    np.testing.assert_allclose(weights(page), learned()[15][1:4, 1:4], atol=1e-6)
    press(page, "Learned kernel 2")
    assert page.get_by_label("5 × 5").is_checked()
    page.emulate_media(forced_colors="active")
    looks = [page.get_by_label(f"Learned kernel {i}", exact=True).evaluate(
        "one => (one.blur(), [getComputedStyle(one).outlineStyle, getComputedStyle(one).backgroundColor])")
        for i in (2, 3)]
    assert looks[0][0] == looks[1][0] == "none"  # it does not look as if it had the focus
    assert looks[0][1] != looks[1][1]


def test_a_map_that_is_half_full_stays_so_with_a_larger_kernel(page):
    page.get_by_label("5 × 5").check()
    assert np.count_nonzero(agrees_with_numpy(page)) == 12 * 24 + 14
    page.get_by_label("3 × 3").check()
    assert np.count_nonzero(agrees_with_numpy(page)) == 12 * 26 + 14
    press(page, "Start again")
    page.get_by_label("5 × 5").check()
    assert not agrees_with_numpy(page).any()
    press(page, "All at once")
    page.get_by_label("3 × 3").check()
    assert agrees_with_numpy(page).all()


def test_relu_leaves_nothing_below_zero(page):
    press(page, "All at once")
    page.get_by_label("ReLU").check()
    assert agrees_with_numpy(page, relu=True).all()
    assert "from 0.00 to 3.00" in page.locator(".convolution-map figcaption").inner_text()
    found = convolved(picture(page), weights(page))
    [lowest] = units(page, np.unravel_index(found.argmin(), found.shape))
    page.mouse.click(*lowest)
    assert page.locator(SUM).inner_text().endswith("ReLU makes it 0")
    agrees_with_numpy(page, relu=True)


def test_a_finger_draws_and_points_on_a_phone(phone):
    for name in ("Clear the picture", "Start again"):
        phone.get_by_role("button", name=name).tap()
    swipe(phone, *at(phone.locator(PAD), *((0.5, tenth / 10) for tenth in range(9, 0, -1))))
    assert picture(phone)[6:20, 13:15].min() > 0.9
    swipe(phone, *units(phone, *((row, 12) for row in range(11, 3, -1))))
    filled = agrees_with_numpy(phone)
    assert np.flatnonzero(filled).tolist() == [26 * row + 12 for row in range(4, 12)]
    for name in ("Learned kernel 5", "All at once"):
        phone.get_by_role("button", name=name, exact=True).tap()
    assert agrees_with_numpy(phone).all()


@pytest.mark.parametrize("phone", [320, 375], indirect=True)
def test_on_a_phone_nothing_is_cut_off_and_all_can_be_touched(phone):
    phone.get_by_label("5 × 5").check()
    boxes = phone.evaluate("""() => [...document.querySelectorAll(
        "[data-figure] :is(button, input[type=number], canvas.draw-pad, .convolution-units)")]
        .map(one => one.getBoundingClientRect()).map(box => [box.left, box.right, box.width, box.height])""")
    edges = phone.locator("[data-figure]").bounding_box()
    assert len(boxes) == 4 + 4 + 16 + 2 + 25 + 2
    for left, right, wide, high in boxes:
        assert left >= edges["x"] and right <= edges["x"] + edges["width"]
        assert wide >= 24 and high >= 24


def test_the_table_without_scripts_fits_a_phone(opened, figures):
    page = opened(figures[FIGURE], without="**/figures/main.js*")
    for width in (320, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("table").evaluate("table => table.scrollWidth <= table.clientWidth"), width


def test_the_table_without_scripts_has_numpys_numbers(html):
    soup = soup_of(html / f"{PAGE}.html")
    patterns = np.array([[[0, 1, 1]] * 3, np.transpose([[0, 1, 1]] * 3), np.ones((3, 3))])
    rows = soup.select("[data-figure=convolution] tr")[1:]
    assert len(rows) == len(KERNELS)
    for row, (name, kernel) in zip(rows, KERNELS.items()):
        told, numbers = row.th.get_text().replace("−", "-").split(": ")
        assert told == name
        np.testing.assert_allclose([float(one) for one in numbers.replace(",", "").split()], np.ravel(kernel))
        np.testing.assert_allclose([float(cell.get_text()) for cell in row("td")],
                                   (patterns * kernel).sum(axis=(1, 2)))
