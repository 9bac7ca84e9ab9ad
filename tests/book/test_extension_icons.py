"""extensions/icons.py: the fonts of icons hold what the pages show, and little else."""

from fontTools.ttLib import TTFont

from extensions.icons import shown

FONTS = "_static/vendor/fontawesome/webfonts"


def test_icons_are_known_by_name_in_pages_and_scripts_and_by_letter_in_style_sheets(tmp_path):
    (tmp_path / "a.css").write_text('.fa-one:before{content:"\\f001"}.fa-two:before{content:"\\f002"}'
                                    '.fa-old,.fa-three{content:"\\f003"}.box:after{content:"\\f004"}'
                                    ':root{--icon:"\\f005"}')
    (tmp_path / "a.html").write_text('<i class="fas fa-one"></i>')
    (tmp_path / "a.js").write_text('icon("fa-three")')
    (tmp_path / "fontawesome.js").write_text('"fa-two"')
    assert shown(tmp_path) == {0xF001, 0xF003, 0xF004, 0xF005}


def test_the_fonts_of_the_book_are_small_and_have_its_icons(html):
    assert sum(path.stat().st_size for path in (html / FONTS).glob("*.woff2")) < 30_000
    brands, solid = (TTFont(html / FONTS / f"fa-{name}.woff2").getBestCmap()
                     for name in ("brands-400", "solid-900"))
    assert 0xF09B in brands  # the mark of the repository's host
    assert {0xF0EB, 0xF135} <= set(solid)  # the lamp that changes the theme, the rocket
