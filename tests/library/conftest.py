"""MNIST for the tests that need it."""

import os
from pathlib import Path

import pytest

from mnistlib import DataUnavailableError, data, load_mnist


@pytest.fixture(scope="session")
def mnist():
    root = Path(os.environ.get("MNISTLIB_DATA") or data._user_cache()).expanduser()
    try:
        return load_mnist(download=False)
    except DataUnavailableError as error:
        if any(root.glob("MNIST/raw/*")) or any(root.glob("mnist-v*")):
            raise  # the files are there: a loader that cannot read them is broken
        pytest.skip(f"MNIST is not there, so its arrays go unchecked. {error}")
