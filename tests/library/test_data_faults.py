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
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import URLError

import numpy as np
import pytest
from torchvision.datasets import MNIST

from mnistlib import DataUnavailableError, _mnist, load_mnist

SHAPES = [(6, 28, 28), (6,), (4, 28, 28), (4,)]
FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte",
         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
CACHE = _mnist.CACHE
DOWNLOAD = pytest.mark.parametrize("download", [True, False])


def small_arrays():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 10 if len(shape) == 1 else 256, shape, dtype=np.uint8) for shape in SHAPES]


def idx(array):
    """The bytes of an unpacked MNIST file: a magic number, the sizes, the values."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with the four archives, which the loader believes to be the real ones."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    sums = []
    for name, array in zip(FILES, small_arrays(), strict=True):
        archive = gzip.compress(idx(array), mtime=0)
        (raw / f"{name}.gz").write_bytes(archive)
        sums.append((f"{name}.gz", hashlib.md5(archive).hexdigest()))
    monkeypatch.setattr(MNIST, "resources", sums)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # nobody answers
    monkeypatch.setattr(_mnist, "SHAPES", SHAPES)
    monkeypatch.setattr(_mnist, "SHA256", _mnist._digest(small_arrays()))
    return tmp_path


def assert_right(digits):
    assert digits.name == "MNIST"
    X_train, y_train, X_test, y_test = small_arrays()
    np.testing.assert_array_equal(np.rint(digits.X_train * 255), X_train.reshape(6, 784))
    np.testing.assert_array_equal(digits.y_train, y_train)
    np.testing.assert_array_equal(np.rint(digits.X_test * 255), X_test.reshape(4, 784))
    np.testing.assert_array_equal(digits.y_test, y_test)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def remove_archives(root):
    for archive in root.rglob("*.gz"):
        archive.unlink()


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


# Archives and unpacked files


@DOWNLOAD
@pytest.mark.filterwarnings("error")
def test_whole_archives_are_enough_and_the_second_load_reads_the_cache(root, monkeypatch, download):
    assert_right(load_mnist(root, download=download))
    monkeypatch.setattr(_mnist, "_from_torchvision", raising(AssertionError("cold again")))
    assert_right(load_mnist(root, download=download))


@DOWNLOAD
def test_without_files_the_error_says_what_happened_and_what_to_do(root, download):
    remove_archives(root)
    with pytest.raises(DataUnavailableError) as caught:
        load_mnist(root, download=download)
    first, happened, advice = str(caught.value).split("\n", 2)
    assert str(root) in first and ("download=False" in first) == (not download)
    assert happened.startswith("What happened: ") and ("127.0.0.1" in happened) == download
    assert advice.startswith("What to do: ") and "load_sample()" in advice
    assert files_in(root) == [".lock"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [flip_a_bit, lambda path: os.truncate(path, 20), Path.unlink],
                         ids=["bit flipped", "cut short", "missing"])
@DOWNLOAD
def test_damaged_unpacked_files_are_made_again_from_the_archives(root, name, damage, download):
    load_mnist(root)
    (root / CACHE).unlink()
    damage(root / "MNIST" / "raw" / name)
    assert_right(load_mnist(root, download=download))
    assert_right(load_mnist(root, download=False))


@pytest.mark.parametrize("where", ["archive", "unpacked"])
@DOWNLOAD
def test_damage_beyond_repair_is_an_error_and_leaves_no_cache(root, where, download):
    if where == "unpacked":
        load_mnist(root)
        remove_archives(root)
        (root / CACHE).unlink()
    flip_a_bit(root / "MNIST" / "raw" / (FILES[0] + (".gz" if where == "archive" else "")))
    for _ in range(2):  # nor does the first attempt leave anything that the second trusts
        with pytest.raises(DataUnavailableError, match="What to do: "):
            load_mnist(root, download=download)
        assert CACHE not in files_in(root)


def test_damaged_unpacked_files_alone_are_called_damaged(root):
    load_mnist(root)
    remove_archives(root)
    (root / CACHE).unlink()
    flip_a_bit(root / "MNIST" / "raw" / FILES[0])
    with pytest.raises(DataUnavailableError) as caught:
        load_mnist(root, download=False)
    _, happened, _ = str(caught.value).split("\n", 2)
    assert happened == "What happened: the unpacked files are damaged: their checksum is not MNIST's"


@pytest.fixture
def mirror(root, tmp_path_factory, monkeypatch):
    """A server on this machine that has the archives and behaves."""
    folder = tmp_path_factory.mktemp("mirror")
    for archive in root.rglob("*.gz"):
        shutil.copy(archive, folder)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *args: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    yield
    server.shutdown()
    server.server_close()


def test_a_new_folder_is_made_and_filled(root, mirror):
    new = root / "not" / "there" / "yet"
    assert_right(load_mnist(new))
    remove_archives(new)
    assert_right(load_mnist(new, download=False))


@pytest.mark.parametrize("archives", ["missing", "damaged"])
def test_what_cannot_be_repaired_is_fetched_again(root, mirror, archives):
    load_mnist(root)
    (root / CACHE).unlink()
    if archives == "missing":
        remove_archives(root)
    for file in (root / "MNIST" / "raw").iterdir():
        flip_a_bit(file)
    assert_right(load_mnist(root))


# The cache


class Bomb:
    """Unpickled, it makes a folder: a cache must never get that far."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def rewrite(change):
    def damage(path):
        arrays = dict(zip(["X_train", "y_train", "X_test", "y_test"], small_arrays()))
        change(arrays)
        path.write_bytes(b"".join(array.tobytes() for array in arrays.values()))

    return damage


