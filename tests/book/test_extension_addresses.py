"""Where the book stands: from the settings, or from the GitHub workflow of a fork."""

import pytest

from tests.book.tiny_book import build
from tools.stamp import building

COLAB = "https://colab.research.google.com"
OURS = ("https://github.com/ours/book", "main")
PUSH = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "you/fork", "GITHUB_REF_NAME": "main",
        "GITHUB_REF": "refs/heads/main"}
PULL_REQUEST = {**PUSH, "GITHUB_REF": "refs/pull/7/merge", "GITHUB_REF_NAME": "7/merge"}


@pytest.mark.parametrize("environment, expected", [
    (PUSH, ("https://github.com/you/fork", "main")),
    ({**PUSH, "GITHUB_REF": "refs/heads/new/words", "GITHUB_REF_NAME": "new/words"},
     ("https://github.com/you/fork", "new/words")),
    ({}, OURS),
    (PULL_REQUEST, OURS),
    ({**PUSH, "GITHUB_REF": "refs/tags/main"}, OURS),
    ({**PUSH, "GITHUB_REF": "refs/tags/v1", "GITHUB_REF_NAME": "v1"}, OURS),
    ({**PUSH, "GITHUB_SERVER_URL": "https://git.example.org"}, OURS),
    ({**PUSH, "GITHUB_REF": "refs/heads/a#b", "GITHUB_REF_NAME": "a#b"}, OURS),
    ({"GITHUB_REPOSITORY": "you/fork", "GITHUB_SERVER_URL": "https://github.com"}, OURS),  # a codespace
], ids=["push", "branch", "nowhere", "pull request", "tag like a branch", "tag", "another host", "odd name",
        "codespace"])
def test_the_repository_is_that_of_a_workflow_which_builds_a_branch(environment, expected):
    assert building(*OURS, environment) == expected


def book(tmp_path, monkeypatch, environment, repository=OURS, **settings):
    for name in PUSH:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    url, branch = repository
    text = f"# A\n\nThe [readme]({url}#readme), [online](https://ours.github.io/book/a.html).\n"
    return build(tmp_path, {"a.md": text}, "sphinxext.opengraph", "notfound.extension",
                 "extensions.addresses", theme="sphinx_book_theme",
                 ogp_social_cards={"enable": False}, **settings,
                 html_theme_options={"repository_url": url, "repository_branch": branch,
                                     "launch_buttons": {"colab_url": COLAB},
                                     "use_edit_page_button": True, "use_issues_button": True})


def addresses(page):
    links = [link.get("href", "") for link in page(["a", "link"])]
    return {*links, *(meta["content"] for meta in page.select('meta[property="og:url"]'))}


@pytest.mark.parametrize("environment, owner, name", [
    ({}, "ours", "book"), (PUSH, "you", "fork"), (PULL_REQUEST, "ours", "book")])
def test_every_address_on_a_page_follows_the_repository(tmp_path, monkeypatch, environment, owner, name):
    made = book(tmp_path, monkeypatch, environment)
    assert made.warnings == ""
    found = addresses(made.page("a"))
    repository, pages = f"https://github.com/{owner}/{name}", f"https://{owner}.github.io/{name}/"
    assert {f"{repository}/edit/main/a.md", f"{repository}#readme", f"{pages}a.html"} <= found
    assert any(one.startswith(f"{repository}/issues/new?") for one in found)
    assert made.page("a").find("link", rel="canonical")["href"] == f"{pages}a.html"
    lost = addresses(made.page("404"))
    assert {f"/{name}/intro.html", f"{repository}/issues"} <= lost
    other = "ours" if owner == "you" else "you"
    assert not [one for one in found | lost if f"{other}.github.io" in one or f"github.com/{other}" in one]


def test_a_book_on_another_host_builds_and_has_no_button_for_colab(tmp_path, monkeypatch):
    url = "https://gitlab.uni.example/group/course/book"
    made = book(tmp_path, monkeypatch, {}, (url, "main"), html_baseurl="https://pages.uni.example/book")
    assert made.warnings == ""
    found = addresses(made.page("a"))
    assert f"{url}/-/edit/main/a.md" in found and not [one for one in found if one.startswith(COLAB)]


@pytest.mark.parametrize("end", ["", "/"])
def test_an_address_in_the_settings_goes_before(tmp_path, monkeypatch, end):
    made = book(tmp_path, monkeypatch, PUSH, html_baseurl=f"https://example.org/digits{end}")
    assert made.page("a").find("link", rel="canonical")["href"] == "https://example.org/digits/a.html"
    assert "/digits/intro.html" in addresses(made.page("404"))
