"""The theme's icons are drawn with fonts of two thousand pictures. What the book shows of them is kept.

300 kB of every page become 5. The theme's style sheet says which letter an icon is, by the icon's name.
"""

import re
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

NAMED = re.compile(r'([^{}]+)\{content:"\\(f[0-9a-f]{3})"')
NAME = re.compile(r"\bfa-[a-z0-9-]+")
LETTER = re.compile(r'"\\(f[0-9a-f]{3})"')


def setup(app):
    app.connect("build-finished", cut_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def cut_fonts(app, exception):
    fonts = sorted(Path(app.outdir).glob("_static/vendor/fontawesome/webfonts/*.ttf"))
    if exception or app.builder.format != "html" or app.builder.name == "singlehtml":
        return
    if not fonts:
        raise ExtensionError("icons: the theme has no fonts where they were; this extension should go")
    letters = shown(Path(app.outdir))
    for path in fonts:
        font = TTFont(path)
        subsetter = Subsetter(Options(notdef_outline=True))
        subsetter.populate(unicodes=letters)
        subsetter.subset(font)
        font.save(path)
        font.flavor = "woff2"
        font.save(path.with_suffix(".woff2"))


def shown(pages):
    """The letters of icons that pages or scripts name, or that style sheets draw themselves."""
    sheets = [path.read_text(encoding="utf-8") for path in pages.rglob("*.css")]
    files = [*pages.rglob("*.html"), *pages.rglob("*.js")]
    # fontawesome.js has all of them, and no page loads it.
    texts = [path.read_text(encoding="utf-8") for path in files if path.name != "fontawesome.js"]
    names = {name for text in texts for name in NAME.findall(text)}
    letters = set()
    for sheet in sheets:
        for selector, letter in NAMED.findall(sheet):
            used = NAME.findall(selector)
            if not used or names & set(used):
                letters.add(int(letter, 16))
        letters |= {int(letter, 16) for letter in LETTER.findall(NAMED.sub("", sheet))}
    return letters
