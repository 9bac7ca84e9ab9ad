"""The built pages: one build from the sources with the flags of `make book`, then every page is read.

Each check is a function from a page to a list of complaints, and each finds a planted fault.
"""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import NavigableString, Tag
from fontTools.ttLib import TTFont

from tests.book.pages import by_id, soup_of
from tools.book import ROOT, address, contents, repository, settings
from tools.stamp import on_github

URL, BRANCH = repository()
ON_GITHUB = on_github(URL)
ACTIONS = URL if ON_GITHUB else f"{URL}/-"  # as GitLab has it
ADDRESS = address()
PAGES = contents()
# Elements that make a browser fetch something, and the attribute that says what.
FETCHED = {**dict.fromkeys(["script", "img", "source", "iframe", "video", "audio", "embed"], "src"),
           "object": "data", "image": "href", "use": "href"}
ELSEWHERE = re.compile(r"(?:https?:)?//")
IN_CSS = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)")
MARKUP = re.compile(r":::|\{(?:exercise|solution|numref|ref|doc|eq|cite)[\w-]*\}|```|\$\$|\\[(\[]|"
                    r"\\frac|\\sum|^#+ |\*\*\w", re.MULTILINE)


def test_the_book_builds_without_a_warning(build):
    code, messages, _ = build
    complaints = [line for line in messages.splitlines() if re.search("WARNING|ERROR", line)]
    assert not complaints, "\n".join(complaints)
    assert code == 0, messages[-3000:]


def texts_outside(element, selector):
    """The texts in an element, but for those inside what the selector finds."""
    for child in element.children:
        if type(child) is NavigableString:
            yield str(child)
        elif isinstance(child, Tag) and not child.css.match(selector):
            yield from texts_outside(child, selector)


class Page:
    def __init__(self, path, root):
        self.path, self.root = path, root
        self.soup = soup_of(path)
        self.name = path.relative_to(root).with_suffix("").as_posix()


# The checks. Each takes a page, and returns complaints.

def check_nothing_comes_from_another_host(page):
    wanted = [one.get(attribute, "") for tag, attribute in FETCHED.items() for one in page.soup(tag)]
    wanted += [part.strip() for element in page.soup(srcset=True) for part in element["srcset"].split(",")]
    wanted += [link.get("href", "") for link in page.soup("link")
               if not {"next", "prev", "index", "search", "canonical"} & set(link.get("rel", []))]
    styles = [style.get_text() for style in page.soup("style")]
    styles += [element["style"] for element in page.soup(style=True)]
    return ([one for one in wanted if ELSEWHERE.match(one)]
            + [found for style in styles for found in IN_CSS.findall(style)])


def check_pictures_are_there_and_described(page):
    complaints = []
    for image in page.soup("img"):
        source = image["src"]
        file = page.path.parent / unquote(urlsplit(source).path)
        if not source.startswith("data:") and not file.is_file():
            complaints.append(f"no file {source}")
        link = image.find_parent("a")
        decorative = link and link.get_text().strip() and image.get("alt") == ""  # the link's text says it
        if not image.get("alt", "").strip() and not decorative:
            complaints.append(f"no alt text: {source}")
    return complaints


def check_figures_have_captions(page):
    figures = [image.find_parent("figure") for image in page.soup.select("article .cell_output img")]
    return ["a figure without caption" for figure in figures if not figure or not figure.find("figcaption")]


