"""The Python that runs in the pages: its files, fetched once and checked.

    python -m tools.pyodide

What there is, with its SHA-256 sums, stands in tools/pyodide.json: the sums are those of the lock file of
Pyodide itself, but for tqdm, which is the registry's own. The files come from Pyodide's address, or else out
of an archive of the package registry that holds copies; of that archive nothing but these files is looked at.
They are kept in the user's cache. Whatever is missing in the end, the book is built without it.
"""

import functools
import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mnistlib.data import user_cache
from tools.files import write_whole

TIMEOUT = 20  # seconds without a byte


@functools.cache
def listed():
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def sums():
    """{name of a file: its SHA-256}"""
    packages = listed()["lock"]["packages"].values()
    return listed()["runtime"] | {one["file_name"]: one["sha256"] for one in packages}


def folder():
    return Path(user_cache(), f"pyodide-{listed()['lock']['info']['version']}")


def missing():
    """The files that are not in the cache, or are damaged there."""
    return [name for name in sums() if not _is_whole(folder() / name, name)]


def _is_whole(path, name):
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sums()[name]
    except OSError:
        return False


def fetch():
    """Bring what is missing into the cache. Returns why it cannot be done, or None."""
    wanted, why = missing(), []
    for source in (_from_official, _from_registry):
        if not wanted:
            return None
        try:
            source(wanted)
        except Exception as error:  # of the network, of pip: the book can go without
            why.append(f"{source.__name__.removeprefix('_from_')}: {' '.join(str(error).split())[-200:]}")
        wanted = missing()
    return "; ".join(why) or f"{', '.join(wanted)} are nowhere" if wanted else None


def _from_official(names):
    names = [name for name in names if name not in listed()["registry"]]

    def get(name):
        with urllib.request.urlopen(listed()["official"] + name, timeout=TIMEOUT) as answer:
            _keep(name, answer.read())

    if names:
        get(names[0])  # where this fails, the others need not be tried
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(get, names[1:]))


def _from_registry(names):
    own = listed()["registry"]
    wanted = {own.get(name, listed()["archive"]) for name in names}
    with tempfile.TemporaryDirectory() as target:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir",
                        "--disable-pip-version-check", "--only-binary", ":all:", "--dest", target,
                        *sorted(wanted)], check=True, capture_output=True)
        for path in Path(target).iterdir():
            if path.name in names:
                _keep(path.name, path.read_bytes())
            else:
                _unpack(path, names)


def _unpack(archive, names):
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            name = Path(member.filename).name
            if name in names:
                _keep(name, packed.read(member))


def _keep(name, content):
    """Into the cache, if it is what it should be."""
    if hashlib.sha256(content).hexdigest() == sums()[name]:
        folder().mkdir(parents=True, exist_ok=True)
        write_whole(folder() / name, content)


def main():
    why = fetch()
    if why:
        print(f"The pages are built without Python, whose files cannot be had: {why}", file=sys.stderr)


if __name__ == "__main__":
    main()
