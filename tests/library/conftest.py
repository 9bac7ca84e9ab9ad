"""MNIST for the tests that need it."""

from pathlib import Path

import pytest

from mnistlib import DataUnavailableError, load_mnist
from mnistlib.data import mnist_folder


@pytest.fixture(scope="session")
def mnist():
    root = Path(mnist_folder()).expanduser()
    try:
        return load_mnist(download=False)
    except DataUnavailableError as error:
        if any(root.glob("MNIST/raw/*")) or any(root.glob("mnist-v*")):
            raise  # the files are there: a loader that cannot read them is broken
        pytest.skip(f"MNIST is not there, so its arrays go unchecked. {error}")