def check_links_and_anchors_are_good(page):
    complaints = []
    for link in page.soup("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc or link["href"] == "#":
            continue
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if not target.is_file():
            complaints.append(f"no file {link['href']}")
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in by_id(target):
            complaints.append(f"no anchor {link['href']}")
    return complaints


def check_no_markup_shows(page):
    article = page.soup.find("article") or page.soup
    text = "".join(texts_outside(article, "pre, code, script, style, .math"))
    return [found[0] for found in MARKUP.finditer(text)]


def check_there_is_one_title(page):
    # The theme repeats it for printing only.
    titles = [one.get_text() for one in page.soup("h1") if not one.find_parent(id="jb-print-docs-body")]
    return [f"titles {titles}"] * (len(titles) != 1)


def check_ids_are_unique(page):
    ids = [element["id"] for element in page.soup(id=True)]
    return sorted(one for one, times in Counter(ids).items() if times > 1)


def check_labels_hold_the_text_that_shows(page):
    """WCAG 2.5.3: the label holds the text that shows. fontawesome turns the titles of icons into text."""
    complaints = []
    for control in page.soup.select("a[aria-label], button[aria-label], summary[aria-label]"):
        texts = [control.get_text(" ", strip=True), *(icon["title"] for icon in control.select("i[title]"))]
        for text in texts:
            if text.lower() not in control["aria-label"].lower():
                complaints.append(f"{control['aria-label']!r} shows {text!r}")
    return complaints


def check_everything_is_in_a_landmark(page):
    """So that one can jump there. A skip link and buttons, to which one can tab, may stand outside."""
    inside = "main, nav, header, footer, aside, dialog, [role=navigation], .skip-link, button, script, style"
    return [text for text in texts_outside(page.soup.body, inside) if re.search(r"\w", text)]


def check_language_is_given(page):
    return ["no language"] * (page.soup.html.get("lang") != "en")


def check_formulas_need_no_script(page):
    """Each is MathML, with something in it, and no formula program is loaded."""
    loaded = [script["src"] for script in page.soup("script", src=re.compile("(?i)mathjax|katex"))]
    empty = [one for one in page.soup.select(".math") if not (one.math and one.math.get_text(strip=True))]
    return [f"loads {one}" for one in loaded] + [f"no MathML in {one}" for one in empty]


def colab(name):
    owner_and_name = "/".join(URL.split("/")[-2:])
    return f"https://colab.research.google.com/github/{owner_and_name}/blob/{BRANCH}/{name}.ipynb"


def check_colab_button(page):
    links = [link["href"] for link in page.soup("a", href=re.compile("colab.research"))]
    # Colab opens notebooks from GitHub only.
    good = colab(page.name) in links if ON_GITHUB else not links
    return [f"Colab links {links}"] * (page.name.startswith("chapters/") and not good)


def check_edit_and_issue_links(page):
    links = [link["href"] for link in page.soup("a", href=True)]
    source = f"{page.name}.{'ipynb' if page.name.startswith('chapters/') else 'md'}"
    begin = [f"{ACTIONS}/edit/{BRANCH}/{source}", f"{ACTIONS}/issues/new?"]
    return [f"no link {one}" for one in begin if not any(link.startswith(one) for link in links)]


def check_the_source_can_be_downloaded(page):
    links = [link for link in page.soup("a", download=True) if Path(link["href"]).stem == page.path.stem]
    return ["no download"] * (not links or any(link.get("target") for link in links))


def check_the_page_says_what_it_is_about(page):
    """To search engines, and in the card that a link to it shows elsewhere."""
    said = {one.get("property") or one.get("name"): one.get("content", "") for one in page.soup("meta")}
    complaints = [f"{name}: {said.get(name)!r}" for name in ("description", "og:description")
                  if not re.fullmatch(r"[^\\<$]{60,200}", said.get(name, ""))
                  or re.search(",,|;,", said[name])]
    card = said.get("og:image", "")
    picture = page.root / card.removeprefix(ADDRESS)
    if not card.startswith(ADDRESS) or not picture.is_file():
        complaints.append(f"no card {card!r}")
    elif not picture.read_bytes().startswith(b"\x89PNG"):
        complaints.append(f"no picture {card!r}")
    if said.get("og:url") != f"{ADDRESS}{page.name}.html":
        complaints.append(f"address {said.get('og:url')!r}")
    return complaints


def check_bootstrap_cell_is_hidden(page):
    return ["the bootstrap cell shows"] * ("google.colab" in page.soup.get_text())


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]
EVERY_CHECK = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__[len("check_"):])


@pytest.fixture(scope="module")
def pages(html):
    return {name: Page(html / f"{name}.html", html) for name in PAGES}


