"""Do two outputs of a cell say the same? Pure functions: no pytest, no kernel.

Floats may differ by a tolerance, figures by what an eye would not see, volatile text by the
named rules below. Everything else is compared to the letter.
"""

import base64
import io
import json
import re
from bisect import bisect_left
from copy import deepcopy
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import groupby, zip_longest
from os.path import commonprefix

from nbformat import NotebookNode
from PIL import Image, ImageChops, ImageFilter


@dataclass(frozen=True)
class Tolerance:
    """How far an output may be from the committed one.

    rtol, atol, noise : floats agree if |actual - expected| <= atol + rtol |expected| + noise |largest|,
        where `largest` is the largest number of the array, as NumPy prints one, that the float stands
        in, and 0 outside of arrays. The default catches every change of a third significant digit, and
        of a sign, in numbers of any size. The last printed digit has no slack: 0.83 is not 0.84, for
        they differ by more than 0.05 %.
    image : the largest difference of a blurred pixel, 0..255 (see picture_difference)
    hidden : names of RULES, for text that differs from run to run

    Why noise: where a sum should cancel, rounding leaves something like 1e-17, and on another processor
    something else. How much is left depends on the size of what was summed, which is most likely that
    of the array's largest number; 1e-12 of it is some thousand roundings of 64 bits. A number that
    stands alone, in a list or in a table may as well be a small constant. It is compared at its own
    size, and a cell that prints rounding errors names its atol.
    """

    rtol: float = 5e-4
    atol: float = 0.0
    noise: float = 1e-12
    image: float = 10.0
    hidden: frozenset = frozenset()


DEFAULT = Tolerance()

# Volatile text, by name. A rule hides no more than what it names. These are always hidden:
ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")  # <function f at 0x7f...>; no other hex value
# Tried at the start of a word or a line only: from each letter on, 1 MB of base64 would take half an hour.
KERNEL_PATH = re.compile(r"(?<![^\s'\"<>])[^\s'\"<>]*ipykernel_\d+[/\\]\d+\.py")
# A line of stderr with tqdm's "[00:01<00:02, 3.4it/s", or one that wipes a bar off the screen.
PROGRESS_BAR = re.compile(r"\r?(?:(?<![^\r\n])|(?<=\x1b\[A))[^\r\n]*"
                          r"\[(?:\d+:)?\d\d:\d\d(?:<[\d:?]+)?, *[\d.?]+ ?\w+/\w+[^\r\n]*\n?"
                          r"|[\r ]*\x1b\[A\n?|\r +(?=\r)")
# These where a cell asks for it. µ is a letter of its own (U+00B5) or the Greek one (U+03BC).
DURATION = re.compile(r"[ \t]*(?<![\w.])(?<![eE][-+])(?<!\d,)(?:\d+\s?(?:d|h|min)\s){0,3}"
                      r"\d[\d,]*+(?:\.\d+)?(?:[eE][-+]?\d+)?"
                      r"\s?(?:s/it|it/s|ns|[µμu]s|ms|s|sec|seconds|min|minutes)(?![\w/])"
                      r"|(?<=, )[\d,]+(?= loops? each)")  # of %timeit, as is the next, at times
SLOWEST = re.compile(r"The slowest run took [\d.]+ times longer than the fastest\.[^\n]*\n")
DATE = re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?(?!\w)")
# A UUID (a widget's model_id), a letter and ten hexadecimal digits (a part of matplotlib's SVG), or
# "T_" and five (a styled table of pandas).
RANDOM_NAME = re.compile(r"\b(?:[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|(?:[a-zA-Z]|image|C\w+_)"
                         r"[0-9a-f]{10}|T_[0-9a-f]{5})(?![0-9a-zA-Z])")
SET = re.compile(r"(?<=\{)[^{}:]+(?=\})")
MEMBER = re.compile(r"(?!\s)(?:\([^()]*\)|[^,])+")  # a tuple is one


def _by_appearance(text):
    """Random names become the first, the second, ...: which is used where remains to be seen."""
    names = {}
    return RANDOM_NAME.sub(lambda match: names.setdefault(match[0], f"<name {len(names)}>"), text)


RULES = {
    "timing": lambda text: DURATION.sub(" <duration>", SLOWEST.sub("", text)),
    "dates": lambda text: DATE.sub("<date>", text),
    "ids": _by_appearance,
    "sets": lambda text: SET.sub(lambda inside: ", ".join(sorted(MEMBER.findall(inside[0]))), text),
}


