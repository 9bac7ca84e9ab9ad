"""Wires the notebook validator in when pytest is run with --nbval."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests"))  # its modules import each other by name


def pytest_configure(config):
    if not config.getoption("nbval", False):
        return
    # Kernels that each start a BLAS thread for every core wait for one another: minutes, not seconds.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import matplotlib.font_manager  # noqa: F401  builds the font cache, lest a kernel says that it does
    from notebook_validator import Validator

    missing = {} if hasattr(config, "workerinput") else look_for_mnist(config)
    if os.environ.get("MNISTLIB_SAMPLE"):
        missing.setdefault("MNIST", "")
    config.pluginmanager.register(Validator(missing, there=[] if missing else ["MNIST"]))


def look_for_mnist(config):
    """Decide once, before the workers and kernels start, what all of them shall use.

    returns  {} if MNIST is there, else {"MNIST": what to do about it}
    """
    from mnistlib import DataUnavailableError, load_mnist

    if os.environ.get("MNISTLIB_SAMPLE"):
        return {"MNIST": "MNISTLIB_SAMPLE is set: unset it to compare them."}
    try:
        load_mnist()
        return {}
    except DataUnavailableError as error:
        environment = pytest.MonkeyPatch()
        environment.setenv("MNISTLIB_SAMPLE", "1")
        config.add_cleanup(environment.undo)
        return {"MNIST": " ".join(str(error).split())}
