
"""Draw a digit, driven as readers do; and the page's network against NumPy."""

import re

import numpy as np
import pytest
from scipy.special import expit, softmax

from mnistlib import ConvNet, DataUnavailableError, accuracy, load_digits, load_mnist
from tests.book.exported import FIGURES, exported, numbers, rounded
from tests.book.hands import at, drag, fingers, press, swipe
from tests.book.pages import violations, wait_until_live, wait_until_said
from tools.book import ROOT

FIGURE, PAD, ANSWER = "draw", ".draw-pad", ".draw-answer"


@pytest.fixture(scope="module")
def network():
    stored = exported("network.js")
    return rounded(stored["wih"], stored["wihScale"]), rounded(stored["who"], stored["whoScale"])


@pytest.fixture(scope="module")
def convolution():
    layers, net = exported("convolution_network.js")["layers"], ConvNet()
    net.weights = [rounded(layer["weights"], layer["scale"]).reshape(layer["shape"]) for layer in layers]
    net.biases = [numbers(layer["biases"], np.float32) for layer in layers]
    return net


def by_numpy(network, X):
    wih, who = network
    return expit(expit(X @ wih.T) @ who.T)


@pytest.mark.parametrize("script, chapter, printed", [
    ("network.js", "09-where-does-it-fail", "test digits +"),
    ("convolution_network.js", "11-neighbours", "perceptron( +[0-9.]+%){3} +convolution +")])
