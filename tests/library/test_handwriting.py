"""Photographs of digits: what must not matter, what MNIST's preparation demands, and what is refused."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from mnistlib.handwriting import (
    centre_by_mass,
    level_paper,
    read_digit,
    read_grey,
    remove_specks,
    scale_to_box,
    stages,
)
from mnistlib.handwriting._files import shrunk
from mnistlib.handwriting._paper import is_light, otsu, paper_under


def two(side=400, width=18, *, at=(0.5, 0.5), high=0.4, paper=235, ink=40):
    """A 2 in a few strokes of a pen."""
    image = Image.new("L", (side, side), paper)
    bow = [(0.3 * np.cos(a), -0.25 + 0.25 * np.sin(a)) for a in np.linspace(-np.pi, np.pi / 4, 40)]
    two_lines = [*bow, (-0.3, 0.5), (0.35, 0.5)]
    places = [(side * (at[0] + high * x), side * (at[1] + high * y)) for x, y in two_lines]
    ImageDraw.Draw(image).line(places, fill=ink, width=width, joint="curve")
    return image


def saved(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def apart(first, second):
    """The mean difference of two pictures, as a share of the mean ink."""
    return np.abs(first - second).sum() / first.sum()


PLAIN = read_digit(two())
PAPER = np.asarray(two(), np.float32) / 255
DOWN, RIGHT = np.mgrid[0:1:400j, 0:1:400j].astype(np.float32)


def test_the_result_is_what_the_network_takes():
    assert PLAIN.shape == (784,) and PLAIN.dtype == np.float32
    assert PLAIN.min() == 0 and PLAIN.max() == 1
    assert 50 < (PLAIN > 0.5).sum() < 200
    # Anti-aliasing: a stroke that covers part of a pixel gives a part of ink.
    assert ((PLAIN > 0.1) & (PLAIN < 0.9)).sum() > 20


def test_dark_on_light_and_light_on_dark_give_the_same_digit():
    dark = two()
    light = Image.fromarray(255 - np.asarray(dark))
    np.testing.assert_allclose(read_digit(light), read_digit(dark), atol=1e-4)
    np.testing.assert_allclose(read_digit(light, ink="light"), PLAIN, atol=1e-4)
    np.testing.assert_allclose(read_digit(dark, ink="dark"), PLAIN, atol=1e-4)


def test_what_is_ink_can_be_said():
    both = two(width=11, paper=130, ink=30, at=(0.3, 0.5), high=0.25)
    chalk = ImageDraw.Draw(both)
    chalk.line([(280, 100), (280, 300)], fill=250, width=18)
    assert apart(PLAIN, read_digit(both, ink="dark")) < 0.4
    one = read_digit(both, ink="light").reshape(28, 28)
    assert np.ptp(np.nonzero(one)[1]) < 4 and np.ptp(np.nonzero(one)[0]) == 19


@given(side=st.integers(120, 1500), x=st.floats(0.3, 0.7), y=st.floats(0.3, 0.7), high=st.floats(0.3, 0.55))
@settings(max_examples=25, deadline=None)
def test_size_and_place_do_not_matter(side, x, y, high):
    # From 36 pixels up: a line of whole pixels cannot be drawn finer, and would be relatively thicker.
    digit = read_digit(two(side, round(0.11 * high * side), at=(x, y), high=high))
    shifted = [np.roll(digit.reshape(28, 28), step, (0, 1)).reshape(-1)
               for step in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)]]
    # Two centres that are nearly half way between pixels may be rounded to different ones.
    assert min(apart(PLAIN, one) for one in shifted) < 0.4


@given(width=st.integers(8, 30), strokes=st.lists(
    st.tuples(st.integers(40, 260), st.integers(40, 260)), min_size=3, max_size=6, unique=True))
@example(strokes=[(105, 48), (41, 48), (40, 48)], width=21)  # a tie, but for float32's rounding
@settings(max_examples=40, deadline=None)
def test_the_convention_of_mnist_holds_for_any_strokes(strokes, width):
    assume(np.ptp(strokes, axis=0).max() > 2 * width)  # less is a blot
    image = Image.new("L", (300, 300), 240)
    ImageDraw.Draw(image).line(strokes, fill=30, width=width, joint="curve")
    done = stages(image)
    assert max(done.scaled.shape) == 20
    rows, columns = np.nonzero(done.centred)
    assert np.ptp(rows) < 20 and np.ptp(columns) < 20
    mass = np.array(ndimage.center_of_mass(done.centred.astype(float)))
    held = rows.min() in (0, 8) or columns.min() == 0 or rows.max() == 27 or columns.max() == 27
    assert (np.abs(mass - 14) <= 0.5 + 1e-6).all() or held
    assert done.centred.sum() == pytest.approx(done.scaled.sum(), rel=1e-5)  # no ink is lost
    for picture in (*done, level_paper(done.grey.astype(float))):
        assert picture.dtype == np.float32 and picture.min() >= 0 and picture.max() <= 1


def test_centring_never_pushes_ink_over_the_edge():
    # Nearly all of the mass is up and left: the middle would lie beyond what the field has room for.
    heavy = np.where(np.indices((20, 20)).sum(axis=0) < 4, 1, 0.001).astype(np.float32)
    field = centre_by_mass(heavy)
    assert np.array_equal(field[8:, 8:], heavy)
    assert np.array_equal(centre_by_mass(heavy[::-1, ::-1])[:20, :20], heavy[::-1, ::-1])
    full = np.random.default_rng(0).random((28, 28)).astype(np.float32)  # there is no room to move
    assert np.array_equal(centre_by_mass(full), full)


def test_nothing_fainter_than_a_soft_edge_is_left():
    clean = stages(np.clip(PAPER * LIGHTS["dark corner"], 0, 1)).clean
    assert clean[clean > 0].min() > 0.15 and (clean == 0).mean() > 0.9


def test_the_aspect_ratio_is_kept():
    image = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(image).rectangle((100, 50, 149, 249), fill=0)  # 50 wide, 200 high
    assert stages(image).scaled.shape == (20, 5)
    assert stages(image.transpose(Image.Transpose.ROTATE_90)).scaled.shape == (5, 20)
    hair = scale_to_box(np.ones((200, 3), np.float64))
    assert hair.shape == (20, 1) and hair.dtype == np.float32 and hair.max() == 1
    assert scale_to_box(np.zeros((20, 20))).max() == 0


LIGHTS = {
    "gradient": 0.3 + 0.7 * RIGHT,
    "dark corner": 1 - 0.6 * DOWN * RIGHT,
    "vignette": 1 - 1.2 * ((DOWN - 0.5) ** 2 + (RIGHT - 0.5) ** 2),
    "soft shadow": 1 - 0.5 / (1 + np.exp((DOWN + 0.5 * RIGHT - 0.7) * 15)),
    "dim": np.full((400, 400), 0.3, np.float32),
}


@pytest.mark.parametrize("light, most, mean", [
    ("gradient", 0.006, 4e-4), ("dark corner", 0.012, 2e-3), ("vignette", 0.03, 9e-3),
    ("soft shadow", 0.04, 8e-3), ("dim", 1e-6, 1e-6)])
def test_the_light_does_not_matter_since_the_paper_under_the_strokes_is_found(light, most, mean):
    light = LIGHTS[light] * PAPER.max()
    picture = np.clip(PAPER / PAPER.max() * light, 0, 1)
    assert apart(PLAIN, read_digit(picture)) < 0.15
    found = paper_under(picture)
    assert found.shape == (400, 400)
    assert np.abs(found - light).max() < most and np.abs(found - light).mean() < mean


def test_the_paper_has_the_pictures_shape():
    assert np.abs(paper_under(PAPER[60:340]) - PAPER.max()).max() < 0.03
    assert paper_under(PAPER[60:340]).shape == (280, 400)


def test_light_strokes_on_dark_paper_are_told_from_dark_ones_on_light():
    for light in LIGHTS.values():
        assert not is_light(PAPER * light) and is_light((1 - PAPER) * light)


def test_otsus_threshold_is_the_one_that_parts_best():
    rng = np.random.default_rng(0)
    for share in (0.05, 0.3):  # of values in the upper heap
        values = np.r_[rng.normal(0, 0.1, 4000), rng.normal(0.8, 0.1, int(4000 * share))]
        counts, edges = np.histogram(values, 128)
        middles = np.repeat((edges[:-1] + edges[1:]) / 2, counts)  # as the histogram sees the values
        spread = [below.size * above.size * (below.mean() - above.mean()) ** 2 for below, above in (
            (middles[middles < edge], middles[middles > edge]) for edge in edges[1:-1])]
        assert otsu(values) == edges[1 + np.argmax(spread)]


@pytest.mark.parametrize("shape, to", [((640, 320), (320, 160)), ((30, 960), (10, 320)), ((320, 7), (320, 7)),
                                       ((5000, 9), (320, 1))])
def test_a_picture_is_shrunk_by_means_to_at_most_so_many_pixels(shape, to):
    picture = np.random.default_rng(0).random(shape).astype(np.float32)
    small = shrunk(picture, 320)
    assert small.shape == to and small.dtype == np.float32
    if shape[0] % to[0] == 0 and shape[1] % to[1] == 0:
        blocks = picture.reshape(to[0], shape[0] // to[0], to[1], -1).mean(axis=(1, 3))
        np.testing.assert_allclose(small, blocks, atol=1e-6)


def test_contrast_is_stretched_from_the_paper_to_the_dark_of_the_strokes():
    sheet = np.full((320, 320), 0.8, np.float32)
    sheet[100:220, 150:170] = 0.32  # takes 60 % of the light
    levelled = level_paper(sheet)
    assert levelled[110:210, 155:165].min() > 0.99 and levelled[:, :140].max() < 0.01
    sheet[100:220, 40:60] = 0.56  # half as much: as much ink as there is light missing
    levelled = level_paper(sheet)
    assert levelled[160, 50] == pytest.approx(0.5, abs=0.01) and levelled[160, 160] == 1
    np.testing.assert_allclose(level_paper(1 - sheet), levelled, atol=1e-4)  # chalk on a board


@pytest.mark.parametrize("strength, grain, seen", [(0.07, 0, False), (0.09, 0, True), (0.2, 0.02, True),
                                                   (0.1, 0.12, False)])
def test_what_is_too_faint_or_drowns_in_grain_is_no_stroke(strength, grain, seen):
    sheet = np.full((320, 320), 0.8, np.float32)
    sheet[60:260, 140:180] *= 1 - strength
    sheet = np.clip(sheet + np.random.default_rng(0).normal(0, grain, sheet.shape), 0, 1).astype(np.float32)
    if seen:
        assert level_paper(sheet)[160, 160] > 0.5
    else:
        with pytest.raises(ValueError, match="^grey: received a picture without strokes"):
            level_paper(sheet)


def test_a_part_below_a_tenth_of_the_largest_goes_and_one_above_stays():
    ink = np.zeros((200, 200))
    ink[20:120, 20:40] = 1  # 2,000 pixels
    for row, high in ((130, 9), (160, 11)):  # of 180 and of 220 pixels
        ink[row:row + high, 100:120] = 1
    clean = remove_specks(ink)
    assert clean[20:120, 20:40].all() and not clean[130:139, 100:120].any() and clean[160:171, 100:120].all()


def test_parts_hang_together_by_corners_and_keep_their_soft_edge_but_no_line():
    ink = np.zeros((60, 60))
    ink[10:20, 10:20] = 1
    ink[range(20, 25), range(20, 25)] = 0.6  # a tail, corner to corner
    ink[12, 20:40] = ink[9, 9] = 0.3  # a printed line that runs into the block, and a soft corner
    ink[15, 20] = 0.1
    clean = remove_specks(ink)
    assert (clean[range(20, 25), range(20, 25)] == np.float32(0.6)).all()
    assert clean[9, 9] == clean[12, 20] == np.float32(0.3) and not clean[12, 21:].any()
    assert clean[15, 20] == 0  # fainter than an edge is
    large = np.zeros((300, 300))
    large[100:150, 100:150], large[120, 150:] = 1, 0.3
    assert np.flatnonzero(remove_specks(large)[120])[-1] == 149 + 4  # the stub grows with the picture


@pytest.mark.parametrize("ink", [30, 120, 190])
def test_a_faint_pen_is_stretched_to_full_contrast(ink):
    faint = read_digit(two(ink=ink))
    assert faint.max() == 1 and apart(PLAIN, faint) < 0.1


def test_specks_and_a_stray_dot_are_no_part_of_the_digit():
    spotted = two()
    draw = ImageDraw.Draw(spotted)
    rng = np.random.default_rng(0)
    for x, y in rng.integers(5, 395, (40, 2)):
        draw.point((int(x), int(y)), fill=40)
    draw.ellipse((30, 30, 48, 48), fill=40)  # as wide as the pen
    assert apart(PLAIN, read_digit(spotted)) < 0.1


@pytest.mark.parametrize("squared", [False, True])
def test_printed_lines_fainter_than_half_the_ink_are_no_part_of_the_digit(squared):
    lined = PAPER.copy()
    for k in range(20, 400, 40):
        lined[k:k + 2] *= 0.7
        if squared:
            lined[:, k:k + 2] *= 0.7
    assert apart(PLAIN, read_digit(lined)) < 0.2


# Several digits

@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("gap", [12, 40])
def test_digits_side_by_side_are_counted(count, gap):
    with pytest.raises(ValueError) as caught:
        read_digit(row_of(count, gap))
    assert str(caught.value) == (f"file: received a picture of {count} digits apart from one another, "
                                 "expected one; cut it out first")
    assert len(read_digit(row_of(1, gap))) == 784


def test_digits_below_one_another_are_counted():
    with pytest.raises(ValueError, match="a picture of 4 digits"):
        read_digit(np.vstack([row_of(2), row_of(2)]))


def drawn(*lines, width=14):
    page = Image.new("L", (300, 300), 235)
    for line in lines:
        ImageDraw.Draw(page).line(line, fill=40, width=width, joint="curve")
    return page


BROKEN = {
    "the bar of a 5 apart": [[(120, 60), (200, 60)],
                             [(110, 85), (110, 140), (180, 150), (190, 210), (110, 240)]],
    "a 4 in two strokes": [[(110, 60), (90, 170), (165, 170)], [(185, 60), (185, 240)]],
    "a 7 with its bar apart": [[(100, 60), (200, 60), (150, 130)], [(145, 142), (120, 240)]],
    "a dashed 1": [[(150, y), (150, y + 20)] for y in range(60, 240, 34)],
}


@pytest.mark.parametrize("digit", BROKEN)
def test_a_broken_digit_is_one(digit):
    assert (read_digit(drawn(*BROKEN[digit])) > 0.5).sum() > 10


def test_a_stroke_where_the_pen_ran_dry_is_one():
    page = np.asarray(drawn([(150, 60), (150, 240)])).copy()
    page[120:180] = 235 - (235.0 - page[120:180]) * 0.42  # below half ink, and above a third
    assert np.ptp(np.nonzero(read_digit(page).reshape(28, 28))[0]) == 19


# Kinds of files

@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_says_which_way_is_up(orientation):
    turn = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
            6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}.get(orientation)
    image = two() if turn is None else two().transpose(Image.Transpose[turn])
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert apart(PLAIN, read_digit(saved(image, "JPEG", quality=95, exif=exif))) < 0.1
    if turn and orientation != 7:
        assert apart(PLAIN, read_digit(saved(image, "JPEG", quality=95))) > 0.3


def transparent(ink):
    cover = Image.fromarray(255 - np.asarray(two(paper=255, ink=0)))
    image = Image.new("RGBA", cover.size, ink)
    image.putalpha(cover)
    return image


def with_a_clear_colour(paper, ink):
    image = two(paper=paper, ink=ink).convert("P")
    image.info["transparency"] = image.getpixel((0, 0))
    return image


KINDS = {
    "RGB": two().convert("RGB"),
    "palette": two().convert("P"),
    "black and white": two().convert("1", dither=Image.Dither.NONE),
    "16 bits": Image.fromarray(np.asarray(two()).astype(np.uint16) * 257),
    "grey with alpha": two().convert("LA"),
    "black on nothing": transparent("black"),
    "white on nothing": transparent("white"),
    "blue on nothing": transparent("blue"),
    "palette with a clear colour": with_a_clear_colour(255, 0),
    "palette with a clear colour that is dark": with_a_clear_colour(0, 90),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_png_does_not_matter(kind):
    assert apart(PLAIN, read_digit(saved(KINDS[kind]), ink="dark" if "is dark" in kind else "auto")) < 0.1


def test_clear_corners_of_a_photo_are_filled_with_its_paper():
    photo = two(paper=150, ink=20).convert("RGBA")
    cover = Image.new("L", photo.size, 0)
    ImageDraw.Draw(cover).ellipse((0, 0, 399, 399), fill=255)
    photo.putalpha(cover)
    grey = read_grey(photo)
    assert grey[0, 0] == grey[160, 20] == pytest.approx(150 / 255)
    assert apart(PLAIN, read_digit(photo)) < 0.1


def test_wide_numbers_and_floats_of_pil_are_read():
    wide = np.repeat(np.int32([[-5, 0, 32768, 65535, 70000]]), 8, axis=0)
    wide = np.repeat(wide, 2, axis=1)
    np.testing.assert_allclose(read_grey(Image.fromarray(wide))[0, ::2], [0, 0, 0.5, 1, 1], atol=1e-4)
    assert np.array_equal(read_grey(Image.fromarray(PAPER[:300, :300])), read_grey(PAPER[:300, :300]))
    assert read_grey(np.zeros((8, 8), np.uint8)).shape == (8, 8)  # UCI's digits are as small
    assert read_grey(PAPER.astype(float)).dtype == np.float32


@pytest.mark.parametrize("format, options", [
    ("PNG", {}), ("JPEG", {"quality": 90}), ("WEBP", {"quality": 90}), ("WEBP", {"lossless": True}),
    ("GIF", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})], ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_promised_format_is_read(format, options, mode, tmp_path):
    path = tmp_path / f"two.{format.lower()}"
    two().convert(mode).save(path, format, **options)
    assert apart(PLAIN, read_digit(path)) < 0.1


def test_the_first_picture_counts_where_a_file_holds_several():
    for format in ("GIF", "TIFF", "MPO"):  # MPO: what some phones write as .jpg
        second = two(paper=90, ink=250, at=(0.3, 0.3), high=0.1)
        data = saved(two(), format, save_all=True, append_images=[second])
        assert apart(PLAIN, read_digit(data)) < 0.1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "array", "RGBA"])
def test_twenty_megapixels_take_less_than_a_second_and_a_half(kind):
    """Of the processor's time: other work on the machine does not count."""
    small = np.asarray(two(500).convert("RGBA" if kind == "RGBA" else "RGB"))
    picture = Image.fromarray(np.roll(small, 3, axis=2)).resize((4472, 4472), Image.Resampling.BICUBIC)
    if kind == "RGBA":
        picture.putalpha(255)
    given = np.asarray(picture) if kind in ("array", "RGBA") else saved(picture, kind)
    start = time.process_time()
    digit = read_digit(given)
    assert time.process_time() - start < 1.5
    assert apart(PLAIN, digit) < 0.4