def hide(text, names):
    """The text without what the rules of these names hide."""
    for name, rule in RULES.items():
        text = rule(text) if name in names else text
    return text


def normalise(text, stream=None):
    """The text without what is always volatile; stream is "stdout", "stderr" or None."""
    text = KERNEL_PATH.sub("<ipykernel>", ADDRESS.sub("0x000000", text))
    if stream == "stderr":
        text = PROGRESS_BAR.sub("", text)
        text = text if text.strip() else ""
    return text


def steady(outputs):
    """Copies of a cell's outputs without what differs from run to run.

    Neighbouring pieces of a stream are joined, stdout before stderr: the two race each other.
    """
    result = []
    for streams, group in groupby(deepcopy(outputs), lambda output: output["output_type"] == "stream"):
        neighbours = list(group)
        result += _joined(neighbours) if streams else neighbours
    for data in (output.get("data", {}) for output in result):
        for mime, text in data.items():
            if _is_text(mime) and isinstance(text, str):
                data[mime] = normalise(text)
    return result


def _joined(streams):
    for name in ("stdout", "stderr"):
        text = normalise("".join(output["text"] for output in streams if output["name"] == name), name)
        if text:
            yield NotebookNode(output_type="stream", name=name, text=text)


# Atomic, (?>...), lest 1.2.3 be read as 1.2 and a rest: it is a version, and text. A sign right after a
# digit belongs to a number only if that is an imaginary part, 1.-2e-17j; else it is that of 2026-11-24.
_NUMBER = (r"(?:(?<![\w.])|(?<=[\d.])(?=[-+][\d.]+(?:[eE][-+]\d+)?j\b))"
           r"((?>[-+−]?(?:%s\d+(?:\.\d*)?|\.\d+)(?:[eE][-+−]?\d+(?!(?!j\b)\w))?))(?!\.?\d)")
NUMBER = re.compile(_NUMBER % r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d*)?|")
# In markup a comma parts two numbers: points="10,100.5".
NUMBER_IN_MARKUP = re.compile(_NUMBER % "")


def _bracketed(inside, depth=5):
    pattern = r"\[\]"
    for _ in range(depth):
        pattern = rf"\[(?:{inside}++|{pattern})*+\]"
    return pattern


# As NumPy prints one: numbers with blanks between them, or array([...]) with commas. A list is none.
ARRAY = re.compile(_bracketed(r"[-+−\d\s.eEjnaif]")
                   + r"|(?:[aA]rray|matrix|tensor)\(" + _bracketed(r"[-+−\d\s.eEjnaif,]"))