def test_the_weights_are_small_and_as_good_as_the_chapters(script, chapter, printed, network, convolution):
    assert (FIGURES / script).stat().st_size <= 200_000
    stored = exported(script)
    assert abs(stored["accuracy"] - stored["accuracyRounded"]) <= 0.001
    source = (ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8")
    assert re.search(rf"{printed}{stored['accuracy']:.1%}", source)  # what the chapter prints of it
    try:
        digits = load_mnist(download=False)
    except DataUnavailableError:
        pytest.skip("MNIST IS MISSING: the exported network is not measured on it")
    scores = by_numpy(network, digits.X_test) if script == "network.js" else convolution.scores(digits.X_test)
    assert accuracy(scores, digits.y_test) == pytest.approx(stored["accuracyRounded"])


@pytest.mark.parametrize("name", ["prepare", "convnet"])
def test_a_thousand_digits_get_the_same_answers_in_the_page_and_in_numpy(module, network, convolution, name):
    X = load_digits().X_test[:1000]
    outputs = module(name, "a.map(x => m.query(x).outputs)", X.astype(float).round(6).tolist())
    expected = (by_numpy(network, X.astype(float)) if name == "prepare"
                else softmax(convolution.scores(X), axis=1))
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    assert np.array_equal(np.argmax(outputs, axis=1), expected.argmax(axis=1))


def test_the_maps_are_the_networks(module, convolution):
    X = load_digits().X_test[:3]
    for x, maps in zip(X, convolution.maps(X)[0]):
        found = module("convnet", "Array.from(m.query(a).maps)", x.astype(float).tolist())
        np.testing.assert_allclose(found, maps.ravel(), atol=1e-5)


def test_the_convolution_keeps_pace_with_who_draws(module):
    times = "Array.from({ length: 30 }, () => { const t = performance.now(); m.query(a); " \
            "return performance.now() - t; })"
    milliseconds = module("convnet", times, load_digits().X_test[0].astype(float).tolist())
    assert min(milliseconds) < 20  # of its own time: other tests want the processor too


def test_each_sample_digit_is_read(page):
    for k in range(10):
        press(page, f"Draw a {k}")
        assert page.locator(ANSWER).inner_text() == f"This is a {k}."
        assert page.locator(".draw-nets strong").all_inner_texts() == [str(k)] * 2
        assert page.locator(".draw-bar").nth(k).locator(".draw-value.chosen").count() == 2


def test_a_digit_drawn_with_the_mouse_is_read_undone_and_cleared(page):
    drag(page, *at(page.locator(PAD), (0.25, 0.2), (0.72, 0.2), (0.45, 0.9)))
    assert page.locator(ANSWER).inner_text() == "This is a 7."
    assert violations(page, "[data-figure]") == []
    for shown in outputs_shown(page):
        assert shown[7] == max(shown) > 0.5
    press(page, "Undo")
    assert page.locator(ANSWER).inner_text() == "Draw a digit here."
    assert set(page.locator(".draw-value").all_inner_texts()) == {"0.00"}
    assert page.get_by_role("button", name="Clear").is_disabled()
    drag(page, *at(page.locator(PAD), (0.5, 0.5), (0.52, 0.52)))
    assert "Too small" in page.locator(ANSWER).inner_text()  # a stray touch gets no answer
    assert page.locator(".draw-value.chosen").count() == 0
    assert page.locator(".draw-nets strong").all_inner_texts() == ["–", "–"]


def test_a_digit_drawn_with_keys_is_read_spoken_and_cleared(page):
    page.locator(PAD).focus()
    for keys in ("ArrowUp " * 10, "Space", "ArrowDown " * 20, "Space"):
        for key in keys.split():
            page.keyboard.press(key)
    assert page.locator(ANSWER).inner_text() == "This is a 1."
    wait_until_said(page, "This is a 1.")
    page.keyboard.press("Backspace")
    assert page.locator(ANSWER).inner_text() == "Draw a digit here."
    page.keyboard.press("4")
    assert page.locator(ANSWER).inner_text() == "This is a 4."
    page.keyboard.press("Delete")
    assert page.locator(ANSWER).inner_text() == "Draw a digit here."
    for key in ("Space", "Space", *["ArrowUp"] * 20):
        page.keyboard.down(key)  # held: the space bar counts once
    assert page.locator(ANSWER).inner_text() == "This is a 1."
    page.get_by_role("button", name="Clear").evaluate("one => one.click()")  # the pad keeps the focus
    page.keyboard.press("ArrowDown")
    assert page.locator(ANSWER).inner_text() == "Draw a digit here."
    page.keyboard.press("7")
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Clear"  # though it went pale


def test_hidden_nodes_show_their_weights_to_mouse_and_keys(page):
    press(page, "Draw a 3")
    units = page.locator(".draw-units")
    units.hover(position={"x": 3, "y": 3})
    assert "hidden node 0 looks for" in page.locator(".draw-inside").inner_text()
    page.mouse.move(0, 0)
    assert "What the networks see" in page.locator(".draw-inside").inner_text()
    units.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert "hidden node 11 looks for" in page.locator(".draw-inside").inner_text()


# Both networks, and pushing.

def outputs_shown(page):
    """What the bars say: (2, 10), fully connected and convolution."""
    return np.array(page.locator(".draw-value").all_inner_texts(), float).reshape(10, 2).T


def seen(page):
    """The pixels that the networks see, from the picture of them: (28, 28), 0 paper to 1 ink."""
    shades = page.locator(".draw-seen").evaluate("""one => {
        const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
        copy.drawImage(one, 0, 0);
        return Array.from(copy.getImageData(0, 0, 28, 28).data);
    }""")
    return 1 - np.reshape(shades, (28, 28, 4))[:, :, 0] / 255


def moved(picture, right, down):
    """As chapter 11 does it."""
    return np.pad(picture, 10)[10 - down:38 - down, 10 - right:38 - right]


def push(page, *ways):
    for way in ways:
        press(page, f"Push {way} by a pixel")


def caption(page):
    return page.locator(".draw-inside figcaption").first.inner_text()


def test_pixels_move_as_chapter_11_moves_them(module):
    picture = np.random.default_rng(0).random((28, 28))
    for right, down in ((0, 0), (3, 0), (-2, 1), (10, -10)):
        code = f"Array.from(m.moved(a, {right}, {down}))"
        found = module("prepare", code, picture.ravel().tolist())
        np.testing.assert_array_equal(np.reshape(found, (28, 28)), moved(picture, right, down))


def test_arrows_push_what_both_networks_read(page, network, convolution):
    assert page.get_by_role("button", name="Push up by a pixel").is_disabled()  # there is nothing yet
    press(page, "Draw a 0")
    still = seen(page)
    push(page, "right", "right", "right", "up")
    assert caption(page) == "Pushed by 3 to the right, 1 up."
    np.testing.assert_array_equal(seen(page), moved(still, 3, -1))
    X = seen(page).reshape(1, 784)
    expected = np.vstack([by_numpy(network, X), softmax(convolution.scores(X), axis=1)])
    np.testing.assert_allclose(outputs_shown(page), expected, atol=0.03)  # shades are rounded, 256 of them
    assert violations(page, "[data-figure]") == []
    press(page, "Back to the middle")
    np.testing.assert_array_equal(seen(page), still)
    assert page.evaluate("document.activeElement.ariaLabel") == "Back to the middle"  # though it went pale


def test_bars_keep_their_colours_where_the_system_sets_all_others(page):
    page.emulate_media(forced_colors="active")
    for part in (".draw-swatch", ".draw-bar:first-child .draw-fill"):
        colours = page.locator(part).evaluate_all(
            "all => new Set(all.map((one) => getComputedStyle(one).backgroundColor)).size")
        assert colours == 2, part


def test_one_sees_which_network_holds(page):
    press(page, "Draw a 1")
    push(page, "left")
    fully_connected, convolution = page.locator(".draw-nets p").all_inner_texts()
    assert page.locator(ANSWER).inner_text() == "They disagree."
    assert fully_connected.split()[:5] == ["fully", "connected", "8", "or", "1?"]
    assert convolution.split()[:2] == ["convolution", "1"]
    wait_until_said(page, "They disagree. fully connected says 8 or 1, output 0.")
    wait_until_said(page, ". convolution says 1, output 0.")
    wait_until_said(page, "Pushed by 1 to the left.")


def test_keys_push_no_further_than_ten_pixels_and_escape_puts_back(page):
    press(page, "Draw a 4")
    still = seen(page)
    page.locator(".draw-seen").focus()
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert caption(page) == "Pushed by 1 to the left, 10 down."
    np.testing.assert_array_equal(seen(page), moved(still, -1, 10))
    wait_until_said(page, "Pushed by 1 to the left, 10 down.")
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("Escape")
    np.testing.assert_array_equal(seen(page), still)
    page.get_by_role("button", name="Push up by a pixel").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")  # arrow keys go on where the buttons have begun
    assert caption(page) == "Pushed by 1 to the right, 1 up."


def test_a_new_drawing_begins_in_the_middle_and_another_sample_stays(page):
    press(page, "Draw a 4")
    push(page, "down", "down")
    press(page, "Draw a 5")
    assert caption(page) == "Pushed by 2 down."
    press(page, "Clear")
    assert "What the networks see" in caption(page)
    press(page, "Draw a 5")
    assert "What the networks see" in caption(page)


def test_the_mouse_drags_the_picture_by_whole_pixels(page):
    press(page, "Draw a 3")
    still = seen(page)
    middle, end = at(page.locator(".draw-seen"), (0.5, 0.5), (0.5 - 4.2 / 28, 0.5 + 1.8 / 28))
    drag(page, middle, end)
    np.testing.assert_array_equal(seen(page), moved(still, -4, 2))
    page.mouse.move(*middle, steps=3)  # it has been let go
    assert caption(page) == "Pushed by 4 to the left, 2 down."


def test_a_finger_shows_weights_until_it_draws_taps_arrows_and_drags_the_picture(phone):
    phone.locator(".draw-units").tap(position={"x": 3, "y": 3})
    assert "hidden node 0 looks for" in phone.locator(".draw-inside").inner_text()
    phone.locator(PAD).tap()
    assert "What the networks see" in phone.locator(".draw-inside").inner_text()
    phone.get_by_role("button", name="Draw a 3", exact=True).tap()
    still = seen(phone)
    phone.get_by_role("button", name="Push left by a pixel").tap()
    np.testing.assert_array_equal(seen(phone), moved(still, -1, 0))
    swipe(phone, *at(phone.locator(".draw-seen"), *((0.5, 0.9 - up / 28) for up in (0, 1, 4, 8))))
    np.testing.assert_array_equal(seen(phone), moved(still, -1, -8))


def test_the_reader_looks_into_either_network(page):
    press(page, "Draw a 3")
    assert page.locator(".draw-units").is_visible() and page.locator(".draw-maps").is_hidden()
    page.get_by_role("radio", name="convolution").check()
    assert page.locator(".draw-maps").is_visible() and page.locator(".draw-units").is_hidden()
    page.locator(".draw-maps").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert "Kernel 5, 5 × 5 weights" in caption(page)
    wait_until_said(page, "Map 5: the kernel finds ")
    assert violations(page, "[data-figure]") == []
    page.get_by_role("radio", name="fully connected").check()
    assert "100 hidden nodes" in page.locator(".draw-inside").inner_text()
    assert "What the networks see" in caption(page)


def test_the_figure_says_what_each_network_has_learned_from(page, network, convolution):
    note = page.locator(".draw-note").inner_text()
    counts = [sum(one.size for one in parameters)
              for parameters in (network, (*convolution.weights, *convolution.biases))]
    accuracies = [exported(name)["accuracyRounded"] for name in ("network.js", "convolution_network.js")]
    for found in (*(f"{one:,} weights" for one in counts), *(f"{one * 100:.1f} %" for one in accuracies)):
        assert found in note
    chapters = [(ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8")
                for name in ("09-where-does-it-fail", "11-neighbours")]
    assert "def trained(seed, epochs=6" in chapters[0] and "60,000 digits for six epochs" in note
    assert "learn from the same 20,000 digits" in chapters[1] and "from 20,000" in note
    assert "FastConvNet(rng=seed), 2)" in chapters[1] and "for two epochs" in note


# Preparation, on pictures made here.

def ink(left, top, width, height, side=280):
    picture = np.zeros((side, side))
    picture[top:top + height, left:left + width] = 1
    picture[top + height // 2:top + height, left:left + width // 2] = 0  # no symmetry hides a mistake
    return picture


def prepared(module, picture):
    found = module("prepare", "Array.from(m.prepare(a, 280))", picture.ravel().tolist())
    return np.reshape(found, (28, 28))


def test_preparation_fits_twenty_pixels_and_centres_the_mass(module):
    found = prepared(module, ink(30, 100, 90, 130))
    rows, columns = np.nonzero(found)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == round(20 * 90 / 130)
    for axis in (0, 1):
        mass = found.sum(axis=1 - axis)
        assert abs(mass @ np.arange(28) / mass.sum() - 14) <= 0.5
    assert found.min() >= 0
    assert found.max() == pytest.approx(1)


def test_preparation_forgets_place_and_size(module):
    small, moved = prepared(module, ink(20, 30, 60, 80)), prepared(module, ink(180, 190, 60, 80))
    large = prepared(module, ink(40, 20, 180, 240))
    np.testing.assert_allclose(small, moved, atol=1e-6)
    np.testing.assert_allclose(small, large, atol=1e-6)


def test_preparation_keeps_grey_values_and_refuses_blank_paper(module):
    grey = prepared(module, 0.5 * ink(30, 100, 90, 130))
    assert grey.max() == pytest.approx(0.5)
    assert module("prepare", "m.prepare(a, 280)", [0.0] * 280 * 280) is None


def test_without_preparation_a_small_digit_in_a_corner_stays_there(module):
    found = module("prepare", "Array.from(m.asItStands(a, 280))", ink(0, 0, 60, 80).ravel().tolist())
    rows, columns = np.nonzero(np.reshape(found, (28, 28)))
    assert (rows.max(), columns.max()) == (7, 5)


def test_the_reader_can_switch_preparation_off(page):
    page.locator(PAD).focus()
    page.keyboard.press("2")
    before = page.locator(".draw-value").all_inner_texts()
    page.get_by_label("prepare it as MNIST was").uncheck()
    assert page.locator(".draw-value").all_inner_texts() != before


def test_a_phone_shows_answer_pad_and_bars_on_its_first_screen_and_a_finger_draws(visit):
    page = visit("intro", width=375, height=812, touch=True)
    page.locator(PAD).wait_for()
    for part in (ANSWER, ".draw-nets", PAD, ".draw-bars"):
        box = page.locator(part).bounding_box()
        assert box["y"] > 0 and box["y"] + box["height"] <= 812, part
    pad, bars = page.locator(PAD).bounding_box(), page.locator(".draw-bars").bounding_box()
    assert pad["width"] == pytest.approx(pad["height"]) and pad["width"] >= 180
    assert bars["y"] >= pad["y"] - 1 and bars["y"] + bars["height"] <= pad["y"] + pad["height"] + 1
    swipe(page, *at(page.locator(PAD), *((0.5, 0.9 - 0.08 * i) for i in range(11))))
    assert page.locator(ANSWER).inner_text() == "This is a 1."


def test_a_second_finger_leaves_the_stroke_whole(phone):
    heights = (0.1, 0.3, 0.4, 0.6, 0.8, 0.9)
    *stroke, second = at(phone.locator(PAD), *((0.5, y) for y in heights), (0.9, 0.9))
    send = fingers(phone)
    send("touchStart", stroke[0])
    send("touchMove", stroke[1])
    send("touchStart", stroke[1], second)
    for n, first in enumerate(stroke[2:], start=1):
        send("touchMove", first, (second[0], second[1] - 4 * n))
    send("touchEnd")
    assert phone.locator(ANSWER).inner_text() == "This is a 1."
    phone.get_by_role("button", name="Undo").click()
    assert phone.locator(ANSWER).inner_text() == "Draw a digit here."  # it was one stroke


@pytest.mark.parametrize("chapter", ["09-where-does-it-fail", "11-neighbours"])
def test_chapters_9_and_11_have_the_figure_too(chapter, visit):
    page = wait_until_live(visit(f"chapters/{chapter}", theme="dark", width=320), "draw")
    press(page, "Draw a 5")
    assert page.locator(ANSWER).inner_text() == "This is a 5."
    assert violations(page, "[data-figure]") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts_the_fallback_says_where_to_look(html):
    assert "That needs JavaScript" in (html / "intro.html").read_text(encoding="utf-8")
