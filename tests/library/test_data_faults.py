"""Damaged files, missing files, folders that refuse: the right images or a clear error, never others.

A handful of random images stands in for the 70,000: same formats, same code, no download.
"""

import errno
import gzip
import hashlib
import os
import pickle
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock, call
from urllib.error import URLError

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torchvision.datasets import MNIST

from mnistlib import DataUnavailableError, _mnist, load_mnist
from tools.browser import serve

FILES = [name.removesuffix(".gz") for name, _ in MNIST.resources]
CACHE = _mnist.CACHE
NOBODY = "http://127.0.0.1:9/"  # does not answer
DOWNLOAD = pytest.mark.parametrize("download", [True, False])


def made_up(train, test):
    """Arrays as MNIST's, of so many images, and the archives of them: {name: bytes}."""
    rng, shapes = np.random.default_rng(0), [(train, 28, 28), (train,), (test, 28, 28), (test,)]
    arrays = [rng.integers(0, 10 if len(shape) == 1 else 256, shape, dtype=np.uint8) for shape in shapes]
    # In an unpacked file stand a magic number, the sizes, the values.
    unpacked = [bytes([0, 0, 8, a.ndim]) + np.array(a.shape, ">i4").tobytes() + a.tobytes() for a in arrays]
    return arrays, {f"{name}.gz": gzip.compress(data) for name, data in zip(FILES, unpacked, strict=True)}


def believed(arrays, archives):
    """What the loader must know to take them for the real ones: [(owner, name, value)]."""
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in archives.items()]
    return [(MNIST, "resources", sums), (_mnist, "SHAPES", [array.shape for array in arrays]),
            (_mnist, "SHA256", _mnist._digest(arrays))]


ARRAYS, ARCHIVES = made_up(6, 4)
BYTES = b"".join(array.tobytes() for array in ARRAYS)  # of the cache