@EVERY_CHECK
@pytest.mark.parametrize("name", PAGES)
def test_page(pages, name, check):
    complaints = check(pages[name])
    assert not complaints, "\n".join(complaints)


def git(*words):
    environment = {**os.environ, "TZ": "UTC"}
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, env=environment)
    return done.stdout.strip() if done.returncode == 0 else None


def test_pages_say_when_they_were_last_changed(pages):
    if git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("NO HISTORY HERE: the book is built without dates, which are not checked")
    for name, page in pages.items():
        [source] = [path for path in ROOT.glob(f"{name}.*") if path.suffix in (".md", ".ipynb")]
        day = ["log", "--date=format-local:%d %B %Y", "--format=%ad"]
        # A merge that brings the change from a branch counts for the extension, too, if it comes later.
        last = git("log", "-1", "--format=%H", "--", source)
        merged = git(*day, "--merges", f"{last}..HEAD").splitlines()
        said = page.soup.select_one(".last-updated").get_text()
        assert any(f"Last updated on {date}." in said for date in [git(*day, "-1", last), *merged])


def test_the_first_page_leads_to_the_introduction(html):
    assert "intro.html" in (html / "index.html").read_text(encoding="utf-8")


def test_no_page_is_built_that_the_contents_do_not_list(html):
    built = {path.relative_to(html).with_suffix("").as_posix() for path in html.rglob("*.html")
             if "_static" not in path.parts}
    assert built == {*PAGES, "index", "genindex", "search", "404"}


def test_no_style_sheet_fetches_from_another_host(html):
    sheets = list(html.rglob("*.css"))
    assert sheets
    assert [found for sheet in sheets for found in IN_CSS.findall(sheet.read_text(encoding="utf-8"))] == []
    assert IN_CSS.findall("a { background: url('//b.net/x.png') } b { src: url(x) }") == ["//b.net/x.png"]


def test_the_font_has_what_the_formulas_show_and_how_to_stretch_it(html):
    font = TTFont(html / "_static" / "math.woff")
    assert "MATH" in font  # the table by which browsers place and stretch
    shown = set()
    for page in PAGES:
        formulas = soup_of(html / f"{page}.html")("math")
        shown |= {letter for formula in formulas for letter in formula.get_text()}
    assert len(shown) > 60
    assert [letter for letter in shown if letter.strip() and ord(letter) not in font.getBestCmap()] == []


def test_every_extension_is_in_the_settings():
    there = {f"extensions.{path.stem}" for path in (ROOT / "extensions").glob("[!_]*.py")}
    named = settings()["sphinx"]["local_extensions"]
    assert there == set(named) and set(named.values()) == {"."}  # from the root they can be imported


def test_a_repeated_build_hides_no_warning():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert recipe.index("rm -rf _build/html") < recipe.index("jupyter-book build")


# Each check, on a sound page and on the same with one fault.

