"""What the Python in the pages works with: mnistlib as a zip, and as many digits as make 3 MB."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import numpy as np

from tools.book import ROOT

TRAIN, TEST = 15_000, 3_000  # of MNIST's 60,000 and 10,000, evenly spaced: 2.9 MB
ARCHIVES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def library():
    """The bytes of a zip of mnistlib."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted((ROOT / "mnistlib").rglob("*")):
            if path.suffix in (".py", ".json"):
                target.write(path, path.relative_to(ROOT))
    return packed.getvalue()


def digits():
    """The bytes of an .npz: X_train, y_train, X_test, y_test as 8-bit integers, and whose digits they are."""
    name, (X_train, y_train, X_test, y_test) = _mnist() or _sample()
    train, test = (np.linspace(0, len(y) - 1, min(len(y), most)).astype(int)
                   for y, most in ((y_train, TRAIN), (y_test, TEST)))
    packed = io.BytesIO()
    np.savez_compressed(packed, name=name, X_train=X_train[train], y_train=y_train[train],
                        X_test=X_test[test], y_test=y_test[test])
    return packed.getvalue()


def _mnist():
    """The four arrays where MNIST is; None where it is not. No network, and no torch."""
    from mnistlib import _mnist, data

    if os.environ.get("MNISTLIB_SAMPLE", "0") not in ("", "0"):
        return None
    root = Path(os.environ.get("MNISTLIB_DATA") or data._user_cache())
    arrays = _mnist._read_cache(root / _mnist.CACHE)
    try:
        arrays = arrays or tuple(_unpacked(root / "MNIST" / "raw" / f"{name}-ubyte.gz") for name in ARCHIVES)
    except (OSError, EOFError, ValueError, gzip.zlib.error):
        return None
    if not _mnist._is_mnist(arrays):
        return None
    images, labels, *others = arrays
    return "MNIST", (images.reshape(-1, 784), labels, others[0].reshape(-1, 784), others[1])


def _unpacked(path):
    """An array in MNIST's format: two bytes 0, one for its type, one for its axes, then their lengths."""
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _sample():
    from mnistlib import load_sample

    sample = load_sample()
    X_train, X_test = (np.round(255 * X).astype(np.uint8) for X in (sample.X_train, sample.X_test))
    return "Sample in place of MNIST", (X_train, sample.y_train.astype(np.uint8),
                                        X_test, sample.y_test.astype(np.uint8))
