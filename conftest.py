"""What the tests of the whole repository agree on: their order, threads, and whether MNIST is there."""

import os

import pytest

SPLIT = "tests/book/test_pages.py"  # each of its tests may run on another worker


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Workers get whole files, which share a kernel or fixtures; the tests of SPLIT come one by one, last."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if nodeid.startswith(SPLIT) else super()._split_scope(nodeid)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """Chapters first, from the last and longest on: short tests at the end keep all workers busy.

    The book's come last: while one worker builds it, another still has tests that do not need it.
    """
    place = {path: i for i, path in enumerate(sorted({item.path for item in items}))}
    items.sort(key=lambda item: (item.nodeid.startswith(SPLIT), item.path.suffix != ".ipynb",
                                 item.path.parent.name == "book", -place[item.path]))


def pytest_configure(config):
    if config.getoption("nbtruth", False):
        # Kernels that each start a BLAS thread for every core wait for one another: minutes, not seconds.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import matplotlib.font_manager  # noqa: F401  builds the font cache: the first kernel to do so would print it


@pytest.hookimpl(optionalhook=True)
def pytest_nbtruth_data(config):
    """Decide once, before the workers and kernels start, what all of them shall use.

    returns  {"MNIST": None if it is there, else what to do about it}
    """
    from mnistlib import DataUnavailableError, load_mnist
    from mnistlib.data import sample_wanted

    if sample_wanted():
        return {"MNIST": "MNISTLIB_SAMPLE is set: unset it to compare them."}
    try:
        load_mnist()
        return {"MNIST": None}
    except DataUnavailableError as error:
        environment = pytest.MonkeyPatch()
        environment.setenv("MNISTLIB_SAMPLE", "1")
        config.add_cleanup(environment.undo)
        return {"MNIST": " ".join(str(error).split())}