def exchange(one, other):
    """Eight bytes of training images in one another's place: the file's sum stays as it was."""
    def change(arrays):
        words = arrays["X_train"].reshape(-1).view(np.uint64)
        words[[one, other]] = words[[other, one]]

    return rewrite(change)


DAMAGE = {
    "bit flipped": flip_a_bit,
    "empty": lambda path: os.truncate(path, 0),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "last byte lost": lambda path: os.truncate(path, path.stat().st_size - 1),
    "a byte too many": lambda path: path.write_bytes(path.read_bytes() + b"0"),
    "of something else": lambda path: path.write_text("an error page of a proxy"),
    "one array": lambda path: path.write_bytes(idx(np.zeros(5, np.uint8))),
    "a pickle": lambda path: path.write_bytes(pickle.dumps(Bomb())),
    "an array missing": rewrite(lambda a: a.pop("y_test")),
    "other images": rewrite(lambda a: a.update(X_train=a["X_train"] + np.uint8(1))),
    "other labels": rewrite(lambda a: a.update(y_train=a["y_train"][::-1])),
    "other dtype": rewrite(lambda a: a.update(X_test=a["X_test"].astype(np.float32))),
    "images in another order": rewrite(lambda a: a.update(X_train=a["X_train"][::-1])),
    "pixels of an image exchanged": exchange(1, 2),
    "pixels of a column exchanged": exchange(1, 99),  # 98 words are an image
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_is_not_trusted_and_is_made_again(root, monkeypatch, damage):
    monkeypatch.chdir(root)
    load_mnist(root)
    damage(root / CACHE)
    assert_right(load_mnist(root, download=False))
    assert not Path("exploded").exists()
    monkeypatch.setattr(_mnist, "_from_torchvision", raising(AssertionError("not made again")))
    assert_right(load_mnist(root, download=False))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_without_archives_is_an_error(root, monkeypatch, damage):
    monkeypatch.chdir(root)
    load_mnist(root)
    damage(root / CACHE)
    shutil.rmtree(root / "MNIST")
    with pytest.raises(DataUnavailableError):
        load_mnist(root, download=False)


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
    ("os.replace", raising(PermissionError(errno.EACCES, "Permission denied"))),
], ids=["disk full", "forbidden"])
def test_a_cache_that_cannot_be_written_costs_a_warning_not_the_digits(root, monkeypatch, function, fault):
    monkeypatch.setattr(function, fault)
    with pytest.warns(UserWarning, match="MNIST is loaded, but cannot be kept"):
        assert_right(load_mnist(root))
    assert not [name for name in files_in(root) if CACHE in name]


def test_what_a_killed_process_left_half_written_is_replaced(root):
    (root / f"{CACHE}.part").write_bytes(b"half of it")
    assert_right(load_mnist(root))
    assert [name for name in files_in(root) if CACHE in name] == [CACHE]


def test_a_cache_in_a_shared_folder_is_readable_by_the_others(root):
    before = os.umask(0o022)
    try:
        load_mnist(root)
    finally:
        os.umask(before)
    assert (root / CACHE).stat().st_mode & 0o777 == 0o644


# Folders that refuse. The tests may run as root, whom no file mode stops: so the calls refuse.


def no_new_folder(root, patch):
    mkdir = Path.mkdir
    fault = raising(OSError(errno.EROFS, "Read-only file system", str(root)))
    patch.setattr(Path, "mkdir", lambda path, *args, **kwargs:
                  (fault if path == root else mkdir)(path, *args, **kwargs))


