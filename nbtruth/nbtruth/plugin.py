"""The door: options, ini settings and one hook. Without --nbtruth nothing else is even imported."""

import pytest

from nbtruth.settings import SETTINGS, VALIDATOR

# Of nbval. They run cells a second time, compare less, or show what nbtruth does not fill in.
REFUSED = ("--nbval", "--nbval-lax", "--nbval-sanitize-with", "--sanitize-with", "--nbdime")
SPLITTING = ("load", "worksteal")  # xdist's ways to deal out single tests: cells would lose their kernel


class Hooks:
    def pytest_nbtruth_data(self, config):
        """Data that cells tagged with its name, in lower case, depend on.

        returns  {name: None where it is there, else what to do about it}
        Called once, before xdist's workers start. Where it is missing, such cells are run and not compared.
        """


def pytest_addhooks(pluginmanager):
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser):
    group = parser.getgroup("nbtruth", "notebooks whose committed outputs must be true")
    group.addoption("--nbtruth", action="store_true",
                    help="run notebooks, and compare all of their outputs with the committed ones")
    group.addoption("--nbtruth-missing", action="append", default=[], metavar="NAME",
                    help="data that is not there: cells tagged with its name are run, not compared")
    for name, (default, what) in SETTINGS.items():
        group.addoption(f"--nbtruth-{name}", metavar="X", help=f"{what} (default: nbtruth_{name}, {default})")
        parser.addini(f"nbtruth_{name}", what, default=default)


@pytest.hookimpl(tryfirst=True)  # before nbval takes offence at some of its options
def pytest_configure(config):
    if not config.getoption("nbtruth"):
        return
    for option in REFUSED:
        if config.getoption(option.removeprefix("--").replace("-", "_"), None):
            raise pytest.UsageError(f"{option} and --nbtruth exclude each other: leave {option} out")
    if config.getoption("dist", "no") == "loadgroup":
        raise pytest.UsageError("--dist loadgroup would part the cells of a notebook: use --dist loadfile")
    if config.getoption("dist", "no") in SPLITTING:
        config.option.dist = "loadfile"
    try:
        from nbtruth.validator import Validator
    except ImportError as error:
        raise pytest.UsageError(f"--nbtruth cannot start: {error}. Install what it needs: "
                                "pip install nbval nbformat pillow") from None
    config.pluginmanager.register(Validator(config), VALIDATOR)
