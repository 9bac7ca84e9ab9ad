"""MNIST as NumPy arrays, and a sample from scikit-learn for when it is not available."""

import os
from typing import NamedTuple

import numpy as np

from mnistlib import _mnist
from mnistlib._checks import as_a, as_count, as_labels, as_path
from mnistlib._mnist import DataUnavailableError


class Dataset(NamedTuple):
    """Digits as arrays.

    X_train (N, 784), X_test (M, 784) : float32 in [0, 1], 0 paper, 1 ink
    y_train (N,), y_test (M,) : int64 labels 0..9
    name : "MNIST" or "sample"
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    name: str

    def __repr__(self):
        return f"Dataset({self.name}: X_train {self.X_train.shape}, X_test {self.X_test.shape})"


def load_digits():
    """What the chapters call: MNIST where it is available, else the sample.

    Prints one line that says which it is. With MNISTLIB_SAMPLE=1 in the environment, it
    takes the sample without looking for MNIST.
    returns  Dataset
    """
    why = "MNISTLIB_SAMPLE is set"
    digits = None
    if not sample_wanted():
        try:
            digits = load_mnist()
        except DataUnavailableError as error:
            why = str(error).splitlines()[0]
    digits = digits or load_sample()
    name = "MNIST" if digits.name == "MNIST" else f"Sample in place of MNIST ({why})"
    print(f"{name}: {len(digits.X_train):,} training and {len(digits.X_test):,} test digits")
    return digits


def load_mnist(root=None, *, download=True):
    """The 60,000 + 10,000 images of MNIST, through torchvision.datasets.MNIST.

    root : folder; by default $MNISTLIB_DATA, else the user's cache folder
    download : fetch what is missing (11 MB); archives already there need no network.
        The first call unpacks, checks and writes a cache; later calls read it, with
        neither network nor torch. A folder that cannot be written to is read without a cache
    returns  Dataset named "MNIST"
    raises   DataUnavailableError if the files are not there and cannot be fetched
    Source of the data: LeCun, Cortes and Burges, "The MNIST database".
    """
    if root is None:
        root = mnist_folder()
    root, download = as_path("root", root, "a folder"), as_a("download", download, bool)
    X_train, y_train, X_test, y_test = _mnist.load(root, download)
    return Dataset(_to_unit(X_train), y_train.astype(np.int64),
                   _to_unit(X_test), y_test.astype(np.int64), "MNIST")


def load_sample():
    """1,797 real digits that need no network: 1,500 to train on, 297 to test.

    They are scikit-learn's (8 × 8, from UCI's optical recognition set), enlarged to
    20 × 20 and framed to 28 × 28 as MNIST's are. They come in the order of the forms that
    people filled in, and the split cuts one form in two: its writer is in both parts.
    returns  Dataset named "sample"
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits as load_8x8

    small, y = load_8x8(return_X_y=True)
    large = zoom(small.reshape(-1, 8, 8) / 16, (1, 2.5, 2.5), order=1, grid_mode=True, mode="nearest")
    X = np.pad(large, ((0, 0), (4, 4), (4, 4))).reshape(-1, 784).astype(np.float32)
    y = y.astype(np.int64)
    return Dataset(X[:1500], y[:1500], X[1500:], y[1500:], "sample")


def one_hot(y, num_classes=10):
    """Targets: 1 in the column of the label, 0 elsewhere.

    y : (N,) integer labels
    returns  T : (N, num_classes) float64
    raises   ValueError if a label is outside 0..num_classes-1
    """
    y = as_labels("y", y, as_count("num_classes", num_classes), ("N",))
    T = np.zeros((len(y), num_classes))
    T[np.arange(len(y)), y] = 1
    return T


def sample_wanted():
    """Whether MNISTLIB_SAMPLE in the environment asks for the sample; 0 and an empty value do not."""
    return os.environ.get("MNISTLIB_SAMPLE", "0") not in ("", "0")


def mnist_folder():
    """Where `load_mnist` looks: $MNISTLIB_DATA, else the user's cache."""
    return os.environ.get("MNISTLIB_DATA") or user_cache()


def user_cache():
    """The user's cache folder, which keeps copies of MNIST and of the pages' Python."""
    from platformdirs import user_cache_dir

    return user_cache_dir("mnistlib", appauthor=False)


def _to_unit(images):
    return np.divide(images.reshape(len(images), -1), np.float32(255), dtype=np.float32)
