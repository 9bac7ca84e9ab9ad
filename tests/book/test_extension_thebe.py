"""sphinx-thebe's scripts are left out."""

from tests.book.tiny_book import build


def scripts(tmp_path, *extensions):
    book = build(tmp_path, {"a.md": "# A\n"}, "sphinx_thebe", *extensions, theme="sphinx_book_theme")
    assert (book.folder / "_static" / "sphinx-thebe.js").is_file()
    # Its settings, which it writes into the text, are no script: browsers do not run this type.
    return [str(one) for one in book.page("a")("script") if one.get("type") != "text/x-thebe-config"]


def test_only_the_scripts_of_thebe_are_left_out(tmp_path):
    before, after = scripts(tmp_path / "before"), scripts(tmp_path / "after", "extensions.thebe")
    left_out = [one for one in before if one not in after]
    assert left_out and all("thebe" in one.lower() for one in left_out)
    assert after and not [one for one in after if "thebe" in one.lower()]
