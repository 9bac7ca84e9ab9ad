"""Formulas as MathML, written when the book is built: the pages need no script for them, and no other host.

latex2mathml turns TeX into MathML, which browsers draw by themselves and screen readers read out. They draw
it well with a font that has mathematics' tables: STIX Two Math (SIL Open Font License), which the package
ziamath carries; what the book needs of it is cut out, 1.5 MB become a tenth.
"""

import itertools
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import unescape

from docutils import nodes
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert_to_element

FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"
# Letters, digits, Greek, arrows and operators; and the slanted and bold letters that <mi> shows.
RANGES = [(0x20, 0x7E), (0xA0, 0xFF), (0x391, 0x3C9), (0x2010, 0x2044), (0x2190, 0x21D5), (0x2200, 0x22FF),
          (0x2308, 0x230B), (0x1D400, 0x1D467), (0x1D6A8, 0x1D714), (0x23DE, 0x23DF), (0x210E, 0x210E)]

FUNCTIONS = {"arg", "cos", "exp", "ln", "log", "max", "sin", "tanh"}
OPERANDS = {"mi", "mn", "msub", "msup", "msubsup", "mfrac"}
ROWS = {"mrow", "mstyle", "mtd"}  # other elements, such as fractions, count their children
# As latex2mathml writes them.
CLOSE, MINUS, NORM = "&#x00029;", "&#x02212;", "&#x02016;"


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-resolved", keep_signs)
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mathml(tex, display):
    """TeX as MathML; what the converter does not understand stops the build."""
    try:
        formula = convert_to_element(tex, display=display)
    except Exception as error:
        raise ValueError(f"formula: received {tex!r}, which latex2mathml cannot read ({error!r})") from error
    if "\\" in "".join(formula.itertext()):  # it hands on commands that it does not know
        raise ValueError(f"formula: received {tex!r}, with a command that latex2mathml does not know")
    for element in list(formula.iter()):
        if element.tag in ROWS:
            tighten_signs(element)
            space_functions(element)
    return unescape(tostring(formula, encoding="unicode"))  # signs are in it as &amp;#x0002B;


def tighten_signs(row):
    """No space after the minus of −3 in a bracket or a list, as at the beginning; max is a name as log is."""
    for left, right in itertools.pairwise([Element("mo"), *row]):
        if right.text in FUNCTIONS:
            right.tag = "mi"
        if right.text == MINUS and left.tag == "mo" and left.text not in (CLOSE, NORM):
            right.attrib.update(form="prefix", lspace="0", rspace="0")


def space_functions(row):
    """As TeX does it: a thin space round log, but none before a bracket or after a minus."""
    for place, (left, right) in reversed(list(enumerate(itertools.pairwise(row), 1))):
        before = right.text in FUNCTIONS and (left.tag in OPERANDS or left.text == CLOSE)
        after = left.text in FUNCTIONS and right.tag in OPERANDS
        if before or after:
            row.insert(place, Element("mspace", width="0.167em"))


def keep_signs(app, doctree, name):
    """A full stop stays with the formula before it: no line begins with one."""
    for formula in list(doctree.findall(nodes.math)):
        follows = formula.next_node(descend=False, siblings=True)
        if isinstance(follows, nodes.Text) and follows[:1] in set(".,;:?!)"):
            both = nodes.inline(classes=["math-and-sign"])
            formula.replace_self(both)
            both += [formula, nodes.Text(follows[0])]
            follows.parent.replace(follows, nodes.Text(follows[1:]))


def visit_math(translator, node):
    translator.body.append(f'<span class="math">{mathml(node.astext(), "inline")}</span>')
    raise nodes.SkipNode


def visit_math_block(translator, node):
    name = f' id="{escape(node["ids"][0])}"' if node.get("ids") else ""
    # A wide formula scrolls by itself. WCAG 2.1.1 "Keyboard": keys must be able to scroll it too.
    translator.body.append(f'<div class="math"{name} tabindex="0">{mathml(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def write_font(app, exception):
    if exception or app.builder.format != "html":
        return
    font = TTFont(distribution("ziamath").locate_file(FONT))
    subsetter = Subsetter(Options(layout_features=["ssty"], notdef_outline=True))
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    font.flavor = "woff"
    font.save(Path(app.outdir) / "_static" / "math.woff")
