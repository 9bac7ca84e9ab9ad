"""A laboratory of made-up photographs: what `read_digit` makes of pens, papers, lights and crops.

A small network reads each photograph twice: as `read_digit` prepares it, and shrunk and inverted. The digits
are MNIST's test digits or, without MNIST, the sample's.
"""

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits as sklearns

from mnistlib import DataUnavailableError, load_mnist, load_sample
from mnistlib.handwriting import centre_by_mass, crop_to_ink, read_digit, scale_to_box
from mnistlib.mlp import MLP

PENS = {  # from which grey on MNIST's strokes are drawn (the lower, the thicker), and the light ink takes
    "felt": (0.2, 0.85), "ballpoint": (0.5, 0.65), "pencil": (0.55, 0.35), "thin": (0.7, 0.7)}
PAPERS = "plain", "lined", "squared"
LIGHTS = "even", "gradient", "vignette", "shadow"
FRAMES = {"loose": (0.25, 1.0), "tight": (0.0, 0.06)}  # the margin, as a share of the digit's longer side
BOARD = 0.15  # of the photographs show chalk on a dark board
PHOTOGRAPHS, SIDE = 200, 400


def one_of(kinds, rng):
    return list(kinds)[rng.integers(len(kinds))]


def enlarged(digit, side, how=Image.Resampling.BICUBIC):
    """(28, 28) or (8, 8) to float32 (side, side) in [0, 1]."""
    return np.clip(np.asarray(Image.fromarray(np.float32(digit)).resize((side, side), how)), 0, 1)


def drawn(digit, pen, rng):
    """(SIDE, SIDE): the light that ink takes; edges of two pixels, a pencil's strokes are rough."""
    edge, takes = PENS[pen]
    high = int(SIDE * rng.uniform(0.4, 0.9))
    strokes = np.clip(high / 28 * (enlarged(digit.reshape(28, 28), high) - edge) / 2 + 0.5, 0, 1)
    if pen == "pencil":
        strokes *= 1 - 0.3 * rng.random(strokes.shape)
    start = (SIDE - high) // 2
    return np.pad(takes * strokes, (start, SIDE - high - start))


def printed(paper, rng):
    """(SIDE, SIDE): the light that printed lines take, at most a third of it."""
    lines, step, dark = np.zeros((SIDE, SIDE)), rng.integers(16, 30), rng.uniform(0.05, 0.2)
    if paper != "plain":
        lines[rng.integers(step)::step] = dark
    if paper == "squared":
        lines[:, rng.integers(step)::step] = dark
    return lines


