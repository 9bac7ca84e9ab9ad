"""tools/stamp.py: it changes every address, and nothing else."""

import json
import shutil

import pytest

from tools import stamp
from tools.book import ROOT

OLD = "https://github.com/old_owner/digits"
NEW = "https://github.com/new-owner/my.digits"
INSTALL = '%pip install --quiet "digits-from-scratch @ git+{}@{}"\n'


@pytest.fixture
def book(tmp_path):
    """A small book with its address in every form."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_config.yml").write_text(
        f"# Comment\ntitle: x\nrepository:\n  url: {OLD}\n  branch: main\nhtml: {{favicon: a}}\n")
    (tmp_path / "README.md").write_bytes(
        f"A [link]({OLD}), {OLD}. {OLD}/blob/main/LICENSE and {OLD}/issues;\r\n"
        "https://old_owner.github.io/digits/ and "
        "https://colab.research.google.com/github/old_owner/digits/blob/main/chapters/a.ipynb\r\n"
        f"Not ours: {OLD}-more, {OLD}.js, https://github.com/other/thing; main stays main.\r\n".encode())
    for name in "ab":
        cells = [{"source": ["é = 1e-5\n", INSTALL.format(OLD, "main")]}]
        (tmp_path / "chapters" / f"{name}.ipynb").write_text(
            json.dumps({"cells": cells}, indent=3, ensure_ascii=name == "a"), encoding="utf-8")
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_form_of_the_address_is_rewritten(book):
    assert stamp.main(["--url", NEW, "--branch", "dev"], book) == 0
    readme = (book / "README.md").read_bytes().decode()
    assert readme == (
        f"A [link]({NEW}), {NEW}. {NEW}/blob/dev/LICENSE and {NEW}/issues;\r\n"
        "https://new-owner.github.io/my.digits/ and "
        "https://colab.research.google.com/github/new-owner/my.digits/blob/dev/chapters/a.ipynb\r\n"
        f"Not ours: {OLD}-more, {OLD}.js, https://github.com/other/thing; main stays main.\r\n")
    assert stamp.read_config(book) == (NEW, "dev")
    for path in (book / "chapters").glob("*.ipynb"):
        assert json.loads(path.read_bytes())["cells"][0]["source"][1] == INSTALL.format(NEW, "dev")


def test_there_and_back_again_leaves_every_byte(book):
    before = contents(book)
    stamp.main(["--url", NEW, "--branch", "dev"], book)
    assert all(text != contents(book)[path] for path, text in before.items())
    stamp.main(["--url", OLD, "--branch", "main"], book)
    assert contents(book) == before


def test_the_real_sources_go_there_and_back_again(tmp_path):
    for path in [ROOT / "_config.yml", *stamp.texts(ROOT)]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    before, (url, branch) = contents(tmp_path), stamp.read_config(tmp_path)
    assert stamp.main(["--url", "https://github.com/someone/else", "--branch", "trunk"], tmp_path) == 0
    owner_and_name = "/".join(url.split("/")[-2:])
    assert not [path for path, text in contents(tmp_path).items() if owner_and_name in text.decode()]
    assert stamp.main(["--url", url, "--branch", branch], tmp_path) == 0
    assert contents(tmp_path) == before


def test_the_address_stands_in_no_other_file(git):
    """A fork's tests would miss it there."""
    owner_and_name = "/".join(stamp.read_config(ROOT)[0].split("/")[-2:])
    said = git("grep", "--files-with-matches", "--fixed-strings", owner_and_name).split()
    assert "_config.yml" in said
    assert {ROOT / name for name in said} <= {ROOT / "_config.yml", *stamp.texts(ROOT)}


def test_it_says_which_files_it_changed_and_a_second_stamp_changes_nothing(book, capsys):
    stamp.main(["--url", NEW], book)
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == [f"stamped {name}"
                        for name in ("README.md", "chapters/a.ipynb", "chapters/b.ipynb", "_config.yml")]
    before = contents(book)
    assert stamp.main(["--url", NEW + ".git"], book) == 0
    assert contents(book) == before
    assert "0 files changed" in capsys.readouterr().out


ELSEWHERE = "https://gitlab.uni.example:8443/group/course/digits"