ABOUT = "What this page is about, in a sentence or two that a search engine would show."
SOUND = f"""<!DOCTYPE html><html lang="en"><head>
<meta name="description" content="{ABOUT}"><meta property="og:description" content="{ABOUT}">
<meta property="og:url" content="{ADDRESS}chapters/x.html">
<meta property="og:image" content="{ADDRESS}card.png">
<link rel="stylesheet" href="book.css"><link rel="next" href="https://a.b/c">
<style>p {{ background: url(x.png) }}</style>
</head><body><main><article><h1 id="top">Title</h1>
<p>Text <code>$$</code> <span class="math"><math><mi>x</mi></math></span></p>
<div class="cell_output"><figure><img src="x.png" alt="A picture">
<figcaption>Caption</figcaption></figure></div>
<button aria-label="Search (S)">Search</button>
<a href="#top">up</a> <a href="{colab("chapters/x") if ON_GITHUB else "#top"}">Colab</a> <a href="https://a.b">far</a>
<a href="{ACTIONS}/edit/{BRANCH}/chapters/x.ipynb">edit</a> <a href="{ACTIONS}/issues/new?title=x">ask</a>
<a href="x.ipynb" download>save</a></article></main></body></html>"""
FAULTS = [
    (check_nothing_comes_from_another_host, 'href="book.css"', 'href="https://cdn.net/book.css"'),
    (check_nothing_comes_from_another_host, "<h1", '<script src="//cdn.net/x.js"></script><h1'),
    (check_nothing_comes_from_another_host, "url(x.png)", "url('https://cdn.net/x.png')"),
    (check_nothing_comes_from_another_host, "<h1", '<img srcset="x.png, https://cdn.net/x.png 2x"><h1'),
    (check_pictures_are_there_and_described, 'src="x.png"', 'src="y.png"'),
    (check_pictures_are_there_and_described, "A picture", " "),
    (check_pictures_are_there_and_described, 'alt="A picture"', ""),
    (check_figures_have_captions, "<figcaption>Caption</figcaption>", ""),
    (check_links_and_anchors_are_good, 'href="#top"', 'href="#bottom"'),
    (check_links_and_anchors_are_good, 'href="#top"', 'href="nowhere.html"'),
    (check_links_and_anchors_are_good, 'href="#top"', 'href="x.html#bottom"'),
    *[(check_no_markup_shows, "Text", left)
      for left in (":::", "{numref}`a`", "$$x$$", "\\(x\\)", "**bold**")],
    (check_there_is_one_title, "<p>", "<h1>Second</h1><p>"),
    (check_there_is_one_title, "h1", "h2"),
    (check_ids_are_unique, "<p>", '<p id="top">'),
    (check_labels_hold_the_text_that_shows, "Search</button>", "Find</button>"),
    (check_labels_hold_the_text_that_shows, "Search</button>", '<i title="Find"></i></button>'),
    (check_everything_is_in_a_landmark, "<main>", "<p>Stray</p><main>"),
    (check_language_is_given, 'lang="en"', ""),
    (check_formulas_need_no_script, "<style>", '<script src="mathjax.js"></script><style>'),
    (check_formulas_need_no_script, "<math><mi>x</mi></math>", "\\(x\\)"),
    (check_formulas_need_no_script, "<mi>x</mi>", ""),
    (check_colab_button, 'up</a> <a href="', 'up</a> <a href="https://colab.research.google.com/'),
    (check_edit_and_issue_links, "/edit/", "/blame/"),
    (check_edit_and_issue_links, "/issues/new?", "/pulls?"),
    (check_the_source_can_be_downloaded, " download>", ">"),
    (check_the_source_can_be_downloaded, " download>", ' download target="_blank">'),
    (check_the_source_can_be_downloaded, "x.ipynb\" download", "y.ipynb\" download"),
    *[(check_the_page_says_what_it_is_about, old, new) for old, new in (
        ("What this page", "What;, this page"), ("What this page", "What $x$, this page"),
        ("What this page is about, ", ""),
        ('name="description"', 'name="keywords"'), ("card.png", "lost.png"), ("card.png", "x.png"),
        ('og:url" content="', 'og:url" content="https://elsewhere.net/'))],
    (check_bootstrap_cell_is_hidden, "Text", "import google.colab"),
]


def small_page(folder, source):
    path = folder / "chapters" / "x.html"
    path.parent.mkdir()
    for name in ("x.png", "book.css", "x.ipynb"):
        (path.parent / name).touch()
    (folder / "card.png").write_bytes(b"\x89PNG")
    (folder / "x.png").touch()
    path.write_text(source, encoding="utf-8")
    return Page(path, folder)


@EVERY_CHECK
def test_a_sound_page_passes(tmp_path, check):
    assert check(small_page(tmp_path, SOUND)) == []


@pytest.mark.parametrize("check, old, new", FAULTS)
def test_a_planted_fault_is_found(tmp_path, check, old, new):
    assert old in SOUND
    assert check(small_page(tmp_path, SOUND.replace(old, new))) != []


def test_every_check_has_a_planted_fault():
    assert {check for check, _, _ in FAULTS} == set(CHECKS)
