"""Write the repository's address everywhere it stands.

    python -m tools.stamp --url https://github.com/me/my-fork --branch main
    python -m tools.stamp            says the address
    python -m tools.stamp --check    says which files disagree with it

_config.yml is the one place that knows the address; what is left out on the command line comes
from there. Only the addresses change: everything else in a file keeps its bytes.

Exit codes: 0 done or all agree, 1 a file disagrees, 2 an address that cannot be used.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from tools.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "_config.yml"  # written last: until all others are done, it must know the old address
FILES = ["README.md", "CONTRIBUTING.md", "CITATION.cff", "pyproject.toml", "intro.md", "chapters/*.ipynb"]

URL = re.compile(r"https://(?P<host>[\w-]+(\.[\w-]+)+(:\d+)?)/(?P<owner>[\w.-]+(/[\w.-]+)*)/(?P<name>[\w.-]*[\w-])",
                 re.ASCII)
BRANCH = re.compile(r"(?!.*(\.\.|//|/$|\.$|\.lock$))[A-Za-z0-9_][\w./-]*", re.ASCII)
IN_CONFIG = re.compile(r"^(  url: )(\S+)$(.*?)^(  branch: )(\S+)$", re.MULTILINE | re.DOTALL)
BASEURL = re.compile(r"""^  baseurl: ["']?([^\s"']+)""", re.MULTILINE)
# Where a live figure is, beside it.
ONLINE = re.compile(r'https://[^\s"\\]+(?=/chapters/[\w-]+\.html\\?">online edition)')
# In the bootstrap cell, any address is replaced: a notebook may have been copied from another fork.
INSTALL = re.compile(r"(?<=digits-from-scratch @ git\+)(https://[^\s@\"\\]+)@([^\s\"\\]+)")


def read_config(root):
    """The repository's (url, branch). Raises ValueError if _config.yml has none."""
    match = IN_CONFIG.search((root / CONFIG).read_text(encoding="utf-8"))
    if not match:
        raise ValueError(f"{CONFIG} has no repository with url and branch")
    return match[2], match[5]


def read_pages(root, url):
    """Where this repository's book stands, no slash at its end. Raises ValueError if nothing says it."""
    own = BASEURL.search((root / CONFIG).read_text(encoding="utf-8"))
    pages = pages_address(url, own and own[1]).rstrip("/")
    if not pages:
        raise ValueError(f"pages: nothing says where the book of {url} stands: write its address into "
                         f"{CONFIG}, as `baseurl:` under `html:`, and stamp again")
    return pages


def checked(url, branch):
    """The same address without .git or a slash at its end. Raises ValueError if it is none."""
    url = url.removesuffix("/").removesuffix(".git")
    match = URL.fullmatch(url)
    if not match or (on_github(url) and "/" in match["owner"]):
        raise ValueError(f"url: {url!r} is not like https://github.com/owner/name")
    if not BRANCH.fullmatch(branch):
        raise ValueError(f"branch: {branch!r} is no name of a branch")
    return url, branch


def on_github(url):
    """Whether GitHub Pages and Colab know the repository, which no other host's do."""
    return url.startswith("https://github.com/")


def forms(url, branch):
    """Every way in which the address is written, the longer before those that they begin with."""
    owner, name = URL.fullmatch(url).group("owner", "name")
    colab = f"colab.research.google.com/github/{owner}/{name}/"
    return [f"{url}/{kind}/{branch}/" for kind in ("blob", "tree", "raw")] + [
        url, f"{colab}blob/{branch}/", colab]


def pages_address(url, own=None):
    """Where the book stands, with a slash at its end; "" if nothing says it.

    own : the address that the settings give; without it GitHub Pages', if the repository is on GitHub
    """
    if own:
        return own.rstrip("/") + "/"
    if not on_github(url):
        return ""
    owner, name = URL.fullmatch(url).group("owner", "name")
    home = f"{owner}.github.io"
    return f"https://{home}/" if name.lower() == home.lower() else f"https://{home}/{name}/"


def building(url, branch, environment=os.environ):
    """The repository (url, branch) that builds the pages: as given, or the one whose GitHub workflow this is.

    A fork's files give the address of the book that it was forked from until somebody runs `make stamp`. Its
    workflow knows better, but only if it builds a branch: a pull request builds a merge and a release a tag,
    neither of which Colab and the edit links could name as a branch. Other hosts set the same variables.
    """
    name = environment.get("GITHUB_REF_NAME", "")
    if (environment.get("GITHUB_SERVER_URL") != "https://github.com"
            or environment.get("GITHUB_REF") != f"refs/heads/{name}" or not BRANCH.fullmatch(name)):
        return url, branch
    return checked(f"https://github.com/{environment['GITHUB_REPOSITORY']}", name)


def stamped(text, old, new, pages):
    """text with the address new in place of old, each (url, branch); pages : where the new book stands."""
    table = dict(zip(forms(*old), forms(*new)))
    if on_github(old[0]):
        table[pages_address(old[0]).rstrip("/")] = pages
    text = INSTALL.sub("@".join(new), text)
    ends = r"(?![\w-]|\.\w)"  # not the beginning of a longer name
    return re.sub("|".join(re.escape(form) + (ends if form[-1] != "/" else "") for form in table),
                  lambda match: table[match[0]], text)


def texts(root):
    """{path: its text} of the files that may hold the address, without _config.yml."""
    # As bytes, since reading as text would change line ends.
    return {path: path.read_bytes().decode() for pattern in FILES for path in sorted(root.glob(pattern))}


def plan(root, old, new, pages):
    """The files that must change, as {path: the text it should have}, _config.yml last."""
    before = texts(root)
    after = {path: ONLINE.sub(pages, stamped(text, old, new, pages)) for path, text in before.items()}
    config = root / CONFIG
    before[config] = config.read_bytes().decode()
    after[config] = IN_CONFIG.sub(lambda m: m[1] + new[0] + m[3] + m[4] + new[1], before[config], count=1)
    return {path: text for path, text in after.items() if text != before[path]}


def disagreeing(root, address, pages):
    """Names of the files that give another address for this repository or its pages, or lack theirs."""
    url, branch = address
    name = URL.fullmatch(url)["name"]
    other = re.compile(rf"https://[\w.-]+/[\w.-]+/{re.escape(name)}(?![\w-]|\.\w)")
    names = []
    for path, text in texts(root).items():
        installs = set(INSTALL.findall(text))
        lacking = path.suffix == ".ipynb" and not installs
        elsewhere = set(other.findall(text)) - {url, pages} or set(ONLINE.findall(text)) - {pages}
        if lacking or installs - {address} or elsewhere:
            names.append(path.relative_to(root).as_posix())
    return names


def main(arguments=None, root=ROOT):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--url", help="such as https://github.com/owner/name")
    parser.add_argument("--branch", help="such as main")
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args(arguments)
    try:
        old = read_config(root)
        new = checked(options.url or old[0], options.branch or old[1])
        checked(*old)
        pages = read_pages(root, new[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.url or options.branch:
        if options.check:
            parser.error("--check compares with _config.yml: give no address")
        changes = plan(root, old, new, pages)
        for path, text in changes.items():
            write_whole(path, text)
            print(f"stamped {path.relative_to(root).as_posix()}")
        print(f"{len(changes)} files changed.")
        if not on_github(new[0]):
            print("Colab opens notebooks from GitHub only: README.md and intro.md name it.")
    print("{} at {}".format(*new))
    wrong = disagreeing(root, new, pages)
    for name in wrong:
        print(f"{name} disagrees with {CONFIG}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