@pytest.mark.parametrize("array", [
    np.asarray(two()), np.asarray(two()).astype(np.uint16) * 257, PAPER, PAPER.astype(np.float64),
    PAPER > 0.5, np.stack([PAPER] * 3, -1), np.asarray(two().convert("RGBA")),
], ids=["uint8", "uint16", "float32", "float64", "bool", "RGB", "RGBA"])
def test_arrays_are_read_as_files_are(array):
    before = array.copy()
    assert apart(PLAIN, read_digit(array)) < 0.1
    assert np.array_equal(array, before)


def test_every_way_to_name_a_file_gives_the_same(tmp_path):
    data = saved(two(), "JPEG", quality=90)
    path = tmp_path / "zwei ②.jpg"
    path.write_bytes(data)
    expected = read_digit(data)
    with path.open("rb") as opened:
        ways = [path, str(path), opened, bytearray(data), io.BytesIO(data)]
        for way in ways:
            assert np.array_equal(read_digit(way), expected)
    with Image.open(path) as image:
        assert apart(expected, read_digit(image)) < 0.05


def test_of_a_large_jpeg_only_what_is_needed_is_unpacked():
    def unpacked(kind):
        opened = Image.open(io.BytesIO(saved(two(2800, 100).convert("RGB"), kind)))
        assert read_grey(opened).shape == (320, 320)
        return opened.size, opened.mode

    assert unpacked("JPEG") == ((700, 700), "L")  # an eighth, a quarter or a half, and at least 640
    assert unpacked("PNG") == ((2800, 2800), "RGB")


