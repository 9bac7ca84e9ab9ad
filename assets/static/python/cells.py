"""Runs the cells of a page, in the reader's browser, by IPython: they show what they show in Jupyter."""

import builtins
import io
import json
import re
import sys
import traceback

import matplotlib.pyplot  # noqa: F401  now, when nobody listens yet: it says that it builds a cache
import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from pyodide.code import find_imports
from tqdm import tqdm
from traitlets.config import Config

import mnistlib
from mnistlib import data


def start(post, settings):
    """Returns {"run": run(code, name), which tells whether the cell ended without an error,
    "wanted": wanted(code), the packages that it needs and are not there yet}.

    post : called with each piece of output, as JSON in the form of a notebook's outputs
    settings : retina, whether figures get twice the pixels; digits, how many load_digits gives at most
    """
    def send(**message):
        post(json.dumps(message))

    shell = Shell.instance(config=Config({
        "HistoryManager": {"enabled": False},
        "InlineBackend": {"figure_formats": {"retina" if settings["retina"] else "png"}},
    }), user_ns={})
    shell.send = shell.display_pub.send = shell.displayhook.send = send
    shell.compile.get_code_name = lambda *codes_and_number: shell.cell  # as tracebacks call it
    for name in ("stdout", "stderr"):
        setattr(sys, name, Stream(name, send))
    builtins.input = no_input
    tqdm.monitor_interval = 0  # it would start a thread, and there are none
    put_digits_in_place("digits.npz", settings["digits"])

    def run(code, name):
        shell.cell = name
        result = shell.run_cell(code, store_history=True)
        sys.stdout.flush()
        sys.stderr.flush()
        return result.success

    return {"run": run, "wanted": wanted}


def wanted(code):
    """SciPy may come later: it is large, and the first chapters do without. Parts of mnistlib need it."""
    modules = find_imports(code)
    if any(name in code for name in mnistlib._LATER):
        modules.append("scipy")
    return [name for name in modules if name == "scipy" and name not in sys.modules]


class Stream(io.TextIOBase):
    """Hands on what is printed, line by line."""

    encoding = "utf-8"

    def __init__(self, name, send):
        self.name, self.send, self.waiting = name, send, ""

    def writable(self):
        return True

    def write(self, text):
        self.waiting += text
        if "\n" in text or "\r" in text:
            self.flush()
        return len(text)

    def flush(self):
        text, self.waiting = self.waiting, ""
        if text:
            self.send(kind="output", output_type="stream", name=self.name, text=text)


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **others):
        sys.stdout.flush()
        self.send(kind="output", output_type="display_data", data=data, metadata=metadata or {})

    def clear_output(self, wait=False):
        self.send(kind="clear", wait=wait)


class Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        sys.stdout.flush()
        self.send(kind="output", output_type="execute_result", data=format_dict, metadata=md_dict or {})


class Shell(InteractiveShell):
    display_pub_class = Publisher
    displayhook_class = Hook

    def showtraceback(self, exc_tuple=None, *arguments, **options):
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        self.send(kind="output", output_type="error", ename=type(error).__name__, evalue=str(error),
                  traceback=[self.shortened(error)])

    showsyntaxerror = showtraceback

    def shortened(self, error):
        """As Python shows an error, with the lines of the reader's cells only."""
        if isinstance(error, UsageError):
            return str(error)
        told = traceback.TracebackException.from_exception(error)
        parts = [told]
        while parts:
            part = parts.pop()
            part.stack[:] = [frame for frame in part.stack if frame.filename.startswith("Cell ")]
            parts += [one for one in (part.__cause__, part.__context__) if one]
        return re.sub('File "(Cell .*)"', r"\1", "".join(told.format()))


def no_input(prompt=""):
    raise RuntimeError("input() cannot ask anything in this page: write the answer into the cell")


def put_digits_in_place(path, limit):
    """Let load_digits, load_mnist and load_sample give the page's digits, which came with it."""
    def load_digits():
        stored = np.load(path)
        there = len(stored["y_train"])
        rows = np.linspace(0, there - 1, min(there, limit)).astype(int)
        X_train, y_train = stored["X_train"][rows], stored["y_train"][rows]
        X_test, y_test, name = stored["X_test"], stored["y_test"], stored["name"]
        print(f"{name}, in this page {len(y_train):,} training and {len(y_test):,} test digits")
        return data.Dataset(data._to_unit(X_train), y_train.astype(np.intp),
                            data._to_unit(X_test), y_test.astype(np.intp), f"{name} in the page")

    for name in ("load_digits", "load_mnist", "load_sample"):
        for module in (mnistlib, data):
            setattr(module, name, load_digits)
