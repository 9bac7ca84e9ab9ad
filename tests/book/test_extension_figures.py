"""The scripts of live figures, on the pages that have one."""

from tests.book.tiny_book import build


def test_scripts_and_styles_are_on_the_pages_with_a_figure_only(tmp_path):
    book = build(tmp_path, {"a.md": '# A\n\n<div data-figure="hinge">\n<p>A table.</p>\n</div>\n',
                            "b.md": "# B\n\nThe attribute `data-figure` alone is no figure.\n"},
                 "extensions.figures")
    for name, there in (("a", True), ("b", False)):
        scripts = [one["src"] for one in book.page(name)("script", type="module")]
        styles = [one["href"] for one in book.page(name)("link", rel="stylesheet")]
        assert any("figures/main.js" in one for one in scripts) == there
        assert any("figures/figures.css" in one for one in styles) == there
    assert book.page("a").select_one('[data-figure="hinge"]').get_text(strip=True) == "A table."