ANY_SIZE = Context(prec=28, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def text_difference(expected, actual, tolerance=DEFAULT, markup=False):
    """The first difference in words, or None. Blanks beside a number are padding, and may differ."""
    number = NUMBER_IN_MARKUP if markup else NUMBER
    old, new = number.split(expected), number.split(actual)  # text at even places, numbers at odd
    largest = None
    for i, (a, b) in enumerate(zip_longest(old, new)):
        if a is None or b is None:
            why = "a number is missing or extra"
        elif i % 2:
            with localcontext(ANY_SIZE):
                if a != b and largest is None:
                    largest = _largest_around(expected, number)
                why = None if a == b else _number_difference(a, b, tolerance, largest[i // 2])
        else:
            why = None if _trim(a, i, old) == _trim(b, i, new) else "text differs"
        if why:
            same = len(commonprefix([a or "", b or ""])) if i % 2 == 0 else 0
            return f"{why}\n  expected: {_line(old, i, same)}\n  actual:   {_line(new, i, same)}"
    return None


def _largest_around(text, number):
    """For each number of the text the largest magnitude of the array that it stands in, or 0."""
    places = [match.start() for match in number.finditer(text)]
    sizes = [abs(_value(match[1])) for match in number.finditer(text)]
    largest = [Decimal(0)] * len(sizes)
    for array in ARRAY.finditer(text):
        first, end = (bisect_left(places, edge) for edge in array.span())
        largest[first:end] = [max(sizes[first:end], default=0)] * (end - first)
    return largest


def _value(text):
    return Decimal(text.replace(",", "").replace("−", "-"))  # no float: 1e-400 is a number, too


def _number_difference(expected, actual, tolerance, largest):
    """Why two numbers do not agree, or None. 3 and 3.0 do not: another type was printed."""
    old, new = _value(expected), _value(actual)
    kinds = {_number_kind(expected), _number_kind(actual)}
    if "integer" in kinds or "fraction" not in kinds:
        return None if len(kinds) == 1 and old == new else f"{expected} became {actual} (integers are exact)"
    rtol, atol, noise = (Decimal(str(limit)) for limit in (tolerance.rtol, tolerance.atol, tolerance.noise))
    off, atol = abs(new - old), atol + noise * largest
    if old == new or off <= atol + rtol * abs(old):
        return None
    return f"{expected} became {actual} (off by {off:.2g}; rtol {tolerance.rtol:g}, atol {float(atol):g})"


def _number_kind(text):
    """"whole" is the 2. of an array, or an integer at the end of a sentence."""
    if re.search(r"\.\d|[eE]", text):
        return "fraction"
    return "whole" if text.endswith(".") else "integer"


def _trim(piece, i, pieces):
    piece = piece.lstrip(" \t") if i > 0 else piece
    return piece.rstrip(" \t") if i < len(pieces) - 1 else piece


def _line(pieces, i, same):
    """The line, for the message, in which piece i goes on after its first `same` letters."""
    before, after = "".join(pieces[:i]) + "".join(pieces[i:])[:same], "".join(pieces[i:])[same:]
    return before.rpartition("\n")[2] + after.partition("\n")[0]


def picture_difference(expected, actual, tolerance=DEFAULT):
    """What differs between two pictures (base64, as in a notebook), as (words or None, picture).

    Sizes are exact. Both are laid on white and blurred 5 x 5, so that a shade on the edge of a
    line passes; then no pixel may differ by more than tolerance.image of 255. Measured: other
    BLAS threads and kernels 0 to 5, one flipped pixel 10; against that a missing grid 12, a curve
    off by half a percent 34, another digit in a title 92, a missing label or swapped axes above 130.
    """
    old, new = _on_white(expected), _on_white(actual)
    if old.size != new.size:
        return f"size {old.size} became {new.size}", ImageChops.difference(old, new.resize(old.size))
    difference = ImageChops.difference(*(x.filter(ImageFilter.BoxBlur(2)) for x in (old, new)))
    worst = max(high for _, high in difference.getextrema())
    words = f"pixels differ by up to {worst} of 255, allowed are {tolerance.image:g}"
    visible = difference.point(lambda level: 255 - min(255, 4 * level))
    return (words if worst > tolerance.image else None), visible


def _on_white(picture):
    picture = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def differences(expected, actual, tolerance=DEFAULT):
    """What differs between two lists of outputs, as a list of (words, pictures or None).

    pictures : {"expected": ..., "actual": ..., "difference": ...}, PIL images
    """
    old, new = _parts(expected, tolerance), _parts(actual, tolerance)
    if [kind for kind, _ in old] != [kind for kind, _ in new]:
        return [(f"other outputs\n  expected: {_sketch(old)}\n  actual:   {_sketch(new)}", None)]
    result = []
    for (kind, a), (_, b) in zip(old, new):
        mime, pictures = kind.rpartition(" ")[2], None
        if mime in ("image/png", "image/jpeg"):
            try:
                words, difference = picture_difference(a, b, tolerance)
                pictures = {"expected": _on_white(a), "actual": _on_white(b), "difference": difference}
            except (OSError, ValueError):  # of PIL and base64
                words = None if a == b else "one cannot be read as a picture"
        elif _is_text(mime):
            words = text_difference(a, b, tolerance, markup=mime in ("text/html", "image/svg+xml"))
        else:
            words = None if a == b else "content differs"
        if words:
            result.append((f"{kind}: {words}", pictures))
    return result


def _parts(outputs, tolerance):
    """Outputs as (kind, value), a bundle of MIME types in its parts."""
    parts = []
    for output in steady(outputs):
        kind = output["output_type"]
        if kind == "stream":
            parts.append((output["name"], hide(output["text"], tolerance.hidden)))
        elif kind == "error":  # not the traceback: it holds paths and colours
            text = normalise(f"{output['ename']}: {output['evalue']}")
            parts.append((kind, hide(text, tolerance.hidden)))
        for mime, value in sorted(output.get("data", {}).items()):
            text = value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)
            parts.append((f"{kind} {mime}", hide(text, tolerance.hidden) if _is_text(mime) else text))
    return parts


def _is_text(kind):
    return kind.startswith(("text/", "std", "error")) or kind.endswith(("json", "xml", "javascript"))


def _sketch(parts):
    return ", ".join(f"{kind} {value[:60]!r}" for kind, value in parts) or "no output"
