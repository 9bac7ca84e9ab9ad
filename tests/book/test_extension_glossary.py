"""Bold terms lead to the glossary."""

from tests.book.tiny_book import build

GLOSSARY = """# Glossary

```{glossary}
bias
biases
  A number added to a score.
```
"""
CHAPTER = """# A

The **Bias** is a number. The **bias** again, two **biases**, a **[bias](b.md)**, **bold** words.

## Another section

A **bias**.
"""


def test_a_term_in_bold_is_linked_the_first_time_and_in_chapters_only(tmp_path):
    book = build(tmp_path, {"chapters/a.md": CHAPTER.replace("b.md", "../b.md"), "b.md": CHAPTER,
                            "glossary.md": GLOSSARY}, "extensions.glossary")
    assert book.warnings == ""
    links = book.page("chapters/a").select("a.term")
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("Bias", "../glossary.html#term-bias"), ("biases", "../glossary.html#term-biases")]
    assert [link.strong.get_text() for link in links] == ["Bias", "biases"]
    assert book.page("glossary").select("#term-bias, #term-biases")
    assert book.page("b").select("a.term") == []