# What is refused

def bomb(side=60_000):
    """A PNG of one pixel whose head claims more."""
    small = saved(Image.new("L", (1, 1)))
    head = b"IHDR" + struct.pack(">II", side, side) + small[24:29]
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


def blot(side):
    page = Image.new("L", (300, 300), 230)
    ImageDraw.Draw(page).ellipse((60, 60, 60 + side, 60 + side), fill=40)
    return page


def row_of(count, gap=20):
    """So many 2s in a row, `gap` pixels apart, each 80 high and 56 wide."""
    row = np.full((160, 40 + count * (56 + gap)), 235, np.uint8)
    for k in range(count):
        row[20:140, 20 + k * (56 + gap):][:, :56] = np.asarray(two(120, 8, high=0.66))[:, 29:85]
    return row


RNG = np.random.default_rng(0)
JPEG = saved(two(), "JPEG")
REFUSED = {
    "text": (b"this is no image", ValueError,
             "16 bytes, which cannot be read as an image; expected a PNG, JPEG, WebP, GIF, BMP or TIFF"),
    "truncated JPEG": (JPEG[:len(JPEG) // 2], ValueError,
                       f"{len(JPEG) // 2} bytes, which is damaged or breaks off"),
    "truncated PIL image": (Image.open(io.BytesIO(JPEG[:len(JPEG) // 2])), ValueError,
                            "file: received a PIL image, which is damaged or breaks off"),
    "small PIL image": (Image.new("L", (5, 9)), ValueError, "a PIL image of 5 × 9 pixels, expected at least"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", ValueError, "cannot be read as an image"),
    "bomb": (bomb(), ValueError, "more pixels than can be unpacked safely; expected at most 89,478,485"),
    "smaller bomb": (bomb(10_000), ValueError, "more pixels than can be unpacked safely"),
    "a strip": (np.zeros((3, 90)), ValueError, "an array of 90 × 3 pixels, expected at least 8 × 8"),
    "white page": (saved(Image.new("L", (300, 300), 255)), ValueError,
                   "a picture without strokes (contrast 0.00), expected a digit on even paper"),
    "clear page": (saved(Image.new("RGBA", (300, 300))), ValueError, "a picture without strokes"),
    "shaded page": (0.3 + 0.6 * RIGHT, ValueError, "a picture without strokes"),
    "a dot": (blot(130), ValueError, "a picture without strokes (a blot), expected a digit on even paper"),
    "a soft band": (1 - 0.4 * np.exp(-100 * (RIGHT - 0.5) ** 2), ValueError,
                    "a picture without strokes (a shadow)"),
    "specks": (np.where(RNG.random((300, 300)) < 0.01, 0.2, 0.8), ValueError,
               "a picture without strokes (specks only)"),
    "grainy page": (np.clip(RNG.normal(0.7, 0.1, (300, 300)), 0, 1), ValueError,
                    "a picture without strokes (grain only), expected"),
    "a small array": (np.zeros((5, 9), np.uint8), ValueError, "an array of 9 × 5 pixels, expected at least"),
    "two colours": (np.zeros((9, 9, 2)), ValueError, "an array of shape (9, 9, 2), expected (H, W)"),
    "None": (None, TypeError, "received NoneType, expected a path, bytes, an open binary file"),
    "a number": (7, TypeError, "received int, expected a path, bytes, an open binary file"),
    "text file": (io.StringIO("text"), TypeError, "a file opened as text, expected a path"),
    "0..255 floats": (PAPER * 255, ValueError, "expected [0, 1]; divide 0..255 images by 255"),
    "one row": (np.zeros(784), ValueError,
                "an array of shape (784,), expected (H, W), (H, W, 3) or (H, W, 4)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_input_is_refused_with_a_clear_error(what):
    value, kind, message = REFUSED[what]
    with pytest.raises(kind) as caught:
        read_digit(value)
    said = str(caught.value)
    assert said.startswith("file: received ") and message in said
    assert "damaged" not in said or said.endswith("; expected a whole image")


@pytest.mark.parametrize("name, kind, message", [
    ("seven.png", FileNotFoundError, ", and no file is there; expected the path of an image"),
    ("", ValueError, ", expected an image file"),
    ("notes.txt", ValueError, ", which cannot be read as an image; expected a PNG, JPEG, WebP, GIF, BMP or "
                              "TIFF (a phone's HEIC: save it as JPEG first)")])
def test_what_is_no_file_or_no_image_is_refused_by_its_path(tmp_path, name, kind, message):
    (tmp_path / "notes.txt").write_text("no picture")
    path = str(tmp_path / name)
    with pytest.raises(kind) as caught:
        read_digit(path)
    assert str(caught.value) == f"file: received {'' if name else 'the folder '}{path!r}{message}"


HEADS = [b"", JPEG[:200], saved(two())[:60], b"GIF89a", b"BM", b"II*\0", b"RIFF"]


@given(st.binary(max_size=400), st.sampled_from(HEADS))
@settings(max_examples=60, deadline=None)
def test_no_bytes_break_it_in_an_unclear_way(tail, head):
    with pytest.raises(ValueError, match=r"^file: received "):
        read_digit(head + tail)


# Against MNIST itself

def test_mnists_own_digits_keep_the_convention(mnist):
    """The convention was read off the data; here it is: box 20, centre of mass at (14, 14), full ink."""
    for digit in mnist.X_test[:500].reshape(-1, 28, 28):
        assert max(np.ptp(places) + 1 for places in np.nonzero(digit)) == 20
        assert np.abs(np.array(ndimage.center_of_mass(digit)) - 14).max() <= 0.5
        assert digit.max() > 0.99


def test_an_enlarged_digit_of_mnist_comes_back(mnist):
    differences = []
    for digit in mnist.X_test[:60]:
        small = Image.fromarray(np.uint8(255 * (1 - digit.reshape(28, 28))))
        large = small.resize((280, 280), Image.Resampling.BOX)
        differences.append(np.abs(read_digit(saved(large)) - digit).mean())
    assert np.median(differences) < 0.025 and np.mean(differences) < 0.03
