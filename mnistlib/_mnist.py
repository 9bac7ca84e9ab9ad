"""MNIST's four arrays: fetched by torchvision, checked, cached. Nothing half-written is trusted."""

import errno
import hashlib
import os
import shutil
import socket
import tempfile
import traceback
import warnings
from pathlib import Path

import numpy as np

SHAPES = [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]
SHA256 = "102be09d8245a346e8eec586b1f27d7bff024614261c12a3a9a11503942fac15"  # `_digest` of the four arrays
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
CACHE = "mnist-v2.bin"  # the bytes of the four arrays; another layout gets another name
TIMEOUT = 30  # seconds without a byte from a mirror


class DataUnavailableError(RuntimeError):
    """MNIST is not there and cannot be fetched; the message says why and what to do."""


def load(root, download):
    """Four uint8 arrays: training images and labels, test images and labels. root is a Path."""
    arrays = _read_cache(root / CACHE)
    if arrays is not None:
        return arrays
    try:
        try:
            return _load_cold(root, download)
        except OSError as error:
            if error.errno not in READ_ONLY:
                raise
            return _load_elsewhere(root, download)
    except Exception as error:  # torchvision raises exceptions of many kinds, not all on purpose
        raise DataUnavailableError(_advice(root, error, download)) from error


def _read_cache(path):
    """The four arrays, or None where the file is missing, cut short, altered or not ours."""
    *starts, size = np.cumsum([0, *map(np.prod, SHAPES)])
    try:
        stored = np.asarray(np.memmap(path, np.uint8, "r"))  # a plain array: slices of a memmap cost more
    except (OSError, ValueError):  # it cannot be read, or is empty
        return None
    if len(stored) != size:
        return None
    arrays = tuple(part.reshape(shape) for part, shape in zip(np.split(stored, starts[1:]), SHAPES))
    return arrays if _is_mnist(arrays) else None


def _is_mnist(arrays):
    layout = [(a.shape, a.dtype) for a in arrays] == [(shape, np.uint8) for shape in SHAPES]
    return layout and _digest(arrays) == SHA256


def _digest(arrays):
    """SHA-256 of the labels and of sums of the images, in a fifteenth of the time that all bytes would take.

    Words of 8 bytes are summed within each image, and over all images. A damaged byte changes one sum of
    each kind; two bytes that have changed places change at least one sum.
    """
    digest = hashlib.sha256()
    for array in arrays:
        if array.ndim > 1:
            words = array.reshape(len(array), -1).view(np.uint64)
            array = np.concatenate([words.sum(axis=0), words.sum(axis=1)])
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _load_cold(root, download):
    """Through torchvision, one process at a time, checked, and cached for the next call."""
    from filelock import FileLock

    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".lock", timeout=600):
        arrays = _read_cache(root / CACHE)  # another process may have been faster
        if arrays is None:
            arrays = _from_torchvision(root, download)
            _write_cache(root / CACHE, arrays)
    return arrays


def _load_elsewhere(root, download):
    """For a folder that cannot be written to: unpacked in a temporary copy of it."""
    with tempfile.TemporaryDirectory() as copy:
        raw = Path(copy, "MNIST", "raw")
        raw.mkdir(parents=True)
        for file in (root / "MNIST" / "raw").glob("*-ubyte*"):
            shutil.copyfile(file, raw / file.name)
        return _from_torchvision(Path(copy), download)


def _from_torchvision(root, download):
    """The arrays as torchvision unpacks them, trying one mirror after another.

    torchvision accepts unpacked files by name alone. Here their checksum must be right, too; if
    it is not, or files are missing, the next attempt starts from the archives that are intact.
    """
    from torchvision.datasets import MNIST

    attempts = (MNIST.mirrors * 2)[: max(2, len(MNIST.mirrors))]
    for mirror in attempts[:-1]:
        try:
            return _unpacked(root, download, mirror)
        except Exception:  # whatever it was, the archives are worth a try
            _unpack_archives(root, download)
    return _unpacked(root, download, attempts[-1])


def _unpack_archives(root, download):
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import check_integrity, extract_archive

    for name, md5 in MNIST.resources:
        archive = root / "MNIST" / "raw" / name
        if check_integrity(archive, md5):
            extract_archive(archive)
        elif download:  # torchvision fetches only what has no unpacked file
            archive.with_suffix("").unlink(missing_ok=True)


def _unpacked(root, download, mirror):
    from torchvision.datasets import MNIST

    # A subclass, so that torchvision's own list of mirrors stays as it is; the folder is named after it.
    Digits = type("MNIST", (MNIST,), {"mirrors": [mirror]})
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)  # torchvision sets none: a mirror that hangs would hang the reader
    try:
        train, test = (Digits(root, train=part, download=download) for part in (True, False))
    except Exception as error:
        traceback.clear_frames(error.__traceback__)  # torchvision's frames keep the mirror's response open
        raise
    finally:
        socket.setdefaulttimeout(before)
    arrays = [train.data, train.targets, test.data, test.targets]
    arrays = tuple(a.numpy().astype(np.uint8) for a in arrays)
    if not _is_mnist(arrays):
        raise RuntimeError("the unpacked files are damaged: their checksum is not MNIST's")
    return arrays


def _write_cache(path, arrays):
    part = path.with_name(path.name + ".part")  # we hold the lock, so nobody else writes it
    try:
        try:
            with open(part, "wb") as file:
                _put(file, arrays)
            os.replace(part, path)  # whole or not at all
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:  # a full disk costs the reader seconds, not the digits
        warnings.warn(f"MNIST is loaded, but cannot be kept in {path}: {error}", stacklevel=5)


def _put(file, arrays):
    for array in arrays:
        file.write(array)


def _advice(root, error, download):
    why = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, TimeoutError):
        why = f"a mirror sent nothing for {TIMEOUT} seconds"
    return (
        f"no MNIST in {root}" + ("" if download else ", and download=False") + f"\n"
        f"What happened: {why}\n"
        f"What to do: connect to the internet and call load_mnist() again, or put the four .gz\n"
        f"archives into {root / 'MNIST' / 'raw'}, or work with load_sample()."
    )