def test_a_book_elsewhere_needs_to_be_told_where_its_pages_stand(book, capsys):
    before = contents(book)
    assert stamp.main(["--url", ELSEWHERE], book) == 2
    assert "`baseurl:` under `html:`" in capsys.readouterr().err and contents(book) == before
    pages, config = "https://course.pages.uni.example/digits", book / "_config.yml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("html: {favicon: a}", f'html:\n  baseurl: "{pages}/"  # ours')
    config.write_text(text, encoding="utf-8")
    figure = book / "chapters" / "c.ipynb"
    figure.write_text(json.dumps([INSTALL.format(OLD, "main"),
                                  '<a href="https://x.org/y/chapters/03-a.html">online edition</a>']))
    assert stamp.main(["--url", ELSEWHERE], book) == 0
    assert stamp.read_config(book) == (ELSEWHERE, "main")
    assert f"{pages}/ and " in (book / "README.md").read_text(encoding="utf-8")
    assert f"{pages}/chapters/03-a.html" in figure.read_text(encoding="utf-8")
    figure.write_text(figure.read_text(encoding="utf-8").replace(pages, "https://x.org"))
    assert stamp.main(["--check"], book) == 1
    assert "chapters/c.ipynb disagrees" in capsys.readouterr().err


def test_what_is_left_out_stays(book):
    stamp.main(["--branch", "dev"], book)
    assert stamp.read_config(book) == (OLD, "dev")
    stamp.main(["--url", NEW], book)
    assert stamp.read_config(book) == (NEW, "dev")


def test_without_arguments_it_says_the_address_and_changes_nothing(book, capsys):
    before = contents(book)
    assert stamp.main([], book) == 0
    assert contents(book) == before
    assert capsys.readouterr().out == f"{OLD} at main\n"


@pytest.mark.parametrize("name, old, new", [
    ("chapters/b.ipynb", f"{OLD}@main", f"{NEW}@main"),
    ("chapters/b.ipynb", f"{OLD}@main", f"{OLD}@dev"),
    ("chapters/b.ipynb", "digits-from-scratch @ git", "something else"),
    ("README.md", f"[link]({OLD})", "[link](https://github.com/stranger/digits)"),
])
def test_check_finds_the_file_that_disagrees(book, capsys, name, old, new):
    assert stamp.main(["--check"], book) == 0
    path = book / name
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    before = contents(book)
    assert stamp.main(["--check"], book) == 1
    assert capsys.readouterr().err == f"{name} disagrees with _config.yml\n"
    assert contents(book) == before


def test_a_stray_notebook_is_brought_back(book):
    path = book / "chapters" / "b.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace(f"{OLD}@main", f"{NEW}@x"), encoding="utf-8")
    assert stamp.main(["--url", OLD], book) == 0
    assert f"{OLD}@main" in path.read_text(encoding="utf-8")


def test_an_interrupted_stamp_can_be_repeated(book, monkeypatch):
    write, left = stamp.write_whole, 2

    def interrupted(path, text):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(stamp, "write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stamp.main(["--url", NEW], book)
    monkeypatch.undo()
    assert stamp.main(["--url", NEW], book) == 0
    assert not [path for path, text in contents(book).items() if b"old_owner/digits/" in text]


@pytest.mark.parametrize("option, value", [
    *[("url", value) for value in (
        "http://github.com/a/b", "github.com/a/b", "https://github.com/a", "https://github.com/a/b/c", "https://host/a/b",
        "https://github.com/a/b c", 'https://github.com/a/b"', "https://me:secret@github.com/a/b",
        "https://github.com/a/b?x")],
    *[("branch", value) for value in (
        "-x", "a b", "a..b", "/a", "a/", "a.lock", 'a"b', "a\\b", "a@b", "é")],
])
def test_what_is_impossible_is_refused_and_nothing_changes(book, capsys, option, value):
    before = contents(book)
    assert stamp.main([f"--{option}={value}"], book) == 2
    assert option in capsys.readouterr().err
    assert contents(book) == before


@pytest.mark.parametrize("branch", ["main", "v1.2", "feature/x-1", "2026_autumn"])
def test_a_usual_branch_is_accepted(book, branch):
    assert stamp.main(["--branch", branch], book) == 0
    assert stamp.read_config(book)[1] == branch


def test_a_config_without_an_address_is_an_error(book, capsys):
    (book / "_config.yml").write_text("title: x\n")
    assert stamp.main([], book) == 2
    assert "_config.yml" in capsys.readouterr().err


@pytest.mark.parametrize("url, address", [
    ("https://github.com/me/book", "https://me.github.io/book/"),
    ("https://github.com/Me/me.github.io", "https://Me.github.io/"),
    ("https://codeberg.org/me/book", "")])
def test_where_the_pages_stand_follows_from_the_repository(url, address):
    assert stamp.pages_address(url) == address
