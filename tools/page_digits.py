"""What the Python in the pages works with: mnistlib as a zip, and as many digits as make 3 MB."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from mnistlib import DataUnavailableError, load_mnist, load_sample
from mnistlib.data import mnist_folder, sample_wanted
from tools.book import ROOT

TRAIN, TEST = 15_000, 3_000  # of MNIST's 60,000 and 10,000, evenly spaced: 2.9 MB
SHAPES = {"train-images-idx3": (60_000, 28, 28), "train-labels-idx1": (60_000,),
          "t10k-images-idx3": (10_000, 28, 28), "t10k-labels-idx1": (10_000,)}


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
    """MNIST's name and arrays where it is; None where it is not. No network, and no torch."""
    if sample_wanted():
        return None
    try:
        return "MNIST", _whole_numbers(load_mnist(download=False))
    except DataUnavailableError:  # or it is there as archives, and there is no torchvision to unpack them
        return _from_archives()


def _whole_numbers(digits):
    X_train, X_test = (np.round(255 * X).astype(np.uint8) for X in (digits.X_train, digits.X_test))
    return X_train, digits.y_train.astype(np.uint8), X_test, digits.y_test.astype(np.uint8)


def _from_archives():
    try:
        arrays = [_unpacked(Path(mnist_folder(), "MNIST", "raw", f"{name}-ubyte.gz")) for name in SHAPES]
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    if [array.shape for array in arrays] != list(SHAPES.values()):
        return None
    return "MNIST", [array.reshape(len(array), -1) if array.ndim > 1 else array for array in arrays]


def _unpacked(path):
    """An array in MNIST's format: two bytes 0, one for its type, one for its axes, then their lengths."""
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _sample():
    return "Sample in place of MNIST", _whole_numbers(load_sample())