def lit(kind, shape, rng):
    """How much light falls where, about 1 in the middle."""
    down, right = np.meshgrid(*(np.linspace(-0.5, 0.5, side) for side in shape), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * down + np.sin(angle) * right
    if kind == "gradient":
        return 1 + rng.uniform(0.3, 0.8) * along
    if kind == "vignette":
        return 1 - rng.uniform(0.4, 1) * (down ** 2 + right ** 2)
    if kind == "shadow":
        return 1 - rng.uniform(0.3, 0.5) / (1 + np.exp(15 * (rng.uniform(-0.2, 0.2) - along)))
    return np.ones(shape)


def cut(sheet, ink, frame, rng):
    """The part of the sheet round the ink, with a margin of its own on each side."""
    rows, columns = np.nonzero(ink > 0.5 * ink.max())
    low, high = FRAMES[frame]
    top, bottom, left, right = rng.uniform(low, high, 4) * max(np.ptp(rows), np.ptp(columns))
    return sheet[max(int(rows.min() - top), 0):int(rows.max() + 1 + bottom),
                 max(int(columns.min() - left), 0):int(columns.max() + 1 + right)]


def photograph(digit, rng):
    """A JPEG of the digit, and what kind it is."""
    kind = {"pen": one_of(PENS, rng), "paper": one_of(PAPERS, rng), "light": one_of(LIGHTS, rng),
            "frame": one_of(FRAMES, rng), "on": "board" if rng.random() < BOARD else "paper"}
    ink = drawn(digit, kind["pen"], rng)
    sheet = (1 - printed(kind["paper"], rng)) * (1 - ink)
    sheet, ink = (ndimage.rotate(one, angle, reshape=False, order=1, mode="nearest")
                  for angle in [rng.uniform(-10, 10)] for one in (sheet, ink))
    sheet = cut(sheet, ink, kind["frame"], rng)
    if kind["on"] == "board":
        sheet = 0.15 + 0.75 * (1 - sheet)
    seen = rng.uniform(0.6, 0.9) * lit(kind["light"], sheet.shape, rng) * sheet
    seen = ndimage.gaussian_filter(seen, rng.uniform(0, 1.5))
    return as_jpeg(seen + rng.normal(0, rng.uniform(0, 0.04), seen.shape), rng), kind


def as_jpeg(seen, rng):
    file = io.BytesIO()
    picture = Image.fromarray(np.uint8(255 * np.clip(seen, 0, 1)))
    picture.save(file, "JPEG", quality=int(rng.integers(50, 95)))
    return file.getvalue()


def read_or_nothing(file):
    """(784,), with zeros for a refused photograph: no network reads those."""
    try:
        return read_digit(file)
    except ValueError:
        return np.zeros(784, np.float32)


def shrunk_and_inverted(file):
    small = Image.open(io.BytesIO(file)).convert("L").resize((28, 28))
    return 1 - np.asarray(small, np.float32).reshape(-1) / 255


def refused(pictures):
    return sum(not read_or_nothing(picture).any() for picture in pictures) / len(pictures)


# Digits

# What follows is cached: make mutants forks a process for each mutant, which then has it.
@cache
def digits():
    """MNIST, or the sample prepared as MNIST is; its name with it."""
    try:
        return load_mnist(download=False)
    except DataUnavailableError:
        sample = load_sample()
        X_train = [centre_by_mass(scale_to_box(crop_to_ink(digit.reshape(28, 28)))).reshape(-1)
                   for digit in sample.X_train]
        return sample._replace(X_train=np.array(X_train))


@cache
def network_and_photographs():
    """(the network, photographs of test digits, what kind each is, what digit)."""
    data = digits()
    net, rng = MLP((784, 100, 10), rng=0), np.random.default_rng(0)
    X, y = data.X_train, data.y_train
    for start in np.arange(0, 180_000, 100) % (len(X) - 99):
        net.step(X[start:start + 100], y[start:start + 100], 0.1, momentum=0.5)
    rows = rng.permutation(len(data.X_test))[:PHOTOGRAPHS]
    files, kinds = zip(*(photograph(data.X_test[row], rng) for row in rows), strict=True)
    return net, files, kinds, data.y_test[rows]


def test_prepared_photographs_are_read_whatever_pen_paper_light_and_crop_and_shrunk_ones_are_not():
    data = digits()
    net, files, kinds, y = network_and_photographs()
    prepared = np.array([read_or_nothing(file) for file in files])
    plain = np.array([shrunk_and_inverted(file) for file in files])
    right, right_plain = (net.scores(some).argmax(axis=1) == y for some in (prepared, plain))
    right &= prepared.any(axis=1)
    lost = 1 - prepared.any(axis=1).mean()
    print(f"{data.name}: read_digit {right.mean():.1%} of {len(right)}, "
          f"shrunk and inverted {right_plain.mean():.1%}, refused {lost:.1%}")
    assert right.mean() > right_plain.mean() + 0.4
    if data.name != "MNIST":  # the sample's strokes are soft, too soft for one kind alone
        assert right.mean() > 0.6 and lost < 0.16
        return
    assert right.mean() > 0.9 and lost < 0.04
    for what, each in {"pen": PENS, "paper": PAPERS, "light": LIGHTS, "frame": FRAMES,
                       "on": ("paper", "board")}.items():
        for kind in each:
            these = np.array([one[what] == kind for one in kinds])
            assert these.sum() > 20 and right[these].mean() > 0.75, (what, kind)
            assert right[these].mean() > right_plain[these].mean() + 0.2, (what, kind)


# Digits that fill their picture

@pytest.mark.parametrize("side, how", [
    (8, "NEAREST"), (28, "BICUBIC"), (64, "NEAREST"), (64, "BICUBIC")])
def test_scikit_learns_digits_are_read_without_a_frame(side, how):
    digits = sklearns().images[::9] / 16
    large = [enlarged(digit, side, Image.Resampling[how]) for digit in digits]
    assert refused([1 - one if k % 2 else one for k, one in enumerate(large)]) <= 0.01


@pytest.mark.parametrize("margin", [0, 1])
def test_digits_cropped_to_their_ink_are_read(margin):
    data = digits()
    if data.name != "MNIST":
        pytest.skip("the sample's 8 × 8 pixels have no edge to crop to")
    tight = []
    for digit in data.X_test[:200].reshape(-1, 28, 28):
        large = enlarged(np.pad(crop_to_ink(digit), margin), 84)
        tight.append(255 - np.uint8(255 * large))
    assert refused(tight) <= 0.02


# Paper with nothing on it

def blank(rng):
    """A JPEG of a sheet with grain, some with soft stains, in any of the lights."""
    shape = tuple(rng.integers(120, 420, 2))
    grain = ndimage.gaussian_filter(rng.normal(size=shape), (rng.choice([0, 1, 3]), rng.choice([0, 1, 3])))
    sheet = rng.uniform(0.4, 0.9) * lit(one_of(LIGHTS, rng), shape, rng)
    for _ in range(rng.integers(3)):
        down, right = (np.arange(side) - rng.uniform(0, side) for side in shape)
        far = np.hypot(*np.meshgrid(down, right, indexing="ij")) / max(shape)
        sheet *= 1 - rng.uniform(0, 0.06) / (1 + np.exp((far - rng.uniform(0.05, 0.3)) / 0.03))
    return as_jpeg(sheet * (1 + rng.uniform(0, 0.08) * grain / grain.std()), rng)


@cache
def blank_sheets():
    rng = np.random.default_rng(0)
    return [blank(rng) for _ in range(200)]


def test_paper_is_refused_whatever_its_grain_and_light():
    assert refused(blank_sheets()) >= 0.99