def no_lock(root, patch):
    patch.setattr("filelock.FileLock", raising(PermissionError(errno.EACCES, "Permission denied")))


REFUSING = pytest.mark.parametrize("refuse", [no_new_folder, no_lock])


@REFUSING
@DOWNLOAD
@pytest.mark.parametrize("unpacked", [True, False])
def test_a_read_only_folder_with_the_files_loads_and_stays_as_it_was(
    root, monkeypatch, refuse, download, unpacked
):
    if unpacked:
        load_mnist(root)
        remove_archives(root)
        (root / CACHE).unlink()
    refuse(root, monkeypatch)
    before = files_in(root)
    assert_right(load_mnist(root, download=download))
    assert files_in(root) == before


@REFUSING
def test_a_read_only_folder_with_only_the_cache_loads(root, monkeypatch, refuse):
    load_mnist(root)
    shutil.rmtree(root / "MNIST")
    refuse(root, monkeypatch)
    assert_right(load_mnist(root, download=False))


@REFUSING
def test_a_read_only_folder_without_the_files_is_passed_over_for_a_mirror(root, mirror, monkeypatch, refuse):
    remove_archives(root)
    refuse(root, monkeypatch)
    assert_right(load_mnist(root))
    with pytest.raises(DataUnavailableError):
        load_mnist(root, download=False)


@REFUSING
def test_a_read_only_folder_without_the_files_is_an_error(root, monkeypatch, refuse):
    remove_archives(root)
    refuse(root, monkeypatch)
    with pytest.raises(DataUnavailableError, match="What to do: "):
        load_mnist(root)


def test_a_file_in_place_of_the_folder_is_an_error(root):
    with pytest.raises(DataUnavailableError, match="File exists"):
        load_mnist(root / "MNIST" / "raw" / f"{FILES[0]}.gz")


def test_a_full_disk_while_unpacking_is_an_error_that_names_it(root, monkeypatch):
    fault = raising(OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("torchvision.datasets.utils.extract_archive", fault)
    with pytest.raises(DataUnavailableError, match="No space left on device"):
        load_mnist(root)


def test_a_download_has_a_timeout_which_is_put_back_after_an_error(root, monkeypatch):
    seen = []

    def hang(*args, **kwargs):
        seen.append(socket.getdefaulttimeout())
        raise URLError("timed out")

    monkeypatch.setattr("urllib.request.urlopen", hang)
    remove_archives(root)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(123)  # the reader's own
    try:
        with pytest.raises(DataUnavailableError, match="timed out"):
            load_mnist(root)
        assert set(seen) == {30} and socket.getdefaulttimeout() == 123
    finally:
        socket.setdefaulttimeout(before)


def test_each_attempt_begins_with_another_mirror(root, mirror, monkeypatch):
    """The mirrors are those of one attempt: torchvision's own list stays as it was."""
    attempts = []

    def fail(*arguments):
        attempts.append(arguments)
        raise TimeoutError

    good = MNIST.mirrors
    remove_archives(root)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/", *good])
    with monkeypatch.context() as patch:
        patch.setattr(_mnist, "_unpacked", fail)
        with pytest.raises(DataUnavailableError):
            load_mnist(root)
    bad = "http://127.0.0.1:9/"
    assert attempts == [(root, True, [bad, *good]), (root, True, [*good, bad])]
    monkeypatch.setattr(MNIST, "mirrors", [bad])
    assert len(_mnist._unpacked(root, True, good)) == 4
    assert MNIST.mirrors == [bad] and (root / "MNIST" / "raw").is_dir()


def test_who_waits_for_the_lock_reads_what_the_other_process_has_cached(root, monkeypatch):
    load_mnist(root)
    cache = (root / CACHE).read_bytes()
    (root / CACHE).unlink()

    class OtherWasFaster:
        def __init__(self, path, timeout):
            assert Path(path).parent == root and 60 < timeout < 3600

        def __enter__(self):
            (root / CACHE).write_bytes(cache)

        def __exit__(self, *error):
            pass

    monkeypatch.setattr("filelock.FileLock", OtherWasFaster)
    monkeypatch.setattr(_mnist, "_from_torchvision", raising(AssertionError("unpacked again")))
    assert_right(load_mnist(root))


def test_by_default_the_folder_is_the_users_cache(monkeypatch):
    seen = []
    monkeypatch.delenv("MNISTLIB_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *a, **kw: seen.append((a, kw)) or "x")
    monkeypatch.setattr(_mnist, "load", lambda root, download: seen.append(root) or small_arrays())
    load_mnist()
    assert seen == [(("mnistlib",), {"appauthor": False}), Path("x")]