def put_archives(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ARCHIVES.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with the four archives, which the loader believes to be the real ones."""
    put_archives(tmp_path / "MNIST" / "raw")
    for where in [*believed(ARRAYS, ARCHIVES), (MNIST, "mirrors", [NOBODY])]:
        monkeypatch.setattr(*where)
    return tmp_path


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serve(put_archives(tmp_path_factory.mktemp("mirror"))) as address:
        yield f"{address}/"


@pytest.fixture
def mirror(root, served, monkeypatch):
    """The address of a mirror on this machine that has the archives and behaves."""
    monkeypatch.setattr(MNIST, "mirrors", [served])
    return served


def assert_right(digits):
    assert digits.name == "MNIST"
    for found, array in zip(digits[:4], ARRAYS, strict=True):
        images = array.reshape(len(array), -1) / np.float32(255)
        expected = images if array.ndim > 1 else array.astype(np.int64)
        np.testing.assert_array_equal(found, expected, strict=True)  # shape and type as well


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def remove(root, *patterns):
    for path in [path for pattern in patterns for path in root.rglob(pattern)]:
        path.unlink()


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def refused(root, download):
    """The three parts of the error."""
    with pytest.raises(DataUnavailableError) as caught:
        load_mnist(root, download=download)
    first, happened, advice = str(caught.value).split("\n", 2)
    assert first == f"no MNIST in {root}" + ("" if download else ", and download=False")
    assert happened.startswith("What happened: ") and advice == (
        "What to do: connect to the internet and call load_mnist() again, or put the four .gz\n"
        f"archives into {root / 'MNIST' / 'raw'}, or work with load_sample().")
    return happened.removeprefix("What happened: ")


# Archives and unpacked files


@DOWNLOAD
@pytest.mark.filterwarnings("error")
def test_whole_archives_are_enough_and_the_second_load_reads_the_cache(root, monkeypatch, download):
    assert_right(load_mnist(root, download=download))
    monkeypatch.setattr(_mnist, "_from_torchvision", Mock(side_effect=AssertionError("cold again")))
    assert_right(load_mnist(root, download=download))


@DOWNLOAD
def test_without_files_the_error_says_what_happened_and_what_to_do(root, download):
    remove(root, "*.gz")
    assert ("127.0.0.1" in refused(root, download)) == download
    assert files_in(root) == [".lock"]


@pytest.mark.parametrize("error, happened", [
    (RuntimeError("a\n  b"), "a b"), (KeyError(), "KeyError"),
    (TimeoutError("timed out"), "a mirror sent nothing for 30 seconds")])
def test_an_error_takes_one_line(root, monkeypatch, error, happened):
    monkeypatch.setattr(_mnist, "_from_torchvision", Mock(side_effect=error))
    assert refused(root, True) == happened


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [flip_a_bit, lambda path: os.truncate(path, 20), Path.unlink],
                         ids=["bit flipped", "cut short", "missing"])
@DOWNLOAD
def test_damaged_unpacked_files_are_made_again_from_the_archives(root, name, damage, download):
    load_mnist(root)
    remove(root, CACHE)
    damage(root / "MNIST" / "raw" / name)
    assert_right(load_mnist(root, download=download))
    assert_right(load_mnist(root, download=False))


@pytest.mark.parametrize("where", ["archive", "unpacked"])
@DOWNLOAD
def test_damage_beyond_repair_is_an_error_and_leaves_no_cache(root, where, download):
    if where == "unpacked":
        load_mnist(root)
        remove(root, "*.gz", CACHE)
    flip_a_bit(root / "MNIST" / "raw" / (FILES[0] + (".gz" if where == "archive" else "")))
    for _ in range(2):  # nor does the first attempt leave anything that the second trusts
        happened = refused(root, download)
        assert CACHE not in files_in(root)
        if where == "unpacked" and not download:
            assert happened == "the unpacked files are damaged: their checksum is not MNIST's"


def test_a_new_folder_is_made_and_filled(root, mirror):
    new = root / "not" / "there" / "yet"
    assert_right(load_mnist(new))
    remove(new, "*.gz")
    assert_right(load_mnist(new, download=False))


@pytest.mark.parametrize("archives", ["missing", "damaged"])
def test_what_cannot_be_repaired_is_fetched_again(root, mirror, archives):
    load_mnist(root)
    remove(root, CACHE, *["*.gz"] * (archives == "missing"))
    for file in (root / "MNIST" / "raw").iterdir():
        flip_a_bit(file)
    assert_right(load_mnist(root))


# The cache


class Bomb:
    """Unpickled, it makes a folder: a cache must never get that far."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def exchanged(one, other):
    """Eight bytes of training images in one another's place: the file's sum stays as it was."""
    words = np.frombuffer(BYTES, np.uint64, count=6 * 98).copy()
    words[[one, other]] = words[[other, one]]
    return words.tobytes() + BYTES[words.nbytes:]


DAMAGED = {
    "empty": b"",
    "last byte lost": BYTES[:-1],
    "a byte too many": BYTES + b"0",
    "of something else": b"an error page of a proxy",
    "a pickle": pickle.dumps(Bomb()),
    "images in another order": ARRAYS[0][::-1].tobytes() + BYTES[6 * 784:],
    "pixels of an image exchanged": exchanged(1, 2),
    "pixels of a column exchanged": exchanged(1, 99),  # 98 words are an image
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_cache_is_not_trusted_and_is_made_again_from_archives(root, monkeypatch, content):
    monkeypatch.chdir(root)
    (root / CACHE).write_bytes(content)
    assert_right(load_mnist(root, download=False))
    assert not Path("exploded").exists() and (root / CACHE).read_bytes() == BYTES
    (root / CACHE).write_bytes(content)
    shutil.rmtree(root / "MNIST")
    refused(root, False)


@given(place=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_other_byte_is_taken_for_the_right_one(root, place, byte):
    (root / CACHE).write_bytes(BYTES[:place] + bytes([byte]) + BYTES[place + 1:])
    assert (_mnist._read_cache(root / CACHE) is None) == (byte != BYTES[place])


def half_a_file_then(error):
    def put(file, arrays):
        file.write(b"half of it")
        raise error

    return put


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), MemoryError()], ids=repr)
def test_an_interrupted_cache_write_leaves_nothing_behind(root, monkeypatch, interrupt):
    with monkeypatch.context() as patch:
        patch.setattr(_mnist, "_put", half_a_file_then(interrupt))
        with pytest.raises((KeyboardInterrupt, DataUnavailableError)):
            load_mnist(root)
    assert not [name for name in files_in(root) if CACHE in name]
    assert_right(load_mnist(root, download=False))


