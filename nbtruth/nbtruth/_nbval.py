"""All of nbval's private parts that nbtruth uses; any release of nbval may change them.

It runs the cells: a kernel for each notebook, messages, time limits, coverage. Nothing else in nbtruth
imports it. Where one of its parts is not what it was, nothing is run, and one line says which.
"""

import inspect
from importlib.metadata import version
from math import ceil
from queue import Empty

import nbformat
import pytest
from nbval import kernel, plugin

PARTS = {  # name: the arguments that it is called by, or that a method here replaces
    "plugin.IPyNbFile.setup": ["self"],
    "plugin.IPyNbFile.collect": ["self"],
    "plugin.IPyNbFile.get_kernel_message": ["self", "timeout", "stream"],
    "plugin.IPyNbCell.__init__": ["self", "name", "parent", "cell_num", "cell", "options"],
    "plugin.IPyNbCell.runtest": ["self"],
    "plugin.IPyNbCell.raise_cell_error": ["self", "message", "args", "kwargs"],
    "plugin.NbCellError.__init__": ["self", "cell_num", "msg", "source", "traceback", "args", "kwargs"],
    "plugin.coalesce_streams": ["outputs"],
    "plugin.find_comment_markers": ["cellsource"],
    "kernel.NbvalKernelspecManager.get_kernel_spec": ["self", "kernel_name"],
    "kernel.RunningKernel.execute_cell_input": ["self", "cell_input", "allow_stdin"],
    "kernel.RunningKernel.await_reply": ["self", "msg_id", "timeout"],
}
OUTPUTS = ("stream", "display_data", "execute_result", "error")


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
    name, known = config.option.nbval_kernel_name, kernel.NbvalKernelspecManager().find_kernel_specs()
    if name and name.lower() not in known:
        raise pytest.UsageError(f"--nbval-kernel-name: no kernel {name!r} is here, but {', '.join(known)}")
    config.option.nbval_current_env = not name  # the kernel of the Python that runs pytest


class Kernel(kernel.RunningKernel):
    """As Jupyter runs cells: with a history, so that Out[3] and _ exist and a last ; silences a cell."""

    def execute_cell_input(self, cell_input, allow_stdin=None):
        self.request = self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin,
                                       stop_on_error=False)
        return self.request

    def await_reply(self, msg_id, timeout=None):
        """Raises RuntimeError if the kernel dies: nbval would wait for it as long as a cell may take."""
        looks = ceil(timeout)
        for _ in range(looks):
            try:
                return super().await_reply(msg_id, timeout / looks)
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("The kernel died") from None
        raise Empty


class Notebook(plugin.IPyNbFile):
    """A file whose code cells become items of the class `item`."""

    item = None

    def setup(self):
        try:
            super().setup()
        except RuntimeError as error:
            if "died" not in str(error):  # one that is only slow may still be running
                raise
            super().setup()  # of kernels that start together, two may have wanted one port
        self.kernel.__class__ = Kernel  # nbval's setup names its own class, and does much else

    def collect(self):
        try:
            self.nb = nbformat.read(self.path, as_version=4)
        except Exception as error:  # of json, jsonschema, Unicode; conflicts of a merge are most likely
            raise self.CollectError(f"{self.path.name} is no notebook: {error.__cause__ or error}") from None
        self.code = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        for i, cell in enumerate(self.code):
            raises = "raises-exception" in cell.metadata.get("tags", [])
            options = {"check": False, "skip": False, "check_exception": raises}
            yield self.item.from_parent(self, name=f"Cell {i}", cell_num=i, cell=cell, options=options)

    def get_kernel_message(self, timeout=None, stream="iopub"):
        while True:
            message = super().get_kernel_message(timeout, stream)
            if message["parent_header"].get("msg_id") != self.kernel.request or self.running.hears(message):
                return message


class Cell(plugin.IPyNbCell):
    """cell : its node in the notebook; cell_num : its place, from 0; parent.code : all code cells."""

    def run_cell(self):
        """Returns (outputs, message or None, traceback or None)."""
        message = traceback = None
        self.parent.running, self.widgets, self.clears = self, set(), False
        try:
            super().runtest()
        except plugin.NbCellError as error:
            message, traceback = str(error), error.inner_traceback
        except RuntimeError as error:  # of the kernel
            message = str(error)
        return self.test_outputs, message, traceback

    def hears(self, message):
        """Does what nbval leaves undone: clear_output, update_display, and outputs that go to a widget.

        returns  whether nbval is to hear the message, too
        """
        kind, content = message["msg_type"], message["content"]
        state = content["data"].get("state", {}) if kind == "comm_msg" else {}
        if "msg_id" in state:  # an Output widget begins, or ends, to take what this cell shows
            (self.widgets.add if state["msg_id"] else self.widgets.discard)(content["comm_id"])
        if self.widgets:
            return kind == "status"
        self.clears |= kind == "clear_output"
        if self.clears and (kind in OUTPUTS or not content.get("wait", True)):
            self.test_outputs.clear()
            self.clears = False
        name = content.get("transient", {}).get("display_id")
        if kind == "display_data":
            content["metadata"]["display_id"] = name
        elif kind == "update_display_data":
            for output in self.test_outputs:
                if output.get("metadata", {}).get("display_id") == name:
                    output.data = content["data"]
        return kind not in ("clear_output", "update_display_data")

    def fail(self, message, traceback=None):
        self.raise_cell_error(message, traceback)

    def committed(self):
        """The committed outputs, with pieces of a stream joined as nbval joins those of a run."""
        return plugin.coalesce_streams(self.cell.outputs)

    def has_comment_for_nbval(self):
        return bool(dict(plugin.find_comment_markers(self.cell.source)))
