"""The files of the pages' Python: from one source or the other, only if they are right, and only once."""

import gzip
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mnistlib import load_sample
from tools import page_digits, pyodide
from tools.browser import serve

RIGHT = {"a.whl": b"a wheel", "b.wasm": b"a program", "own.whl": b"the registry's own"}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder served as the official address, a registry, a cache; and what the registry was asked."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in RIGHT.items()}
    listed = {"official": "http://127.0.0.1:1/", "archive": "copies==1", "registry": {"own.whl": "own==1"},
              "runtime": {"b.wasm": sums["b.wasm"]}, "lock": {"info": {"version": "1"}, "packages": {
                  name: {"file_name": name, "sha256": sums[name]} for name in ("a.whl", "own.whl")}}}
    world = SimpleNamespace(official=tmp_path / "official", registry={}, listed=listed, asked=[])

    def download(command, **options):
        world.asked.append(command[command.index("--dest") + 2:])
        if not world.registry:
            raise OSError("no network")
        for name, content in world.registry.items():
            Path(command[command.index("--dest") + 1], name).write_bytes(content)

    monkeypatch.setattr(pyodide, "listed", lambda: listed)
    monkeypatch.setattr(pyodide, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(pyodide.subprocess, "run", download)

    world.official.mkdir()
    with serve(world.official) as address:
        world.address = f"{address}/"
        yield world


def archive(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in files.items():
            target.writestr(f"some/folder/{name}", content)
    return packed.getvalue()


def stored():
    return {path.name: path.read_bytes() for path in pyodide.folder().glob("*")}


def test_files_come_from_the_official_address_and_the_rest_from_the_registry(world):
    world.listed["official"] = world.address
    for name in ("a.whl", "b.wasm"):
        (world.official / name).write_bytes(RIGHT[name])
    world.registry = {"own.whl": RIGHT["own.whl"]}
    assert pyodide.fetch() is None
    assert stored() == RIGHT and world.asked == [["own==1"]]


def test_files_come_out_of_the_archive_by_their_sums_and_only_once(world):
    world.registry = {"own.whl": RIGHT["own.whl"],
                      "copies.whl": archive({**RIGHT, "a.whl": RIGHT["a.whl"], "other.py": b"not asked for"})}
    assert pyodide.fetch() is None
    assert stored() == RIGHT and world.asked == [["copies==1", "own==1"]]
    assert pyodide.fetch() is None and len(world.asked) == 1


def test_a_file_damaged_in_the_cache_is_fetched_anew(world):
    world.registry = {"own.whl": RIGHT["own.whl"], "copies.whl": archive(RIGHT)}
    pyodide.fetch()
    (pyodide.folder() / "a.whl").write_bytes(b"a whee")
    assert pyodide.missing() == ["a.whl"]
    assert pyodide.fetch() is None
    assert stored() == RIGHT and world.asked[-1] == ["copies==1"]


def test_another_file_of_the_same_name_is_not_taken(world):
    world.listed["official"] = world.address
    for name in ("a.whl", "b.wasm"):
        (world.official / name).write_bytes(b"something else")
    world.registry = {"own.whl": b"something else", "copies.whl": archive({"a.whl": b"something else"})}
    assert "nowhere" in pyodide.fetch() and stored() == {}


def test_where_nothing_can_be_reached_one_line_says_so(world, capsys):
    pyodide.main()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "without Python" in said and "no network" in said
    assert pyodide.missing() == ["b.wasm", "a.whl", "own.whl"]


def test_the_list_is_whole():
    packages = pyodide.listed()["lock"]["packages"]
    assert {name for one in packages.values() for name in one["depends"]} <= set(packages)
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in pyodide.sums().values())
    assert {"pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"} <= set(pyodide.sums())
    assert set(pyodide.listed()["registry"]) <= set(pyodide.sums())


def test_the_digits_are_those_of_the_sample_where_there_is_no_mnist(monkeypatch):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "1")
    stored = np.load(io.BytesIO(page_digits.digits()))
    sample = load_sample()
    assert str(stored["name"]) == "Sample in place of MNIST"
    np.testing.assert_allclose(stored["X_train"] / 255, sample.X_train, atol=1 / 500)
    np.testing.assert_array_equal(stored["y_test"], sample.y_test)


def test_mnist_is_read_from_its_archives_without_torch(tmp_path, monkeypatch):
    rng, raw, written = np.random.default_rng(0), tmp_path / "MNIST" / "raw", {}
    raw.mkdir(parents=True)
    monkeypatch.setattr(page_digits, "SHAPES", {name: (shape[0] // 100, *shape[1:])
                                                for name, shape in page_digits.SHAPES.items()})
    monkeypatch.setenv("MNISTLIB_DATA", str(tmp_path))
    for name, shape in page_digits.SHAPES.items():
        written[name] = rng.integers(0, 10, shape, np.uint8)
        head = np.array([2048 + len(shape), *shape], ">u4").tobytes()
        (raw / f"{name}-ubyte.gz").write_bytes(gzip.compress(head + written[name].tobytes()))
    name, arrays = page_digits._from_archives()
    assert name == "MNIST" and [len(one) for one in arrays] == [600, 600, 100, 100]
    for old, new in zip(written.values(), arrays):
        np.testing.assert_array_equal(new, old.reshape(new.shape))
    path = raw / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    assert page_digits._from_archives() is None


def test_the_library_of_the_pages_is_whole():
    with zipfile.ZipFile(io.BytesIO(page_digits.library())) as packed:
        names = packed.namelist()
    assert {"mnistlib/__init__.py", "mnistlib/handwriting/__init__.py"} <= set(names)
    assert json.dumps(names).count(".json") > 3
