"""All of nbval's private parts that nbtruth uses; any release of nbval may change them.

It runs the cells: a kernel for each notebook, messages, time limits, coverage. Nothing else in nbtruth
imports it. Where one of its parts is not what it was, nothing is run, and one line says which.
"""

import inspect
from importlib.metadata import version

import nbformat
import pytest
from nbval import kernel, plugin

PARTS = {  # name: the arguments that it is called by, or that a method here replaces
    "plugin.IPyNbFile.setup": ["self"],
    "plugin.IPyNbFile.collect": ["self"],
    "plugin.IPyNbCell.__init__": ["self", "name", "parent", "cell_num", "cell", "options"],
    "plugin.IPyNbCell.runtest": ["self"],
    "plugin.IPyNbCell.raise_cell_error": ["self", "message", "args", "kwargs"],
    "plugin.NbCellError.__init__": ["self", "cell_num", "msg", "source", "traceback", "args", "kwargs"],
    "plugin.coalesce_streams": ["outputs"],
    "plugin.find_comment_markers": ["cellsource"],
    "kernel.RunningKernel.execute_cell_input": ["self", "cell_input", "allow_stdin"],
}


def check(config):
    """Raises UsageError, which pytest prints as one line, if nbval is not as it is needed here."""
    for name, wanted in PARTS.items():
        module, *steps = name.split(".")
        part = {"plugin": plugin, "kernel": kernel}[module]
        for step in steps:  # its own part: pytest's classes, below nbval's, have methods of the same names
            part = getattr(part, "__dict__", {}).get(step)
        arguments = list(inspect.signature(part).parameters) if part else None
        if arguments != wanted:
            said = f"with the arguments {arguments}" if arguments else "missing"
            raise pytest.UsageError(f"nbtruth does not fit nbval {version('nbval')}: {name} is {said}. "
                                    "Take nbval 0.11, or a newer nbtruth")
    if not config.pluginmanager.has_plugin("nbval"):
        raise pytest.UsageError("--nbtruth needs nbval's plugin, and it is turned off: add -p nbval.plugin")


class Kernel(kernel.RunningKernel):
    """As Jupyter runs cells: with a history, so that Out[3] and _ exist and a last ; silences a cell."""

    def execute_cell_input(self, cell_input, allow_stdin=None):
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


class Notebook(plugin.IPyNbFile):
    """A file whose code cells become items of the class `item`."""

    item = None

    def setup(self):
        super().setup()
        self.kernel.__class__ = Kernel  # nbval's setup names its own class, and does much else

    def collect(self):
        self.nb = nbformat.read(self.path, as_version=4)
        self.code = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        for i, cell in enumerate(self.code):
            raises = "raises-exception" in cell.metadata.get("tags", [])
            options = {"check": False, "skip": False, "check_exception": raises}
            yield self.item.from_parent(self, name=f"Cell {i}", cell_num=i, cell=cell, options=options)


class Cell(plugin.IPyNbCell):
    """cell : its node in the notebook; cell_num : its place, from 0; parent.code : all code cells."""

    def run_cell(self):
        """Returns (outputs, message or None, traceback or None)."""
        message = traceback = None
        try:
            super().runtest()
        except plugin.NbCellError as error:
            message, traceback = str(error), error.inner_traceback
        return self.test_outputs, message, traceback

    def fail(self, message, traceback=None):
        self.raise_cell_error(message, traceback)

    def committed(self):
        """The committed outputs, with pieces of a stream joined as nbval joins those of a run."""
        return plugin.coalesce_streams(self.cell.outputs)

    def has_comment_for_nbval(self):
        return bool(dict(plugin.find_comment_markers(self.cell.source)))