@pytest.mark.parametrize("function, fault", [
    ("mnistlib._mnist._put", half_a_file_then(OSError(errno.ENOSPC, "No space left on device"))),
    ("os.replace", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied"))),
], ids=["disk full", "forbidden"])
def test_a_cache_that_cannot_be_written_costs_a_warning_not_the_digits(root, monkeypatch, function, fault):
    monkeypatch.setattr(function, fault)
    with pytest.warns(UserWarning, match="MNIST is loaded, but cannot be kept"):
        assert_right(load_mnist(root))
    assert not [name for name in files_in(root) if CACHE in name]


def test_what_a_killed_process_left_half_written_is_replaced_by_a_file_that_others_may_read(root):
    (root / f"{CACHE}.part").write_bytes(b"half of it")
    before = os.umask(0o022)
    try:
        assert_right(load_mnist(root))
    finally:
        os.umask(before)
    assert [name for name in files_in(root) if CACHE in name] == [CACHE]
    assert (root / CACHE).stat().st_mode & 0o777 == 0o644


# Folders that refuse. The tests may run as root, whom no file mode stops: so the calls refuse.


def no_new_folder(root, patch):
    mkdir = Path.mkdir
    fault = Mock(side_effect=OSError(errno.EROFS, "Read-only file system", str(root)))
    patch.setattr(Path, "mkdir", lambda path, *args, **kwargs:
                  (fault if path == root else mkdir)(path, *args, **kwargs))


def no_lock(root, patch):
    patch.setattr("filelock.FileLock", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))


REFUSING = pytest.mark.parametrize("refuse", [no_new_folder, no_lock])


@REFUSING
@DOWNLOAD
@pytest.mark.parametrize("there", ["the archives", "unpacked files", "the cache"])
def test_a_read_only_folder_with_files_loads_and_stays_as_it_was(root, monkeypatch, refuse, download, there):
    if there != "the archives":
        load_mnist(root)
        remove(root, "*.gz", CACHE if there == "unpacked files" else "*ubyte")
    refuse(root, monkeypatch)
    before = files_in(root)
    assert_right(load_mnist(root, download=download))
    assert files_in(root) == before


@REFUSING
def test_a_read_only_folder_without_the_files_is_passed_over_for_a_mirror(root, mirror, monkeypatch, refuse):
    remove(root, "*.gz")
    refuse(root, monkeypatch)
    assert_right(load_mnist(root))
    refused(root, False)
    monkeypatch.setattr(MNIST, "mirrors", [NOBODY])
    refused(root, True)


def test_a_file_in_place_of_the_folder_is_an_error(root):
    assert "File exists" in refused(root / "MNIST" / "raw" / f"{FILES[0]}.gz", True)


def test_a_full_disk_while_unpacking_is_an_error_that_names_it(root, monkeypatch):
    fault = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("torchvision.datasets.utils.extract_archive", fault)
    assert "No space left on device" in refused(root, True)


def test_a_download_has_a_timeout_which_is_put_back_after_an_error(root, monkeypatch):
    seen = []

    def hang(*args, **kwargs):
        seen.append(socket.getdefaulttimeout())
        raise URLError("timed out")

    monkeypatch.setattr("urllib.request.urlopen", hang)
    remove(root, "*.gz")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(123)  # the reader's own
    try:
        assert "timed out" in refused(root, True)
        assert set(seen) == {30} and socket.getdefaulttimeout() == 123
    finally:
        socket.setdefaulttimeout(before)


def test_each_attempt_asks_another_mirror(root, mirror, monkeypatch):
    """The mirror is that of one attempt: torchvision's own list stays as it was."""
    attempt = Mock(side_effect=TimeoutError)
    remove(root, "*.gz")
    monkeypatch.setattr(MNIST, "mirrors", [NOBODY, mirror])
    with monkeypatch.context() as patch:
        patch.setattr(_mnist, "_unpacked", attempt)
        refused(root, True)
    assert attempt.mock_calls == [call(root, True, NOBODY), call(root, True, mirror)]
    monkeypatch.setattr(MNIST, "mirrors", [NOBODY])
    assert len(_mnist._unpacked(root, True, mirror)) == 4
    assert MNIST.mirrors == [NOBODY] and (root / "MNIST" / "raw").is_dir()


def test_who_waits_for_the_lock_reads_what_the_other_process_has_cached(root, monkeypatch):
    @contextmanager
    def other_was_faster(path, timeout):
        assert Path(path).parent == root and 60 < timeout < 3600
        (root / CACHE).write_bytes(BYTES)
        yield

    monkeypatch.setattr("filelock.FileLock", other_was_faster)
    monkeypatch.setattr(_mnist, "_from_torchvision", Mock(side_effect=AssertionError("unpacked again")))
    assert_right(load_mnist(root))
