"""MNIST's four arrays: fetched by torchvision, checked, cached. Nothing half-written is trusted."""

import hashlib
import os
import socket
import tempfile
from contextlib import contextmanager

import numpy as np

NAMES = ("X_train", "y_train", "X_test", "y_test")
LENGTHS = [60_000, 60_000, 10_000, 10_000]
# Of the bytes of the four arrays, one after the other.
SHA256 = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
CACHE = "mnist-v1.npz"  # another layout gets another name


class DataUnavailableError(RuntimeError):
    """MNIST is not there and cannot be had; the message says why and what to do."""


def load(root, download):
    """The four uint8 arrays in the order of NAMES; root is a Path."""
    arrays = _read_cache(root / CACHE)
    return _load_cold(root, download) if arrays is None else arrays


def _read_cache(path):
    """The four arrays, or None where the file is missing, cut short or altered."""
    try:
        with np.load(path, allow_pickle=False) as stored:  # the zip holds a CRC of each array
            arrays = tuple(stored[name] for name in NAMES)
    except Exception:  # a damaged zip fails in many ways, and a new one is made from the archives
        return None
    return arrays if [len(a) for a in arrays] == LENGTHS else None


def _load_cold(root, download):
    """Through torchvision, one process at a time, checked, and cached for the next call."""
    from filelock import FileLock

    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".lock", timeout=600):
            arrays = _read_cache(root / CACHE)  # another process may have been faster
            if arrays is None:
                arrays = _from_torchvision(root, download)
                _write_cache(root / CACHE, arrays)
    except Exception as error:  # torchvision raises many kinds, on purpose and not
        raise DataUnavailableError(_advice(root, error, download)) from error
    return arrays


def _from_torchvision(root, download):
    """The arrays as torchvision unpacks them.

    torchvision takes unpacked files by their names alone. Ours must have the right sum; if
    they have not, one more try starts from the archives, whose sums torchvision does check.
    """
    if download:
        try:
            return _unpacked(root, download)
        except Exception:
            for damaged in (root / "MNIST" / "raw").glob("*-ubyte"):
                damaged.unlink()
    return _unpacked(root, download)


def _unpacked(root, download):
    from torchvision.datasets import MNIST

    with _network_timeout(30):
        train, test = (MNIST(root, train=part, download=download) for part in (True, False))
    arrays = [train.data, train.targets, test.data, test.targets]
    arrays = tuple(a.numpy().astype(np.uint8) for a in arrays)
    if hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest() != SHA256:
        raise RuntimeError("the unpacked files are damaged: their checksum is not MNIST's")
    return arrays


def _write_cache(path, arrays):
    part = tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False)
    try:
        with part:
            np.savez(part, **dict(zip(NAMES, arrays, strict=True)))
        os.replace(part.name, path)  # whole or not at all
    except BaseException:
        os.unlink(part.name)
        raise


@contextmanager
def _network_timeout(seconds):
    """torchvision sets none: a mirror that hangs would hang the reader."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _advice(root, error, download):
    why = " ".join(str(error).split()) or type(error).__name__
    return (
        f"no MNIST in {root}" + ("" if download else ", and download=False") + f"\n"
        f"What happened: {why}\n"
        f"What to do: connect to the internet and call load_mnist() again, or put the four .gz\n"
        f"archives into {root / 'MNIST' / 'raw'}, or work with load_sample()."
    )
